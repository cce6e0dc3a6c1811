#!/usr/bin/env bats
# Another office's rule book, a pool of cars: every word of the vocabulary, none of the directive's.

load lib

setup() {
	e2e_setup
	set_clock "2024-03-04 10:00"
	TODAY=2024-03-04
	V=$PROJECT/tests/data/vehicles
	timed daicho init "$S" --origin test.example/pool --rulebook "$V/rulebook" --schemas "$V/schemas" > "$PINS" \
		2> "$T/init.log" || { cat "$T/init.log"; return 1; }
	start_daemon
	author
}
teardown() { e2e_teardown; }

# put KIND JSON [option ...]: commits it; prints its number.
put() {
	local kind=$1 body=$2
	shift 2
	dc --json add "$kind" --unit "${UNIT:-garage}" "$@" --file - <<< "$body" > "$T/put" ||
		{ cat "$T/put" >&2; return 1; }
	jq .seq "$T/put"
}

# refused CODE CLAUSE KIND JSON [option ...]
refused() {
	local code=$1 clause=$2 out status=0
	shift 2
	out=$(put "$@" 2>&1) || status=$?
	[ "$status" != 0 ] && jq -e --arg c "$code" '.error.code == $c' <<< "$out" && grep -q "$clause" <<< "$out" ||
		{ echo "$out"; return 1; }
}

pool() {
	local key
	key=$(jq -Rs . "$T/author.asc")
	CAR=$(put vehicle '{"plate":"熊本 1","bought_on":"令和6年3月4日","paper_no":"車第12号"}')
	CHIEF=$(put appointment "{\"role\":\"chief\",\"login\":\"$(id -un)\",\"fpr\":\"$AUTHOR\",\"from_on\":\"2024-03-04\",
		\"openpgp_public_key\":$key,\"predecessor_entry\":1}")
	DRIVER=$(put appointment "{\"role\":\"driver\",\"login\":\"$(id -un)\",\"from_on\":\"2024-03-04\"}")
}

book() { # DAY DAYS [option ...]
	local day=$1 days=$2
	shift 2
	put booking "{\"plate_wanted\":\"熊本 1\",\"vehicle_entry\":$CAR,\"booked_on\":\"$TODAY\",\"from_on\":\"$day\",
		\"days\":\"$days\"}" "$@"
}

trip() { # BOOKING [jq filter]
	jq -nc "{booking_entry: $1, vehicle_entry: $CAR, driver_entry: $DRIVER, plate: \"熊本 1\", out_on: \"$TODAY\",
		back_on: \"$TODAY\", sober: true} | ${2:-.}"
}

@test "the book has no fault" {
	daicho rules check "$V/rulebook" --schemas "$V/schemas"
}

@test "cars are booked, answered, driven and brought back, and each rule is asked" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	pool
	# number, unique in its year, era days
	refused RULE K4 vehicle '{"plate":"熊本 2","bought_on":"2024-03-04","paper_no":"車第１２号"}'
	dc --json show "$CAR" | jq -e '.record.body.bought_on == "2024-03-04"'
	# forbids with, closing by the same record
	refused RULE K2 appointment '{"role":"chief","login":"x","from_on":"2024-03-04"}'
	# warn, in, not, has
	refused REASON K5 booking "{\"plate_wanted\":\"熊本 1\",\"booked_on\":\"$TODAY\",
		\"from_on\":\"2024-03-06\",\"days\":\"1\"}"
	refused RULE K5 booking "{\"plate_wanted\":\"熊本 1\",\"booked_on\":\"$TODAY\",
		\"from_on\":\"2024-03-20\",\"days\":\"4\"}"
	refused RULE K6 booking "{\"plate_wanted\":\"熊本 1\",\"booked_on\":\"$TODAY\",
		\"from_on\":\"2024-03-20\",\"days\":\"1\",
		\"purpose\":\"a race\"}"
	refused RULE K6 booking "{\"plate_wanted\":\"熊本 1\",\"booked_on\":\"$TODAY\",\"from_on\":\"2024-03-20\",
		\"days\":\"1\",\"purpose\":\"racing\"}"
	dc --json show 1 | jq -e '.record.body.remark == "first of all"'
	# needs in, want or
	refused RULE K4 booking "{\"plate_wanted\":\"熊本 9\",\"vehicle_entry\":$CAR,\"booked_on\":\"$TODAY\",
		\"from_on\":\"2024-03-20\",\"days\":\"1\"}"
	b=$(book 2024-03-06 1 --reason 急用)
	# a path through a kind, a signature that the role needs
	refused RULE K6 trip "$(trip "$b")"
	refused PERM sign booking-answer "{\"booking_entry\":$b,\"answered_on\":\"$TODAY\",\"granted\":true}"
	put booking-answer "{\"booking_entry\":$b,\"answered_on\":\"$TODAY\",\"granted\":true}" --sign "$AUTHOR" > /dev/null
	# needs in on, attest, under
	refused RULE K6 trip "$(trip "$b" ".driver_entry = $CHIEF")"
	refused RULE K6 trip "$(trip "$b" '.sober = false')"
	t=$(put trip "$(trip "$b")")
	dc --json show "$t" | jq -r .leaf | grep -qx "Under: $b"
	put fuel "{\"trip_entry\":$t,\"filled_on\":\"$TODAY\"}" > /dev/null
	# forbids with two fields
	refused RULE K6 trip "$(trip "$b")"
	refuses RULE dc correct "$t" --reason 誤記 --plate "熊本 2"
	dc correct "$t" --reason 誤記 --purpose 会議
	put trip-end "{\"trip_entry\":$t,\"back_on\":\"$TODAY\"}" > /dev/null
	verify | grep -q '^VALID'
}

