#!/usr/bin/env bats
# The rule book changes: by a person, for what comes after, and never against what is there.

load lib
set -o pipefail
setup() { e2e_setup; }
teardown() { e2e_teardown; }

BOOK=$PROJECT/etc/rulebooks/kumamoto-r6-120

# key NAME: a key in a home of its own; sets PERSON to the fingerprint and NAMED to what names it in an appointment.
key() {
	local home=$T/gpg-$1
	mkdir -m 700 "$home"
	timed gpg -q --homedir "$home" --batch --passphrase '' --quick-gen-key "$1" ed25519 sign never 2>> "$T/gpg.log"
	PERSON=$(gpg --homedir "$home" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	NAMED=".openpgp_fingerprint = \"$PERSON\" |
		.openpgp_public_key = $(gpg --homedir "$home" --armor --export "$PERSON" | jq -Rs .)"
}

# book [sed script]: a copy of the rule book, changed, in $T/book.
book() {
	rm -rf "$T/book"
	cp -r "$BOOK" "$T/book"
	sed -i "${1:-}" "$T/book/directive.ini"
	mkdir -p "$T/schemas"
	cp "$PROJECT"/schemas/*.schema.json "$T/schemas"
}

update() { GNUPGHOME=$T/gpg-taro dc --json rules update "$T/book" --schemas "$T/schemas" --sign "$PERSON"; }

# phone N: the entry of a phone into the loan ledger; a filter may follow.
phone() { add device ".device_no = \"CP-$1\" | .registered_on = \"$TODAY\" ${2:-}"; }

# The general manager, by whom a rule book comes into force, has the key of taro.
begin() {
	key taro
	appointment general-manager "$NAMED" > "$T/first.json"
	init_store
	start_daemon
}

@test "a new rule book is brought into force by the general manager, who signs" {
	begin
	general=$PERSON
	book
	refuses PERM dc rules update "$T/book" --schemas "$T/schemas"
	key jiro
	add appointment ".login = \"jiro\" | .role = \"records-officer\" | .appointed_on = \"$TODAY\" | $NAMED"
	GNUPGHOME=$T/gpg-jiro refuses PERM dc rules update "$T/book" --schemas "$T/schemas" --sign "$PERSON"
	book "/^\[kind device\]/,/^\[/ s/^retain = .*/retain = 9/"
	PERSON=$general
	update
}

@test "a new rule book comes into force by an entry of a person, and what came before keeps its class" {
	begin
	old=$(phone 1)
	years=$(dc --json rules show | jq -r '.sections[] | select(.section == "kind device") | .keys.retain')
	book "/^\[kind device\]/,/^\[/ s/^retain = .*/retain = $((years + 4))/"
	run update
	[ "$status" = 0 ]
	seq=$(jq .seq <<< "$output")
	[ "$(jq .by <<< "$output")" = 1 ]
	[ "$(jq -r '.remarks[0]' <<< "$output" | grep -c "kind device")" = 1 ]
	[ "$(dc --json show "$seq" | jq -r .kind)" = rules ]
	new=$(phone 2)
	run verify
	[ "$status" = 0 ]
	# what is in force when, by number of entry
	class() { dc --json rules show --at "$1" | jq -r '.sections[] | select(.section == "kind device") | .keys.retain'; }
	[ "$(class "$old")" = "$years" ]
	[ "$(class "$((seq - 1))")" = "$years" ]
	[ "$(class "$seq")" = "$((years + 4))" ]
	[ "$(class "$new")" = "$((years + 4))" ]
	[ "$(dc --json rules show --at "$old" | jq .since)" = 0 ]
	[ "$(dc --json rules show | jq .since)" = "$seq" ]
	git -C "$S/ledger.git" fsck --full --strict
	# the keys go on, and a new start finds the same
	fpr=$(sed -n 's/^key = //p' "$PINS")
	git -C "$S/ledger.git" cat-file -e "refs/heads/ledger:keys/$fpr.asc"
	stop_daemon
	rm "$S/index.db"
	start_daemon
	[ "$(dc --json rules show | jq .since)" = "$seq" ]
	phone 3
	run verify
	[ "$status" = 0 ]
}

@test "the front judges by the new schemas as soon as the update is answered" {
	begin
	book
	jq '.properties.ward = {"type": "string", "title": "係", "maxLength": 20}' "$PROJECT/schemas/device.schema.json" \
		> "$T/schemas/device.schema.json"
	sample device | jq -c '.ward = "一係"' > "$T/ward.json"
	refuses SCHEMA dc add device --unit hq --file "$T/ward.json"
	update
	phone 1 "| .ward = \"一係\""
	run grep -c "started anew" "$T/daemon.log"
	[ "$output" = 0 ]
	run verify
	[ "$status" = 0 ]
}

# A small office of its own. Its rule book stands in $T/book, its schemas in $T/schemas.
small_book() {
	mkdir -p "$T/book" "$T/schemas"
	cat > "$T/book/directive.ini" <<-'END'
	[directive]
	id = office-1
	title_ja = 試験要領
	title_en = Test directive
	issued = 2024-01-01
	in_force = 2024-01-01
	office = hq

	[unit hq]
	ja = 本部
	en = Headquarters

	[unit east]
	ja = 東
	en = East

	[role chief]
	ja = 長
	en = Chief
	clause = C1

	[role clerk]
	ja = 係
	en = Clerk
	clause = C1

	[matter post]
	ja = 就任
	en = Appointment
	clause = C1

	[matter box]
	ja = 箱
	en = Box
	clause = C1

	[kind person]
	ja = 就任簿
	en = Appointment
	clause = C1
	opens = post
	identity = login key role

	[kind box]
	ja = 箱簿
	en = Box
	clause = C1
	opens = box
	retain = 5
	retain_from = closing
	retain_clause = C1

	[kind box-end]
	ja = 箱簿（廃止）
	en = Box ended
	clause = C1
	closes = box box_entry
	retain = 5
	retain_from = closing
	retain_clause = C1

	[kind memo]
	ja = 覚書
	en = Memo
	clause = C1
	retain = 1
	retain_from = creation
	retain_clause = C2
	END
	schema person '{"login": {"type": "string"}, "key": {"type": "string"}, "role": {"type": "string"}}'
	schema box '{"name": {"type": "string"}}'
	schema box-end '{"box_entry": {"type": "integer"}}'
	schema memo '{"text": {"type": "string"}}'
}

schema() {
	jq -n --argjson p "$2" '{"$schema": "https://json-schema.org/draft/2020-12/schema", type: "object", title: "t",
		properties: ($p | map_values(. + {title: "f"})), additionalProperties: false}' > "$T/schemas/$1.schema.json"
}

