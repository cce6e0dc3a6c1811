#!/usr/bin/env bats
# A clock that can't be believed stops records and disposal until two persons vouch for it.

load lib
load ended

# Every day up to 2025-06-02 is lived through once.
setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	share_ended
	e2e_setup
	export LIVED=$T
	serve_copy "$MADE" "2024-12-20 10:05"
	live_through 2024-12-20 2025-06-02
	stop_daemon
	stop_agents
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# A copy of it, served on at that time.
lived() { serve_copy "$LIVED" "$1"; }

last() { dc --json status | jq .last.seq; }

# attest ENTRIES YEAR: taro moves, hanako seconds.
attest() {
	rm -f "$T/motion"
	as taro clock attest --entries "$1" --counts "$2" --reason 見本 --sign "$TARO" --motion "$T/motion" || return
	as hanako second "$T/motion" --sign "$HANAKO"
}

refuses_all() {
	local plan before
	before=$(last)
	refuses CLOCK dc add consultation --unit hq --file <(sample consultation) || return 1
	dc --json disposal plan > "$T/plan" || return 1
	[ "$(jq -r .clock.believed "$T/plan")" = false ] || return 1
	jq -e '.clock.reason | length > 0' "$T/plan" || return 1
	[ "$(dc --json disposal status | jq -c '[.next | .step, .refused.code]')" = '[null,"CLOCK"]' ] || return 1
	plan=$(jq -r .plan "$T/plan")
	if [ "$(jq '.groups | length' "$T/plan")" -gt 0 ]; then
		GNUPGHOME=$T/gpg-taro refuses CLOCK dc disposal propose --plan "$plan" --sign "$TARO" || return 1
	fi
	[ "$(last)" = "$before" ]
}

@test "after a jump of ten years nothing is taken and nothing may go, and the right clock heals it" {
	lived "2035-06-02 10:00"
	refuses_all
	[ "$(dc --json disposal plan | jq '.groups | length')" = 2 ]
	dc clock > "$T/said"
	grep -q '令和17年（2035年）6月2日' "$T/said"
	grep -q Saturday "$T/said"
	n=$(last)
	grep -q -- "--entries $n --counts 2025" "$T/said"
	grep -q "^to attest  *entry $n, for which 2025 counts" "$T/said"
	dc disposal plan | grep -q '^clock  *shows '
	LC_ALL=ja_JP.UTF-8 dc disposal plan | grep -q '^時計  *最後の記載から'
	stop_daemon
	grep -q 'two persons attest' "$T/daemon.log"
	set_clock "2025-06-02 12:00"
	start_daemon
	add consultation
	[ "$(dc --json clock | jq -c '[.believed, .attest]')" = "[true,null]" ]
	refuses RULE attest "$(last)" 2025
	run verify
	[ "$status" = 0 ]
}

@test "twenty days, or a new year and twenty days of running on, are no life" {
	lived "2025-06-22 10:01"
	refuses_all
	set_clock "2026-01-02 10:00"
	refuses_all
	[ "$(dc --json disposal plan | jq '.groups | length')" = 2 ]
	before=$(last)
	live_through 2026-01-02 2026-01-22 5
	[ "$(last)" = "$before" ]
	refuses_all
}

@test "two persons vouch for a pause of three months, and what is due then may go" {
	lived "2025-06-02 12:00"
	live_through 2025-06-02 2025-09-01 13
	set_clock "2025-12-01 09:00"
	refuses_all
	n=$(last)
	as taro clock attest --entries "$n" --counts 2025 --reason 見本 --sign "$TARO" --motion "$T/early"
	GNUPGHOME=$T/gpg-taro refuses RULE dc second "$T/early" --sign "$TARO"
	# the day that was signed is not the day any more
	set_clock "2025-12-02 09:00"
	GNUPGHOME=$T/gpg-hanako refuses RULE dc second "$T/early" --sign "$HANAKO"
	# what is named does not clear the doubt
	refuses RULE attest $((n - 1)) 2025
	refuses RULE attest "$n" 2026
	refuses RULE attest "$((n - 1))-$n" 2025
	refuses_all
	attest "$n" 2025
	add consultation
	[ "$(dc --json log --kind clock | jq -c '[.entries[] | .on]')" = "[[\"entry $n\"]]" ]
	live_through 2025-12-02 2026-01-04 11
	plan=$(dc --json disposal plan | jq -r .plan)
	[ "$(dc --json disposal plan | jq -c '[.clock.believed, ([.groups[].entries[]] | sort)]')" = \
		"[true,[$DESIGNATION,$END]]" ]
	as taro disposal propose --plan "$plan" --sign "$TARO"
	as hanako disposal approve --plan "$plan" --decision 例8-2 --sign "$HANAKO"
	as jiro disposal approve --plan "$plan" --decision 例8-3 --sign "$JIRO"
	# in doubt again, an approval does not help
	set_clock "2026-01-25 10:00"
	refuses CLOCK dc disposal run --plan "$plan"
	set_clock "2026-01-04 10:00"
	dc disposal run --plan "$plan"
	run verify
	[ "$status" = 0 ]
}

