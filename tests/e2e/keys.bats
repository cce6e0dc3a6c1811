#!/usr/bin/env bats
# The keys of the ledger through time: each entry is judged by the key that counted at its place. One store lives
# through the tests up to the one that loses its key; gpg's own opinion of a key never decides.

load lib

setup_file() {
	e2e_setup
	export GNUPGHOME=$T/gpg-recovery
	mkdir -m 700 "$GNUPGHOME"
	timed gpg -q --batch --passphrase '' --quick-gen-key "Mihon Hanako" ed25519 cert,sign never 2> "$T/gpg.log"
	RECOVERY=$(gpg -q --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	gpg -q --armor --export "$RECOVERY" > "$T/recovery.asc"
	unset GNUPGHOME
	init_store --recovery-key "$T/recovery.asc"
	export T S PINS RECOVERY HOME TODAY YEAR CLOCK
	stop_agents
}

teardown_file() {
	stop_agents
	rm -rf "$T"
}

setup() {
	DAEMON=
	start_daemon
}

teardown() { [ -z "$DAEMON" ] || stop_daemon; }

restart() {
	stop_daemon
	start_daemon
}

# key USE STATE: the fingerprints of those.
key() { dc --json key list | jq -r ".keys[] | select(.use == \"$1\" and .state == \"$2\") | .fpr"; }

# Who signed entry N, by the bytes of its signature.
signer_of() {
	git -C "$S/ledger.git" log --format='%H %s' --reverse ledger | sed -n "$(($1 + 1))p" | cut -d ' ' -f 1 |
		xargs git -C "$S/ledger.git" cat-file commit | sed -n '/BEGIN PGP/,/END PGP/{s/^gpgsig //;s/^ //;p}' |
		gpg --list-packets 2> /dev/null | sed -n 's/.*issuer fpr v4 \(.*\))/\1/p'
}

verdict() { daicho --json verify "$S" --pin "$PINS" | jq -r .verdict; }

@test "lists the keys of genesis" {
	run -0 dc key list
	[ "${#lines[@]}" = 5 ]
	[[ $output == *"entry "*counts*"from entry 0 on"* ]]
	[[ $output == *"recovery "*"$RECOVERY"* ]]
	checkpoint=$(key checkpoint counts)
	git -C "$S/ledger.git" log --format=%B | grep -q "^Key: add checkpoint $checkpoint"
	grep -q '^checkpoint = test.example/register+[0-9a-f]\{8\}+A' "$PINS"
}

@test "rotates the entry key: the old one signs the entry, the new one the next, and a start keeps it" {
	old=$(key entry counts)
	dc key rotate --reason "yearly"
	new=$(key entry counts)
	[ "$new" != "$old" ]
	[ "$(key entry retired)" = "$old" ]
	rotation=$(dc --json status | jq .last.seq)
	n=$(add consultation)
	[ "$(signer_of "$rotation")" = "$old" ]
	[ "$(signer_of "$n")" = "$new" ]
	restart
	n=$(add consultation)
	[ "$(signer_of "$n")" = "$new" ]
	git -C "$S/ledger.git" cat-file -e "ledger:keys/$old.asc"
	git -C "$S/ledger.git" cat-file -e "ledger:keys/$new.asc"
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "rotates the keys of archives and of checkpoints" {
	archive=$(key archive counts) checkpoint=$(key checkpoint counts)
	dc key rotate archive --reason "yearly"
	run -0 dc key rotate checkpoint --reason "yearly"
	vkey=$(sed -n 's/^checkpoints: //p' <<< "$output")
	[[ $vkey == test.example/register+* && $output == *"daicho-witness log add"* ]]
	[ "$vkey" = "$(dc --json checkpoint | jq -r .key)" ]
	[ "$vkey" = "$(dc --json key list | jq -r '.keys[] | select(.use == "checkpoint" and .state == "counts").vkey')" ]
	dc key list | grep -q "^ *$vkey\$"
	dc key list | grep -qF " $(sed -n 's/^checkpoint = //p' "$PINS")"
	[ "$(dc --json key add archive --reason "another" | jq .vkey)" = null ]
	[ "$(key archive retired)" = "$archive" ]
	[ "$(key checkpoint retired)" = "$checkpoint" ]
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "refuses what would leave no key for entries, a use twice, and a key that is not there" {
	refuses RULE dc key retire "$(key entry counts)" --reason "by mistake"
	refuses RULE dc key revoke "$(key entry counts)" --reason "by mistake"
	refuses RULE dc key add archive --key "$(key entry counts)" --reason "by mistake"
	refuses KEY dc key add archive --key 0123456789012345678901234567890123456789 --reason "by mistake"
	refuses NOTFOUND dc key retire 0123456789012345678901234567890123456789 --reason "by mistake"
	refuses USAGE dc key rotate entry
	handler=$(person jiro handler)
	refuses PERM as jiro key rotate --reason "by a handler" --sign "$handler"
}

# revoke_subkey FPR: as gpg itself sees it, in the key home.
revoke_subkey() {
	printf 'key %s\nrevkey\ny\n1\n\ny\nsave\n' "$1" | timed gpg --homedir "$S/keys" --no-batch --no-tty -q \
		--command-fd 0 --edit-key "$1" >> "$T/gpg.log" 2>&1
}

@test "judges keys that gpg holds for expired or revoked by their position" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	old=$(key entry counts)
	primary=$(gpg --homedir "$S/keys" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	timed gpg --homedir "$S/keys" --batch -q --quick-set-expire "$primary" 1d "$old" 2>> "$T/gpg.log"
	set_clock "2025-06-05 10:00"
	n=$(add consultation)
	[ "$(signer_of "$n")" = "$old" ]
	restart
	add consultation
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
	revoke_subkey "$old"
	n=$(add consultation)
	[ "$(signer_of "$n")" = "$old" ]
	dc key rotate --reason "gpg holds it for expired and revoked"
	add consultation
	git -C "$S/ledger.git" show "ledger:keys/$(key entry counts).asc" | gpg --show-keys --with-colons |
		grep -q '^sub:r:'
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "a recovery key that names a person is not put into the ledger" {
	refuses KEY dc key compromised "$(key entry counts)" --since 3 --recovery "$RECOVERY" \
		--homedir "$T/gpg-recovery" --reason "stolen"
	run ! git -C "$S/ledger.git" grep -q "$RECOVERY" ledger -- keys
	gpg --homedir "$T/gpg-recovery" -q --batch --quick-add-uid "$RECOVERY" test.example/register
}

@test "tells what a stolen key signed, and lowers the verdict for it" {
	old=$(key entry counts)
	since=$(add consultation)
	dc checkpoint --out "$T/seen-one"
	add consultation
	dc checkpoint --out "$T/seen-both"
	dc key compromised "$old" --since "$since" --recovery "$RECOVERY" --homedir "$T/gpg-recovery" --reason "stolen"
	told=$(dc --json status | jq .last.seq)
	[ "$(signer_of "$told")" = "$RECOVERY" ]
	n=$(add consultation)
	[ "$(signer_of "$n")" = "$(key entry counts)" ]
	[ "$(key entry compromised)" = "$old" ]
	run -2 verify
	[[ $output == *"key $old is compromised since entry $since, says entry $told: it signed 2 entries"* ]]
	run -2 daicho --json verify "$S" --pin "$PINS"
	[ "$(jq -c ".keys[] | select(.fpr == \"$old\") | [.state, .compromised_since, .until]" <<< "$output")" = \
		"[\"compromised\",$since,$((since - 1))]" ]
	git -C "$S/ledger.git" show "ledger:keys/$RECOVERY.asc" > "$T/in-tree.asc"
	run ! grep -q Hanako <(gpg --show-keys "$T/in-tree.asc")
	refuses RULE dc key add entry --key "$old" --reason "again"
}

# judge_knowing FILE: by who has kept that checkpoint.
judge_knowing() {
	{ cat "$PINS"; printf '[policy]\nknown = %s\n' "$1"; } > "$T/policy"
	daicho --json verify "$S" --policy "$T/policy"
}

@test "a checkpoint that was kept vouches for what a stolen key signed, as far as it goes" {
	run -0 judge_knowing seen-both
	[ "$(jq -r .verdict <<< "$output")" = VALID ]
	[ "$(jq .vouched_for <<< "$output")" = "$(sed -n 2p "$T/seen-both")" ]
	jq -e '.remarks[] | select(contains("it signed 2 entries") and contains("; 0 of them lie beyond"))' <<< "$output"
	run -2 judge_knowing seen-one
	[ "$(jq -r .verdict <<< "$output")" = UNWITNESSED ]
	jq -e '.remarks[] | select(contains("it signed 2 entries") and contains("; 1 of them lie beyond"))' <<< "$output"
}

@test "a ledger whose entry key is gone takes nothing but the entry that names another" {
	stop_daemon
	mv "$S/keys" "$T/lost"
	mkdir -m 700 "$S/keys"
	start_daemon
	old=$(key entry counts)
	refuses KEY dc key rotate --reason "lost"
	run ! add consultation
	dc key rotate --recovery "$RECOVERY" --homedir "$T/gpg-recovery" --reason "lost"
	n=$(add consultation)
	[ "$(signer_of "$n")" = "$(key entry counts)" ]
	[ "$(key entry counts)" != "$old" ]
	dc key rotate archive --reason "lost with it"
	restart
	add consultation
	run -2 verify
}
