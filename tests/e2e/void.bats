#!/usr/bin/env bats
# A record that should not have been made is taken back by another person; it stays, and binds for longer.

load lib
load ended

# The designation was ended by mistake.
staffed() { serve_copy "$MADE" "2024-12-20 10:05"; }

voids() { as taro void "$1" --reason 誤記 --sign "$TARO"; }
voided_by() { dc --json show "$1" | jq .voided_by; }
stands() { dc --json status | jq -e --argjson n "$1" '[.standing.matters[].cases[].entry] | index($n)'; }

@test "a matter closed by mistake stands again, is closed rightly, and nothing falls due earlier" {
	staffed
	run ! stands "$DESIGNATION"
	refuses RULE dc add designation-end --unit hq --file <(sample designation-end |
		jq -c ".designation_entry = $DESIGNATION | .released_on = \"2024-12-20\"")
	voids "$END"
	void=$(voided_by "$END")
	[ "$(dc --json show "$void" | jq -c '[.kind, .record.body.entry, .record.body.reason]')" = \
		"[\"void\",$END,\"誤記\"]" ]
	stands "$DESIGNATION"
	dc show "$END" | grep -q "voided .*by entry $void"
	dc list --kind designation-end | grep -q "voided by $void"
	# the same from the leaves alone
	stop_daemon
	rm "$S"/index*
	start_daemon
	[ "$(voided_by "$END")" = "$void" ]
	stands "$DESIGNATION"
	live_through 2024-12-20 2025-02-01 13
	end=$(add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2025-02-01\"")
	run ! stands "$DESIGNATION"
	live_through 2025-02-01 2026-01-03 13
	dc --json disposal plan > "$T/plan"
	[ "$(jq -c '[.groups[].entries[]]' "$T/plan")" = "[]" ]
	live_through 2026-01-03 2027-01-03 13
	dc --json disposal plan > "$T/plan"
	[ "$(jq -c "[.groups[] | select(.kind | startswith(\"designation\")) | .entries[]] | sort" "$T/plan")" = \
		"[$DESIGNATION,$END,$end]" ]
	run verify
	[ "$status" = 0 ]
}

@test "only another person voids, only what stands, and from the end of a matter on" {
	staffed
	refuses RULE dc void "$END" --reason 誤記
	refuses RULE voids "$DESIGNATION" > "$T/said"
	grep -q "daicho void $END" "$T/said"
	refuses RULE voids 1
	refuses RULE voids "$(dc --json log --kind heartbeat | jq '.entries[0].seq // 0')"
	refuses USAGE dc void "$END"
	# their own appointment, though another person made it
	own=$(dc --json list --kind appointment --text '"taro"' | jq '.records[0].seq')
	refuses RULE voids "$own"
	voids "$END"
	refuses RULE voids "$END"
	refuses RULE dc correct "$END" --reason 訂正 --released_on 2024-12-19
	voids "$DESIGNATION"
	refuses RULE dc add designation-end --unit hq --file <(sample designation-end |
		jq -c ".designation_entry = $DESIGNATION | .released_on = \"2024-12-20\"")
	run ! stands "$DESIGNATION"
	run verify
	[ "$status" = 0 ]
}

@test "a correction goes with the record that it corrects" {
	staffed
	n=$(add consultation)
	dc correct "$n" --reason 訂正 --set topic=その他
	corrected=$(dc --json show "$n" | jq .latest)
	refuses RULE voids "$corrected"
	voids "$n"
	[ "$(voided_by "$corrected")" = "$(voided_by "$n")" ]
	run verify
	[ "$status" = 0 ]
}

@test "who was appointed by a voided appointment has no role, and a voided end gives it back" {
	staffed
	saburo=$(person saburo records-officer)
	appointment=$(dc --json list --kind appointment --text '"saburo"' | jq '.records[0].seq')
	end=$(add appointment-end ".appointment_entry = $appointment | .ended_on = \"2024-12-20\"")
	held=$(add consultation)
	GNUPGHOME=$T/gpg-saburo refuses PERM dc void "$held" --reason 誤記 --sign "$saburo"
	appoint saburo information-manager 2024-02-22 "$saburo" > /dev/null
	GNUPGHOME=$T/gpg-saburo refuses RULE dc void "$end" --reason 誤記 --sign "$saburo"
	add appointment-end ".appointment_entry = $(dc --json log --kind appointment --newest --limit 1 |
		jq '.entries[0].seq') | .ended_on = \"2024-12-20\"" > /dev/null
	voids "$end"
	as saburo void "$held" --reason 誤記 --sign "$saburo"
	voids "$appointment"
	GNUPGHOME=$T/gpg-saburo refuses PERM dc void "$(add consultation)" --reason 誤記 --sign "$saburo"
	stop_daemon
	rm "$S"/index*
	start_daemon
	GNUPGHOME=$T/gpg-saburo refuses PERM dc void "$(add consultation)" --reason 誤記 --sign "$saburo"
	run verify
	[ "$status" = 0 ]
}