# disposes: everything that is due now is proposed and approved; sets PLAN.
disposes() {
	PLAN=$(dc --json disposal plan | jq -r .plan)
	as taro disposal propose --plan "$PLAN" --sign "$TARO" || return 1
	as hanako disposal approve --plan "$PLAN" --decision 例8-2 --sign "$HANAKO" || return 1
	as jiro disposal approve --plan "$PLAN" --decision 例8-3 --sign "$JIRO"
}

classify_longer() {
	rm -f "$T/class"
	as taro classify designation --years 9 --from closing --clause 見本 --sign "$TARO" --motion "$T/class" || return
	as hanako second "$T/class" --sign "$HANAKO"
}

@test "what a clock that was ahead let go is PREMATURE by the word of two persons, and what is here waits for its day" {
	lived "2025-06-02 12:00"
	live_through 2025-06-02 2025-12-22 5
	set_clock "2026-01-02 09:00"
	disposes
	cp -a "$S/volumes/2024.git" "$T/2024.git"
	touch "$S/volumes/stray"
	run dc disposal run --plan "$PLAN"
	[ "$status" != 0 ]
	rm "$S/volumes/stray"
	# the clock is set right: its records are gone, and its certificate is not completed
	set_clock "2025-12-23 09:00"
	attest "$(dc --json clock | jq -r .attest.entries)" 2025
	refuses CLOCK dc disposal run --plan "$PLAN"
	run verify
	[ "$status" = 4 ]
	[[ "$output" == *"PREMATURE: its record is not there"* ]]
	# where the run had stopped before the first of them went, nothing is lost
	stop_daemon
	rm -rf "$S/volumes/2024.git" "$S"/index*
	mv "$T/2024.git" "$S/volumes"
	start_daemon
	refuses CLOCK dc disposal run --plan "$PLAN"
	[ "$(dc --json disposal status | jq -r .proposal.waits)" = 2026-01-01 ]
	dc disposal status | grep 'wait until 2026-01-01'
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = held ]
	refuses RULE classify_longer
	run verify
	[ "$status" = 0 ]
	live_through 2025-12-23 2026-01-01 1
	[ "$(dc --json disposal status | jq .proposal.waits)" = null ]
	dc disposal run --plan "$PLAN"
	[ "$(dc --json disposal register | jq .disposals[0].early)" = null ]
	# what went keeps the period that it had
	classify_longer
	[ "$(dc --json disposal register | jq -c '[.disposals[0].groups[].expires] | unique')" = '["2025-12-31"]' ]
	[ "$(dc --json volume show 2024/designation/hq | jq -r .volume.expires)" = 2025-12-31 ]
	run verify
	[ "$status" = 0 ]
	# two persons take that day back as well
	set_clock "2025-12-24 09:00"
	attest "$(dc --json clock | jq -r .attest.entries)" 2025
	by=$(last)
	dc --json disposal register | jq -e ".disposals[0].early == {by: $by, counts: 2025, due: \"2026-01-01\"}"
	dc disposal register | grep "PREMATURE: entry $by says that 2025 counts for it"
	dc disposal status | grep "PREMATURE: entry $by says that 2025 counts for it"
	run verify
	[ "$status" = 4 ]
	[[ "$output" == *"PREMATURE: entry $by says that 2025 counts for it, and it was lawful from 2026-01-01 on"* ]]
}

