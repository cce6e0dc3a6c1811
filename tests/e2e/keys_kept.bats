#!/usr/bin/env bats
# How the ledger's key may be kept: with a passphrase, which a file or a pinentry tells, or on a card.

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
	cp -a "$MADE/s" "$S"
	cp "$MADE/pins" "$PINS"
	cp -p "$MADE/passphrase" "$T/passphrase"
	sed -i "s|^passphrase = .*|passphrase = $T/passphrase|; s|^archive = .*|archive = $T/s-archive|" "$S/daicho.ini"
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

# A card with the key of this PEM file, and its scdaemon, in the Assuan protocol: notes each signature, and asks for the
# PIN each time. What is signed is the digest at the end of what SETDATA brings.
SERIAL=D2760001240103040006123456780000
card_with() { # PEM PIN
	cat > "$T/scdaemon" <<-END
		#!/bin/bash
		unset LD_PRELOAD
		echo "OK here"
		while read -r verb rest; do
			case \$verb in
			SERIALNO) [ -e "$T/inserted" ] && echo "S SERIALNO $SERIAL" && echo OK || echo "ERR 100663408 none" ;;
			GETINFO) echo "ERR 100663355 no socket" ;;
			SETDATA) data=\$rest; echo OK ;;
			PKSIGN)
				echo "INQUIRE NEEDPIN ||PIN"
				read -r verb pin
				[ "\$verb" = D ] || { echo "ERR 100663395 cancelled"; continue; }
				read -r end
				echo tried >> "$T/tried"
				[ "\$pin" = "$2" ] || { echo "ERR 100663383 wrong"; continue; }
				echo "\$end" >> "$T/signed"
				printf %s "\$data" | tail -c 64 | xxd -r -p > "$T/digest"
				signature=\$(openssl pkeyutl -sign -inkey "$1" -rawin -in "$T/digest" | xxd -p -c 64 | sed 's/../%&/g')
				[ "\${#signature}" = 192 ] && echo "D \$signature" && echo OK || echo "ERR 100663297 failed"
				;;
			BYE) echo OK; exit ;;
			*) echo OK ;;
			esac
		done
	END
	chmod 755 "$T/scdaemon"
	touch "$T/inserted"
	echo "scdaemon-program $T/scdaemon" >> "$S/keys/gpg-agent.conf"
}

# move_to_card FPR PEM: its secret part into PEM, and in its place a note of which card, as gpg's keytocard leaves it.
move_to_card() {
	local grip file text secret
	grip=$(gpg --homedir "$S/keys" --with-colons --with-keygrip -K |
		awk -F: -v fpr="$1" '/^fpr/ {is = $10 == fpr} /^grp/ && is {print $10}')
	file=$S/keys/private-keys-v1.d/$grip.key
	text=$(tr -d '\n ' < "$file")
	secret=$(sed -n 's/.*(d#\([0-9A-F]*\)#))).*/\1/p' <<< "$text")
	[ "${#secret}" = 64 ] || return 1
	echo "302e020100300506032b657004220420$secret" | xxd -r -p | openssl pkey -inform DER -out "$2"
	printf 'Key: (%s(curve Ed25519)(flags eddsa)(q #%s#)\n (shadowed t1-v1 (#%s# OPENPGP.1))))\n' \
		"shadowed-private-key (ecc " "$(sed -n 's/.*(q#\([0-9A-F]*\)#).*/\1/p' <<< "$text")" "$SERIAL" > "$file"
}

@test "a card signs the entries, a file tells its PIN, a wrong one once, and without the card it is told" {
	rm -rf "$S"
	init_store
	move_to_card "$(sed -n 's/^key = //p' "$PINS")" "$T/card.pem"
	stop_agents
	echo 123456 > "$T/pin"
	chmod 600 "$T/pin"
	printf '[key]\npassphrase = %s\n' "$T/pin" >> "$S/daicho.ini"
	card_with "$T/card.pem" 123456
	start_daemon
	add consultation
	add consultation
	[ "$(wc -l < "$T/signed")" = 2 ]
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
	rm "$T/inserted"
	sample consultation > "$T/body"
	run refuses KEY dc add consultation --unit hq --file "$T/body"
	[ "$status" = 0 ]
	[[ $output == *"insert the card"* ]]
	touch "$T/inserted"
	add consultation
	run verify
	[ "$status" = 0 ] || { echo "$output"; false; }
	rm "$T/tried"
	echo 000000 > "$T/pin"
	run refuses KEY dc add consultation --unit hq --file "$T/body"
	[ "$status" = 0 ]
	[[ $output == *"the passphrase is wrong"* ]]
	run refuses KEY dc add consultation --unit hq --file "$T/body"
	[ "$status" = 0 ]
	[[ $output == *"$T/pin: the card refused the PIN"*"write the right PIN"* ]]
	[ "$(wc -l < "$T/tried")" = 1 ]
	echo 123456 > "$T/pin"
	add consultation
}