# small_office [LOGIN]: its first person has that login, that of whoever runs the test if none is given.
small_office() {
	small_book
	jq -n --arg login "${1:-$(id -un)}" '{login: $login, role: "chief"}' > "$T/first.json"
	timed daicho init "$S" --origin test.example/small --rulebook "$T/book" --schemas "$T/schemas" \
		--appoint "$T/first.json" > "$PINS"
	start_daemon
}

# change SCRIPT: the small book, changed by sed.
change() {
	small_book
	sed -i "$1" "$T/book/directive.ini"
}

small_update() { dc rules update "$T/book" --schemas "$T/schemas"; }

# drop SECTION: the small book without it.
drop() {
	small_book
	awk -v RS= -v ORS='\n\n' -v s="[$1]" 'index($0, s) != 1' "$T/book/directive.ini" > "$T/cut"
	mv "$T/cut" "$T/book/directive.ini"
}

@test "only an appointed person changes the rules, and only to something else" {
	small_office somebody-else
	change 's/^title_en = .*/title_en = Other/'
	refuses PERM small_update
	dc add person --unit hq --login "$(id -un)" --role chief
	small_update
	refuses CONFLICT small_update
	# the same request again is answered by the same entry
	change 's/^title_en = .*/title_en = Third/'
	jq -n --rawfile d "$T/book/directive.ini" --arg r 0123456789abcdef0123456789abcdef '{request: $r, files:
		([{path: "directive.ini", data: ($d | @base64)}] + $more)}' --argjson more "$(
		for k in person box box-end memo; do
			jq -n --arg p "schemas/$k.schema.json" --rawfile d "$T/schemas/$k.schema.json" \
				'{path: $p, data: ($d | @base64)}'
		done | jq -s .)" > "$T/request"
	http POST /v1/rules -H 'Content-Type: application/json' --data-binary "@$T/request" > "$T/first"
	[ "$(tail -n 1 "$T/first")" = 201 ]
	http POST /v1/rules -H 'Content-Type: application/json' --data-binary "@$T/request" > "$T/second"
	[ "$(head -n 1 "$T/first" | jq .seq)" = "$(head -n 1 "$T/second" | jq .seq)" ]
	[ "$(dc --json log --kind rules | jq '.entries | length')" = 2 ]
	run verify
	[ "$status" = 0 ]
}

