#!/usr/bin/env bats
# Witnesses, each a folder of its own: a cut tail, a rollback, a fork and a stale request, by socket and by command; and
# time stamps of an authority (openssl ts). Witnesses have the real clock, as other machines would.

load lib
load sshd
load authority

# Lived through once: a store of few entries (early), the same later (late), and a copy of the early one that somebody
# with its key has led on another way to as many entries (fork) and to more (fork-more).
setup_file() {
	e2e_setup
	export HOUSE=$T CLOCK KEY
	rm "$CLOCK"
	init_store
	KEY=$(sed -n 's/^checkpoint = //p' "$PINS")
	start_daemon
	add device > /dev/null
	dc checkpoint --out "$T/early"
	stop_daemon
	cp -a "$S" "$T/store-early"
	start_daemon
	add device > /dev/null
	add device > /dev/null
	dc checkpoint --out "$T/late"
	stop_daemon
	mv "$S" "$T/store-late"
	cp -a "$T/store-early" "$S"
	start_daemon
	add device '.device_no = "CP-88"' > /dev/null
	add device '.device_no = "CP-89"' > /dev/null
	dc checkpoint --out "$T/fork"
	add device '.device_no = "CP-90"' > /dev/null
	dc checkpoint --out "$T/fork-more"
	stop_daemon
	mv "$S" "$T/store-fork"
	stop_agents
}
teardown_file() { e2e_teardown; }

setup() {
	T=$(mktemp -d "$HOUSE/test.XXXXXX")
	PINS=$HOUSE/pins SERVERS=()
}

# A test that failed leaves no server.
teardown() {
	local pid
	for pid in "${SERVERS[@]}"; do kill "$pid" 2> /dev/null || true; done
	stop_sshd
}

# use early|late|fork: a copy of that store.
use() {
	S=$T/store
	rm -rf "$S"
	cp -a "$HOUSE/store-$1" "$S"
}

# becomes early|late|fork: the entries of the store in use are those of that one.
becomes() { rm -rf "$S/ledger.git" && cp -a "$HOUSE/store-$1/ledger.git" "$S/ledger.git"; }

witness() { daicho-witness "${@:2}" --state "$T/$1"; }

# found NAME: a witness that watches the ledger, and in daicho.ini, asked by its command.
found() {
	witness "$1" init "$1.example/w" > "$T/$1.vkey"
	witness "$1" log add "$KEY"
	name "$1"
}

name() {
	printf '\n[witness %s]\nvkey = %s\ncommand = %s/daicho-witness add-checkpoint --state %s\n' "$1" \
		"$(cat "$T/$1.vkey")" "$BIN" "$T/$1" >> "$S/daicho.ini"
}

# serve NAME: it answers on $T/NAME.sock; SERVER is its process.
serve() {
	daicho-witness serve --state "$T/$1" --socket "$T/$1.sock" 2> "$T/$1.log" 3>&- &
	SERVER=$!
	SERVERS+=("$SERVER")
	wait_for answers "$1" || { cat "$T/$1.log"; return 1; }
}
answers() { [ -S "$T/$1.sock" ] && grep -q answers "$T/$1.log"; }

push() { daicho --store "$S" witness push --checkpoint "$HOUSE/$1" "${@:2}"; }

# request OLD CHECKPOINT: as the ledger of that checkpoint proves that it continues OLD (0, or a file's name).
request() {
	if [ "$1" = 0 ]; then
		printf 'old 0\n\n' && cat "$HOUSE/$2"
	else
		daicho --store "$HOUSE/store-${2%-more}" consistency "$HOUSE/$1" "$HOUSE/$2"
	fi
}

size() { sed -n 2p "$HOUSE/$1"; }

# post NAME: a request on standard input by HTTP; status and content type are the last line of output.
post() {
	curl -s --max-time 60 --unix-socket "$T/$1.sock" http://localhost/add-checkpoint --data-binary @- \
		-w '\n%{http_code} %{content_type}\n' | grep -v '^$'
}

seen() { witness "$1" status --json | jq -c '.logs[0] | [.size, .contradictions, .unproven]'; }