@test "what is due: each month, each year, within days, until a day; a route in order" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	pool
	f=$(put fault "{\"what\":\"brake\",\"seen_on\":\"$TODAY\",\"vehicle_entry\":$CAR}")
	due() { dc --json due | jq -r '.due[] | "\(.due) \(.entry) \(.state) \(.until)"'; }
	due | grep -qx "check $CAR asked 2024-03-31"
	due | grep -qx "shaken $CAR asked 2024-12-31"
	due | grep -qx "repair $f asked 2024-03-07"
	put check "{\"vehicle_entries\":[$CAR],\"checked_on\":\"$TODAY\"}" > /dev/null
	! due | grep -q "^check " || false
	refused RULE K8 fault-step "{\"fault_entry\":$f,\"done_on\":\"$TODAY\",\"step\":\"repaired\"}"
	put fault-step "{\"fault_entry\":$f,\"done_on\":\"$TODAY\",\"step\":\"estimated\"}" > /dev/null
	refused RULE K8 fault-end "{\"fault_entry\":$f,\"ended_on\":\"$TODAY\"}"
	b=$(book 2024-03-06 1 --reason 急用)
	put booking-answer "{\"booking_entry\":$b,\"answered_on\":\"$TODAY\",\"granted\":true}" --sign "$AUTHOR" > /dev/null
	t=$(put trip "$(trip "$b" '.back_on = "2024-03-05"')")
	due | grep -qx "back $t near 2024-03-05"
	live_through 2024-03-04 2024-04-12 5
	due | grep -qx "check $CAR asked 2024-04-30"
	due | grep -qx "back $t overdue 2024-03-05"
	due | grep -qx "repair $f overdue 2024-03-07"
	dc --json status --at 2024-03-04 |
		jq -e --argjson t "$t" '[.standing.matters[] | select(.matter == "trip").cases[].entry] == [$t]'
	dc --json status | jq -e '.standing.matters[] | select(.matter == "vehicle").cases[0].show.plate == "熊本 1"'
}

@test "acts are done by the roles that the book names, whatever they are called" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	pool
	home=$T/gpg-jiro
	mkdir -m 700 "$home"
	timed gpg -q --homedir "$home" --batch --passphrase '' --quick-gen-key jiro ed25519 sign never
	jiro=$(gpg --homedir "$home" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	put appointment "{\"role\":\"driver\",\"login\":\"jiro\",\"fpr\":\"$jiro\",\"from_on\":\"2024-03-04\",
		\"openpgp_public_key\":$(gpg --homedir "$home" --armor --export "$jiro" | jq -Rs .)}"
	GNUPGHOME=$home refuses PERM dc hold place "$CAR" --basis audit --reason 見本 --sign "$jiro" > "$T/refused"
	grep -q 'hold (K2): it is done by Chief (chief)' "$T/refused"
	dc hold place "$CAR" --basis audit --reason 見本
	[ "$(dc --json hold list | jq -r '.holds[0].on[0]')" = "entry $CAR" ]
	dc rules show | grep -A 9 '^acts:' | grep -q 'extend .*chief, driver'
	run verify
	[ "$status" = 0 ]
}
