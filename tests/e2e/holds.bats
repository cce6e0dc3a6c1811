#!/usr/bin/env bats
# What is kept longer than its class says: holds, extensions, classes given later, and who may do it.

load lib
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# Lived through once: two designations of 2024 that ended in 2024, one that did not, a consultation, which has no class;
# then a year goes by to the last day before anything is due. The rule book asks for few days of life, so that the year
# passes in few requests; disposal.bats lives as many as the directive's own asks for.
setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export LIVED=$T TARO HANAKO SABURO JIRO FIRST FIRST_END SECOND SECOND_END KEPT OPEN
	set_clock "2024-12-30 10:00"
	quick_rulebook
	init_store --rulebook "$T/rulebook"
	start_daemon
	staff
	TARO=$(person taro records-officer)
	HANAKO=$(person hanako information-manager)
	SABURO=$(person saburo auditor)
	JIRO=$(person jiro handler)
	FIRST=$(add designation '.designated_on = "2024-12-30"')
	FIRST_END=$(add designation-end ".designation_entry = $FIRST | .released_on = \"2024-12-30\"")
	SECOND=$(add designation '.designated_on = "2024-12-30"')
	SECOND_END=$(add designation-end ".designation_entry = $SECOND | .released_on = \"2024-12-30\"")
	OPEN=$(add designation '.designated_on = "2024-12-30"')
	KEPT=$(add consultation '.consulted_on = "2024-12-30"')
	live_through 2024-12-30 2025-12-31 80
	stop_daemon
	stop_agents
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# years [DAY]: a copy of the store of setup_file, and of the persons' keys, whose daemon lives on to that day.
years() {
	cp -a "$LIVED/s" "$LIVED"/gpg-* "$LIVED/pins" "$LIVED/clock" "$T"
	sed -i "s|^archive = $LIVED/|archive = $T/|" "$S/daicho.ini"
	start_daemon
	live_through 2025-12-31 "${1:-2026-01-04}"
}

plan() { dc --json disposal plan; }
due() { plan | jq -c '[.groups[].entries[]] | sort'; }
numbers() { jq -nc '$ARGS.positional | map(tonumber) | sort' --args "$@"; }

# hold TARGET ... : by Taro; prints the entry.
hold() { as taro --json hold place "$@" --basis audit --reason 監査 --sign "$TARO" | jq .seq; }

# release N: by Taro and Hanako.
release() {
	rm -f "$T/motion"
	as taro hold release "$1" --reason 終了 --sign "$TARO" --motion "$T/motion" || return 1
	as hanako second "$T/motion" --sign "$HANAKO"
}

propose_and_approve() {
	as taro disposal propose --plan "$1" --sign "$TARO" || return 1
	as hanako disposal approve --plan "$1" --decision 例8-2 --sign "$HANAKO" || return 1
	as saburo disposal approve --plan "$1" --decision 例8-2 --sign "$SABURO"
}

verifies() { run verify && [ "$status" = 0 ] || { echo "$output"; return 1; }; }