@test "a witness says who it is, and what it watches" {
	S=$T
	found one
	[[ $(cat "$T/one.vkey") =~ ^one\.example/w\+[0-9a-f]{8}\+B[A-Za-z0-9+/]+=*$ ]]
	[ "$(witness one log list)" = "$KEY" ]
	[ "$(stat -c %a "$T/one/key.pem")" = 600 ]
	openssl pkey -in "$T/one/key.pem" -noout
	run -0 daicho-witness --help
	refuses CONFLICT witness one init two.example/w
	refuses CONFLICT witness one log add "$KEY"
	refuses SYNTAX witness one log add "$(cat "$T/one.vkey")"
	refuses SYNTAX witness one log add nothing
	refuses CONFLICT witness one log drop "$KEY"
	refuses NOTFOUND witness none status
	refuses USAGE witness one serve
	refuses USAGE witness one watch
}

@test "the ledger's head is cosigned by command and by socket, and kept" {
	use early
	found one
	found two
	sed -i "s|^command = .*--state $T/two\$|socket = $T/two.sock|" "$S/daicho.ini"
	serve two
	run -0 --separate-stderr push early --out "$T/out"
	[ "$(grep -c '^—' "$T/out")" = 3 ]
	cmp "$T/out" "$S/checkpoints/$(size early)"
	becomes late
	run -0 --separate-stderr push late
	[ "$(daicho --store "$S" --json witness list | jq -c '[.witnesses[].size]')" = "[$(size late),$(size late)]" ]
	[ "$(seen one)" = "[$(size late),0,0]" ]
	[ "$(seen two)" = "[$(size late),0,0]" ]
	kill "$SERVER" && wait "$SERVER"
}

@test "a checkpoint may be cosigned again, by one at a time, and its lines come together" {
	use late
	found one
	found two
	push late one > /dev/null
	push late two > /dev/null
	push late one > "$T/out"
	[ "$(grep -c '^—' "$T/out")" = 3 ]
	cmp "$T/out" "$S/checkpoints/$(size late)"
}

@test "the auditor's policy asks for two of three witnesses" {
	use late
	found one
	found two
	found three
	{
		echo "log $KEY"
		for w in one two three; do echo "witness $w $(cat "$T/$w.vkey")"; done
		printf 'group both 2 one two three\nquorum both\n'
	} > "$T/witnesses"
	cp "$PINS" "$T/policy"
	printf '[policy]\nwitnesses = witnesses\n' >> "$T/policy"
	push late two --out "$T/cosigned" 2> /dev/null
	run daicho-verify --json "$S" --policy "$T/policy" --checkpoint "$T/cosigned"
	[ "$(jq -r .verdict <<< "$output")" = UNWITNESSED ]
	push late three --out "$T/both" 2> /dev/null
	run -0 daicho-verify --json "$S" --policy "$T/policy" --checkpoint "$T/both"
	[ "$(jq -c '[.verdict, .witnessed]' <<< "$output")" = "[\"VALID\",$(size late)]" ]
}

@test "a cut tail is found out by whoever cosigned what is gone" {
	use late
	found one
	push late > /dev/null
	rm -rf "$S/checkpoints" && becomes early
	run refuses LEDGER push early
	[ "$status" = 0 ]
	[[ $output == *"cosigned $(size late) entries, and $(size early) are here"* ]]
	[ "$(seen one)" = "[$(size late),0,0]" ]
}

@test "a ledger that was rolled back and led on another way is found out, and convicted" {
	use late
	found one
	push late > /dev/null
	rm -rf "$S/checkpoints" && becomes fork
	run refuses LEDGER push fork
	[ "$status" = 0 ]
	[[ $output == *"another history"* ]]
	[ "$(seen one)" = "[$(size late),1,0]" ]
	refuses LEDGER push fork-more
	refuses LEDGER push fork-more
	[ "$(seen one)" = "[$(size late),1,1]" ]
	cmp "$HOUSE/fork" "$T"/one/logs/*/contradiction-*.other
	run grep -c '^—' "$T"/one/logs/*/contradiction-*.cosigned
	[ "$output" = 2 ]
	run -4 witness one status
	[[ $output == *CONTRADICTIONS* && $output == *"kept in"* ]]
	[ ! -e "$S/checkpoints" ]
	use late
	name one
	run -0 push late
}

