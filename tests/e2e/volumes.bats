#!/usr/bin/env bats
# The turn of the year, and the register of volumes: one office from February 2024 to January 2026, whose daemon goes on
# serving while the tests ask.

load lib
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
}

setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export T S PINS CLOCK HOME FIRST_KEEPER KEEPER RETIRED IN_FORCE ENDED_2024 ENDED_2025 LATE APPLICATION LOAN OUT
	export OUT_APPLICATION
	set_clock "2024-02-22 10:00"
	init_store
	start_daemon
	staff
	FIRST_KEEPER=$(cut -d " " -f 1 "$T/staffed.records-officer")
	old=$(add device '.device_no = "CP-00" | .registered_on = "2024-02-22"')
	RETIRED=$(add device-retire ".device_entry = $old | .retired_on = \"2024-02-22\"")
	IN_FORCE=$(add designation '.designated_on = "2024-02-22"')
	first=$(add designation '.designated_on = "2024-02-22"')
	second=$(add designation '.designated_on = "2024-02-22"')
	live_through 2024-02-22 2024-12-20 12
	device=$(add device '.registered_on = "2024-12-20"')
	APPLICATION=$(apply 2024-12-19 2024-12-20)
	live_through 2024-12-20 2024-12-31 12
	set_clock "2024-12-31 23:58"
	ENDED_2024=$(add designation-end ".designation_entry = $first | .released_on = \"2024-12-31\"")
	set_clock "2025-01-01 00:30"
	ENDED_2025=$(add designation-end ".designation_entry = $second | .released_on = \"2025-01-01\"")
	live_through 2025-01-01 2025-01-10 12
	LATE=$(add consultation '.consulted_on = "2024-12-28"')
	training=$(add training ".trainer_designation_entry = $IN_FORCE | .designation_entries = [$IN_FORCE]")
	LOAN=$(lend "$APPLICATION" "$device")
	other=$(add device '.device_no = "CP-02" | .serial = "SAMPLE0002" | .registered_on = "2025-01-10"')
	OUT_APPLICATION=$(apply 2025-01-09 2025-01-10)
	OUT=$(lend "$OUT_APPLICATION" "$other")
	live_through 2025-01-10 2025-04-01 12
	KEEPER=$(add appointment ".role = \"records-officer\" | .predecessor_entry = $FIRST_KEEPER | .post = \"文書係長\"
		| .name = \"見本 四郎\" | .login = \"mihon.shiro\" | .appointed_on = \"2025-04-01\"
		| del(.openpgp_fingerprint)")
	live_through 2025-04-01 2025-12-28 12
	stop_daemon # over the turn of the year it is off
	set_clock "2026-01-05 09:00"
	start_daemon
	live_through 2026-01-05 2026-01-09
	check=$(add return-check ".loan_entry = $LOAN | .checked_on = \"2026-01-09\"")
	add return ".loan_entry = $LOAN | .return_check_entry = $check | .returned_on = \"2026-01-09\"" > "$T/return"
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# apply APPLIED DECIDED: an application that was approved.
apply() {
	local consultation application time='.from_on = "2025-01-10" | .to_on = "2026-01-09"'
	consultation=$(add consultation ".consulted_on = \"$1\"") || return 1
	application=$(add application ".applied_on = \"$1\" | .consultation_entry = $consultation
		| .consulted_on = \"$1\" | $time") || return 1
	add decision ".application_entry = $application | .decided_on = \"$2\" | $time" > /dev/null || return 1
	echo "$application"
}

lend() {
	add loan ".application_entry = $1 | .device_entry = $2 | .training_entry = $training | .lent_on = \"2025-01-10\"
		| .due_on = \"2026-01-09\""
}

# record N DAY FILTER: what the register says of record N as of that day, and what jq makes of it.
record() {
	local volume
	volume=$(dc --json show "$1" | jq -r .volume) || return 1
	dc --json volume show "$volume" --at "$2" | jq -rc ".list[] | select(.seq == $1) | $3"
}

volume() { dc --json volume show "$1" --at "${2:-2026-01-09}" | jq -rc "${3:-.volume.state}"; }

PERIOD='[.base_year, .from, .expires, .disposable]'

@test "before any record of a new year the volumes of the old one are closed" {
	dc --json log --kind carry > "$T/carries"
	[ "$(jq '.entries | length' "$T/carries")" = 2 ]
	[ "$(jq '.entries[0].seq' "$T/carries")" = $((ENDED_2025 - 1)) ]
	[ "$(jq -r '.entries[0].time[:10]' "$T/carries")" = 2025-01-01 ]
	[ "$(jq -r '[.entries[0].on[] | split(" ")[1] | split("/")[0]] | unique | join(" ")' "$T/carries")" = 2024 ]
	[ "$(jq -r '[.entries[1].on[] | split(" ")[1] | split("/")[0]] | unique | join(" ")' "$T/carries")" = 2025 ]
	jq -e '.entries[0].on | index("volume 2024/appointment/hq")' "$T/carries"
	[ "$(volume 2024/device/hq 2026-01-09 .volume.closed_by)" = $((ENDED_2025 - 1)) ]
}

@test "a daemon that was off at the turn of the year makes up for it before anything else" {
	before=$(dc --json log --since 2026-01-01 --limit 1 | jq -c '.entries[0] | [.kind, .time[:10]]')
	[ "$before" = '["carry","2026-01-05"]' ]
	[ "$(dc --json log --until 2025-12-31 --newest --limit 1 | jq -r '.entries[0].kind')" = heartbeat ]
}

@test "nothing comes to a volume that is closed: what is recorded late stands in the year of its recording" {
	[ "$(dc --json show "$LATE" | jq -r .volume)" = 2025/consultation/hq ]
	[ "$(volume 2024/consultation/hq 2026-01-09 '[.volume.records, .volume.last < '"$LATE"']')" = '[1,true]' ]
}

@test "who verifies the ledger judges what was carried over" {
	run verify
	[ "$status" = 0 ]
}

@test "a period begins on 1 January after the year in Japan and ends on 31 December" {
	[ "$(record "$ENDED_2024" 2026-01-09 "$PERIOD")" = '[2024,"2025-01-01","2025-12-31","2026-01-01"]' ]
	[ "$(record "$ENDED_2025" 2026-01-09 "$PERIOD")" = '[2025,"2026-01-01","2026-12-31","2027-01-01"]' ]
	[ "$(record "$RETIRED" 2026-01-09 "$PERIOD")" = '[2024,"2025-01-01","2027-12-31","2028-01-01"]' ]
	[ "$(record "$ENDED_2024" 2025-12-31 .state)" = kept ]
	[ "$(record "$ENDED_2024" 2026-01-01 .state)" = expired ]
	[ "$(record "$RETIRED" 2027-12-31 .state)" = kept ]
	[ "$(record "$RETIRED" 2028-01-01 .state)" = expired ]
}

@test "an application is not due while the phone that it is about is out" {
	[ "$(record "$APPLICATION" 2025-01-09 '[.state, .expires]')" = '["kept","2025-12-31"]' ]
	for day in 2025-01-10 2025-12-31 2026-01-01 2026-01-08; do
		[ "$(record "$APPLICATION" "$day" '[.state, .expires]')" = '["open",null]' ]
	done
	[ "$(record "$APPLICATION" 2025-12-31 '[.state, .open_matter]')" = "[\"open\",$APPLICATION]" ]
	[ "$(record "$APPLICATION" 2026-01-09 "$PERIOD")" = '[2026,"2027-01-01","2027-12-31","2028-01-01"]' ]
	[ "$(record "$LOAN" 2026-01-09 "$PERIOD")" = '[2026,"2027-01-01","2029-12-31","2030-01-01"]' ]
	[ "$(record "$APPLICATION" 2027-12-31 .state)" = kept ]
	[ "$(record "$APPLICATION" 2028-01-01 .state)" = expired ]
}

@test "a designation in force and a loan that is out are carried over year after year, and never due" {
	[ "$(volume 2024/designation/hq 2026-01-09 '[.carried[] | [.into, .count]]')" = '[[2025,2],[2026,1]]' ]
	[ "$(volume 2025/loan/hq 2026-01-09 '[.carried[] | [.into, .count]]')" = '[[2026,2]]' ]
	[ "$(volume 2024/application/hq 2026-01-09 '[.carried[] | [.into, .count]]')" = '[[2026,1]]' ]
	for day in 2024-02-23 2025-12-31 2026-01-09 2040-02-29; do
		[ "$(record "$IN_FORCE" "$day" '[.state, .expires, .open_matter]')" = "[\"open\",null,$IN_FORCE]" ]
	done
	for n in $OUT $OUT_APPLICATION; do [ "$(record "$n" 2099-12-31 '[.state, .expires]')" = '["open",null]' ]; done
	[ "$(volume 2024/designation/hq 2099-12-31)" = carried ]
	[ "$(volume 2024/designation/hq 2099-12-31 '[.volume.expires, .volume.open, .volume.expired]')" = '[null,1,2]' ]
}

@test "the register is that of the day that is asked" {
	[ "$(volume 2024/designation-end/hq 2024-12-31)" = current ]
	[ "$(volume 2024/designation-end/hq 2025-06-01)" = kept ]
	[ "$(volume 2024/designation-end/hq 2026-01-09)" = expired ]
	[ "$(volume 2024/device-retire/hq 2026-01-09)" = kept ]
	[ "$(volume 2024/device-retire/hq 2028-01-01)" = expired ]
	[ "$(volume 2024/consultation/hq 2099-12-31 '[.volume.state, .volume.retention]')" = '["kept",null]' ]
	[ "$(dc --json volume list --at 2024-02-21 | jq '.volumes | length')" = 0 ]
	refuses NOTFOUND dc volume show 2025/loan/hq --at 2025-01-09
	[ "$(volume 2025/loan/hq 2025-01-10 '[.volume.state, .volume.records]')" = '["current",2]' ]
}

@test "the register has the columns of a file register, and nobody typed its days" {
	volume 2024/device-retire/hq 2026-01-09 .volume > "$T/row"
	jq -e '.form == "F02" and .ja == "貸出管理簿（廃止）" and .year == 2024 and .unit.ja == "生活安全企画課"' "$T/row"
	jq -e '.retention == {years: 3, total: 3, clause: "C7-2"}' "$T/row"
	jq -e '.measure == "archive" and .medium == "electronic"' "$T/row"
	dc --json kinds device-retire | jq -e '.kind | .measure == "archive" and .medium == "electronic"'
	dc rules show | grep -q '^  device-retire .*kept, years: 3 from closing (C7-2); then: dispose, with an archive$'
	jq -e '.place.ja == "生活安全企画課の台帳" and .first == .last and .records == 1' "$T/row"
	jq -e "[.keeper[].entry, .keeper_now[].entry] == [$FIRST_KEEPER, $KEEPER]" "$T/row"
	jq -e '.keeper_now[0].text == "文書係長 見本 四郎"' "$T/row"
	[ "$(volume 2024/device-retire/hq 2025-03-31 '[.volume.keeper_now[].entry]')" = "[$FIRST_KEEPER]" ]
	[ "$(volume 2025/loan/hq 2026-01-09 '[.volume.keeper[].entry]')" = "[$KEEPER]" ]
	LC_ALL=ja_JP.UTF-8 dc volume show 2024/device-retire/hq > "$T/shown"
	grep -q '満了する日  *令和9年12月31日' "$T/shown"
	grep -q '起算日  *令和7年1月1日' "$T/shown"
	grep -q '保存期間  *3年（暦年） (C7-2)' "$T/shown"
	grep -q '現在の文書管理者  *文書係長 見本 四郎' "$T/shown"
	dc volume show 2024/device-retire/hq --at R10.1.1 | grep -q 'state  *expired'
}

@test "volumes are listed by kind, unit and year" {
	dc --json volume list --year 2025 --kind loan --unit hq | jq -e '[.volumes[].volume] == ["2025/loan/hq"]'
	[ "$(dc --json volume list --unit arao | jq '.volumes | length')" = 0 ]
	dc volume list --kind device-retire | grep -q '2024/device-retire/hq .*2027-12-31'
	refuses KIND dc volume list --kind nothing
	refuses KIND dc volume list --unit nowhere
	refuses USAGE dc volume list --year 20
	refuses USAGE dc volume show 2024/loan
	refuses USAGE dc volume show 2024/loan/hq --year 2024
	refuses USAGE dc volume burn
	run http GET /v1/volumes/2024/loan/hq?year=2024
	[ "$(tail -n 1 <<< "$output")" = 400 ]
}

# The last one: it changes what the others ask.
@test "an extension moves the last day, in all years together; a hold leaves the day and keeps the record" {
	jq -n --arg on "entry $ENDED_2024" '{body: {act: "extend", on: [$on], years: 2, until: "2026-12-31", reason: "見本",
		decision: "1", basis: "duty"}}' > "$T/extend"
	run http POST /v1/acts/extend -H 'Content-Type: application/json' -d "@$T/extend"
	[ "$(tail -n 1 <<< "$output")" = 201 ] || { echo "$output"; return 1; }
	[ "$(record "$ENDED_2024" 2026-01-09 '[.expires, .disposable, .state]')" = '["2026-12-31","2027-01-01","held"]' ]
	[ "$(record "$ENDED_2024" 2027-01-01 .state)" = expired ]
	volume 2024/designation-end/hq 2026-01-09 .volume > "$T/row"
	jq -e '.extended and .expires == "2026-12-31" and .retention.years == 1 and .retention.total == 2' "$T/row"
	jq -e '.state == "held" and .held == 1 and .expired == 1' "$T/row"
	dc hold place "$RETIRED" --basis audit --reason 監査
	[ "$(record "$RETIRED" 2026-01-09 '[.state, .held, .expires]')" = '["kept",true,"2027-12-31"]' ]
	[ "$(record "$RETIRED" 2028-01-01 '[.state, .expires]')" = '["held","2027-12-31"]' ]
	[ "$(volume 2024/device-retire/hq 2028-01-01)" = held ]
}
