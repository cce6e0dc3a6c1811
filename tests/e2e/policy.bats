#!/usr/bin/env bats
# What an auditor has outside of the ledger, and the program that asks nothing else: daicho-verify.

load lib
load authority

# Lived through once: a store, a copy of it that an office with the same key has led on another way, and a clone.
setup_file() {
	e2e_setup
	export HOUSE=$T CLOCK
	init_store
	start_daemon
	staff
	office > /dev/null
	dc key rotate --reason "yearly" > /dev/null
	stop_daemon
	cp -a "$S" "$T/early"
	start_daemon
	export RECORD
	RECORD=$(add device '.device_no = "CP-77"')
	dc checkpoint --out "$T/point"
	dc prove "$RECORD" --with-record --checkpoint "$T/point" --out "$T/proof"
	stop_daemon
	mv "$S" "$T/one"
	cp -a "$T/early" "$S"
	start_daemon
	add device '.device_no = "CP-88"' > /dev/null
	add device '.device_no = "CP-89"' > /dev/null
	stop_daemon
	mv "$S" "$T/other"
	stop_agents
}
teardown_file() { e2e_teardown; }

setup() {
	T=$(mktemp -d "$HOUSE/test.XXXXXX")
	PINS=$HOUSE/pins
}

judge() { run --separate-stderr daicho-verify --json "$@"; }
policy() { cp "$PINS" "$T/policy"; printf '[policy]\n' >> "$T/policy"; printf '%s\n' "$@" >> "$T/policy"; }

# checkpoint STORE: the three lines of what it holds.
checkpoint() {
	daicho verify --json "$1" --policy "$PINS" | jq -r '.origin, .checkpoint.size, .checkpoint.root' |
		while read -r line; do
			case $line in sha256:*) echo "${line#sha256:}" | xxd -r -p | base64 ;; *) echo "$line" ;; esac
		done
}

@test "it judges as daicho verify does, and is not linked with what serves or asks" {
	judge "$HOUSE/one" --policy "$PINS"
	[ "$status" = 0 ]
	[ "$output" = "$(daicho verify --json "$HOUSE/one" --pin "$PINS")" ]
	run ldd "$BIN/daicho-verify"
	[[ $output != *libcurl* && $output != *libmicrohttpd* && $output != *libsqlite* ]]
	run daicho-verify --help
	[ "$status" = 0 ]
	run daicho-verify --json --version
	[ "$output" = "daicho-verify $(cat "$PROJECT/VERSION")" ]
}

@test "what it is given wrongly it says, and what to do" {
	run refuses USAGE daicho-verify "$HOUSE/one"
	[ "$status" = 0 ]
	[[ $output == *"daicho init"* ]]
	run refuses NOTFOUND daicho-verify "$T/nothing" --policy "$PINS"
	[[ $status = 0 && $output == *"next: give the folder"* ]]
	run refuses NOTFOUND daicho-verify "$HOUSE/one" --policy "$PINS" --checkpoint "$T/nothing"
	[[ $status = 0 && $output == *"next: "*"daicho checkpoint"* ]]
	run refuses USAGE daicho-verify --nosuch
	[[ $status = 0 && $output == *"--nosuch: unknown option"* ]]
	echo text > "$T/text"
	unjudged SYNTAX daicho-verify "$T/text" --policy "$PINS"
	policy 'max_age_days = soon'
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	policy 'witness = w'
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	policy 'receipts_from = x'
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	policy 'known ='
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	refuses USAGE daicho-verify "$HOUSE/one" --policy "$PINS" --deadline 0
	refuses USAGE daicho archive verify "$T/text" --pin "$PINS" --deadline 0
	policy 'known = nothing'
	run refuses NOTFOUND daicho-verify "$HOUSE/one" --policy "$T/policy"
	[[ $status = 0 && $output == *"next: a policy is"* ]]
}

