#!/usr/bin/env bats
# The daemon and its roles: start, stop, one writer, readiness, death of any role.

load lib
setup() { e2e_setup; }
teardown() { e2e_teardown; }

role_pid() { pgrep -P "$DAEMON" -f -- "--role $1"; }

# A dead process whose new parent has not yet asked for its status is dead all the same.
is_dead() { ! ps -o stat= -p "$1" | grep -v '^Z'; }

@test "starts, answers and stops cleanly on SIGTERM" {
	init_store
	start_daemon
	run dc status
	[ "$status" = 0 ]
	[[ $output == *test.example/register* ]]
	stop_daemon
	[ ! -e "$S/run/daicho.sock" ]
}

@test "a file of authorities that can't be read, or holds no certificate, is warned of and keeps no record out" {
	init_store
	cp "$S/daicho.ini" "$T/ini"
	for file in "$T/none" "$PINS"; do
		sed "/^\[store\]/a time_stamp_ca = $file" "$T/ini" > "$S/daicho.ini"
		: > "$T/daemon.log"
		start_daemon
		grep "no time stamp will be taken for a disposal: .*$file.*; next: time_stamp_ca in daicho.ini" "$T/daemon.log"
		add consultation
		stop_daemon
	done
}

@test "a second daemon on the same store is refused and the first goes on" {
	init_store
	start_daemon
	refuses BUSY timed timeout 60 daichod --store "$S"
	add consultation
}

@test "tells the service manager that it is ready" {
	init_store
	socat -u "UNIX-RECV:$T/notify" "CREATE:$T/notified" 3>&- &
	listener=$!
	wait_for test -S "$T/notify"
	NOTIFY_SOCKET=$T/notify start_daemon
	wait_for grep READY=1 "$T/notified"
	kill "$listener"
}

@test "a killed front is started anew and costs no record" {
	init_store
	start_daemon
	n=$(add consultation)
	front=$(role_pid front)
	kill -9 "$front"
	wait_for is_dead "$front"
	wait_for dc show "$n"
	[ "$(role_pid front)" != "$front" ]
	add consultation
}

@test "a killed signer is started anew and costs no record" {
	init_store
	start_daemon
	n=$(add consultation)
	kill -9 "$(role_pid signer)"
	add consultation
	kill -9 "$(role_pid signer)"
	# who asks while it is being started is told to ask again
	wait_for dc checkpoint --out "$T/point"
	[ "$(sed -n 2p "$T/point")" = $((n + 2)) ]
	run verify
	[ "$status" = 0 ]
}

@test "a stopped signer is given up after its deadline and the daemon goes on" {
	init_store
	start_daemon
	kill -STOP "$(role_pid signer)"
	refuses UNAVAILABLE dc add consultation --unit hq --file <(sample consultation)
	add consultation
}

@test "a killed keeper takes the other roles with it and nothing is lost" {
	init_store
	start_daemon
	n=$(add consultation)
	signer=$(role_pid signer)
	front=$(role_pid front)
	kill -9 "$DAEMON"
	wait "$DAEMON" || true
	wait_for is_dead "$signer"
	wait_for is_dead "$front"
	DAEMON=
	start_daemon
	dc show "$n"
	run verify
	[ "$status" = 0 ]
}

@test "the socket gone is a clear error" {
	init_store
	refuses UNAVAILABLE dc status
}

@test "the front holds no file of the store open and no key" {
	init_store
	start_daemon
	run ls -l "/proc/$(role_pid front)/fd"
	[[ $output != *ledger.git* ]]
	[[ $output != *keys* ]]
	[[ $output != *index.db* ]]
}

# Makes a key ring with a key for the user id $1 and two signing subkeys; prints the fingerprint.
key_for() {
	timed gpg -q --batch --passphrase '' --quick-gen-key "$1" ed25519 cert never 2>> "$T/gpg.log" || return 1
	local fpr
	fpr=$(gpg -q --with-colons -K "=$1" | awk -F: '/^fpr/ {print $10; exit}')
	timed gpg -q --batch --passphrase '' --quick-add-key "$fpr" ed25519 sign never 2>> "$T/gpg.log" || return 1
	timed gpg -q --batch --passphrase '' --quick-add-key "$fpr" ed25519 sign never 2>> "$T/gpg.log" || return 1
	echo "$fpr"
}

@test "init takes an existing key of the user, and refuses one that names a person" {
	export GNUPGHOME=$T/gpg-user
	mkdir -m 700 "$GNUPGHOME"
	person=$(key_for "Mihon Taro <taro@example>")
	refuses KEY timed daicho init "$S" --origin test.example/register --key "$person"
	[ ! -e "$S" ]
	key=$(key_for test.example/register)
	init_store --key "$key"
	unset GNUPGHOME
	start_daemon
	add consultation
	run verify
	[ "$status" = 0 ]
}

@test "init pins a recovery key" {
	export GNUPGHOME=$T/gpg-user
	mkdir -m 700 "$GNUPGHOME"
	key=$(key_for recovery)
	gpg --armor --export "$key" > "$T/recovery.asc"
	unset GNUPGHOME
	init_store --recovery-key "$T/recovery.asc"
	grep -q "^recovery_key = $key" "$PINS" || grep -q "$key" "$PINS"
	git -C "$S/ledger.git" log --format=%B | grep -q "^Key: add recovery $key"
	run verify
	[ "$status" = 0 ]
}