@test "holds of a record, a matter and a volume keep what they are on, and neighbours go on time" {
	years
	[ "$(due)" = "$(numbers "$FIRST" "$FIRST_END" "$SECOND" "$SECOND_END")" ]
	one=$(hold "$FIRST")
	again=$(hold "$FIRST")
	matter=$(hold "matter $SECOND")
	[ "$(due)" = "$(numbers "$FIRST_END")" ]
	plan | jq -e --argjson e "$matter" --argjson n "$(numbers "$SECOND" "$SECOND_END")" \
		'.holds[] | select(.entry == $e) | .entries == $n and .ja == "監査・検査"'
	dc disposal plan | grep -q "^held .* by entry $one (audit or inspection)"
	volume=$(hold "volume 2024/designation-end/hq" "volume 2027/designation/hq")
	[ "$(due)" = "[]" ]
	dc disposal plan | grep -q "by entry $volume"
	# what is placed twice stands until both are released
	release "$volume"
	release "$one"
	[ "$(due)" = "$(numbers "$FIRST_END")" ]
	[ "$(dc --json hold list | jq -c '[.holds[].entry]')" = "$(numbers "$again" "$matter")" ]
	dc --json hold list --all | jq -e --argjson e "$one" '.holds[] | select(.entry == $e) | .stands == false and
		.records == 0 and .released_by != null and .reason == "監査" and .until == null and .since == "2026-01-04"'
	dc --json hold list | jq -e --argjson e "$matter" '.holds[] | select(.entry == $e) | .records == 2'
	LC_ALL=C.UTF-8 LANGUAGE=ja dc hold list > "$T/list"
	grep -q "matter $SECOND" "$T/list"
	# neighbours go
	digest=$(plan | jq -r .plan)
	propose_and_approve "$digest"
	dc disposal run --plan "$digest"
	[ "$(dc --json show "$FIRST_END" | jq -r .state)" = disposed ]
	[ "$(dc --json show "$FIRST" | jq -r .state)" = present ]
	refuses GONE dc hold place "$FIRST_END" --basis suit --reason 訴訟
	refuses GONE dc extend "$FIRST_END" --years 3 --reason 見本 --decision 1
	verifies
	release "$again"
	[ "$(due)" = "$(numbers "$FIRST")" ]
}

@test "a target that names nothing is refused with what is wrong" {
	years 2025-12-31
	refuses RULE dc hold place 9999 --basis audit --reason 監査
	refuses RULE dc hold place "matter $KEPT" --basis audit --reason 監査
	refuses RULE dc hold place 0 --basis audit --reason 監査
	refuses KIND dc hold place "volume 2024/designation/nowhere" --basis audit --reason 監査
	refuses SYNTAX dc hold place "record 4" --basis audit --reason 監査
	refuses SYNTAX dc hold place "$FIRST" "$FIRST" --basis audit --reason 監査
	refuses SYNTAX dc hold place "$FIRST" --basis whim --reason 監査
	refuses SYNTAX dc hold place "$FIRST" --basis audit --reason 監査 --decided 2025-12-01
	refuses USAGE dc hold place --basis audit --reason 監査
	refuses USAGE dc hold list "$FIRST"
	[ "$(dc --json hold list --all | jq '.holds | length')" = 0 ]
}

@test "a hold for an appeal or a disclosure that is decided ends by itself a year later" {
	years
	as taro hold place "$FIRST" --basis disclosure --reason 開示請求 --decided R8.1.4 --sign "$TARO"
	[ "$(dc --json hold list | jq -r '.holds[0].until')" = 2027-01-04 ]
	[ "$(due)" = "$(numbers "$FIRST_END" "$SECOND" "$SECOND_END")" ]
	dc hold list | grep -q "2026-01-04 - 2027-01-04"
}

@test "two persons release a hold, each by their own signature" {
	years 2025-12-31
	hold=$(hold "$FIRST")
	refuses USAGE dc hold release "$hold" --reason 終了
	refuses USAGE dc hold release "$hold" --reason 終了 --sign "$TARO"
	as taro hold release "$hold" --reason 終了 --sign "$TARO" --motion "$T/motion"
	GNUPGHOME=$T/gpg-taro refuses USAGE dc hold release "$hold" --reason 終了 --sign "$TARO" --motion "$T/motion" |
		grep "next: name a new file"
	[ "$(dc --json log --kind release | jq '.entries | length')" = 0 ]
	GNUPGHOME=$T/gpg-taro refuses RULE dc second "$T/motion" --sign "$TARO"
	# by the login of one who may, without a key
	jq '{body: (.body + {first: {key, signature}}), request, event}' "$T/motion" > "$T/by-login"
	run http POST /v1/acts/release -H 'Content-Type: application/json' --data "@$T/by-login"
	[ "${lines[-1]}" = 403 ]
	dc second "$T/motion" | grep -q 終了
	# what the first one signed can't be made to say something else
	jq '.body.reason = "別"' "$T/motion" > "$T/changed"
	GNUPGHOME=$T/gpg-hanako refuses KEY dc second "$T/changed" --sign "$HANAKO"
	as taro hold release "$hold" --reason 終了 --sign "$TARO" --motion "$T/again"
	as hanako second "$T/motion" --sign "$HANAKO"
	[ "$(dc --json log --kind release | jq '.entries | length')" = 1 ]
	# who moves it learns at once what it would be refused for
	GNUPGHOME=$T/gpg-hanako refuses RULE dc second "$T/again" --sign "$HANAKO" | grep 'was released already'
	for ends in "$hold" "$KEPT"; do
		GNUPGHOME=$T/gpg-taro refuses RULE dc hold release "$ends" --reason 終了 --sign "$TARO" --motion "$T/none"
	done
	[ ! -e "$T/none" ]
	verifies
}