@test "a rule book under which the ledger could not go on is refused, and nothing changes" {
	small_office
	box=$(dc --json add box --unit east --name 1 | jq .seq)
	head=$(git -C "$S/ledger.git" rev-parse refs/heads/ledger)
	change 's/^id = .*/id = office-2/'
	refuses RULE small_update | grep "replaces = office-1"
	change 's/^in_force = .*/in_force = 2099-01-01/'
	refuses RULE small_update | grep 2099-01-01
	change "s/^in_force = .*/&\nexpires = 2025-01-31/"
	refuses RULE small_update | grep 2025-01-31
	drop 'unit east'
	refuses RULE small_update | grep "unit east"
	drop 'role chief'
	refuses RULE small_update | grep "role chief"
	drop 'kind box-end'
	rm "$T/schemas/box-end.schema.json"
	refuses RULE small_update | grep "can't be closed"
	change '/^identity = /d'
	refuses RULE small_update | grep "appoints a person"
	drop 'kind box'
	sed -i 's/^closes = .*/within = post box_entry/' "$T/book/directive.ini"
	refuses RULE small_update | grep "kind box"
	# what is not used goes, and what is closed too
	drop 'kind memo'
	small_update
	refuses KIND dc add memo --unit hq --text a
	[ "$(git -C "$S/ledger.git" rev-parse refs/heads/ledger~1)" = "$head" ]
	drop 'role clerk'
	small_update
	dc add box-end --unit east --box_entry "$box"
	run verify
	[ "$status" = 0 ]
}

@test "what is sent must be a whole rule book, within bounds" {
	small_office
	send() { http POST /v1/rules -H 'Content-Type: application/json' --data-binary "$1"; }
	file() { printf '{"path": "%s", "data": "%s"}' "$1" "${2:-YQ==}"; }
	book=$(base64 -w0 "$T/book/directive.ini")
	for files in "[]" "[$(file directive.ini)]" "[$(file directive.ini "$book")]" "[$(file ../x)]" \
		"[$(file keys/a.asc)]" "[$(file a), $(file a)]" "[$(file a), $(file a/b)]" "[$(file a '*')]" \
		"[{\"path\": \"a\"}]" \
		"[$(file a/b/c/d/e/f/g/h/i/j)]"; do
		send "{\"files\": $files}" > "$T/answer"
		grep -qE '^(400|422)$' <<< "$(tail -n 1 "$T/answer")" || { echo "$files"; cat "$T/answer"; return 1; }
	done
	head -c 9000000 /dev/zero | base64 -w0 > "$T/large"
	{ printf '{"files": [{"path": "a", "data": "'; cat "$T/large"; printf '"}]}'; } > "$T/request"
	send "@$T/request" > "$T/answer"
	[ "$(tail -n 1 "$T/answer")" = 413 ]
	[ "$(dc --json log --kind rules | jq '.entries | length')" = 0 ]
	dc add memo --unit hq --text a
}

