#!/usr/bin/env bats
# How the ledger's key may be kept: with a passphrase, which a file or a pinentry tells.

load lib

# One key with a passphrase, taken over by a store whose daemon.ini names a file with it. Each test has a copy.
setup_file() {
	e2e_setup
	export MADE=$T KEY
	printf 'tr%%ust me\n' > "$T/passphrase"
	chmod 600 "$T/passphrase"
	export GNUPGHOME=$T/gpg-user
	mkdir -m 700 "$GNUPGHOME"
	echo "s2k-count 65536" > "$GNUPGHOME/gpg-agent.conf"
	own_gpg --quick-gen-key test.example/register ed25519 cert never
	KEY=$(gpg -q --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	for _ in 1 2 3; do own_gpg --quick-add-key "$KEY" ed25519 sign never; done
	gpgconf --kill gpg-agent
	init_store --key "$KEY" --passphrase "$T/passphrase"
	stop_agents
	unset GNUPGHOME
}

own_gpg() {
	timed gpg -q --batch --pinentry-mode loopback --passphrase-file "$MADE/passphrase" "$@" 2>> "$MADE/gpg.log"
}

teardown_file() { T=$MADE S=$MADE/s DAEMON='' e2e_teardown; }

setup() {
	e2e_setup
	take_store
	cp -p "$MADE/passphrase" "$T/passphrase"
	sed -i "s|^passphrase = .*|passphrase = $T/passphrase|" "$S/daicho.ini"
}

teardown() { e2e_teardown; }

# A pinentry that gives this answer to each question, and notes that it was asked.
pinentry_that() {
	cat > "$T/pinentry" <<-END
		#!/bin/sh
		echo "OK here"
		while read -r verb rest; do
			case \$verb in
			GETPIN) echo asked >> "$T/asked"; $1 ;;
			BYE) echo OK; exit ;;
			*) echo OK ;;
			esac
		done
	END
	chmod 755 "$T/pinentry"
	echo "pinentry-program $T/pinentry" >> "$S/keys/gpg-agent.conf"
	sed -i '/^passphrase = /d' "$S/daicho.ini"
}

@test "a file tells the passphrase: entries, checkpoints, new keys" {
	grep -q '^checkpoint = ' "$PINS"
	start_daemon
	add consultation
	dc checkpoint > "$T/checkpoint"
	old=$(dc --json status | jq -r .key)
	dc key rotate --reason "yearly"
	[ "$(dc --json status | jq -r .key)" != "$old" ]
	add consultation
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
	run ! grep -rq "ust me" "$T/daemon.log" "$S/keys"
	[ -z "$(grep -rL "protected-private-key" "$S/keys/private-keys-v1.d")" ]
}

@test "a wrong passphrase, a file that others may read, and none at all are told, and what to do" {
	echo "not it" > "$T/passphrase"
	start_daemon
	run add consultation
	[[ $output == *"daicho.ini names"*"the passphrase is wrong"* ]]
	run ! grep -q "not it" "$T/daemon.log"
	printf 'tr%%ust me\n' > "$T/passphrase"
	add consultation
	stop_daemon
	chmod 644 "$T/passphrase"
	run ! start_daemon
	grep -q "CONFIG: .*others may read" "$T/daemon.log"
}

@test "without a file a pinentry asks, once a start" {
	pinentry_that 'echo "D tr%25ust me"; echo OK'
	start_daemon
	add consultation
	add consultation
	[ "$(wc -l < "$T/asked")" = 1 ]
	run ! grep -q "ust me" "$T/daemon.log"
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "who cancels the pinentry, or has none, is told what to do" {
	pinentry_that 'echo "ERR 83886179 Operation cancelled"'
	start_daemon
	run add consultation
	[[ $output == *"passphrase = FILE"*"nobody typed it"* ]]
	stop_daemon
	echo "pinentry-program $T/none" >> "$S/keys/gpg-agent.conf"
	start_daemon
	run add consultation
	[[ $output == *"passphrase = FILE"*"no way to ask"* ]]
}
