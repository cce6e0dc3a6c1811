#!/usr/bin/env bats
# A record is never changed: a correction stands beside it, with a reason.

load lib
setup_file() { make_store; }
teardown_file() { e2e_teardown; }
setup() { e2e_setup; take_store; start_daemon; }
teardown() { e2e_teardown; }

leaf() { dc --json show "$1" | jq -r .leaf; }
field() { dc --json show "$1" | jq -c ".record.body.$2"; }

# correct N [options]: the number of the correction.
correct() { dc --json correct "$@" > "$T/corrected" || { cat "$T/corrected"; return 1; }; jq .seq "$T/corrected"; }

# refuses_saying TEXT CODE command ...
refuses_saying() {
	refuses "${@:2}" > "$T/refused" || { cat "$T/refused"; return 1; }
	grep -F -- "$1" "$T/refused"
}

# on_terminal TERM COMMAND: what a terminal of this kind gets of a command.
on_terminal() {
	local term=$1
	shift
	TERM=$term script -qec "daicho --store $S $*" /dev/null < /dev/null | tr -d '\r'
}

@test "a wrong model is put right by a second record, and the first stays as it was" {
	n=$(add device '.model = "A1"')
	before=$(dc --json show "$n" | jq -cS .record)
	m=$(correct "$n" --reason "機種名の書き間違い" --model A2)
	[ "$(field "$m" model)" = '"A2"' ]
	[ "$(dc --json show "$m" | jq -cS '.record.body | del(.model)')" = "$(jq -cS '.body | del(.model)' <<< "$before")" ]
	[ "$(dc --json show "$n" | jq -cS .record)" = "$before" ]
	[ "$(dc --json show "$m" | jq -r .record.reason)" = "機種名の書き間違い" ]
	[ "$(dc --json show "$m" | jq -c '[.corrects, .corrected_by, .latest]')" = "[$n,null,$m]" ]
	[ "$(dc --json show "$n" | jq -c '[.corrects, .corrected_by, .latest]')" = "[null,$m,$m]" ]
	leaf "$m" | grep -qx "Corrects: $n"
	run ! grep -qE '^(Opens|Closes|Within|Under): ' <(leaf "$m")
	verify
}

@test "the matter of a corrected designation is closed once, by its opening" {
	staff
	n=$(add designation)
	m=$(correct "$n" --reason "氏名の誤記" --name "見本 春子")
	sample designation-end | jq ".designation_entry = $m" > "$T/body"
	refuses_saying "name entry $n, which opened the matter" RULE dc add designation-end --unit hq --file "$T/body"
	end=$(add designation-end ".designation_entry = $n")
	again=$(correct "$end" --reason "理由の誤記" --set "reason=退職（見本）")
	[ "$(field "$again" reason)" = '"退職（見本）"' ]
	sample designation-end | jq ".designation_entry = $n" > "$T/body"
	refuses RULE dc add designation-end --unit hq --file "$T/body"
	verify
}

@test "a correction is due with its matter, and never while that is open" {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	staff
	ended=$(add designation)
	open=$(add designation)
	ended2=$(correct "$ended" --reason "氏名の誤記" --name "見本 春子")
	open2=$(correct "$open" --reason "氏名の誤記" --name "見本 夏子")
	end=$(add designation-end ".designation_entry = $ended")
	live_through "$TODAY" 2026-12-31 10
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	live_through 2026-12-31 2027-01-01
	[ "$(dc --json disposal plan | jq -c '[.groups[].entries[]] | sort')" = "[$ended,$ended2,$end]" ]
	live_through 2027-01-01 2029-01-01 10
	[ "$(dc --json disposal plan | jq -c "[.groups[].entries[] | select(. == $open or . == $open2)]")" = "[]" ]
	verify
}

@test "a correction without a reason is refused" {
	n=$(add device)
	refuses USAGE dc correct "$n" --model A2
	sample device | jq '.model = "A2"' > "$T/body"
	refuses_saying --reason RULE dc add device --unit hq --file "$T/body" --corrects "$n"
	refuses USAGE dc correct "$n" --reason "" --model A2
	refuses USAGE dc correct "$n" --reason $'a\nb' --model A2
	[ "$(dc --json list --kind device | jq '.records | length')" = 1 ]
}

@test "a correction that changes nothing is refused" {
	n=$(add device '.model = "A1"')
	refuses_saying "nothing changes" USAGE dc correct "$n" --reason x
	refuses USAGE dc correct "$n" --reason x --model A1
}

@test "a correction of another kind or unit, or of nothing, is refused" {
	n=$(add device)
	sample consultation > "$T/body"
	refuses_saying "same kind" RULE dc add consultation --unit hq --file "$T/body" --corrects "$n" --reason x
	n=$(add consultation)
	refuses_saying "same unit" RULE dc add consultation --unit aso --file "$T/body" --corrects "$n" --reason x
	refuses RULE dc correct 0 --reason x --model A2
	refuses NOTFOUND dc correct 99 --reason x --model A2
}

@test "only the latest record of a group is corrected" {
	n=$(add device '.model = "A1"')
	m=$(correct "$n" --reason x --model A2)
	refuses_saying "the latest of them, entry $m" RULE dc correct "$n" --reason x --model A3
	last=$(correct "$m" --reason x --model A3)
	[ "$(dc --json show "$n" | jq .latest)" = "$last" ]
	verify
}

