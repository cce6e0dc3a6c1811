#!/usr/bin/env bats
# What is destroyed without a copy, what is handed over before it goes, and what the register keeps of both.

load lib
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# A designation is destroyed, its end is transferred; both are of 2024.
measured_rulebook() {
	cp -r "$PROJECT/etc/rulebooks/kumamoto-r6-120" "$T/rulebook"
	awk '/^\[/ {kind = $0}
		kind == "[kind designation]" && /^measure = / {$0 = "measure = destroy"}
		kind == "[kind designation-end]" && /^measure = / {$0 = "measure = transfer"}
		kind == "[limits]" && /^life_percent = / {$0 = "life_percent = 1"}
		{print}' "$PROJECT/etc/rulebooks/kumamoto-r6-120/directive.ini" > "$T/rulebook/directive.ini"
}

approve() {
	as taro disposal propose --plan "$1" --sign "$PROPOSER" || return 1
	as hanako disposal approve --plan "$1" --decision 例8-2 --sign "$APPROVER" || return 1
	as jiro disposal approve --plan "$1" --decision 例8-3 --sign "$SECOND"
}

@test "destroyed without an archive, transferred on a receipt, and registered for ever" {
	set_clock "2024-02-22 10:00"
	measured_rulebook
	init_store --rulebook "$T/rulebook"
	sed -i '/^archive = /a erase = trim' "$S/daicho.ini"
	start_daemon
	staff
	PROPOSER=$(person taro records-officer)
	APPROVER=$(person hanako information-manager)
	SECOND=$(person jiro records-officer)
	DESIGNATION=$(add designation '.designated_on = "2024-02-22"')
	END=$(add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2024-02-22\"")
	live_through 2024-02-22 2026-01-04 12

	# what expired and waits, and what comes next
	dc disposal status > "$T/status"
	grep -q 'base year 2024: 1 record, expired 2025-12-31, waiting 3 days: destroy, without a copy' "$T/status"
	grep -q 'base year 2024: 1 record, expired 2025-12-31, waiting 3 days: transfer' "$T/status"
	run verify
	[ "$status" = 0 ]
	grep -q '2 records of base year 2024 expired on 2025-12-31' <<< "$output"
	run daicho verify "$S" --pin "$PINS" --overdue 3
	[ "$status" = 0 ]
	run daicho verify "$S" --pin "$PINS" --overdue 2
	[ "$status" = 4 ]
	grep -q OVERDUE <<< "$output"

	# the measure is in what is signed: where it changes, what was approved is not run
	plan=$(dc --json disposal plan | jq -r .plan)
	approve "$plan" > "$T/approved"
	[ "$(grep -c '^measure: destroy, without a copy$' "$T/approved")" = 3 ]
	cp -r "$T/rulebook" "$T/other"
	sed -i '/^\[kind designation\]/,/^$/s/^measure = destroy/measure = archive/' "$T/other/directive.ini"
	dc rules update "$T/other" --sign "$AUTHOR" > "$T/updated"
	grep -q 'kind designation: the measure of all its records, .* is archive, and was destroy' "$T/updated"
	refuses CONFLICT dc disposal run --plan "$plan" > "$T/refused"
	grep -q 'proposed the measure destroy, and by the rule book in force it is archive' "$T/refused"
	grep -q 'next: abort the proposal and propose again' "$T/refused"
	as taro disposal abort --plan "$plan" --reason 例 --sign "$PROPOSER"
	[ "$(dc --json disposal plan | jq -c '[.measure, [.groups[].entries[]]]')" = "[\"archive\",[$DESIGNATION]]" ]
	[ "$(dc --json disposal plan | jq -r .plan)" != "$plan" ]
	dc rules update "$T/rulebook" --sign "$AUTHOR"

	# destroyed
	[ "$(dc --json disposal plan | jq -r .plan)" = "$plan" ]
	[ "$(dc --json disposal plan | jq -c '[.measure, [.groups[].entries[]]]')" = "[\"destroy\",[$DESIGNATION]]" ]
	as taro disposal propose --plan "$plan" --sign "$PROPOSER"
	dc disposal status > "$T/status"
	grep -q '0 of 2' "$T/status"
	grep -q 'another person approves' "$T/status"
	as hanako disposal approve --plan "$plan" --decision 例8-2 --sign "$APPROVER"
	as jiro disposal approve --plan "$plan" --decision 例8-3 --sign "$SECOND"
	refuses RULE dc disposal receipt --plan "$plan" --receipt 1 --sign "$PROPOSER"
	dc --json disposal run --plan "$plan" > "$T/run"
	[ "$(jq -c '[.archive, .absent]' "$T/run")" = '[null,true]' ]
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
	[ -z "$(ls "$S-archive")" ]
	# the list of traces is removed after the entry: no trimmed blocks are claimed
	[ "$(jq -r .level "$T/run")" = ids-absent ]
	jq -e .untrimmed "$T/run" && grep -q 'blocks not erased' "$T/daemon.log"

	# transferred
	plan=$(dc --json disposal plan | jq -r .plan)
	approve "$plan"
	dc disposal run --plan "$plan" > "$T/handed"
	grep -q 'hand it over' "$T/handed"
	[ "$(dc --json show "$END" | jq -r .state)" = present ]
	package=$(dc --json disposal status | jq -r .proposal.package.path)
	(cd "$(dirname "$package")" && sha256sum -c --quiet -- *.sha256)
	# what got no certificate goes with its proposal, and is made anew for the next one
	dc --json archive list | jq -e '.stray == [] and (.proposed | length) == 3'
	as taro disposal abort --plan "$plan" --reason 例 --sign "$PROPOSER"
	[ -z "$(ls "$S-archive")" ]
	approve "$plan"
	dc disposal run --plan "$plan"
	[ -e "$package" ]
	refuses USAGE dc disposal receipt --plan "$plan" --receipt 受領第1号
	as taro disposal receipt --plan "$plan" --receipt 受領第1号 --sign "$PROPOSER"
	[ "$(dc --json disposal status | jq -r .state)" = transferred ]
	dc --json disposal run --plan "$plan" > "$T/run"
	[ "$(dc --json show "$END" | jq -r .state)" = disposed ]
	# the level is what was done: trimmed where the machine lets the daemon do it, and no more where it does not
	case $(jq -r .level "$T/run") in
	blocks-trimmed) [ "$(jq .untrimmed "$T/run")" = null ] ;;
	ids-absent) jq -e .untrimmed "$T/run" ;;
	*) false ;;
	esac
	run verify
	[ "$status" = 0 ]

	# registered
	dc --json disposal register > "$T/register"
	[ "$(jq -c '[.disposals[].measure]' "$T/register")" = '["destroy","transfer"]' ]
	[ "$(jq -c '[.disposals[1].acts[] | .decision]' "$T/register")" = '[null,"例8-2","例8-3","受領第1号"]' ]
	[ "$(dc --json disposal register --year 2025 | jq '.disposals | length')" = 0 ]
	dc disposal register > "$T/register"
	grep -q 'counted from 2025-01-01, expired 2025-12-31' "$T/register"
	grep -q 受領第1号 "$T/register"
	refuses USAGE dc disposal register --year abc
}
