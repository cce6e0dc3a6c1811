#!/usr/bin/env bats
# The yearly run: nothing early, nothing late, nothing else.

load lib
load authority
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# What most tests begin with is lived through once: a designation of 2024 that ended in 2024, one that did not, a
# consultation; then the years go by to the last day before anything is due.
setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export LIVED=$T PROPOSER APPROVER SECOND DESIGNATION DESIGNATION_END KEPT OPEN
	set_clock "2024-02-22 10:00"
	author
	appointment general-manager ".openpgp_fingerprint = \"$AUTHOR\" |
		.openpgp_public_key = $(jq -Rs . "$T/author.asc")" > "$T/first.json"
	init_store
	start_daemon
	staff
	PROPOSER=$(person taro records-officer)
	APPROVER=$(person hanako information-manager)
	SECOND=$(person jiro records-officer)
	add device '.registered_on = "2024-02-22"'
	DESIGNATION=$(add designation '.designated_on = "2024-02-22"')
	DESIGNATION_END=$(add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2024-02-22\"")
	KEPT=$(add consultation '.consulted_on = "2024-02-22"')
	OPEN=$(add designation '.designated_on = "2024-02-22"')
	# life on half of the days, and not much more
	live_through 2024-02-22 2024-03-10
	live_through 2024-03-10 2024-12-30 2
	live_through 2024-12-30 2025-01-06
	live_through 2025-01-06 2025-12-31 2
	stop_daemon
	stop_agents
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# years DAY: a copy of the store of setup_file, and of the persons' keys, whose daemon lives on to that day.
years() {
	cp -a "$LIVED/s" "$LIVED"/gpg-* "$LIVED/pins" "$LIVED/clock" "$T"
	sed -i "s|^archive = $LIVED/|archive = $T/|" "$S/daicho.ini"
	start_daemon
	live_through 2025-12-31 "$1"
}

plan_digest() { dc --json disposal plan | jq -r .plan; }

propose_and_approve() {
	local plan=$1
	as taro disposal propose --plan "$plan" --sign "$PROPOSER" || return 1
	as hanako disposal approve --plan "$plan" --decision 例8-2 --sign "$APPROVER" || return 1
	as jiro disposal approve --plan "$plan" --decision 例8-3 --sign "$SECOND"
}

@test "one day early nothing is due, on the day it is" {
	years 2025-12-31
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	dc disposal status | grep -q '^waits for .*nothing is due'
	live_through 2025-12-31 2026-01-01
	dc disposal status | grep -q '^next .*daicho disposal propose'
	[ "$(dc --json disposal plan | jq -c '[.groups[].entries[]] | sort')" = "[$DESIGNATION,$DESIGNATION_END]" ]
	[ "$(dc --json disposal plan | jq -c '[.groups[].base_year] | unique')" = "[2024]" ]
}