# make_given NAME: what a row of the page names, in GIVEN, and in WITH what goes before the program.
make_given() {
	local repo=$HOUSE/one/ledger.git
	GIVEN=$T/given WITH=() POLICY=$PINS
	rm -rf "$GIVEN"
	case $1 in
	"a bundle that goes on from entries that it does not hold")
		git -C "$repo" bundle create -q --version=3 "$GIVEN" refs/heads/ledger~3..refs/heads/ledger ;;
	"an empty file") touch "$GIVEN" ;;
	"a pipe") mkfifo "$GIVEN" ;;
	"a device that never ends") GIVEN=/dev/zero ;;
	"a file of none of the forms above") echo text > "$GIVEN" ;;
	"a bundle whose end is not there")
		git -C "$repo" bundle create -q "$T/whole" --all && head -c 3000 "$T/whole" > "$GIVEN" ;;
	"a damaged proof") head -c 200 "$HOUSE/proof" > "$GIVEN" ;;
	"a damaged step")
		daicho --store "$HOUSE/one" consistency 3 "$HOUSE/point" | head -n 2 > "$GIVEN" ;;
	"damaged evidence") jq 'del(.statements)' "$T/evidence" > "$GIVEN" ;;
	"evidence that convicts nobody") jq '.statements[1] = .statements[0]' "$T/evidence" > "$GIVEN" ;;
	"evidence with a signature by another key")
		cp "$T/evidence" "$GIVEN" && POLICY=$T/pins
		sed 's/^key = .*/key = 0123456789ABCDEF0123456789ABCDEF01234567/' "$PINS" > "$POLICY" ;;
	"an argument that is not UTF-8") GIVEN=$T/$'\xff' ;;
	"an empty folder") mkdir "$GIVEN" ;;
	"nothing of that name") ;;
	"no folder under TMPDIR") GIVEN=$HOUSE/one WITH=(env "TMPDIR=$T/none") ;;
	"a socket") python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$GIVEN" ;;
	"a policy that is empty") GIVEN=$HOUSE/one POLICY=$T/empty && touch "$POLICY" ;;
	*) echo "$1: not known here"; return 1 ;;
	esac
}

# ends_so WANT COMMAND...: with that status, by --json too, and where it is an error with what to do.
ends_so() {
	local status=0
	"${WITH[@]}" "${@:2}" "$GIVEN" --policy "$POLICY" > "$T/said" 2>&1 || status=$?
	[ "$status" = "$1" ] && { [ "$1" -lt 64 ] || grep -q '^next: ' "$T/said"; } || { cat "$T/said"; return 1; }
	status=0
	"${WITH[@]}" "${@:2}" "$GIVEN" --policy "$POLICY" --json > "$T/said" 2> /dev/null || status=$?
	[ "$status" = "$1" ] && jq -e --argjson n "$1" '(.error.exit // .exit) == $n' "$T/said" > /dev/null
}

