#!/usr/bin/env bats
# Whoever writes a rule book learns of all that is wrong with it, with the lines, before a store is made of it.

load lib
setup() {
	e2e_setup
	cp -R "$PROJECT/tests/data/ledger" "$T/book"
	INI=$T/book/rulebook/directive.ini
	CHECK=(daicho rules check "$T/book/rulebook" --schemas "$T/book/schemas")
}
teardown() { e2e_teardown; }

line_of() { grep -nFx -- "$1" "$INI" | cut -d : -f 1; }

add_good_rules() {
	cat >> "$INI" <<'END'

[era reiwa]
ja = 令和
short = 令
letter = R
first = 2019-05-01

[rule one-badge]
clause = T-4
ja = 名札は一人に一つとする。
en = One badge a person.
kinds = badge
level = refuse
when = not text in "spare", "lost"
want = text and submitter.role != "none"
forbids = badge with text = text and unit = unit

[rule badge-out]
clause = T-4
ja = 貸し出した名札を返す。
en = What is handed back was handed out.
kinds = badge-end
level = warn
needs = badge in badge_entry on today

[due hand-back]
clause = T-5
ja = 一年以内に返す。
en = Hand it back within a year.
who = officer
over = badge
within = 365 days
done = badge-end with badge_entry = number

[route badge]
clause = T-6
ja = 貸与から返却まで
en = From handing out to handing back
matter = badge
steps = badge text "spare", badge-end
END
}

@test "finds nothing wrong with the rule books that come with the programs" {
	for book in "$PROJECT"/etc/rulebooks/*/; do
		run daicho rules check "$book"
		[ "$status" = 0 ] && [ -z "$output" ]
	done
}

@test "takes eras, rules, dues and routes, and a store is made of them" {
	add_good_rules
	run "${CHECK[@]}"
	echo "$output"
	[ "$status" = 0 ] && [ -z "$output" ]
	run "${CHECK[@]}" --json
	[ "$(jq -c '[.format, .faults]' <<< "$output")" = '["daicho.rules-check.v1",[]]' ]
	jq -nc '{login: "taro", role: "officer", fpr: ("0" * 40)}' > "$T/first.json"
	init_store --rulebook "$T/book/rulebook" --schemas "$T/book/schemas"
}

@test "lists every fault with its line, in order of lines" {
	add_good_rules
	sed -i -e 's/^en = One badge a person\.$/en_ = x/' \
		-e 's/^when = not text.*/when = not (text/' \
		-e 's/^forbids = badge with text.*/forbids = badge with colour = size/' \
		-e 's/^who = officer/who = boss/' \
		-e 's/^needs = badge in .*/needs = bage in badge_no on day + 1 day/' \
		-e 's/^steps = .*/steps = badge colour "red", slip, badge-end/' \
		-e 's/^identity = .*/identity = login key role/' "$INI"
	rm "$T/book/schemas/slip.schema.json"
	forbids="$(line_of 'forbids = badge with colour = size'): [rule one-badge] forbids:"
	needs="$(line_of 'needs = bage in badge_no on day + 1 day'): [rule badge-out] needs:"
	steps="$(line_of 'steps = badge colour "red", slip, badge-end'): [route badge] steps:"
	code=0
	"${CHECK[@]}" > "$T/out" 2> "$T/err" || code=$?
	cat "$T/out"
	[ "$code" = 78 ]
	[ "$(head -1 "$T/err")" = "CONFIG: $T/book/rulebook: 13 faults" ]
	grep -q "^next: mend each line" "$T/err"
	sed "s|^|$INI:|" > "$T/wanted" <<END
$(line_of 'identity = login key role'): [kind appointment] identity: [kind appointment] has no field key
$(line_of '[kind slip]'): [kind slip]: $T/book/schemas/slip.schema.json: missing: every kind has a schema
$(line_of '[rule one-badge]'): [rule one-badge] en: it is missing
$(line_of 'en_ = x'): [rule one-badge] en_: this section has no such key
$(line_of 'when = not (text'): [rule one-badge] when: character 10: a ) for the ( at character 5 is wanted
$forbids no kind that opens [matter badge] has a field colour
$forbids [kind badge] has no field size
$needs there is no [matter bage]
$needs [kind badge-end] has no field badge_no
$needs [kind badge-end] has no field day
$(line_of 'who = boss'): [due hand-back] who: there is no [role boss]
$steps [kind slip] does not belong to [matter badge]
$steps [kind badge] has no field colour
END
	diff "$T/wanted" "$T/out"
}

@test "lists every line that can't be read, and nothing of what it hides" {
	printf '[unit hq\n indented = 1\n[unit x]\nja = a\nja = b\n' >> "$INI"
	at=$(line_of '[unit hq')
	run --separate-stderr "${CHECK[@]}"
	echo "$output"
	[ "$status" = 78 ]
	[ "${#lines[@]}" = 3 ]
	[ "${lines[0]}" = "$INI:$at: a section is [name] and nothing else" ]
	[ "${lines[1]}" = "$INI:$((at + 1)): a line is not indented" ]
	[ "${lines[2]}" = "$INI:$((at + 4)): a key stands once in a section: first on line $((at + 3))" ]
}

@test "tells what is missing once, and a value that never comes" {
	add_good_rules
	sed -i -e '/^over = badge/d' -e 's/^done = .*/done = badge-end with badge_entry = colour/' \
		-e 's/^steps = .*/steps = badge text "blue", badge-end/' "$INI"
	jq '.properties.text.enum = ["spare", "lost"]' "$PROJECT/tests/data/ledger/schemas/badge.schema.json" \
		> "$T/book/schemas/badge.schema.json"
	run --separate-stderr "${CHECK[@]}"
	echo "$output"
	[ "$status" = 78 ]
	[ "${#lines[@]}" = 2 ]
	[ "${lines[0]}" = "$INI:$(line_of '[due hand-back]'): [due hand-back] over: it is missing" ]
	[[ ${lines[1]} = *": [route badge] steps: text of [kind badge] is never \"blue\"" ]]
}

@test "says the same in JSON" {
	sed -i 's/^closes = badge badge_entry/closes = badge entry/' "$INI"
	run --separate-stderr "${CHECK[@]}" --json
	[ "$status" = 78 ]
	[ "$(jq -c '.error | [.code, (.faults | length), .faults[0].line, .faults[0].section, .faults[0].key]' \
		<<< "$output")" = "[\"CONFIG\",1,$(line_of 'closes = badge entry'),\"kind badge-end\",\"closes\"]" ]
}

@test "no store is made of a rule book with a fault" {
	add_good_rules
	sed -i 's/^want = text and.*/want = txt/' "$INI"
	refuses CONFIG daicho init "$S" --origin test.example/register --rulebook "$T/book/rulebook" \
		--schemas "$T/book/schemas" | tee "$T/out"
	grep -F "$INI:$(line_of 'want = txt'): [rule one-badge] want: [kind badge] has no field txt" "$T/out"
	grep -Fx "next: daicho rules check $T/book/rulebook --schemas $T/book/schemas" "$T/out"
	[ ! -e "$S" ]
}

@test "refuses what it isn't asked for" {
	refuses USAGE daicho rules
	refuses USAGE daicho rules burn "$T/book/rulebook"
	refuses USAGE daicho rules check
	refuses NOTFOUND daicho rules check "$T/nowhere"
	mkdir "$T/empty"
	refuses CONFIG daicho rules check "$T/empty"
}