@test "the whole run: archived, deleted, proved, and everything still verifies" {
	years 2026-01-04
	head=$(git -C "$S/ledger.git" rev-parse refs/heads/ledger)
	word=$(dc --json show "$DESIGNATION" | jq -r .record.body.name)
	plan=$(plan_digest)
	propose_and_approve "$plan"
	# what stands in the wrong place is no receipt, and nothing runs
	timed curl -s --unix-socket "$S/run/daicho.sock" -H 'Content-Type: application/json' \
		-d "{\"plan\":\"$plan\",\"body\":{\"receipt\":{}}}" http://localhost/v1/disposal/run > "$T/said"
	grep -q 'unknown member; known are plan, receipt' "$T/said"
	run dc --json disposal run --plan "$plan"
	[ "$status" = 0 ]
	archive=$(jq -r .archive.path <<< "$output")
	[ "$(jq .absent <<< "$output")" = true ]
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
	[ "$(dc --json show "$OPEN" | jq -r .state)" = present ]
	[ "$(dc --json show "$KEPT" | jq -r .state)" = present ]
	git -C "$S/ledger.git" merge-base --is-ancestor "$head" refs/heads/ledger
	git -C "$S/ledger.git" fsck --full --strict
	for year in "$S"/volumes/*.git; do
		git -C "$year" fsck --full --strict
		git -C "$year" cat-file --batch-all-objects --batch > "$T/objects"
		run ! grep -aF "Kind: designation-end" "$T/objects"
	done
	run verify
	[ "$status" = 0 ]
	# the archive, with stock tools
	cd "$T"
	sha256sum -c "$(basename "$archive" .tar).sha256" 2>/dev/null ||
		(cd "$(dirname "$archive")" && sha256sum -c -- *.sha256)
	mkdir open
	tar -x -C open -f "$archive"
	cd open/*
	sha256sum -c --quiet manifest-sha256.txt
	sha256sum -c --quiet tagmanifest-sha256.txt
	grep -q "$word" data/*/note.txt
	export GNUPGHOME=$T/gpg-auditor
	mkdir -m 700 "$GNUPGHOME"
	gpg -q --import data/keys/*.asc
	gpg -q --verify "${archive%.tar}.sha256.asc" "${archive%.tar}.sha256"
	stop_daemon
	start_daemon
	run verify
	[ "$status" = 0 ]
}

@test "the proposer can't approve, and one person is one person under two roles" {
	years 2026-01-04
	plan=$(plan_digest)
	refuses RULE dc disposal run --plan "$plan"
	as taro disposal propose --plan "$plan" --sign "$PROPOSER"
	GNUPGHOME=$T/gpg-taro refuses RULE dc disposal approve --plan "$plan" --decision 1 --sign "$PROPOSER"
	appoint taro auditor 2024-03-01 "$PROPOSER"
	GNUPGHOME=$T/gpg-taro refuses RULE dc disposal approve --plan "$plan" --decision 1 --sign "$PROPOSER"
	refuses RULE dc disposal run --plan "$plan"
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = present ]
}

@test "one person can't act as two by a correction, or by appointments that share a login or a key" {
	years 2026-01-04
	plan=$(plan_digest)
	saburo=$(person saburo handler)
	as taro disposal propose --plan "$plan" --sign "$PROPOSER"
	add appointment ".login = \"taro\" | .role = \"handler\" | .appointed_on = \"2024-03-01\" |
		.openpgp_fingerprint = \"$saburo\" |
		.openpgp_public_key = $(gpg --homedir "$T/gpg-saburo" --armor --export "$saburo" | jq -Rs .)"
	GNUPGHOME=$T/gpg-saburo refuses RULE dc disposal approve --plan "$plan" --decision 1 --sign "$saburo"
	mkdir -m 700 "$T/gpg-zoe"
	timed gpg -q --homedir "$T/gpg-zoe" --batch --passphrase '' --quick-gen-key zoe ed25519 sign never
	zoe=$(gpg --homedir "$T/gpg-zoe" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	first=$(dc --json list --kind appointment --text '"taro"' | jq '[.records[].seq] | min')
	sample appointment | jq -c ".login = \"zoe\" | .role = \"records-officer\" | .appointed_on = \"2024-02-22\" |
		.openpgp_fingerprint = \"$zoe\" |
		.openpgp_public_key = $(gpg --homedir "$T/gpg-zoe" --armor --export "$zoe" | jq -Rs .)" > "$T/corrected"
	dc add appointment --unit hq --corrects "$first" --reason 見本 --file "$T/corrected"
	GNUPGHOME=$T/gpg-zoe refuses RULE dc disposal approve --plan "$plan" --decision 1 --sign "$zoe"
	GNUPGHOME=$T/gpg-taro refuses PERM dc disposal abort --plan "$plan" --reason 1 --sign "$PROPOSER"
	refuses RULE dc disposal run --plan "$plan"
	as hanako disposal approve --plan "$plan" --decision 1 --sign "$APPROVER"
	GNUPGHOME=$T/gpg-hanako refuses RULE dc disposal approve --plan "$plan" --decision 2 --sign "$APPROVER" |
		grep "next: daicho disposal status tells what comes first"
	refuses RULE dc disposal run --plan "$plan"
	refuses USAGE dc disposal approve --plan "$plan" --decision 2
	as jiro disposal approve --plan "$plan" --decision 2 --sign "$SECOND"
	dc disposal run --plan "$plan"
	refuses RULE dc disposal run --plan "$plan" > "$T/again"
	grep -q 'completed by entry' "$T/again"
	run verify
	[ "$status" = 0 ]
}

@test "who has no appointment can't propose, and a key that no appointment names can't either" {
	years 2026-01-04
	plan=$(plan_digest)
	for n in 2 3 4 5 6 7 8 9 10; do add appointment-end ".appointment_entry = $n | .ended_on = \"2026-01-04\""; done
	add appointment '.role = "general-manager" | .post = "生活安全企画課長" | .login = "jiro" | .predecessor_entry = 1
		| .appointed_on = "2026-01-04" | del(.openpgp_fingerprint)'
	refuses PERM dc disposal propose --plan "$plan"
	mkdir -m 700 "$T/gpg-other"
	timed gpg -q --homedir "$T/gpg-other" --batch --passphrase '' --quick-gen-key other ed25519 sign never
	other=$(gpg --homedir "$T/gpg-other" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	GNUPGHOME=$T/gpg-other refuses PERM dc disposal propose --plan "$plan" --sign "$other"
}

@test "a plan that is no longer the plan is refused" {
	years 2026-01-04
	GNUPGHOME=$T/gpg-taro refuses CONFLICT dc disposal propose --sign "$PROPOSER" --plan "sha256:$(printf '%064d' 0)"
}

@test "an aborted proposal deletes nothing" {
	years 2026-01-04
	plan=$(plan_digest)
	propose_and_approve "$plan"
	as hanako disposal abort --plan "$plan" --reason 見本 --sign "$APPROVER"
	refuses RULE dc disposal run --plan "$plan"
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = present ]
	run verify
	[ "$status" = 0 ]
}

@test "a clock that went back stops records" {
	init_store
	start_daemon
	add consultation
	set_clock "2025-06-01 10:00"
	refuses CLOCK dc add consultation --unit hq --file <(sample consultation)
	set_clock "2025-06-02 10:30"
	add consultation
}

@test "a loan that is out keeps its application" {
	set_clock "2024-12-20 10:00"
	init_store
	start_daemon
	staff
	person taro records-officer
	CONSULTATION=$(add consultation '.consulted_on = "2024-12-19"')
	APPLICATION=$(add application ".applied_on = \"2024-12-19\" | .consultation_entry = $CONSULTATION
		| .consulted_on = \"2024-12-19\"")
	add decision ".application_entry = $APPLICATION | .decided_on = \"2024-12-20\""
	DEVICE=$(add device '.registered_on = "2024-12-20"')
	live_through 2024-12-20 2025-01-10 10
	DESIGNATION=$(add designation)
	TRAINING=$(add training ".trainer_designation_entry = $DESIGNATION | .designation_entries = [$DESIGNATION]")
	LOAN=$(add loan ".application_entry = $APPLICATION | .device_entry = $DEVICE | .training_entry = $TRAINING
		| .lent_on = \"2025-01-10\"")
	live_through 2025-01-10 2026-01-09 10
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	CHECK=$(add return-check ".loan_entry = $LOAN | .checked_on = \"2026-01-09\"")
	add return ".loan_entry = $LOAN | .return_check_entry = $CHECK | .returned_on = \"2026-01-09\""
	live_through 2026-01-09 2027-12-31 10
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	live_through 2027-12-31 2028-01-01
	dc --json disposal plan | jq -e "[.groups[].entries[]] | index($APPLICATION)"
	[ "$(dc --json disposal plan | jq -c '[.groups[].base_year] | unique')" = "[2026]" ]
}

# stamp_point CHECKPOINT REPLY
stamp_point() {
	rm -f "$T/query"
	dc timestamp query "$1" --out "$T/query" 2> "$T/said"
	stamp "$T/query" "$2"
}

# believe [FILE]: daicho.ini names the authorities of that file, or none.
believe() {
	sed -i '/^time_stamp_ca/d' "$S/daicho.ini"
	[ -z "${1:-}" ] || sed -i "s|^archive = .*|&\ntime_stamp_ca = $1|" "$S/daicho.ini"
	stop_daemon && start_daemon
}

# judged LINE ...: the verdict by a policy with these lines, and the first disposal's receipt as it was judged.
judged() {
	(cat "$PINS"; echo '[policy]'; printf '%s\n' "$@") > "$T/policy"
	timed daicho-verify --json "$S" --policy "$T/policy" > "$T/verdict" || true
	jq -r '"\(.verdict) \(.disposals[0].receipt.judged.in_time)"' "$T/verdict"
}

@test "what an outsider has dated stands in the certificate, and is taken apart by hand" {
	local plan dispose commit note
	years 2026-01-04
	echo "-$((EPOCHSECONDS - $(japan_seconds "2025-12-31 12:00")))" > "$T/early"
	authority "$T/early"
	stamps_by "$CLOCK"
	plan=$(plan_digest)
	propose_and_approve "$plan"
	dc checkpoint --out "$T/point"
	stamp_point "$T/point" "$T/reply"
	# nobody has dated it; it is of something else; the last day of the period
	refuses KEY dc disposal run --plan "$plan" --checkpoint "$T/point"
	head -n 3 "$T/point" | sed '2s/.*/1/' > "$T/other"
	refuses CONFLICT dc disposal run --plan "$plan" --checkpoint "$T/other" --time-stamp "$T/reply"
	run refuses SYNTAX dc disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/point"
	[[ $status = 0 && $output == *"$T/point: time stamp:"* ]]
	refuses USAGE dc disposal run --plan "$plan" --time-stamp "$T/reply"
	refuses USAGE dc disposal plan --checkpoint "$T/point"
	CA_CLOCK=$T/early stamp_point "$T/point" "$T/early-reply"
	believe "$T/ca/root.pem"
	run refuses RULE dc disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/early-reply"
	[[ $status = 0 && $output == *2025-12-31*2026-01-01* ]]
	# by an authority that daicho.ini does not name, or where it names none
	cp "$PROJECT/tests/data/tsa/ca.pem" "$T/stranger.pem"
	believe "$T/stranger.pem"
	run refuses KEY dc disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/reply"
	[[ $status = 0 && $output == *time_stamp_ca* ]]
	rm "$T/stranger.pem"
	run refuses NOTFOUND dc disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/reply"
	[[ $status = 0 && $output == *"$T/stranger.pem"* ]]
	believe
	run refuses CONFIG dc disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/reply"
	[[ $status = 0 && $output == *time_stamp_ca* ]]
	believe "$T/ca/root.pem"
	dispose=$(dc --json disposal run --plan "$plan" --checkpoint "$T/point" --time-stamp "$T/reply" | jq .dispose)
	commit=$(dc --json show "$dispose" | jq -r .commit)
	[ "$(dc --json show "$dispose" | jq -r .leaf | sed -n 's/^Witness: sha256://p')" = \
		"$(sha256sum "$T/reply" | cut -c 1-64)" ]
	believe
	[[ $(dc show "$dispose") == *"states "*"entries, 2026-01-04"*"a time stamp (unverified)"* ]]
	[[ $(dc disposal register) == *"states "*"2026-01-04"*"a time stamp (unverified); it was due from 2026-01-01"* ]]
	believe "$T/ca/root.pem"
	[[ $(dc show "$dispose") == *"dated "*"entries, 2026-01-04"*"a time stamp"* && $(dc show "$dispose") != *unver* ]]
	[[ $(dc disposal register) == *"dated "*"2026-01-04"*"a time stamp; it was due from 2026-01-01"* ]]
	note=$(git -C "$S/volumes/2026.git" cat-file blob "refs/notes/volumes/2026/dispose/hq:$commit" | sed '1,/^$/d')
	jq -r .time_stamp <<< "$note" | base64 -d | cmp - "$T/reply"
	jq -j .checkpoint <<< "$note" | cmp - "$T/point"
	timed openssl ts -verify -in "$T/reply" -data "$T/point" -CAfile "$T/ca/root.pem" 2> "$T/said"
	cp "$PROJECT/tests/data/tsa/ca.pem" "$T/stranger.pem"
	[ "$(judged 'receipts_from = 0' 'time_stamp_ca = ca/root.pem')" = "VALID true" ]
	jq -e '.remarks | any(contains("revoked was not asked"))' "$T/verdict"
	run timed daicho-verify --json "$S" --policy "$T/policy" --ledger-only
	[ "$(jq -r .verdict <<< "$output")" = UNWITNESSED ]
	jq -e '.remarks | any(contains("is a record, and none was read"))' <<< "$output"
	[ "$(judged "receipts_from = $dispose" 'time_stamp_ca = stranger.pem')" = "UNWITNESSED false" ]
	jq -e '.remarks | any(contains("of nobody whom the policy believes: time stamp: not signed by"))' "$T/verdict"
	[ "$(judged "receipts_from = $((dispose + 1))" 'time_stamp_ca = stranger.pem')" = "VALID false" ]
	[ "$(judged)" = "VALID null" ]
	jq -e '.remarks | any(contains("was not judged"))' "$T/verdict"
	judged 'receipts_from = 0' > "$T/said"
	refuses CONFIG daicho-verify "$S" --policy "$T/policy"
	# two persons say that it was early: who is outside and believed knows better
	set_clock "2025-12-23 09:00"
	as taro clock attest --entries "$(dc --json clock | jq -r .attest.entries)" --counts 2025 --reason 見本 \
		--sign "$PROPOSER" --motion "$T/motion"
	as hanako second "$T/motion" --sign "$APPROVER"
	set_clock "2026-01-05 09:00"
	[ "$(judged 'time_stamp_ca = ca/root.pem')" = "VALID true" ]
	[ "$(judged)" = "INVALID null" ]
	jq -e ".first.seq == $dispose and .first.state == \"PREMATURE\"" "$T/verdict"
	run timed daicho-verify --json "$S" --policy "$T/policy" --ledger-only
	[ "$(jq -r .verdict <<< "$output")" = INCOMPLETE ]
	jq -e '.remarks | any(contains("the dated receipt that may say else was not read"))' <<< "$output"
}