@test "what is no whole ledger ends with the status that the page says, and what to do" {
	local given want rows=0
	git clone -q --bare "$HOUSE/one/ledger.git" "$T/clone.git"
	git -C "$T/clone.git" fetch -q "$HOUSE/other/ledger.git" ledger:refs/remotes/origin/ledger
	run -5 daicho-verify "$T/clone.git" --policy "$PINS" --ledger-only --evidence "$T/evidence"
	while IFS=$'\t' read -r given want; do
		make_given "$given"
		ends_so "$want" daicho-verify || { echo "$given: not $want"; false; }
		ends_so "$want" daicho verify || { echo "$given: not $want, of daicho verify"; false; }
		rows=$((rows + 1))
	done < <(sed -n 's/^\.It \(.*\) Ta \([0-9]*\)$/\1\t\2/p' "$PROJECT/contrib/man/daicho-verify.1")
	[ "$rows" = "$(sed -n '/^make_given/,/^}/p' "$BATS_TEST_FILENAME" | grep -c '^	"')" ]
}

@test "a bundle is judged, with its records or by its entries alone" {
	git -C "$HOUSE/one/ledger.git" bundle create -q "$T/entries.bundle" --all
	judge "$T/entries.bundle" --policy "$PINS" --ledger-only
	[ "$status" = 0 ]
	git clone -q --bare "$HOUSE/one/ledger.git" "$T/clone.git"
	fetch_volumes "$HOUSE/one" "$T/clone.git"
	git -C "$T/clone.git" bundle create -q "$T/all.bundle" --all
	judge "$T/all.bundle" --policy "$PINS"
	[ "$status" = 0 ]
	head -c -100 "$T/all.bundle" > "$T/cut.bundle"
	TMPDIR=$T unjudged SYNTAX daicho-verify "$T/cut.bundle" --policy "$PINS"
	run compgen -G "$T/daicho-bundle.*"
	[ "$status" != 0 ]
}

is_empty() { [ -z "$(ls -A "$1")" ]; }

@test "what is unpacked to be judged goes, whatever ends the program" {
	local how pid
	git -C "$HOUSE/one/ledger.git" bundle create -q "$T/entries.bundle" --all
	mkdir "$T/tmp"
	for how in TERM KILL; do
		for what in bundle gpg; do
			TMPDIR=$T/tmp daicho-verify "$T/entries.bundle" --policy "$PINS" --ledger-only --by-gpg \
				> /dev/null 2>&1 3>&- &
			pid=$!
			until compgen -G "$T/tmp/daicho-$what.*" > "$T/seen" || ! kill -0 "$pid"; do :; done
			kill -s "$how" "$pid" || true
			wait "$pid" || [ "$?" -gt 128 ]
		done
	done
	wait_for is_empty "$T/tmp"
}

@test "an archive is judged as daicho archive verify does" {
	echo nothing > "$T/x.tar"
	run daicho-verify "$T/x.tar" --policy "$PINS"
	[ "$status" = 4 ]
}

@test "a checkpoint that was kept vouches for what it has seen" {
	checkpoint "$HOUSE/early" > "$T/seen"
	policy 'known = seen'
	judge "$HOUSE/one" --policy "$T/policy"
	[ "$status" = 0 ]
	[ "$(jq .vouched_for <<< "$output")" = "$(sed -n 2p "$T/seen")" ]
	jq -e '.remarks[] | select(startswith("entries cut off"))' <<< "$output"
	checkpoint "$HOUSE/one" > "$T/seen"
	judge "$HOUSE/one" --policy "$T/policy"
	jq -e '.remarks == []' <<< "$output"
}

@test "an end that was cut off is seen by who has kept a checkpoint" {
	checkpoint "$HOUSE/one" > "$T/seen"
	policy 'known = seen'
	judge "$HOUSE/early" --policy "$T/policy"
	[ "$status" = 4 ]
	[ "$(jq -r .first.state <<< "$output")" = MISSING ]
	[[ $(jq -r .first.reason <<< "$output") == *"or a backup that is behind"* ]]
	# what a folder says of itself makes no store a copy that may be behind
	cp -r "$HOUSE/early" "$T/named" && printf '[mirror]\nname = disk\nvolumes = yes\n' > "$T/named/mirror.ini"
	cp "$PINS" "$T/named/pin"
	judge "$T/named" --policy "$T/policy"
	[ "$status" = 4 ]
	git clone -q --bare "$HOUSE/early/ledger.git" "$T/clone.git"
	judge "$T/clone.git" --policy "$T/policy" --ledger-only
	[ "$status" = 3 ]
}

@test "another history than the one that was seen has diverged" {
	checkpoint "$HOUSE/one" > "$T/seen"
	policy 'known = seen'
	judge "$HOUSE/other" --policy "$T/policy"
	[ "$status" = 5 ]
	jq -e '.first.state == "DIVERGED" and (.evidence | not)' <<< "$output"
}

@test "a ledger that has been silent for too long is incomplete" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	policy 'max_age_days = 30'
	set_clock "2025-06-20 10:00"
	run timed daicho-verify --json "$HOUSE/one" --policy "$T/policy"
	[ "$status" = 0 ]
	set_clock "2025-07-20 10:00"
	run timed daicho-verify --json "$HOUSE/one" --policy "$T/policy"
	[ "$status" = 3 ]
}

