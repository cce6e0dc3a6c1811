# What all end-to-end tests share: a store in a short temporary folder, the real daemon under a clock of its own, and
# assertions that tell a refusal from a crash.

[ -z "${BATS_VERSION-}" ] || bats_require_minimum_version 1.5.0

BIN=${DAICHO_BIN:?the folder of the programs, set by make}
PATH=$BIN:$PATH
export LC_ALL=C.UTF-8 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset DAICHO_STORE XDG_CONFIG_HOME

e2e_setup() {
	trace_tests_alone
	remove_stale_clocks
	T=$(mktemp -d "${TMPDIR:-/tmp}/dce2e.XXXXXX")
	export HOME=$T/home
	mkdir -m 700 "$HOME"
	S=$T/s
	PINS=$T/pins
	DAEMON=
	AUTHOR=
	WITHIN=()
	CLOCK=$T/clock
	[ -n "${E2E_REAL_CLOCK:-}" ] || export FAKETIME_LIBRARY=${FAKETIME_LIBRARY:-$(faketime_library)}
	set_clock "2025-06-02 10:00"
	TODAY=2025-06-02
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then TODAY=$(TZ=Asia/Tokyo date +%F); fi
	YEAR=${TODAY%%-*}
}

# bats notes the place before each command, so as to say where a test failed, which costs more than most commands. From
# here on it does so for the lines of the test and of teardown, and not within the functions that they call, but for
# those of bats that end the noting where a test fails.
trace_tests_alone() {
	local name
	set +T
	for name in teardown teardown_file bats_teardown_trap bats_file_teardown_trap bats_run_teardown_file \
		bats_error_trap bats_check_status_from_trap; do
		! declare -F "$name" > /dev/null || declare -ft "$name"
	done
}

# Ends what this test started, and demands that a daemon still running stops cleanly.
e2e_teardown() {
	local status=0
	if [ -n "$DAEMON" ]; then stop_daemon || status=$?; fi
	stop_agents
	[ "$status" = 0 ] || cat "$T/daemon.log"
	rm -rf "$T"
	return "$status"
}

stop_agents() {
	local home
	for home in "$S/keys" "$HOME/.gnupg" "$T"/gpg-*; do
		[ ! -d "$home" ] || gpgconf --homedir "$home" --kill gpg-agent 2>/dev/null || true
	done
}

# libfaketime keeps a semaphore and memory named by the number of its process. One that was killed leaves them, and then
# no program starts under that number.
remove_stale_clocks() {
	local file
	for file in /dev/shm/sem.faketime_sem_* /dev/shm/faketime_shm_*; do
		[ -e "/proc/${file##*_}" ] || rm -f "$file"
	done
}

# The library that fakes the clock, for whichever program has it in its environment.
faketime_library() {
	local f
	for f in /usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1; do
		[ -e "$f" ] && { echo "$f"; return; }
	done
	echo "libfaketime is missing: run contrib/setup" >&2
	return 1
}

# set_clock "2026-02-22 10:00": Japan time, from here on it runs.
set_clock() {
	local want
	want=$(japan_seconds "$1") && shift_clock "$want"
}

japan_seconds() { env -u LD_PRELOAD date -d "TZ=\"Asia/Tokyo\" $1" +%s; }

shift_clock() {
	printf '%+d\n' $(($1 - EPOCHSECONDS)) > "$CLOCK.new" && mv "$CLOCK.new" "$CLOCK"
}

