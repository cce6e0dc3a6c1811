#!/usr/bin/env bats
# People read their language; programs read words that are the same in every one.

load lib
setup() { e2e_setup; }
teardown() { e2e_teardown; }

# bash itself says on standard error that it has no such locale.
ja() { LC_ALL=ja_JP.UTF-8 "$@"; }

# same_refusal CODE TEXT-JA TEXT-EN command ...: in both languages, with one code and one exit status.
same_refusal() {
	local code=$1 ja=$2 en=$3
	shift 3
	refuses "$code" ja "$@" > "$T/ja" || { cat "$T/ja"; return 1; }
	refuses "$code" "$@" > "$T/en" || { cat "$T/en"; return 1; }
	cat "$T/ja" "$T/en"
	grep -qF -- "$ja" "$T/ja" && grep -qF -- "$en" "$T/en"
}

@test "help is in the language of the locale, which need not be installed" {
	run ja daicho help
	[ "$status" = 0 ]
	[[ $output == 使い方:* && $output == *文書を一覧する* ]]
	run daicho help
	[ "$status" = 0 ]
	[[ $output == usage:* && $output == *"list records"* ]]
	run ja daichod --help
	[ "$status" = 0 ]
	[[ $output == 使い方:*daichod* ]]
}

@test "LC_ALL counts before LC_MESSAGES and LANG, and another language is English" {
	run env -u LC_ALL LANG=ja_JP.UTF-8 daicho help list
	[[ $output == *文書を一覧する* ]]
	run env -u LC_ALL LANG=ja_JP.UTF-8 LC_MESSAGES=C daicho help list
	[[ $output == *"list records"* ]]
	run env LC_ALL=fr_FR.UTF-8 LANG=ja_JP.UTF-8 LANGUAGE=ja daicho help list
	[[ $output == *"list records"* ]]
}

@test "a refusal of the command itself" {
	same_refusal USAGE 不明なコマンドです "unknown command" daicho no-such-command
	same_refusal USAGE 次の手順: next: daicho no-such-command
}

@test "a refusal by the front, one by the keeper, and the faults of a record" {
	init_store
	start_daemon
	echo '{"kind":"no-such-kind","unit":"hq","body":{}}' > "$T/request"
	for language in ja en; do
		http POST /v1/records -H "Accept-Language: $language" -H 'Content-Type: application/json' \
			--data-binary "@$T/request" | head -1 | jq .error > "$T/$language"
	done
	[ "$(jq .code "$T/ja")" = '"KIND"' ]
	[ "$(jq -c '[.code, .exit]' "$T/ja")" = "$(jq -c '[.code, .exit]' "$T/en")" ]
	[ "$(jq -r .text "$T/ja")" = "種別: この名の種別は要領にありません" ]
	[ "$(jq -r .text "$T/en")" = "kind: the rule book has no kind of this name" ]

	sample training | jq '.no_such_field = 1' > "$T/body"
	same_refusal SCHEMA この名の項目は、ここに置けません "no field of this name may stand here" \
		dc add training --unit hq --file "$T/body"
	same_refusal NOTFOUND "記載 999: 台帳にありません" "entry 999: is not in the ledger" dc show 999
	sample training > "$T/body"
	same_refusal KIND 要領にその所属はありません "the rule book has no such unit" \
		dc add training --unit nowhere --file "$T/body"
}

@test "an answer is in English where no language is asked for" {
	init_store
	start_daemon
	run http GET /v1/nothing
	[ "$(jq -r .error.text <<< "${lines[0]}")" = "path: nothing is served there" ]
	run http GET /v1/nothing -H 'Accept-Language: fr, ja;q=0.5, en;q=0.1'
	[ "$(jq -r .error.text <<< "${lines[0]}")" = "パス: そこには何もありません" ]
}

