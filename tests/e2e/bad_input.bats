#!/usr/bin/env bats
# Whatever is wrong is refused with its own code, and the daemon goes on.

load lib
setup_file() { make_store; }
teardown_file() { e2e_teardown; }
setup() { e2e_setup; take_store; start_daemon; }
teardown() { e2e_teardown; }

post() { http POST /v1/records -H 'Content-Type: application/json' --data-binary "@$1"; }
request() { sample consultation | jq -c '{kind: "consultation", unit: "hq", body: .}'; }
code() { jq -r .error.code <<< "${lines[0]}"; }

# After every refusal the daemon still takes a record.
goes_on() { add consultation; }

@test "an unknown kind" {
	refuses KIND dc add no-such-kind --unit hq --file <(echo '{}')
	goes_on
}

@test "an unknown unit" {
	refuses KIND dc add consultation --unit nowhere --file <(sample consultation)
	goes_on
}

@test "schema faults are all listed, with place and rule, without the value" {
	sample loan | jq 'del(.[keys[0]]) | .no_such_field = "himitsu" | .lent_on = "2026-02-30"' > "$T/body"
	refuses SCHEMA dc add loan --unit hq --file "$T/body"
	run dc --json add loan --unit hq --file "$T/body"
	[ "$status" = 21 ]
	[ "$(jq '.error.faults | length' <<< "$output")" -ge 2 ]
	jq -e '.error.faults[] | select(.at == "/no_such_field")' <<< "$output"
	[[ $output != *himitsu* ]]
	goes_on
}

@test "invalid UTF-8" {
	printf '{"kind":"consultation","unit":"hq","body":{"a":"\xff\xfe"}}' > "$T/request"
	run post "$T/request"
	[ "$(code)" = UTF8 ]
	goes_on
}

@test "control characters in a record" {
	request | jq -c '.body[(.body | keys[0])] = "a\u001b[31mb"' > "$T/request"
	run post "$T/request"
	[ "$(code)" = UTF8 ]
	goes_on
}

@test "a body over its limit" {
	head -c 40000000 /dev/zero | tr '\0' a > "$T/request"
	run post "$T/request"
	[[ $output == *413* ]]
	goes_on
}

@test "an attachment over its limit" {
	head -c 21000000 /dev/zero > "$T/scan.pdf"
	refuses TOOBIG dc add consultation --unit hq --file <(sample consultation) --attach "$T/scan.pdf"
	goes_on
}

@test "duplicate members" {
	echo '{"kind":"consultation","kind":"loan","unit":"hq","body":{}}' > "$T/request"
	run post "$T/request"
	[ "$(code)" = DUPLICATE ]
	goes_on
}

@test "deep nesting" {
	{
		printf '{"kind":"consultation","unit":"hq","body":'
		printf '[%.0s' $(seq 5000)
		printf ']%.0s' $(seq 5000)
		echo '}'
	} > "$T/request"
	run post "$T/request"
	[ "$(code)" = DEPTH ]
	goes_on
}

@test "malformed JSON" {
	echo '{"kind":' > "$T/request"
	run post "$T/request"
	[ "$(code)" = SYNTAX ]
	goes_on
}

@test "a wrong content type" {
	request > "$T/request"
	run http POST /v1/records -H 'Content-Type: text/plain' --data-binary "@$T/request"
	[ "$(code)" = MEDIA ]
	goes_on
}