# CLOCKED: what to put before a command so that it runs under the test's clock, once set_clock was called, and with what
# PRELOAD names, and WITHIN what this command enters. The real clock stays where E2E_REAL_CLOCK is set: libfaketime does
# not start under the sanitizers.
read_clock() {
	CLOCKED=("${WITHIN[@]}" env ${PRELOAD:+LD_PRELOAD="$PRELOAD"})
	[ -e "$CLOCK" ] && [ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	CLOCKED=("${WITHIN[@]}" env LD_PRELOAD="${PRELOAD:+$PRELOAD:}${FAKETIME_LIBRARY:-$(faketime_library)}"
		FAKETIME_TIMESTAMP_FILE="$CLOCK" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
}

timed() {
	read_clock
	"${CLOCKED[@]}" "$@"
}

# Its entry 1 appoints the running login as general manager, long before anything that the tests record; what stands
# in $T/first.json where the rule book is not the directive.
init_store() {
	[ -e "$T/first.json" ] || appointment general-manager > "$T/first.json"
	timed daicho init "$S" --origin test.example/register --appoint "$T/first.json" "$@" > "$PINS" 2> "$T/init.log" &&
		return 0
	cat "$T/init.log"
	return 1
}

# quick_rulebook [SED-SCRIPT]: the directive's, changed so, in $T/rulebook. It asks for few days of life, so that years
# pass in few requests.
quick_rulebook() {
	cp -R "$PROJECT/etc/rulebooks/kumamoto-r6-120" "$T/rulebook" &&
		sed -i -e 's/^life_percent.*/life_percent = 1/; s/^clock_step_days.*/clock_step_days = 366/' -e "${1:-}" \
			"$T/rulebook/directive.ini"
}

# For setup_file: what `take_store` copies for each test, in MADE.
make_store() {
	e2e_setup
	export MADE=$T
	init_store "$@" && stop_agents
}

# A test begins with a copy of that store, its pins and the key ring, and at the time that it is there.
take_store() {
	cp -a "$MADE/s" "$MADE/pins" "$MADE/first.json" "$MADE/home" "$MADE/clock" "$T" &&
		sed -i "s|^archive = $MADE/|archive = $T/|" "$S/daicho.ini"
}

# share NAME MAKE VARIABLE ...: for setup_file. What MAKE makes in a folder of its own is made once in a run of all
# tests, by whichever file comes first, and is read by the others. Sets MADE to that folder, and the variables as MAKE
# did.
share() {
	local name=$1 make=$2 kept=${DAICHO_TESTS_KEPT:-$BATS_FILE_TMPDIR} lock
	shift 2
	exec {lock}> "$kept/$name.lock"
	flock "$lock"
	if [ ! -e "$kept/$name" ]; then
		TMPDIR=$kept e2e_setup
		"$make" || { e2e_teardown; return 1; }
		MADE=$T
		declare -p MADE "$@" | sed 's/^declare -[-x]* /export /' > "$kept/$name"
	fi
	exec {lock}>&-
	# shellcheck source=/dev/null
	. "$kept/$name"
}

# appointment ROLE [jq filter]: the fields that appoint the running login, since 2020, in the post that the role has in
# UNIT.
appointment() {
	local post
	case ${UNIT:-hq}/$1 in
	*/general-manager | hq/manager) post=生活安全企画課長 ;;
	hq/assistant) post=特捜係担当補佐 ;;
	*/manager) post=署長 ;;
	*/assistant) post=生活安全担当課長 ;;
	*) post=見本 ;;
	esac
	follow "${2:-.}" <<- END
		"role":"$1"
		"post":"$post"
		"name":"見本"
		"classification":"機密性2(中)・完全性2(高)・可用性2(高)"
		"appointed_on":"2020-01-01"
		"login":"$(id -un)"
	END
}

# staff [UNIT]: appoints the running login to every other role in UNIT (hq) as well, with a key of its own: AUTHOR, in
# the key ring of HOME, with which `add` signs what is to be signed. HANDLER and ASSISTANT are two of the appointments;
# PERMITTER is that of another person, mihon.shiro, as a second assistant: nobody permits their own checkout.
staff() {
	local role key pids=() UNIT=${1:-hq}
	author || return 1
	key=$(armored "$T/author.asc")
	appointment assistant '.login = "mihon.shiro"' | dc add appointment --unit "$UNIT" --file - \
		> "$T/staffed.permitter" 2>&1 &
	pids+=($!)
	for role in manager assistant handler information-manager security-manager records-officer auditor; do
		appointment "$role" ".openpgp_fingerprint = \"$AUTHOR\" | .openpgp_public_key = $key" |
			dc add appointment --unit "$UNIT" --file - > "$T/staffed.$role" 2>&1 &
		pids+=($!)
	done
	for role in "${pids[@]}"; do
		wait "$role" || { cat "$T"/staffed.*; return 1; }
	done
	HANDLER=$(cut -d ' ' -f 1 "$T/staffed.handler") ASSISTANT=$(cut -d ' ' -f 1 "$T/staffed.assistant")
	PERMITTER=$(cut -d ' ' -f 1 "$T/staffed.permitter")
	export AUTHOR HANDLER ASSISTANT PERMITTER
}