@test "a clause refuses in both languages, with the same clause, code and exit status" {
	init_store
	start_daemon
	refuse_device() { # LANGUAGE COMMAND ...
		local language=$1 status=0
		shift
		"$@" --json add device --unit hq --file "$T/body" > "$T/refusal.$language" || status=$?
		[ "$status" = "$(exit_of RULE)" ]
	}
	sample device | jq '.device_no = "CP-OLD" | .registered_on = "2023-04-01"' > "$T/body"
	same_refusal RULE "P-3: 旧通達" "P-3: A phone that was kept" dc add device --unit hq --file "$T/body"
	refuse_device ja ja dc
	refuse_device en dc
	for language in ja en; do
		jq -c '.error | [.code, .exit, (.faults[0] | .at, .rule)]' "$T/refusal.$language" > "$T/words.$language"
	done
	cat "$T/refusal.ja"
	[ "$(cat "$T/words.ja")" = '["RULE",29,"P-3","attest"]' ]
	cmp "$T/words.ja" "$T/words.en"
	! cmp -s "$T/refusal.ja" "$T/refusal.en" || false
}

@test "what is due and what stands is told in both languages" {
	init_store
	start_daemon
	appointment manager '.login = "jiro"' | dc add appointment --unit hq --file - > /dev/null
	run ja dc due
	[ "$status" = 0 ]
	[[ $output == *期限*運用管理者* ]]
	run dc due
	[ "$status" = 0 ]
	[[ $output == *asked*Manager* ]]
	[ "$(ja dc --json due | jq -c .)" = "$(dc --json due | jq -c .)" ]
	run ja dc status
	[[ $output == *"役職: 2"* ]]
	run dc status
	[[ $output == *"Appointment: 2"* ]]
}

@test "what fails for a whole batch is told in the caller's language and logged in English" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	init_store
	start_daemon
	add device
	set_clock "2025-09-01 10:00"
	sample device > "$T/body"
	same_refusal CLOCK "時計: 最後の記載から" "clock: shows a time more than" \
		dc add device --unit hq --file "$T/body"
	grep "CLOCK: clock: shows a time" "$T/daemon.log"
	run grep -P '[^\x00-\x7f]' "$T/daemon.log"
	[ "$status" = 1 ]
}

@test "tables and titles" {
	init_store
	start_daemon
	add device
	run ja dc list
	[[ $output == *貸出管理簿*保存中* ]]
	run dc list
	[[ $output == *"Loan ledger: phone entered"*present* ]]
	run ja dc status
	[[ $output == *台帳名*test.example/register* ]]
	[ "$(ja dc --json list | jq -c .)" = "$(dc --json list | jq -c .)" ]
	run ja dc key list
	[[ $output == *有効* && $output != *counts* ]]
	run ja dc rules show
	[[ $output == *"制定日       令和6年2月22日"*"満了時の措置: 廃棄"*"拒否: "*"期間: 7 日"* ]]
	# of the head, and no limit
	[[ $output == *"警告         要領の終わりの 12 か月前から"*限度:* && $output != *warn_months* ]]
	run grep -E ' (refuse|warn|attest): | days$|: archive$' <<< "$output"
	[ "$status" = 1 ]
}

@test "the verdict of a verification" {
	init_store
	start_daemon
	add device
	stop_daemon
	run ja verify
	[ "$status" = 0 ]
	[[ $output == *"VALID: 全ての記載が署名され"* ]]
	[[ $output == *切り取られた可能性は、ここにあるものだけでは否定できません* ]]
	run verify
	[ "$status" = 0 ]
	[[ $output == "VALID: Every entry is signed"*"can't be ruled out"* ]]
	rm -rf "$S/volumes/$YEAR.git"
	run ja verify
	[ "$status" = "$(exit_of INVALID)" ]
	[[ $output == *"INVALID: 変更、偽造"*MISSING* ]]
	run verify
	[ "$status" = "$(exit_of INVALID)" ]
	[[ $output == "INVALID: Something was changed"*MISSING* ]]
}