@test "two histories that the ledger signed convict it, without either at hand" {
	git clone -q --bare "$HOUSE/one/ledger.git" "$T/clone.git"
	git -C "$T/clone.git" fetch -q "$HOUSE/other/ledger.git" ledger:refs/remotes/origin/ledger
	judge "$T/clone.git" --policy "$PINS" --ledger-only --evidence "$T/evidence"
	[ "$status" = 5 ]
	run --separate-stderr daicho-verify --json "$T/evidence" --policy "$PINS"
	[ "$status" = 5 ]
	# by a key that took the place of the pinned one since
	[ "$(jq -r '.signed_by | unique | length' <<< "$output")" = 1 ]
	[ "$(jq -r '.signed_by[0]' <<< "$output")" != "$(sed -n 's/^key = //p' "$PINS")" ]
	jq '.links |= .[:1]' "$T/evidence" > "$T/unlinked"
	refuses KEY daicho-verify "$T/unlinked" --policy "$PINS"
	run daicho-verify "$T/evidence"
	[ "$status" = 5 ]
	[[ $output == *"nothing was pinned"* ]]
	judge "$T/clone.git" --policy "$PINS" --ledger-only --evidence "$T/evidence"
	[ "$status" != 5 ]
}

@test "what is made up convicts nobody" {
	git clone -q --bare "$HOUSE/one/ledger.git" "$T/clone.git"
	git -C "$T/clone.git" fetch -q "$HOUSE/other/ledger.git" ledger:refs/remotes/origin/ledger
	judge "$T/clone.git" --policy "$PINS" --ledger-only --evidence "$T/evidence"
	jq '.statements[1] = .statements[0]' "$T/evidence" > "$T/same"
	unjudged LEDGER daicho-verify "$T/same" --policy "$PINS"
	jq '.statements[0].commit |= sub("Concerns"; "Within") | .statements[0].commit |= sub("\nSeq: "; "\nSeq: 1")' \
		"$T/evidence" > "$T/forged"
	run daicho-verify "$T/forged" --policy "$PINS"
	[ "$status" != 0 ] && [ "$status" != 5 ]
	jq '.statements |= .[:1]' "$T/evidence" > "$T/half"
	unjudged SYNTAX daicho-verify "$T/half" --policy "$PINS"
	sed 's/^key = .*/key = 0123456789ABCDEF0123456789ABCDEF01234567/' "$PINS" > "$T/pins"
	refuses KEY daicho-verify "$T/evidence" --policy "$T/pins"
}

@test "the proof of an entry is checked with nothing else at hand" {
	judge --proof "$HOUSE/proof" --policy "$PINS"
	[ "$status" = 0 ]
	jq -e --argjson n "$RECORD" '.index == $n and .record.state == "present" and .commit.state == "good"' <<< "$output"
	run daicho-verify "$HOUSE/proof" --policy "$PINS"
	[ "$status" = 0 ]
	[[ $output == VALID* ]]
	sed "s/^index .*/index $((RECORD - 1))/" "$HOUSE/proof" > "$T/proof"
	judge --proof "$T/proof" --policy "$PINS"
	[ "$status" = 4 ]
	grep -v '^checkpoint = ' "$PINS" > "$T/pins"
	refuses USAGE daicho-verify --proof "$HOUSE/proof" --policy "$T/pins"
}

# witness NAME: a witness of its own, that watches the ledger; adds its lines to $T/witnesses.
witness() {
	local key
	key=$(daicho-witness init "$1.example" --state "$T/$1" 2> /dev/null)
	daicho-witness log add "$(sed -n 's/^checkpoint = //p' "$PINS")" --state "$T/$1"
	echo "witness $1 $key" >> "$T/witnesses"
}

# cosign NAME: adds what this witness answers to $T/point.
cosign() {
	{ printf 'old 0\n\n'; cat "$HOUSE/point"; } | daicho-witness add-checkpoint --state "$T/$1" >> "$T/point"
}