@test "what a slow clock has dated is kept from the later year that two persons name" {
	set_clock "2024-03-01 10:00"
	init_store
	start_daemon
	staff
	TARO=$(person taro records-officer)
	HANAKO=$(person hanako information-manager)
	designation=$(add designation '.designated_on = "2024-03-01"')
	end=$(add designation-end ".designation_entry = $designation | .released_on = \"2024-03-01\"")
	set_clock "2026-03-01 12:00"
	[ "$(dc --json clock | jq -c '[.attest, .slow]')" = \
		"[{\"counts\":2024,\"entries\":\"$end\"},{\"first\":$end,\"from\":2025,\"last\":$end,\"to\":2026}]" ]
	dc clock | grep "or, if the clock was slow, entries N-$end, for which one of 2025 to 2026 counts"
	# refused before anybody signs
	refuses RULE attest "$designation-$end" 2027
	refuses RULE attest "$designation-$end" 2024
	refuses RULE attest "$designation-$((end - 1))" 2026
	[ ! -e "$T/motion" ]
	attest "$designation-$end" 2026
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	[ "$(dc --json volume show 2024/designation/hq | jq -r .volume.expires)" = 2027-12-31 ]
	run verify
	[ "$status" = 0 ]
}

@test "Time goes back in a clock entry alone, and keeps what the wrong clock dated" {
	lived "2026-06-02 10:00"
	refuses CLOCK dc add consultation --unit hq --file <(sample consultation)
	attest "$(last)" 2025
	wrong=$(add consultation)
	[ "$(dc --json show "$wrong" | jq -r .volume)" = 2026/consultation/hq ]
	stop_daemon
	set_clock "2025-06-03 10:00"
	start_daemon
	refuses_all
	first=$(dc --json log --kind clock | jq '.entries[0].seq')
	n=$(last)
	[ "$(dc --json clock | jq -c .attest)" = "{\"counts\":2025,\"entries\":\"$first-$n\"}" ]
	refuses RULE attest "$n" 2025
	attest "$first-$n" 2025
	right=$(add consultation)
	[ "$(dc --json show "$right" | jq -r .volume)" = 2025/consultation/hq ]
	[[ "$(dc --json show "$right" | jq -r .time)" == 2025-06-03T* ]]
	[ "$(dc --json clock | jq -c '[.believed, .attest]')" = "[true,null]" ]
	# the same from the leaves alone
	stop_daemon
	rm "$S"/index*
	start_daemon
	[ "$(add consultation)" = $((right + 1)) ]
	live_through 2025-06-03 2025-06-05
	[ "$(dc --json log --kind heartbeat --since 2025-06-04 --until 2025-06-05 | jq '.entries | length')" = 2 ]
	[ "$(dc --json disposal plan | jq '.groups | length')" = 0 ]
	# the year that the wrong clock had begun turns when it comes
	live_through 2025-06-05 2026-01-05 13
	dc --json log --kind carry | jq -e "[.entries[] | select(.seq > $right)] | length > 0"
	run verify
	[ "$status" = 0 ]
}

@test "the year turns with Japan's midnight, whatever zone the daemon is started in" {
	set_clock "2025-12-31 23:50:00"
	init_store
	TZ=America/New_York start_daemon
	set_clock "2025-12-31 23:58:00"
	[ "$(dc --json show "$(add consultation)" | jq -r .volume)" = 2025/consultation/hq ]
	set_clock "2026-01-01 00:00:00"
	[ "$(dc --json show "$(add consultation)" | jq -r .volume)" = 2026/consultation/hq ]
	run verify
	[ "$status" = 0 ]
}

@test "29 February, 2038 and 2106 are days like others" {
	for day in 2028-02-29 2038-01-19 2106-01-31; do
		set_clock "$day 12:30"
		init_store
		start_daemon
		# the rule book has run out by then, and takes appointments alone
		n=$(appointment auditor | dc --json add appointment --unit hq --file - | jq .seq)
		[[ "$(dc --json show "$n" | jq -r .time)" == "${day}T12:3"* ]]
		run verify
		[ "$status" = 0 ]
		stop_daemon
		stop_agents
		rm -rf "$S" "$S-archive"
	done
}
