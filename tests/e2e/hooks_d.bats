#!/usr/bin/env bats
# What falls due is told to the office's programs: once, and again only when that failed.

load lib
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
	set_clock "2029-03-30 09:00"
	init_store
	mkdir -m 700 "$S/hooks.d"
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# hook NAME [MODE] [EXIT]: a program that keeps what it is told, and its environment, in $T/NAME.N.
hook() {
	cat > "$S/hooks.d/$1" <<-END
	#!/bin/sh
	n=\$(ls $T/$1.*.json 2>/dev/null | wc -l)
	cat > $T/$1.\$n.part
	env > $T/$1.\$n.env
	mv $T/$1.\$n.part $T/$1.\$n.json
	exit ${3:-0}
	END
	chmod "${2:-700}" "$S/hooks.d/$1"
}

times() { find "$T" -maxdepth 1 -name "$1.*.json" | wc -l; }

is_told() { [ "$(times "$1")" = "$2" ] && { [ -e "$S/told" ] || [ "${3:-}" = failing ]; }; }

# until_told NAME N: waits until it was told N times and the daemon has noted it.
until_told() { wait_for is_told "$@" || { cat "$T/daemon.log"; return 1; }; }

# The end of the rule book is near from 2029-03-31 on.
@test "an item is told once, by the form of daicho due, and not again after a restart" {
	hook 10-mail
	start_daemon
	until_told 10-mail 1
	[ "$(jq -r .format "$T/10-mail.0.json")" = daicho.due.v1 ]
	[ "$(jq '[.due[] | select(.state == "asked" or .clause == "P-1")] | length' "$T/10-mail.0.json")" = 0 ]
	live_through 2029-03-30 2029-03-31
	until_told 10-mail 2
	[ "$(jq -c '[.due[] | [.clause, .state, .until]]' "$T/10-mail.1.json")" = '[["P-1","near","2030-03-31"]]' ]
	grep -qx "DAICHO_STORE=$S" "$T/10-mail.0.env"
	run grep -c "^HOME=$HOME" "$T/10-mail.0.env"
	[ "$output" = 0 ]
	wait_for grep -qx '0 - 2030-04-01 2030-03-31 near' "$S/told"
	stop_daemon
	start_daemon
	live_through 2029-03-31 2029-04-02
	stop_daemon
	[ "$(times 10-mail)" = 2 ]
}

@test "a new item is told alone, and who is told begins with what is due then" {
	hook 10-mail
	set_clock "2029-03-31 09:00"
	start_daemon
	until_told 10-mail 1
	set_clock "2029-04-02 09:00"
	# who manages a unit is to appoint an assistant within 7 days
	manager=$(UNIT=kumamoto-chuo add appointment \
		'.role = "manager" | .post = "署長" | .login = "hanako" | .appointed_on = "2029-04-02" |
		del(.openpgp_fingerprint)')
	asked=".due[] | select(.entry == $manager and .due == \"assistant\")"
	[ "$(dc --json due | jq -r "$asked | .state")" = asked ]
	live_through 2029-04-02 2029-04-09
	until_told 10-mail 2
	[ "$(jq -c '[.due[] | [.due, .entry, .state]]' "$T/10-mail.1.json")" = "[[\"assistant\",$manager,\"near\"]]" ]
	live_through 2029-04-09 2029-04-20
	until_told 10-mail 3
	[ "$(jq -c '[.due[] | [.due, .entry, .state]]' "$T/10-mail.2.json")" = "[[\"assistant\",$manager,\"overdue\"]]" ]
}

@test "a program that others may write is not run, and the log says so" {
	hook 10-open 777
	hook 20-mail
	set_clock "2029-03-31 09:00"
	start_daemon
	until_told 20-mail 1
	[ "$(times 10-open)" = 0 ]
	grep -q "hooks.d/10-open: may be written by others: not run" "$T/daemon.log"
	stop_daemon
	rm "$S/told"
	chmod 777 "$S/hooks.d"
	start_daemon
	live_through 2029-03-31 2029-04-01
	stop_daemon
	[ "$(times 20-mail)" = 1 ]
	grep -q "hooks.d: may be written by others: not run" "$T/daemon.log"
}

@test "a program that fails is told again on the next day, and hinders nobody" {
	hook 10-fails 700 3
	hook 20-mail
	set_clock "2029-03-31 09:00"
	start_daemon
	until_told 20-mail 1 failing
	live_through 2029-03-31 2029-04-01
	until_told 10-fails 2 failing
	[ ! -e "$S/told" ]
	grep -q "hooks.d/10-fails: ended with status 3" "$T/daemon.log"
	hook 10-fails
	live_through 2029-04-01 2029-04-02
	until_told 20-mail 3
	live_through 2029-04-02 2029-04-03
	stop_daemon
	[ "$(times 20-mail)" = 3 ]
}

@test "a program that does not end holds up no record" {
	printf '#!/bin/sh\nsleep 600 & echo $! > %s\nwait\n' "$T/sleeper" > "$S/hooks.d/10-slow"
	chmod 700 "$S/hooks.d/10-slow"
	set_clock "2029-03-31 09:00"
	start_daemon
	wait_for test -s "$T/sleeper"
	add device '.registered_on = "2029-03-31"'
	[ ! -e "$S/told" ]
	stop_daemon
	kill "$(cat "$T/sleeper")"
}

@test "daicho.ini may name another folder" {
	hook 10-mail
	mv "$S/hooks.d" "$T/elsewhere"
	printf 'hooks = %s\n' "$T/elsewhere" >> "$S/daicho.ini"
	set_clock "2029-03-31 09:00"
	start_daemon
	until_told 10-mail 1
}