@test "by ssh a forced command of the witness' account is all that is reached" {
	use late
	found one
	start_sshd
	printf 'restrict,command="%s/daicho-witness add-checkpoint --state %s" %s\n' "$BIN" "$T/one" \
		"$(cat "$T/mine.pub")" > "$T/authorized"
	sed -i "s|^command = .*|command = ssh -T -F $T/ssh.conf far daicho-witness add-checkpoint|" "$S/daicho.ini"
	run -0 --separate-stderr push late
	[ "$(seen one)" = "[$(size late),0,0]" ]
	run refuses CONFLICT push early
	[ "$status" = 0 ]
	run ssh -T -F "$T/ssh.conf" far true < /dev/null
	[ "$status" = 26 ]
	stop_sshd
	rm -r "$S/checkpoints"
	run refuses UNAVAILABLE push late
	[[ $status = 0 && $output == *"status 255"* ]]
}

@test "two checkpoints of as many entries are never kept as one" {
	use late
	found one
	push late > /dev/null
	found two
	becomes fork
	refuses LEDGER push fork two
	[ "$(head -3 "$S/checkpoints/$(size late)")" = "$(head -3 "$HOUSE/late")" ]
}

@test "what a witness has seen elsewhere is no fault: the proof begins there" {
	use late
	found one
	request 0 early | witness one add-checkpoint > /dev/null
	push late > /dev/null
	[ "$(seen one)" = "[$(size late),0,0]" ]
	refuses CONFLICT push early
}