@test "what changes is shown section by section and key by key" {
	small_office
	change 's/^retain = 1/retain = 2/'
	printf '\n[unit west]\nja = 西\nen = West\n' >> "$T/book/directive.ini"
	schema memo '{"text": {"type": "string"}, "more": {"type": "string"}}'
	run dc --json rules diff "$T/book" --schemas "$T/schemas"
	[ "$status" = 0 ]
	[ "$(jq -c '[.changes[] | [.change, .section // .file, .key]]' <<< "$output")" = \
		"$(jq -nc '[["changed", "kind memo", "retain"], ["added", "unit west", null], ["added", "unit west", "en"],
			["added", "unit west", "ja"], ["changed", "schemas/memo.schema.json", null]]')" ]
	cp -r "$T/book" "$T/old"
	drop 'unit east'
	run dc rules diff "$T/old" "$T/book" --schemas "$T/schemas"
	[ "$status" = 0 ]
	grep -q '^removed  \[unit east\]$' <<< "$output"
	grep -q '^    - 2$' <<< "$output"
	run dc rules show
	[ "$status" = 0 ]
	grep -q "^rule book *office-1" <<< "$output"
	# each limit, those too of which the file says nothing
	grep -q '^  clock_step_days  *14  days that the clock' <<< "$output"
	grep -q '^  receipts  *0  dated receipts' <<< "$output"
	[ "$(dc --json rules show | jq -c '.limits | [.clock_step_days, .life_percent, .receipts]')" = '[14,50,0]' ]
	grep -q "^  box-end .*closes box box_entry; kept, years: 5 from closing (C1)" <<< "$output"
	refuses NOTFOUND dc rules show --at 99999
	refuses USAGE dc rules show --at x
}

@test "the directive's own end: a year ahead it is due, then nothing is recorded until its successor is in force" {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	set_clock "2029-03-30 09:00"
	begin
	TODAY=2029-03-30
	old=$(phone 1)
	[ "$(dc --json due | jq '[.due[] | select(.clause == "P-1")] | length')" = 0 ]
	live_through 2029-03-30 2029-03-31
	[ "$(dc --json due | jq -c '[.due[] | select(.clause == "P-1") | [.state, .until]]')" = '[["near","2030-03-31"]]' ]
	live_through 2029-03-31 2030-03-31 10
	TODAY=2030-03-31
	phone 2
	live_through 2030-03-31 2030-04-01
	TODAY=2030-04-01
	[ "$(dc --json due | jq -c '[.due[] | select(.clause == "P-1") | .state]')" = '["overdue"]' ]
	sample device | jq -c '.device_no = "CP-3" | .registered_on = "2030-04-01"' > "$T/phone"
	refuses RULE dc add device --unit hq --file "$T/phone" | grep "P-1"
	stop_daemon
	start_daemon
	refuses RULE dc add device --unit hq --file "$T/phone" | grep "P-1"
	book 's/^id = .*/id = kumamoto-r12\nreplaces = kumamoto-r6-120/; s/^expires = .*/expires = 2036-03-31/
		s/^in_force = .*/in_force = 2030-04-01/; /^\[kind device\]/,/^\[/ s/^retain = .*/retain = 10/'
	update
	phone 3
	new=$(jq .seq "$T/added")
	[ "$(dc --json due | jq '[.due[] | select(.clause == "P-1")] | length')" = 0 ]
	class() { dc --json rules show --at "$1" | jq -r '.sections[] | select(.section == "kind device") | .keys.retain'; }
	[ "$(class "$old")" = 3 ]
	[ "$(class "$new")" = 10 ]
	run verify
	[ "$status" = 0 ]
	stop_daemon
	start_daemon
	phone 4
	[ "$(dc --json rules show | jq -r .id)" = kumamoto-r12 ]
	run verify
	[ "$status" = 0 ]
}

@test "records of before are disposed of by the class of their time, and those after by the new one" {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	small_office
	before=$(dc --json add memo --unit hq --text a | jq .seq)
	change 's/^retain = 1/retain = 3/'
	small_update | grep "kind memo: records accepted from now on are kept 3 calendar years from creation"
	after=$(dc --json add memo --unit hq --text b | jq .seq)
	due() { dc --json disposal plan | jq -c '[.groups[] | select(.kind == "memo") | .entries[]]'; }
	live_through 2025-06-02 2027-01-01 10
	[ "$(due)" = "[$before]" ]
	stop_daemon
	rm "$S/index.db"
	start_daemon
	[ "$(due)" = "[$before]" ]
	live_through 2027-01-01 2029-01-01 10
	[ "$(dc --json disposal plan | jq -c '[.groups[] | select(.kind == "memo") | .entries[]]')" = "[$before,$after]" ]
}