@test "the day of an extension is computed from the years in all, and never shorter than the class" {
	years
	GNUPGHOME=$T/gpg-taro refuses RULE dc extend "$FIRST" --years 1 --reason 見本 --decision 1 --sign "$TARO"
	refuses RULE dc extend "$KEPT" --years 3 --reason 見本 --decision 1
	refuses RULE dc extend "matter $OPEN" --years 3 --reason 見本 --decision 1
	refuses USAGE dc extend "$FIRST" --years 0 --reason 見本 --decision 1
	refuses USAGE dc extend "$FIRST" --years 3 --reason 見本
	as taro extend "$FIRST" "matter $SECOND" --years 3 --reason 見本 --decision 例9 --basis duty --sign "$TARO" \
		> "$T/extended"
	grep -q "^now until *2027-12-31" "$T/extended"
	grep -q "^so far until *2025-12-31" "$T/extended"
	[ "$(due)" = "$(numbers "$FIRST_END")" ]
	dc --json hold list | jq -e '.holds[0] | .act == "extend" and .until == "2027-12-31" and .records == 3 and
		.decision == "例9" and .ja == "職務上必要"'
	# a day that was typed
	run http POST /v1/acts/extend -H 'Content-Type: application/json' --data "{\"body\":{\"act\":\"extend\",
		\"on\":[\"entry $FIRST\"],\"years\":3,\"until\":\"2028-12-31\",\"reason\":\"r\",\"decision\":\"1\"}}"
	[ "${lines[-1]}" = 409 ]
	verifies
}

@test "a hold placed after the approval stops the run, and the plan is proposed again without it" {
	years
	digest=$(plan | jq -r .plan)
	propose_and_approve "$digest"
	hold "$FIRST"
	refuses CONFLICT dc disposal run --plan "$digest"
	as taro disposal abort --plan "$digest" --reason 保留 --sign "$TARO"
	digest=$(plan | jq -r .plan)
	propose_and_approve "$digest"
	dc disposal run --plan "$digest"
	[ "$(dc --json show "$FIRST" | jq -r .state)" = present ]
	[ "$(dc --json show "$SECOND" | jq -r .state)" = disposed ]
	verifies
}