@test "a witness that does not answer keeps no other from its turn" {
	use late
	found one
	found two
	found three
	sed -i -e "s|^command = .*--state $T/one\$|socket = $T/one.sock|" \
		-e "s|^command = .*--state $T/two\$|command = /bin/false|" "$S/daicho.ini"
	refuses UNAVAILABLE push late
	run grep '^—' "$S/checkpoints/$(size late)"
	[[ ${#lines[@]} = 2 && $output == *three.example* ]]
}

@test "an answer that is none of the protocol is said, and nothing of it is kept" {
	use late
	found one
	answer() { # STATUS TEXT
		printf '#!/bin/sh\ncat > %s/asked\nprintf %%s\\\\n "%s"\nexit %s\n' "$T" "$2" "$1" > "$T/odd"
		chmod 755 "$T/odd"
	}
	sed -i "s|^command = .*|command = $T/odd|" "$S/daicho.ini"
	for wrong in 0:nothing '0:— one.example/w AAAA' 0: 30: 30:-1 30:01 "30:$(size late) " 26:text 99:text; do
		answer "${wrong%%:*}" "${wrong#*:}"
		refuses UNAVAILABLE push late
	done
	answer 30 "$(($(size late) + 7))"
	refuses LEDGER push late
	answer 0 "$(witness one add-checkpoint < <(request 0 early))"
	refuses KEY push late # a cosignature of another checkpoint
	[ ! -e "$S/checkpoints" ]
}

@test "a witness that does not watch the ledger, or signs with another key, is said" {
	use late
	found one
	rm -r "$T/one/logs"
	mkdir "$T/one/logs"
	run refuses KEY push late
	[ "$status" = 0 ]
	[[ $output == *"daicho-witness log add $KEY"* ]]
	witness other init other.example/w > "$T/other.vkey"
	witness one log add "$KEY"
	sed -i "s|^vkey = .*|vkey = $(cat "$T/other.vkey")|" "$S/daicho.ini"
	refuses KEY push late
	refuses NOTFOUND push late two
}

@test "what daicho.ini says of a witness is looked at" {
	use late
	printf '\n[witness one]\nvkey = %s\n' "$KEY" >> "$S/daicho.ini"
	refuses CONFIG daicho --store "$S" witness list
	use late
	found one
	echo "socket = $T/one.sock" >> "$S/daicho.ini"
	refuses CONFIG daicho --store "$S" witness list
	use late
	printf '\n[witness one]\nsocket = /x\nvkey = %s\n' "${KEY%?}" >> "$S/daicho.ini"
	refuses CONFIG timed daichod --store "$S" > "$T/refused"
	grep -q '\[witness one\] vkey: not the verifier key of a witness' "$T/refused"
	grep -q 'next: write the whole line' "$T/refused"
	use late
	refuses NOTFOUND push late
	refuses USAGE daicho --store "$S" witness
}

@test "who connects and sends half a request, or nothing, keeps no other from a cosignature" {
	S=$T
	found one
	serve one
	begin=$SECONDS
	python3 - "$T/one.sock" > "$T/open" 3>&- <<- 'EOF' &
		import socket, sys
		held, half = [], b'POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nold'
		for i in range(10):
		    held.append(socket.socket(socket.AF_UNIX))
		    held[i].connect(sys.argv[1])
		    held[i].sendall(half if i % 2 else b'')
		print('open', flush=True)
		held[1].recv(1)
		print('answered or cut', flush=True)
	EOF
	SERVERS+=("$!")
	wait_for test -s "$T/open"
	run post one < <(request 0 early)
	[[ ${lines[0]} == "— one.example/w "* && ${lines[-1]} == 200* ]]
	# none of the ten was cut off before, for as long as they may be silent
	[ "$(cat "$T/open")" = open ] || [ $((SECONDS - begin)) -ge 10 ]
	[ "$(seen one)" = "[$(size early),0,0]" ]
}

@test "HTTP answers have the statuses and the types of the protocol" {
	S=$T
	found one
	serve one
	late=$(size late) early=$(size early)
	run post one < <(request 0 early)
	[[ ${lines[0]} == "— one.example/w "* && ${lines[-1]} == 200* ]]
	run post one < <(request 0 late)
	[ "$output" = "$early"$'\n'"409 text/x.tlog.size" ]
	run post one < <(request early late)
	[[ ${lines[-1]} == 200* ]]
	run post one < <(request fork fork-more)
	[ "$output" = "$late"$'\n'"409 text/x.tlog.size" ] || [[ ${lines[-1]} == 422* ]]
	run post one < <(printf 'old %s\n\n' "$late" && cat "$HOUSE/fork")
	[ "$output" = "$late"$'\n'"409 text/x.tlog.size" ]
	run post one < <(printf 'old %s\n\n' "$late" && cat "$HOUSE/early")
	[[ ${lines[-1]} == 400* ]]
	run post one < <(echo nothing)
	[[ ${lines[-1]} == 400* ]]
	run post one < <(printf 'old 0\n\n' && sed '1s/.*/elsewhere/' "$HOUSE/early")
	[[ ${lines[-1]} == 404* ]]
	run post one < <(printf 'old %s\n\n' "$late" && sed "2s/.*/99/" "$HOUSE/late")
	[[ ${lines[-1]} == 403* ]]
	run curl -s --unix-socket "$T/one.sock" http://localhost/add-checkpoint -w '%{http_code}'
	[[ $output == *405 ]]
	run curl -s --unix-socket "$T/one.sock" http://localhost/other -d x -w '%{http_code}'
	[[ $output == *404 ]]
	run curl -s --unix-socket "$T/one.sock" http://localhost/add-checkpoint -w '%{http_code}' \
		--data-binary @"$BIN/daicho-witness"
	[[ $output == *413 ]]
	grep -q CONTRADICTION "$T/one.log"
	kill "$SERVER" && wait "$SERVER"
}

@test "of many requests at once one is cosigned" {
	S=$T
	found one
	serve one
	request 0 early | post one > /dev/null
	request early late > "$T/request"
	pids=()
	for n in $(seq 8); do
		post one < "$T/request" > "$T/answer.$n" &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n"; done
	[ "$(cat "$T"/answer.* | grep -c '^200 ')" = 1 ]
	[ "$(cat "$T"/answer.* | grep -c '^409 text/x.tlog.size$')" = 7 ]
	[ "$(seen one)" = "[$(size late),0,0]" ]
	kill "$SERVER" && wait "$SERVER"
}

@test "who serves is jailed, alone in its folder, and listens on no network" {
	S=$T
	found one
	serve one
	grep -q 'Seccomp:.2' "/proc/$SERVER/status"
	grep -q 'NoNewPrivs:.1' "/proc/$SERVER/status"
	[ -z "$(find "/proc/$SERVER/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n' |
		grep -Fxf - <(awk 'NR > 1 { print $10 }' "/proc/$SERVER/net/tcp" "/proc/$SERVER/net/tcp6"))" ]
	refuses BUSY witness one serve --socket "$T/again.sock"
	request 0 early | witness one add-checkpoint > /dev/null
	kill "$SERVER" && wait "$SERVER"
	serve one
	kill "$SERVER" && wait "$SERVER"
}

@test "an answer that was lost on its way is given again" {
	S=$T
	found one
	run bash -c "$(declare -f request); HOUSE=$HOUSE request 0 early |
		daicho-witness add-checkpoint --state $T/one > /dev/full"
	[ "$status" = 73 ]
	[ "$(seen one)" = "[$(size early),0,0]" ]
	use early
	found two
	sed -i "s|/two\$|/one|; s|^vkey = .*|vkey = $(cat "$T/one.vkey")|" "$S/daicho.ini"
	run -0 push early
}

@test "killed at, or failing at, any change of a file it goes on from what is durable" {
	S=$T
	found one
	cp -a "$T/one" "$T/before"
	request 0 early > "$T/first"
	request early late > "$T/second"
	witness before add-checkpoint < "$T/first" > "$T/answer"
	inject=${DAICHO_INJECT:-$BIN/../inject.so}
	for how in kill full fail; do
		for at in $(seq 40); do
			rm -rf "$T/one" && cp -a "$T/before" "$T/one"
			echo "$how $at" > "$T/fault.new" && mv "$T/fault.new" "$T/fault"
			status=0
			ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 LD_PRELOAD=$inject DAICHO_FAULT=$T/fault \
				daicho-witness add-checkpoint --state "$T/one" \
				< "$T/second" > "$T/answer" 2> "$T/error" || status=$?
			count=$(cat "$T/fault.count")
			rm -f "$T/fault" "$T/fault.count"
			now=$(witness one status --json | jq .logs[0].size)
			# cosigned only what is kept
			[ ! -s "$T/answer" ] || [ "$now" = "$(size late)" ] || { echo "$how $at: forgot"; return 1; }
			[ "$now" = "$(size early)" ] || [ "$now" = "$(size late)" ]
			{ echo "old $now" && sed 1d "$T/second"; } > "$T/again"
			[ "$now" = "$(size early)" ] || { echo "old $now" && echo && cat "$HOUSE/late"; } > "$T/again"
			witness one add-checkpoint < "$T/again" | grep -q '^— one.example/w' || { echo "$how $at"; return 1; }
			[ "$count" -ge "$at" ] || break
		done
		[ "$status" = 0 ] && [ "$at" -gt 4 ]
	done
}

@test "a folder of state that is damaged is refused with what to do" {
	S=$T
	found one
	request 0 early | witness one add-checkpoint > /dev/null
	last=$(echo "$T"/one/logs/*/last)
	for damage in 'rm $last' 'echo none > $last.x; head -c 40 $last > $last.x; mv $last.x $last' 'echo x > $last'; do
		cp "$last" "$T/kept"
		eval "$damage"
		run refuses CONFIG bash -c "cat <(printf 'old 0\n\n') $HOUSE/early |
			daicho-witness add-checkpoint --state $T/one"
		[ "$status" = 0 ]
		[[ $output == *"restore it"* ]]
		cp "$T/kept" "$last"
	done
	chmod 644 "$T/one/key.pem"
	refuses KEY witness one status
}

@test "an authority stamps a checkpoint by files, and its time is shown and verified" {
	authority
	daicho timestamp query "$HOUSE/late" --out "$T/q.tsq"
	stamp "$T/q.tsq" "$T/r.tsr"
	run -0 daicho timestamp verify "$HOUSE/late" --reply "$T/r.tsr" --ca "$T/ca/root.pem" --query "$T/q.tsq"
	[[ $output == *"not later than $(TZ=Asia/Tokyo date +%Y)"* && $output == *CN=clock* && $output == *02* ]]
	[[ $output == *"was not asked (--crl FILE)"* ]]
	run -0 daicho --json timestamp verify "$HOUSE/late" --reply "$T/r.tsr" --ca "$T/ca/root.pem"
	[ "$(jq -c '[.tsa, .serial, .size, .later]' <<< "$output")" = "[\"CN=clock\",\"02\",$(size late),0]" ]
	openssl ts -verify -in "$T/r.tsr" -data "$HOUSE/late" -CAfile "$T/ca/root.pem" 2> /dev/null
	# a witness comes later
	use late
	found one
	push late --out "$T/cosigned"
	run -0 daicho --json timestamp verify "$T/cosigned" --reply "$T/r.tsr" --ca "$T/ca/root.pem"
	[ "$(jq .later <<< "$output")" = 1 ]
	# of something else, of nobody that is trusted, of another query, of nothing
	refuses CONFLICT daicho timestamp verify "$HOUSE/early" --reply "$T/r.tsr" --ca "$T/ca/root.pem"
	refuses KEY daicho timestamp verify "$HOUSE/late" --reply "$T/r.tsr" --ca "$PROJECT/tests/data/tsa/ca.pem"
	daicho timestamp query "$HOUSE/late" --out "$T/other.tsq"
	refuses CONFLICT daicho timestamp verify "$HOUSE/late" --reply "$T/r.tsr" --ca "$T/ca/root.pem" \
		--query "$T/other.tsq"
	refuses SYNTAX daicho timestamp verify "$HOUSE/late" --reply "$HOUSE/late" --ca "$T/ca/root.pem"
	refuses USAGE daicho timestamp query "$HOUSE/late" --out "$T/q.tsq"
	refuses USAGE daicho timestamp verify "$HOUSE/late"
}

# judged TEXT...: what these lists, one after the other, make of the stamp: "ok", or the word of the refusal.
judged() {
	printf '%s\n' "$@" > "$T/crl"
	run daicho timestamp verify "$HOUSE/late" --reply "$T/r.tsr" --ca "$T/ca/root.pem" --crl "$T/crl"
	if [ "$status" = 0 ]; then echo ok; else cut -d : -f 1 <<< "${lines[0]}"; fi
}

@test "a revoked certificate takes the stamps that rest on it, or those that came after" {
	authority
	daicho timestamp query "$HOUSE/late" --out "$T/q.tsq"
	stamp "$T/q.tsq" "$T/r.tsr"
	root=$(revocations root yesterday tomorrow) none=$(revocations sub yesterday tomorrow)
	[ "$(judged "$root" "$none")" = ok ]
	# what each list says of the authority's certificate
	for case in 'yesterday,superseded KEY' 'tomorrow,superseded ok' 'tomorrow,cessationOfOperation ok' \
		'tomorrow,unspecified ok' 'tomorrow,keyCompromise KEY' 'tomorrow KEY' 'tomorrow,certificateHold KEY'; do
		said=$(judged "$root" "$(revocations sub yesterday tomorrow 12 "${case% *}")")
		[ "$said" = "${case#* }" ] || { echo "$case: $said"; false; }
	done
	[ "$(judged "$root" "$(revocations sub yesterday tomorrow 13 yesterday,keyCompromise)")" = ok ]
	# of who issued it
	[ "$(judged "$(revocations root yesterday tomorrow 11 yesterday,CACompromise)" "$none")" = KEY ]
	# lists of other days: one made later knows more, one that ended before knows nothing of the stamp
	[ "$(judged "$root" "$(revocations sub now '3 days')")" = ok ]
	[ "$(judged "$root" "$(revocations sub now '3 days' 12 tomorrow,keyCompromise)")" = KEY ]
	[ "$(judged "$root" "$none" "$(revocations sub '2 days' '3 days')")" = KEY ]
	[ "$(judged "$root" "$(revocations sub '9 days ago' '2 days ago')")" = KEY ]
	[ "$(judged "$root" "$(revocations sub now '3 days')" \
		"$(revocations sub yesterday tomorrow 12 yesterday,superseded)")" = KEY ]
	# a hold that a newer list ends
	held=$(revocations sub '3 days ago' tomorrow 12 '3 days ago,certificateHold')
	[ "$(judged "$root" "$held" "$none")" = ok ]
	[ "$(judged "$root" "$held")" = KEY ]
	# not all that are wanted, one of somebody else, none at all
	[ "$(judged "$root")" = KEY ]
	[ "$(judged "$none")" = KEY ]
	[ "$(judged "$root" "$(revocations root yesterday tomorrow | sed 's/^M/N/')")" = KEY ]
	[ "$(judged "nothing")" = KEY ]
}