# armored [FILE]: that key, or the one that it reads, as a string of JSON.
armored() {
	local text
	text=$(awk '{ printf "%s\\n", $0 }' "$@") && echo "\"$text\""
}

author() {
	[ -z "${AUTHOR:-}" ] || return 0
	timed gpg -q --batch --passphrase '' --quick-gen-key author ed25519 sign never 2>> "$T/gpg.log" || return 1
	AUTHOR=$(gpg -q --with-colons -K author | awk -F: '/^fpr/ {print $10; exit}')
	gpg -q --armor --export "$AUTHOR" > "$T/author.asc"
}

# person NAME ROLE: a key in a home of its own and the appointment that names it; prints the fingerprint.
person() {
	local home=$T/gpg-$1 fpr
	mkdir -m 700 "$home"
	timed gpg -q --homedir "$home" --batch --passphrase '' --quick-gen-key "$1" ed25519 sign never 2>> "$T/gpg.log"
	fpr=$(gpg --homedir "$home" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	appoint "$1" "$2" 2024-02-22 "$fpr" > /dev/null || return 1
	echo "$fpr"
}

# appoint NAME ROLE DAY FINGERPRINT
appoint() {
	add appointment ".login = \"$1\" | .role = \"$2\" | .appointed_on = \"$3\" | .openpgp_fingerprint = \"$4\" |
		.openpgp_public_key = $(gpg --homedir "$T/gpg-$1" --armor --export "$4" | armored)"
}

# as NAME COMMAND ...: with the keys of that person.
as() { GNUPGHOME=$T/gpg-$1 dc "${@:2}"; }

# wait_for COMMAND ...: until it succeeds. Only on a machine that does much else it takes a part of the minute that it
# may; after that it fails, with what the command has said last.
wait_for() {
	local end=$((SECONDS + 60))
	until "$@" > "$T/waited" 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { cat "$T/waited"; return 1; }
		sleep 0.05
	done
}

# Starts the daemon and waits until it says that it is ready.
start_daemon() {
	local end=$((SECONDS + 60))
	read_clock
	"${CLOCKED[@]}" daichod --store "$S" "$@" >> "$T/daemon.log" 2>&1 3>&- &
	DAEMON=$!
	while [ "$SECONDS" -lt "$end" ]; do
		if timed daicho --store "$S" status > /dev/null 2>&1; then return 0; fi
		kill -0 "$DAEMON" 2>/dev/null || { cat "$T/daemon.log"; DAEMON=; return 1; }
		sleep 0.05
	done
	cat "$T/daemon.log"
	return 1
}

stop_daemon() {
	local pid=$DAEMON status=0
	DAEMON=
	kill -TERM "$pid" || return 1
	wait "$pid" || status=$?
	if grep -qE 'Sanitizer|runtime error' "$T/daemon.log"; then cat "$T/daemon.log"; return 1; fi
	return "$status"
}

dc() { timed daicho --store "$S" "$@"; }

# The first sample of a kind's schema, without the references to other entries that it may do without, and without the
# number of its document, which stands once in a year.
sample() { changed "$1" .; }

# changed KIND FILTER: the sample, changed by a filter of jq.
changed() {
	local kept=${BATS_RUN_TMPDIR:-$T}/fields.$1 new=$BASHPID
	[ -e "$kept" ] || {
		jq -r '. as $s | .examples[0] | del(.doc_no) | with_entries(select(.key as $k | ($s.required | index($k)) or
			($s.properties[$k] | .["x-ref"] // .items["x-ref"]) == null))
			+ ($s.properties | map_values(.default // empty)) | to_entries[] | "\(.key | tojson):\(.value | tojson)"' \
			"$PROJECT/schemas/$1.schema.json" > "$kept.$new" && mv "$kept.$new" "$kept"
	} || return 1
	follow "$2" < "$kept"
}

# follow FILTER: prints the object whose fields it reads, each on a line of its own, changed. Most filters are a chain
# of plain assignments and deletions, and are followed here: jq takes longer to start than daicho to add a record.
follow() {
	local given fields rest="$1|" step key nl=$'\n' put drop same
	put='("([^"\\]|\\n)*"|0|[1-9][0-9]*|true|false|\[("[^"\\]*"|[1-9][0-9]*)?\])'
	put='^[[:space:]]*\.([a-z0-9_]+) = '$put'[[:space:]]*$'
	drop='^[[:space:]]*del\((\.[a-z0-9_]+(, \.[a-z0-9_]+)*)\)[[:space:]]*$'
	same='^[[:space:]]*\.[[:space:]]*$'
	IFS= read -r -d '' given || true
	fields=$given
	while [ -n "$rest" ]; do
		step=${rest%%|*} rest=${rest#*|}
		if [[ $step =~ $put ]]; then
			set_field "${BASH_REMATCH[1]}" "\"${BASH_REMATCH[1]}\":${BASH_REMATCH[2]}$nl"
		elif [[ $step =~ $drop ]]; then
			for key in ${BASH_REMATCH[1]//[.,]/ }; do set_field "$key" ''; done
		elif [[ ! $step =~ $same ]]; then
			given=${given%"$nl"}
			jq -c "$1" <<< "{${given//"$nl"/,}}"
			return
		fi
	done
	fields=${fields%"$nl"}
	echo "{${fields//"$nl"/,}}"
}

# set_field KEY LINE: of `follow`; no LINE deletes it.
set_field() {
	local at="^((.*$nl)?)\"$1\":[^$nl]*$nl(.*)\$"
	if [[ $fields =~ $at ]]; then
		fields=${BASH_REMATCH[1]}$2${BASH_REMATCH[3]}
	else
		fields+=$2
	fi
}

# An office to work in: sets DEVICE, DESIGNATION and LOAN to the entries that open them.
office() {
	local application training
	DEVICE=$(add device) || return 1
	DESIGNATION=$(add designation '.trained_on = "2024-04-09"') || return 1
	training=$(add training ".trainer_designation_entry = $DESIGNATION | .designation_entries = [$DESIGNATION]") ||
		return 1
	application=$(add application ".consultation_entry = $(add consultation '.topic = "借用"')") || return 1
	add decision ".application_entry = $application" > /dev/null || return 1
	LOAN=$(add loan ".application_entry = $application | .device_entry = $DEVICE | .training_entry = $training") ||
		return 1
	add phone-register ".device_entry = $DEVICE | .loan_entry = $LOAN" > /dev/null
}

# checkout [jq filter]: the phone of the office is taken out, permitted by another; prints the entry's number.
checkout() {
	add checkout ".device_entry = $DEVICE | .loan_entry = $LOAN | .designation_entry = $DESIGNATION
		| .permitter_entry = $PERMITTER | ${1:-.}"
}

# add KIND [jq filter over the sample]: commits the sample, changed; prints the entry's number. A designation is that of
# the running login, as the handler that `staff` has appointed. UNIT and ROLE, where they are set, say where and
# as what.
add() {
	local sign=() needs=. added
	case $1 in
	decision | sns-permit) sign=(--sign "$AUTHOR") ;;
	designation) needs=".appointment_entry = ${HANDLER:-0}" ;;
	esac
	changed "$1" "$needs | ${2:-.}" | dc --json add "$1" --unit "${UNIT:-hq}" \
		${ROLE:+--as "$ROLE"} "${sign[@]}" --file - > "$T/added" || { cat "$T/added"; return 1; }
	added=$(< "$T/added") && [[ $added =~ \"seq\":[[:space:]]*([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# refuses CODE command ...: exactly this exit status, no signal, no sanitizer report; the word of the code on stderr.
refuses() {
	local code
	code=$(exit_of "$1") || { echo "unknown code $1"; return 1; }
	ends "$code" "$@"
}

# unjudged CODE command ...: the same of a command whose statuses below 64 are verdicts.
unjudged() { ends 65 "$@"; }

# ends STATUS CODE command ...
ends() {
	local code=$1 word=$2 out status=0
	shift 2
	out=$("$@" 2>&1 < /dev/null) || status=$?
	echo "$out"
	[ "$status" = "$code" ] || { echo "exit $status, expected $code ($word)"; return 1; }
	if grep -qE 'Sanitizer|runtime error' <<< "$out"; then return 1; fi
	grep -q -- "$word" <<< "$out" || { echo "the word $word is missing"; return 1; }
	# an error tells what can be done, a verdict stands alone
	case $word in UNWITNESSED | INCOMPLETE | INVALID | DIVERGED | NEWER-FORMAT) return 0 ;; esac
	[[ $out != *"$word: "* || $out =~ (next|次の手順):\ [^$'\n'] ]] || { echo "nothing is said of what to do"; return 1; }
}

exit_of() {
	case $1 in
	KIND) echo 20 ;; SCHEMA) echo 21 ;; UTF8) echo 22 ;; TOOBIG) echo 23 ;; DUPLICATE) echo 24 ;; DEPTH) echo 25 ;;
	SYNTAX) echo 26 ;; MEDIA) echo 27 ;; HALF) echo 28 ;; RULE) echo 29 ;; CONFLICT) echo 30 ;; CLOCK) echo 31 ;;
	GONE) echo 32 ;; REASON) echo 33 ;; USAGE) echo 64 ;; NOTFOUND) echo 66 ;; UNAVAILABLE) echo 69 ;;
	BUG) echo 70 ;; READONLY) echo 71 ;;
	FORMAT) echo 72 ;; FULL) echo 73 ;; IO) echo 74 ;; BUSY) echo 75 ;; KEY) echo 76 ;; PERM) echo 77 ;;
	CONFIG) echo 78 ;;
	UNWITNESSED) echo 2 ;; INCOMPLETE) echo 3 ;; INVALID) echo 4 ;; LEDGER) echo 4 ;; DIVERGED) echo 5 ;;
	NEWER-FORMAT) echo 6 ;;
	*) return 1 ;;
	esac
}