@test "a changed link needs a void" {
	staff
	a=$(add designation)
	b=$(add designation)
	end=$(add designation-end ".designation_entry = $a")
	refuses_saying "a wrong link needs a void" RULE dc correct "$end" --reason x --designation_entry "$b"
	verify
}

@test "an unset field is gone, a list is replaced whole, attachments are taken over" {
	head -c 1000 /dev/urandom > "$T/scan.pdf"
	staff
	sample training | jq ".trainees = [\"見本 一子\", \"見本 二子\"] | .trainer_designation_entry = $(add designation)" \
		> "$T/body"
	n=$(dc --json add training --unit hq --file "$T/body" --attach "$T/scan.pdf" | jq .seq)
	m=$(correct "$n" --reason x --trainees "見本 三子")
	[ "$(field "$m" trainees)" = '["見本 三子"]' ]
	dc show "$m" --attachment 1 --out "$T/back"
	cmp "$T/scan.pdf" "$T/back"
	last=$(correct "$m" --reason x --note "備考（見本）")
	[ "$(field "$last" note)" = '"備考（見本）"' ]
	last=$(correct "$last" --reason x --unset note)
	[ "$(dc --json show "$last" | jq '.record.body | has("note")')" = false ]
	last=$(echo '{"place": "第二会議室（見本）"}' | correct "$last" --reason x --file -)
	[ "$(field "$last" place)" = '"第二会議室（見本）"' ]
	[ "$(field "$last" trainees)" = '["見本 三子"]' ]
	verify
}

@test "lists and prints show both, and say it in words where nothing can be struck through" {
	n=$(add device '.model = "A1"')
	m=$(correct "$n" --reason "機種名の書き間違い" --model A2)
	dc list > "$T/list"
	grep -E "^ +$n .*  corrected by $m$" "$T/list"
	grep -E "^ +$m .*  corrects $n: 機種名の書き間違い$" "$T/list"
	dc log > "$T/log"
	grep -E "^ +$n .*  corrected by $m$" "$T/log"
	grep -E "^ +$m .*  corrects $n$" "$T/log"
	for seq in $n $m; do
		dc show "$seq" > "$T/show"
		head -n 1 "$T/show" | grep -E "^$m "
		grep -E "^correction +of entry $n$" "$T/show"
		grep -E "^reason +機種名の書き間違い$" "$T/show"
		grep -E "^corrected +by entry $m$" "$T/show"
		[ "$(grep -cE ' A[12]$' "$T/show")" = 2 ]
	done
	run ! grep -F $'\033' "$T/list" "$T/log" "$T/show"
	[ "$(dc --json list --kind device | jq -c '[.records[] | [.corrects, .corrected_by, .reason]]')" = \
		"[[null,$m,null],[$n,null,\"機種名の書き間違い\"]]" ]
}

@test "a terminal strikes the old one through, unless it is asked not to" {
	strike=$'\033[9m'
	end=$'\033[29m'
	n=$(add device '.model = "A1"')
	m=$(correct "$n" --reason "機種名の書き間違い" --model A2)
	on_terminal xterm list > "$T/list"
	grep -F "$strike$n  " "$T/list" | grep -F "$end  corrected by $m"
	grep -E "^ +$m " "$T/list" > "$T/new"
	run ! grep -F "$strike" "$T/new"
	on_terminal xterm show "$m" > "$T/show"
	grep -F "$strike" "$T/show" | grep -E " A1${end/\[/\\[}$"
	grep -E ' A2$' "$T/show" > "$T/new"
	run ! grep -F "$strike" "$T/new"
	run ! grep -F $'\033' <(on_terminal dumb list)
	run ! grep -F $'\033' <(NO_COLOR=1 on_terminal xterm list)
}

@test "a correction shows on the terminal what changes" {
	n=$(add device '.model = "A1"')
	timed script -qec "daicho --store $S correct $n --reason x --model A2" /dev/null < /dev/null > "$T/said"
	grep -F "model: A1 → A2" "$T/said"
}

@test "what the index tells of corrections it tells again when it is rebuilt" {
	n=$(add device)
	m=$(correct "$n" --reason x --model A2)
	dc --json list > "$T/before"
	stop_daemon
	rm -f "$S"/index.db*
	start_daemon
	dc --json list | cmp - "$T/before"
	refuses RULE dc correct "$n" --reason x --model A3
	[ "$(correct "$m" --reason x --model A3)" -gt "$m" ]
}

@test "a reason is not mistaken for the field of that name" {
	staff
	n=$(add designation)
	refuses_saying "set reason=" USAGE dc add designation-end --unit hq --designation_entry "$n" --reason 異動
}

@test "a person signs a correction with its reason" {
	staff
	n=$(add device)
	m=$(correct "$n" --reason "機種名の書き間違い" --model A2 --sign "$AUTHOR")
	[ "$(dc --json show "$m" | jq .record.signed)" = true ]
	verify
}

@test "a repeated correction gets the first answer" {
	id=0123456789abcdef0123456789abcdef
	n=$(add device)
	m=$(correct "$n" --reason x --model A2 --request $id)
	[ "$(correct "$n" --reason x --model A2 --request $id)" = "$m" ]
	refuses CONFLICT dc correct "$n" --reason y --model A2 --request $id
}
