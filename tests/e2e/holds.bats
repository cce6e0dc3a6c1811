#!/usr/bin/env bats
# What persons do with records that stand: by one, or by two with their own keys.

load lib
setup() { e2e_setup; init_store; start_daemon; staff; }
teardown() { e2e_teardown; }

@test "a hold is placed by one person and released by two, each by their own signature" {
	taro=$(person taro records-officer)
	hanako=$(person hanako information-manager)
	n=$(add consultation)
	as taro hold place "$n" "volume $YEAR/consultation/hq" --basis audit --reason 監査 --sign "$taro"
	hold=$(dc --json log --kind hold | jq -r '.entries[0].seq')
	refuses USAGE dc hold release "$hold" --reason 終了
	as taro hold release "$hold" --reason 終了 --sign "$taro" --motion "$T/motion"
	[ "$(dc --json log --kind release | jq '.entries | length')" = 0 ]
	GNUPGHOME=$T/gpg-taro refuses RULE dc second "$T/motion" --sign "$taro"
	dc second "$T/motion" | grep -q 終了
	as hanako second "$T/motion" --sign "$hanako"
	[ "$(dc --json log --kind release | jq '.entries | length')" = 1 ]
	run verify
	[ "$status" = 0 ]
	# what the first one signed can't be made to say something else
	jq '.body.reason = "別"' "$T/motion" > "$T/changed"
	GNUPGHOME=$T/gpg-hanako refuses KEY dc second "$T/changed" --sign "$hanako"
}