@test "a hold placed after the certificate stops the run until two persons release it" {
	years
	digest=$(plan | jq -r .plan)
	propose_and_approve "$digest"
	# a record too many in the year's repository stops the run between certificate and exchange
	stray=refs/notes/volumes/2024/consultation/joho-kanri
	git -C "$S/volumes/2024.git" update-ref "$stray" refs/notes/volumes/2024/consultation/hq
	refuses LEDGER dc disposal run --plan "$digest"
	[ "$(dc --json disposal state | jq -r .state)" = running ]
	git -C "$S/volumes/2024.git" update-ref -d "$stray"
	GNUPGHOME=$T/gpg-taro refuses RULE dc extend "$FIRST" --years 5 --reason 見本 --decision 1 --sign "$TARO"
	other=$(hold "$KEPT")
	hold=$(hold "$FIRST")
	refuses RULE dc disposal run --plan "$digest" > "$T/stopped"
	grep -q "entry $hold holds entry $FIRST" "$T/stopped"
	dc disposal status > "$T/status"
	grep -q "^waits for .*entry $hold holds entry $FIRST" "$T/status"
	grep -q "^next .*daicho hold release $hold" "$T/status"
	verifies
	[ "$(dc --json show "$FIRST" | jq -r .state)" = held ]
	# what is taken away since looks like what went before the hold, and is called neither kept nor disposed of
	ends=refs/notes/volumes/2024/designation-end/hq
	was=$(git -C "$S/volumes/2024.git" rev-parse "$ends")
	git -C "$S/volumes/2024.git" update-ref -d "$ends"
	run timed daicho-verify --json "$S" --policy "$PINS"
	[ "$status" = 3 ]
	jq -e '.verdict == "INCOMPLETE" and .states.disposed == 0 and .states.absent == 2' <<< "$output"
	jq -r '.remarks[]' <<< "$output" > "$T/remarks"
	grep -q "^2 records of the certificate .* can't be told from here" "$T/remarks"
	run ! grep 'is kept by the hold' "$T/remarks"
	[ "$(dc --json show "$FIRST_END" | jq -r .state)" = disposing ]
	dc show "$FIRST_END" | grep -q 'whose disposal is not completed'
	git -C "$S/volumes/2024.git" update-ref "$ends" "$was"
	release "$hold"
	dc disposal run --plan "$digest"
	[ "$(dc --json show "$FIRST" | jq -r .state)" = disposed ]
	dc --json hold list | jq -e --argjson e "$other" '[.holds[].entry] == [$e]'
	verifies
}

@test "two persons give a class to a kind that has none" {
	years
	classify() { as taro classify "$@" --sign "$TARO" --motion "$T/motion"; }
	classify consultation --years 1 --from creation --clause 例規1
	[ "$(due)" = "$(numbers "$FIRST" "$FIRST_END" "$SECOND" "$SECOND_END")" ]
	GNUPGHOME=$T/gpg-taro refuses RULE dc second "$T/motion" --sign "$TARO"
	as hanako second "$T/motion" --sign "$HANAKO"
	plan | jq -e --argjson n "$KEPT" '.groups[] | select(.kind == "consultation") | .entries == [$n] and .years == 1 and
		.clause == "例規1" and .expires == "2025-12-31"'
	rm "$T/motion"
	for wrong in nothing:KIND loan:RULE designation:RULE appointment:RULE; do
		GNUPGHOME=$T/gpg-taro refuses "${wrong#*:}" dc classify "${wrong%:*}" --years 1 --from creation --clause 例規2 \
			--sign "$TARO" --motion "$T/motion"
	done
	[ ! -e "$T/motion" ]
	refuses USAGE as taro classify loan --years 0 --from creation --clause 1 --sign "$TARO" --motion "$T/new"
	refuses SYNTAX as taro classify loan --years 5 --from now --clause 1 --sign "$TARO" --motion "$T/new"
	verifies
}

@test "who holds no role that does an act is refused, as the first person and as the second" {
	years 2025-12-31
	GNUPGHOME=$T/gpg-jiro refuses PERM dc hold place "$FIRST" --basis audit --reason 監査 --sign "$JIRO" > "$T/refused"
	grep -q "C7-1.*records-officer" "$T/refused"
	hold=$(hold "$FIRST")
	[ "$(dc --json show "$hold" | jq -r .record.role)" = records-officer ]
	as taro hold release "$hold" --reason 終了 --sign "$TARO" --motion "$T/motion"
	GNUPGHOME=$T/gpg-jiro refuses PERM dc second "$T/motion" --sign "$JIRO"
	GNUPGHOME=$T/gpg-jiro refuses PERM dc hold release "$hold" --reason 終了 --sign "$JIRO" --motion "$T/by-jiro"
	[ ! -e "$T/by-jiro" ]
	live_through 2025-12-31 2026-01-02
	GNUPGHOME=$T/gpg-jiro refuses PERM dc disposal propose --plan "$(plan | jq -r .plan)" --sign "$JIRO"
	verifies
}