@test "half a request and silence is cut off" {
	printf 'POST /v1/records HTTP/1.1\r\nHost: x\r\n' > "$T/request"
	printf 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{' >> "$T/request"
	timeout 120 socat -t 1 -,ignoreeof "UNIX-CONNECT:$S/run/daicho.sock" < "$T/request" > "$T/answer" 3>&- &
	cut=$!
	goes_on
	wait "$cut"
	[ "$(tail -1 "$T/answer" | jq -r .error.code)" = HALF ]
	goes_on
}

@test "an unknown option, command or argument" {
	refuses USAGE dc list --no-such-option 1
	refuses USAGE daicho no-such-command
	refuses USAGE dc show
	refuses USAGE dc show twelve
	refuses USAGE timeout 60 daichod --no-such-option
	refuses USAGE dc add consultation --unit hq --no-such-field 1
}

@test "an entry that does not exist" {
	refuses NOTFOUND dc show 999999 | grep 'next: daicho log --newest'
	refuses NOTFOUND dc prove 999999 | grep 'next: the last one is '
	refuses RULE dc hold place 999999 --basis audit --reason 見本 | grep 'next: daicho list '
}

@test "a path that is not served and a method that is not taken" {
	run http GET /v1/nothing
	[ "$(code)" = NOTFOUND ]
	run http DELETE /v1/records/1
	[ "$(code)" = USAGE ]
}

# lacks FILE COMMAND ...: with that as its last word it is refused with what is to be given.
lacks() {
	local status=0
	daicho --store "$S" "${@:2}" "$1" < /dev/null > "$T/said" 2>&1 || status=$?
	case $status in 20 | 21 | 22 | 26 | 64 | 65 | 66 | 74 | 76 | 77 | 78) grep -q '^next: ' "$T/said" && return ;; esac
	echo "${*:2} $1: $status"
	cat "$T/said"
	return 1
}
@test "a file that is not there, is a folder, is empty or may not be read is refused with what to give" {
	dc checkpoint --out "$T/point"
	mkdir "$T/folder" "$T/folder.png" "$T/folder.tar"
	touch "$T/empty" "$T/empty.png" "$T/empty.tar"
	for name in none folder empty; do
		file=$T/$name
		lacks "$file" add consultation --unit hq --file
		lacks "$file.png" add consultation --unit hq --topic x --attach
		lacks "$file" disposal run --plan "sha256:$(printf '%064d' 1)" --checkpoint
		lacks "$file" second
		lacks "$file" verify "$S" --policy
		lacks "$file.tar" archive show
		lacks "$file" rules check
		lacks "$file" timestamp query --out "$T/query"
		lacks "$file" consistency
		for option in appoint rulebook recovery-key; do lacks "$file" init "$T/new" --origin a/b "--$option"; done
	done
	lacks "$T/none/x" checkpoint --out
	grep "$T/none/x: No such file" "$T/said"
	lacks "$T/none/x" timestamp query "$T/point" --out
	lacks "$T/none/x" verify "$S" --policy "$PINS" --evidence
	file=$T/none
	lacks "$file" correct 1 --reason x --file
	lacks "$file" disposal run --plan "sha256:$(printf '%064d' 1)" --checkpoint "$T/point" --time-stamp
	lacks "$file" mirror ack
	lacks "$file" mirror apply
	lacks "$file" mirror prepare "$T/m" --name m --pin
	lacks "$file" key add recovery --reason x --file
	lacks "$file" restore --head 3 "$T/new"
	lacks "$file" verify "$S" --policy "$PINS" --checkpoint
	lacks "$file" archive show
	lacks "$file" timestamp verify "$T/point" --ca "$T/point" --reply
	lacks "$file" init "$T/new" --origin a/b --key
	[ ! -e "$T/new" ]
	[ "$(id -u)" = 0 ] || return 0
	chmod 711 "$T"
	install -m 0 "$T/point" "$T/closed"
	refuses PERM setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/daicho" second "$T/closed" > "$T/said"
	grep '^next: let your login read it' "$T/said"
	refuses PERM setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/daicho" --store "$S" mirror list > "$T/said"
	grep '^next: its folders are closed to your login' "$T/said"
}

@test "what stands in the way or is wanted first is told as the next step" {
	local absent=0123456789ABCDEF0123456789ABCDEF01234567
	refuses USAGE daicho --store "" status | grep 'the name is empty'
	refuses USAGE daicho --store= status | grep 'the name is empty'
	refuses USAGE timeout 60 daichod --store "" | grep 'the name of its folder is empty'
	refuses KEY dc add consultation --unit hq --consulted_on "$TODAY" --sign $absent |
		grep 'next: gpg --list-secret-keys'
	refuses NOTFOUND dc key retire $absent --reason 見本 | grep 'next: daicho key list'
	refuses RULE dc disposal propose --plan "sha256:$(printf '0%.0s' {1..64})" | grep 'next: daicho disposal plan'
	dc backup "$T/absent/backup" --until 2099-12-31 > "$T/said" 2>&1 || true
	grep 'the folder in which it is to stand is missing' "$T/said"
	run ! grep unfinished "$T/said"
	mkdir "$T/foreign"
	echo > "$T/foreign/mine"
	refuses CONFLICT dc export tlog "$T/foreign" | grep 'next: name a new folder'
}

@test "a store of a newer format" {
	stop_daemon
	sed -i 's/^format = .*/format = 2/' "$S/daicho.ini"
	refuses FORMAT timed timeout 60 daichod --store "$S"
}

@test "a store that is not there, and one without its configuration" {
	refuses NOTFOUND timed timeout 60 daichod --store "$T/nothing"
	stop_daemon
	echo '[store' > "$S/daicho.ini"
	refuses CONFIG timed timeout 60 daichod --store "$S"
}

@test "a key home that others may look into" {
	stop_daemon
	chmod 755 "$S/keys"
	refuses PERM timed timeout 60 daichod --store "$S"
	chmod 700 "$S/keys"
	start_daemon
}

@test "a missing key, and a wrong one" {
	stop_daemon
	gpgconf --homedir "$S/keys" --kill gpg-agent
	mv "$S/keys/private-keys-v1.d" "$T/away"
	refuses KEY timed timeout 60 daichod --store "$S"
	mv "$T/away" "$S/keys/private-keys-v1.d"
	sed -i 's/^key = .*/key = 0123456789ABCDEF0123456789ABCDEF01234567/' "$S/daicho.ini"
	refuses KEY timed timeout 60 daichod --store "$S"
}

@test "a name that is the daemon's own is refused as a reference to nothing" {
	staff
	sample checkout-report | jq '.checkout_entry = 0' > "$T/body"
	run dc add checkout-report --unit hq --file "$T/body"
	[ "$status" -ge 20 ] && [ "$status" -le 32 ]
	sample checkout-report | jq '.checkout_entry = 99999' > "$T/body"
	refuses RULE dc add checkout-report --unit hq --file "$T/body"
}