@test "a rule book that wants a dated receipt lets nothing go without one, and a witness gives it" {
	local plan
	years 2026-01-04
	cp -r "$PROJECT/etc/rulebooks/kumamoto-r6-120" "$T/book"
	mkdir "$T/schemas" && cp "$PROJECT"/schemas/*.schema.json "$T/schemas"
	sed -i 's/^approval_days.*/&\nreceipts = 1/' "$T/book/directive.ini"
	[[ $(dc rules diff "$T/book" --schemas "$T/schemas") == *receipts* ]]
	cp -a "$LIVED/home/.gnupg" "$T/home"
	dc rules update "$T/book" --schemas "$T/schemas" \
		--sign "$(gpg -q --with-colons -K author | awk -F: '/^fpr/ {print $10; exit}')"
	plan=$(plan_digest)
	propose_and_approve "$plan"
	run refuses CONFIG dc disposal run --plan "$plan"
	[[ $status = 0 && $output == *"[witness NAME]"* ]]
	[ "$(dc --json disposal status | jq -c '[.next | .step, .dated, .refused.code]')" = '[null,false,"CONFIG"]' ]
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = present ]
	dc checkpoint --out "$T/junk"
	printf '— w.example/one %s\n' "$( (head -c 4 /dev/urandom; printf %016x "$(japan_seconds "2026-01-04 10:00")" |
		xxd -r -p; head -c 64 /dev/zero) | base64 -w 0)" >> "$T/junk"
	run refuses CONFIG dc disposal run --plan "$plan" --checkpoint "$T/junk"
	[[ $status = 0 && $output == *"[witness NAME]"* ]]
	timed daicho-witness --state "$T/witness" init w.example/one > "$T/vkey"
	daicho-witness --state "$T/witness" log add "$(sed -n 's/^checkpoint = //p' "$PINS")"
	printf '\n[witness one]\nvkey = %s\ncommand = %s/daicho-witness add-checkpoint --state %s\n' "$(cat "$T/vkey")" \
		"$BIN" "$T/witness" >> "$S/daicho.ini"
	stop_daemon
	start_daemon
	run refuses RULE dc disposal run --plan "$plan"
	[[ $status = 0 && $output == *"witness push"* ]]
	[ "$(dc --json disposal status | jq -c '[.next | .step, .dated, .refused]')" = '["run",true,null]' ]
	refuses KEY dc disposal run --plan "$plan" --checkpoint "$T/junk"
	# by a witness that is behind, with a time stamp too
	(CLOCK=$T/slow; set_clock "2025-12-30 10:00"; dc witness push --out "$T/early")
	authority "$CLOCK"
	stamp_point "$T/early" "$T/reply"
	believe "$T/ca/root.pem"
	run refuses RULE dc disposal run --plan "$plan" --checkpoint "$T/early" --time-stamp "$T/reply"
	[[ $status = 0 && $output == *"witness one: of 2025-12-30"*"does not mend that"* ]]
	dc witness push --out "$T/cosigned"
	dc disposal run --plan "$plan" --checkpoint "$T/cosigned"
	[[ $(dc disposal register) == *"dated "*"cosigned by witnesses;"* ]]
	printf 'witness w %s\nquorum w\n' "$(cat "$T/vkey")" > "$T/witnesses"
	[ "$(judged 'receipts_from = 0' 'witnesses = witnesses')" = "UNWITNESSED true" ]
	jq -e '.remarks | any(contains("receipt")) | not' "$T/verdict"
}