# http METHOD PATH [curl options]: status in $status, body in $output when used with bats' run.
http() {
	local method=$1 path=$2
	shift 2
	curl -s --max-time 60 --unix-socket "$S/run/daicho.sock" -X "$method" -w '\n%{http_code}\n' \
		"http://localhost$path" "$@"
}

# fetch_volumes STORE CLONE: as README.md tells an auditor to.
fetch_volumes() {
	local year notes
	for year in "$1"/volumes/*.git; do
		notes=refs/notes/volumes/$(basename "$year" .git)
		git -C "$2" fetch -q --prune "$year" "+$notes/*:$notes/*" || return 1
	done
}

verify() { daicho verify "${1:-$S}" --pin "$PINS"; }

# live_through DAY DAY [STEP]: days pass in Japan, from the first named, which is over, to the second. The daemon sees
# one request on every STEP-th of them (1) and on the last. More than 14 days apart it would take no records.
# One program asks each time: curl takes longer to start than daichod to answer.
live_through() {
	local at end
	at=$(japan_seconds "$1 09:00") && end=$(japan_seconds "$2 09:00") || return 1
	env -u LD_PRELOAD perl -MIO::Socket::UNIX -e '
		my ($clock, $socket, $at, $end, $step) = @ARGV;
		while ($at < $end) {
			$at += $step * 86400;
			$at = $end if $at > $end;
			open(my $new, ">", "$clock.new") or die "$clock.new: $!\n";
			printf $new "%+d\n", $at - time;
			close($new) && rename("$clock.new", $clock) or die "$clock: $!\n";
			alarm 60;
			my $daemon = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!\n";
			print $daemon "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
			$daemon->flush;
			my $answer = do { local $/; <$daemon> } // "";
			$answer =~ m{^HTTP/1\.1 [0-9]} or die "$socket: no answer\n";
		}' "$CLOCK" "$S/run/daicho.sock" "$at" "$end" "${3:-1}"
}