@test "what the quorum of witnesses has cosigned is vouched for, and nothing less" {
	local name
	for name in w1 w2 w3; do witness "$name"; done
	printf 'group two 2 w1 w2 w3\nquorum two\n' >> "$T/witnesses"
	policy 'witnesses = witnesses'
	cp "$HOUSE/point" "$T/point"
	judge "$HOUSE/one" --policy "$T/policy"
	[ "$status" = 2 ]
	cosign w1
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$T/point"
	[ "$status" = 2 ]
	cosign w2
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$T/point"
	[ "$status" = 0 ]
	[ "$(jq .entries <<< "$output")" = "$(sed -n 2p "$T/point")" ]
	[ "$(jq .witnessed <<< "$output")" = "$(sed -n 2p "$T/point")" ]
	judge "$HOUSE/other" --policy "$T/policy" --checkpoint "$T/point" --evidence "$T/evidence"
	[ "$status" = 5 ]
	run daicho-verify "$T/evidence" --policy "$PINS"
	[ "$status" = 5 ]
	git clone -q --bare "$HOUSE/early/ledger.git" "$T/early.git"
	judge "$T/early.git" --policy "$T/policy" --checkpoint "$T/point" --ledger-only
	[ "$status" = 3 ]
	sed -i '$d' "$T/point"
	tail -1 "$T/point" | sed 's/w1\.example/w2.example/' >> "$T/point"
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$T/point"
	[ "$status" = 2 ]
}

@test "a checkpoint that is not signed by the ledger says nothing, whatever it claims" {
	checkpoint "$HOUSE/other" > "$T/text"
	{ cat "$T/text"; echo; sed -n '/^— /p' "$HOUSE/point"; } > "$T/forged"
	judge "$HOUSE/one" --policy "$PINS" --checkpoint "$T/forged"
	[ "$status" = 3 ]
	jq -e '.checkpoints[0].signed == false and .vouched_for == 0' <<< "$output"
	unjudged SYNTAX daicho-verify "$HOUSE/one" --policy "$PINS" --checkpoint "$T/text"
}

@test "an authority's time stamp says no later than when the entries were there" {
	authority
	daicho timestamp query "$HOUSE/point" --out "$T/query" 2> "$T/said"
	stamp "$T/query" "$T/reply"
	policy 'time_stamp_ca = ca/root.pem'
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$HOUSE/point" --time-stamp "$T/reply"
	[ "$status" = 0 ]
	jq -e '.checkpoints[0].time_stamp | .tsa == "CN=clock" and .revocation_as_of == null' <<< "$output"
	jq -e '.remarks | map(contains("was not asked")) | any' <<< "$output"
	judge "$HOUSE/other" --policy "$T/policy" --time-stamp "$T/reply"
	[ "$status" = 3 ]
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$PINS" --checkpoint "$HOUSE/point" --time-stamp "$T/reply"
}

@test "a time stamp is judged by the revocation lists that the policy names" {
	authority
	daicho timestamp query "$HOUSE/point" --out "$T/query" 2> "$T/said"
	stamp "$T/query" "$T/reply"
	policy 'time_stamp_ca = ca/root.pem' 'time_stamp_crl = crl'
	{ revocations root yesterday tomorrow; revocations sub yesterday tomorrow; } > "$T/crl"
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$HOUSE/point" --time-stamp "$T/reply"
	[ "$status" = 0 ]
	jq -e '.checkpoints[0].time_stamp.revocation_as_of != null and
		(.remarks | map(contains("was not asked")) | any | not)' <<< "$output"
	{ revocations root yesterday tomorrow; revocations sub yesterday tomorrow 12 yesterday,superseded; } > "$T/crl"
	judge "$HOUSE/one" --policy "$T/policy" --checkpoint "$HOUSE/point" --time-stamp "$T/reply"
	[ "$status" = 3 ]
	jq -e '.checkpoints[0].time_stamp == null and (.remarks | map(contains("was revoked at")) | any)' <<< "$output"
	policy 'time_stamp_crl = crl'
	refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	# files that hold nothing to be asked are named
	echo nothing > "$T/empty"
	policy 'time_stamp_ca = ca/root.pem' 'time_stamp_crl = empty'
	run refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	[[ $status = 0 && $output == *"$T/empty: holds no revocation list in PEM"* ]]
	policy 'time_stamp_ca = empty' 'receipts_from = 0'
	run refuses CONFIG daicho-verify "$HOUSE/one" --policy "$T/policy"
	[[ $status = 0 && $output == *"$T/empty: holds no certificate in PEM"* ]]
}
