#!/usr/bin/env bats
# Records go in, signed; stock git and gpg agree.

load lib
setup_file() { make_store; }
teardown_file() { e2e_teardown; }
setup() { e2e_setup; take_store; start_daemon; }
teardown() { e2e_teardown; }

ledger() { git -C "$S/ledger.git" "$@"; }

@test "init prints what an auditor pins" {
	grep -qx 'origin = test.example/register' "$PINS"
	grep -qE '^genesis = sha256:[0-9a-f]{64}$' "$PINS"
	grep -qE '^key = [0-9A-F]{40}$' "$PINS"
}

@test "init refuses a folder that is not empty and leaves it as it was" {
	mkdir "$T/full"
	echo mine > "$T/full/file"
	refuses RULE daicho init "$T/full"
	[ "$(ls "$T/full")" = file ]
}

@test "every kind of the rule book takes its sample" {
	for schema in "$PROJECT"/schemas/*.schema.json; do
		kind=$(basename "$schema" .schema.json)
		[ "$(dc --json kinds "$kind" | jq -r .kind.name)" = "$kind" ]
	done
	[ "$(dc --json kinds | jq '.kinds | length')" = "$(ls "$PROJECT"/schemas/*.schema.json | wc -l)" ]
}

@test "an answer names sequence number, commit and volume, and the record is there" {
	n=$(add consultation)
	commit=$(jq -r .commit "$T/added")
	[ "$(ledger rev-parse refs/heads/ledger)" = "$commit" ]
	[ "$(jq -r .volume "$T/added")" = $YEAR/consultation/hq ]
	[ "$(dc --json show "$n" | jq -cS .record.body)" = "$(sample consultation | jq -cS .)" ]
}

@test "git verify-commit accepts every entry and git fsck is clean" {
	for _ in 1 2 3; do add consultation; done
	GNUPGHOME=$T/gpg-auditor
	export GNUPGHOME
	mkdir -m 700 "$GNUPGHOME"
	ledger archive refs/heads/ledger keys | tar -x -C "$T" -f -
	gpg -q --import "$T"/keys/*.asc
	for commit in $(ledger rev-list refs/heads/ledger); do ledger verify-commit "$commit"; done
	ledger fsck --full --strict
	for year in "$S"/volumes/*.git; do git -C "$year" fsck --full --strict; done
}

@test "git log shows each record under its signed commit in an auditor's clone" {
	add consultation
	git clone -q -b ledger "$S/ledger.git" "$T/clone"
	fetch_volumes "$S" "$T/clone"
	run git -C "$T/clone" -c notes.displayRef='refs/notes/volumes/*' log
	[[ $output == *"Daicho-Record: 1"* ]]
	[[ $output == *"Kind: consultation"* ]]
}

@test "leaf and refs hold no text of the record" {
	add consultation
	word=$(sample consultation | jq -r '[.. | strings | select(length > 1)][0]')
	ledger log --format=%B refs/heads/ledger > "$T/leaves"
	run ! grep -F -- "$word" "$T/leaves"
	git -C "$S"/volumes/*.git for-each-ref > "$T/refs"
	run ! grep -F -- "$word" "$T/refs"
}

@test "a repeated request gets the first answer, with other bytes it is refused" {
	id=0123456789abcdef0123456789abcdef
	sample consultation > "$T/body"
	dc --json add consultation --unit hq --file "$T/body" --request $id > "$T/one"
	dc --json add consultation --unit hq --file "$T/body" --request $id > "$T/two"
	[ "$(jq .seq "$T/one")" = "$(jq .seq "$T/two")" ]
	[ "$(jq .repeated "$T/two")" = true ]
	sample designation > "$T/body"
	refuses CONFLICT dc add designation --unit hq --file "$T/body" --request $id
	stop_daemon
	rm -f "$S"/index.db*
	start_daemon
	sample consultation > "$T/body"
	dc --json add consultation --unit hq --file "$T/body" --request $id > "$T/three"
	[ "$(jq .seq "$T/one")" = "$(jq .seq "$T/three")" ]
}

@test "closing a matter that is not open is refused, naming the entry" {
	staff
	office
	n=$(checkout)
	add checkout-report ".checkout_entry = $n"
	sample checkout-report | jq ".checkout_entry = $n" > "$T/body"
	refuses RULE dc add checkout-report --unit hq --file "$T/body"
}

@test "opens and closes stand in the leaf" {
	staff
	office
	n=$(checkout)
	m=$(add checkout-report ".checkout_entry = $n")
	dc --json show "$n" | jq -r .leaf | grep -qx 'Opens: checkout'
	dc --json show "$m" | jq -r .leaf | grep -qx "Closes: $n"
}

@test "an attachment comes back byte for byte" {
	head -c 100000 /dev/urandom > "$T/scan.pdf"
	sample consultation > "$T/body"
	n=$(dc --json add consultation --unit hq --file "$T/body" --attach "$T/scan.pdf" | jq .seq)
	dc show "$n" --attachment 1 --out "$T/back"
	cmp "$T/scan.pdf" "$T/back"
	verify
}

@test "a store whose daemon was killed in an append is incomplete until it starts again, and no worse" {
	before=$(ledger rev-parse refs/heads/ledger)
	head -c 1000 /dev/urandom > "$T/scan.pdf"
	sample consultation > "$T/body"
	dc add consultation --unit hq --file "$T/body" --attach "$T/scan.pdf"
	stop_daemon
	ledger update-ref refs/heads/ledger "$before"
	printf open | dd of="$S/intent" bs=1 seek=16 conv=notrunc status=none
	[ "$(head -c 20 "$S/intent")" = 'daicho-intent 1 open' ]
	run -3 verify
	grep -q '2 records and attachments are of an append that was cut off' <<< "$output"
	start_daemon
	run -0 verify
}

@test "list finds by kind, unit, year, time and text" {
	a=$(add consultation)
	UNIT=$(dc --json kinds | jq -r '.units[1].name')
	staff "$UNIT"
	b=$(UNIT=$UNIT add designation)
	[ "$(dc --json list --kind consultation | jq -c '[.records[].seq]')" = "[$a]" ]
	[ "$(dc --json list --unit "$UNIT" --kind designation | jq -c '[.records[].seq]')" = "[$b]" ]
	dc --json list --year "$YEAR" --since "$TODAY" --until "$TODAY" > "$T/today"
	[ "$(jq -c '[.records[] | select(.kind != "appointment") | .seq]' "$T/today")" = "[$a,$b]" ]
	[ "$(dc --json list --until 2001-01-01 | jq -c '[.records[].seq]')" = "[]" ]
	word=$(sample consultation | jq -r '[.. | strings | select(test("見本"))][0]')
	dc --json list --text "$word" | jq -e "[.records[].seq] | index($a)"
	[ "$(dc --json list --text 'no record holds this' | jq -c '[.records[].seq]')" = "[]" ]
	[ "$(dc --json list --newest --limit 1 | jq -c '[.records[].seq]')" = "[$b]" ]
}

@test "curl does all that the command does" {
	sample consultation | jq '{kind: "consultation", unit: "hq", body: .}' > "$T/request"
	run http POST /v1/records -H 'Content-Type: application/json' --data-binary "@$T/request"
	[[ $output == *$'\n201' ]]
	for path in /v1/status /v1/kinds /v1/kinds/loan /v1/records /v1/log /v1/records/0 /v1/disposal /v1/disposal/plan; do
		run http GET $path
		[[ $output == *$'\n200' ]]
		jq -e .format <<< "${lines[0]}"
	done
}

@test "many clients at once are all answered and the ledger verifies" {
	sample consultation | jq '{kind: "consultation", unit: "hq", body: .}' > "$T/request"
	for i in $(seq 24); do
		http POST /v1/records -H 'Content-Type: application/json' --data-binary "@$T/request" > "$T/answer.$i" &
		pids[i]=$!
	done
	wait "${pids[@]}"
	[ "$(cat "$T"/answer.* | jq -s '[.[] | objects | .seq] | unique | length')" = 24 ]
	verify
}
