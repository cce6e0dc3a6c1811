#!/usr/bin/env bats
# The ledger's key for entries on an OpenPGP card: the real gpg-agent, scdaemon and pcscd, and an emulated card.

load lib

SPACES=(unshare --map-current-user --keep-caps --mount --net --pid --fork --kill-child)

# pcscd and the card, in namespaces of their own: there this pcscd is that of the system, with its socket below /run and
# a port for the card. They end with the process that made them.
start_pcscd() {
	mkdir -m 700 "$T/run"
	touch "$T/inserted"
	# shellcheck disable=SC2016
	"${SPACES[@]}" sh -c '
		mount --bind "$0/run" /run && { /usr/sbin/pcscd --foreground --info & exec "$1" "$0/inserted"; }' \
		"$T" "$PROJECT/tests/e2e/card.py" > "$T/pcscd.log" 2>&1 3>&- &
	PCSCD=$!
	disown "$PCSCD"
	wait_for test -S "$T/run/pcscd/pcscd.comm" && enter_spaces &&
		wait_for grep "Card inserted" "$T/pcscd.log" && return 0
	cat "$T/pcscd.log"
	return 1
}

# The process whose end is that of the namespaces.
find_first() {
	local child
	child=$(< "/proc/$PCSCD/task/$PCSCD/children") && echo "${child%% *}"
}

enter_spaces() {
	# shellcheck disable=SC2034 # timed reads it
	WITHIN=(nsenter --target "$(find_first)" --user --preserve-credentials --mount)
}

# A pinentry that knows both PINs, and notes that it was asked.
make_pinentry() {
	cat > "$T/pinentry" <<-'END'
		#!/bin/sh
		echo "OK here"
		while read -r verb rest; do
			case $verb in
			SETPROMPT) case $rest in *Admin*) pin=12345678 ;; *) pin=123456 ;; esac ;;
			GETPIN) echo asked >> "$0.asked"; echo "D $pin" ;;
			esac
			echo OK
			[ "$verb" != BYE ] || exit 0
		done
	END
	chmod 755 "$T/pinentry"
}

# release_card HOME: ends its agent, and waits for the end of the scdaemon, which holds the card until then.
release_card() {
	gpgconf --homedir "$1" --kill gpg-agent
	wait_for test ! -e "$1/S.scdaemon"
}

# The own key ring of who makes a store: KEY has no subkeys yet.
make_ring() {
	export GNUPGHOME=$T/gpg-$1
	mkdir -m 700 "$GNUPGHOME"
	echo "pinentry-program $MADE/pinentry" > "$GNUPGHOME/gpg-agent.conf"
	timed gpg -q --batch --passphrase '' --quick-gen-key test.example/register ed25519 cert never 2>> "$T/gpg.log"
	KEY=$(gpg -q --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
}

add_on_disk() {
	for _ in 1 2; do timed gpg -q --batch --passphrase '' --quick-add-key "$KEY" ed25519 sign never; done
}

# add_on_card [y]: in place of the one that is there.
add_on_card() {
	printf '%s\n' addcardkey 1 "$@" 0 save |
		timed gpg -q --no-tty --command-fd 0 --status-fd 1 --edit-key "$KEY" > "$T/card-key" 2>&1 && return 0
	cat "$T/card-key"
	return 1
}

setup_file() {
	e2e_setup
	export MADE=$T
	"${SPACES[@]}" true 2> /dev/null || return 0
	export ON_CARD PCSCD
	make_pinentry
	start_pcscd
	make_ring user
	add_on_card
	add_on_disk
	release_card "$GNUPGHOME"
	ON_CARD=$(gpg -q --with-colons -K | awk -F: '/^ssb/ {card = $15 ~ /^D276/} /^fpr/ && card {print $10; exit}')
	echo 123456 > "$T/pin"
	chmod 600 "$T/pin"
	init_store --key "$KEY" --passphrase "$T/pin"
	stop_agents
	unset GNUPGHOME
}

teardown_file() {
	[ -z "${PCSCD:-}" ] || kill -KILL "$(find_first)"
	T=$MADE S=$MADE/s DAEMON='' e2e_teardown
}

setup() {
	e2e_setup
	[ -n "${PCSCD:-}" ] || skip "namespaces of one's own can't be made here"
	take_store
	cp -p "$MADE/pin" "$T/pin"
	sed -i "s|^passphrase = .*|passphrase = $T/pin|" "$S/daicho.ini"
	touch "$MADE/inserted"
	enter_spaces
	wait_for of_card reader
	sample consultation > "$T/body"
}

teardown() { e2e_teardown; }

# of_card NAME: what the card says of itself, through the ledger's own agent and scdaemon.
of_card() { timed gpg --homedir "$S/keys" --with-colons --card-status 2>&1 | sed -n "s/^$1://pI" | grep .; }

refused() { refuses KEY dc add consultation --unit hq --file "$T/body"; }

# holds N: so many entries, and the verifier agrees.
holds() {
	local status
	status=$(dc --json status) && [[ $status == *"\"entries\":$1,"* ]] && verify
}

@test "the key for entries is made on the card, which signs each of them and nothing else" {
	grep -q "^key = $ON_CARD" "$PINS"
	start_daemon
	signed=$(of_card sigcount)
	add consultation
	add consultation
	dc checkpoint > "$T/checkpoint"
	[ "$(of_card sigcount)" = "$((${signed%%:*} + 2)):::" ]
	run holds 4
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "without the card it is told to insert it, nothing is recorded, and with it the work goes on" {
	start_daemon
	add consultation
	rm "$MADE/inserted"
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"insert the card"* ]]
	run holds 3
	[ "$status" = 0 ] || { echo "$output"; false; }
	stop_daemon
	start_daemon
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	wait_for grep "Card Removed" "$MADE/pcscd.log"
	touch "$MADE/inserted"
	wait_for add consultation
	run holds 4
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "a scdaemon that holds the card keeps it from the ledger's until it is ended" {
	release_card "$S/keys"
	GNUPGHOME=$MADE/gpg-user timed gpg --card-status > /dev/null
	start_daemon
	run refused
	gpgconf --homedir "$MADE/gpg-user" --kill scdaemon
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"gpgconf --kill scdaemon"* ]]
	wait_for add consultation
}

@test "without a file a pinentry asks for the PIN of each signature, and a wrong one is tried once" {
	cp "$MADE/pinentry" "$T/pinentry"
	echo "pinentry-program $T/pinentry" >> "$S/keys/gpg-agent.conf"
	sed -i '/^passphrase = /d' "$S/daicho.ini"
	release_card "$S/keys"
	start_daemon
	add consultation
	add consultation
	[ "$(wc -l < "$T/pinentry.asked")" = 2 ]
	sed -i 's/pin=123456 /pin=000000 /' "$T/pinentry"
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	[ "$(of_card pinretry)" = 2:0:3: ]
	sed -i 's/pin=000000 /pin=123456 /' "$T/pinentry"
	add consultation
	[ "$(of_card pinretry)" = 3:0:3: ]
}

@test "a wrong PIN of the file is tried once, and a card that had too many is unblocked" {
	echo "pinentry-program $MADE/pinentry" >> "$S/keys/gpg-agent.conf"
	release_card "$S/keys"
	start_daemon
	echo 000000 > "$T/pin"
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"the passphrase is wrong"* ]]
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"$T/pin: the card refused the PIN"*"write the right PIN"* ]]
	[ "$(of_card pinretry)" = 2:0:3: ]
	for pin in 111111 222222; do
		echo "$pin" > "$T/pin"
		run refused
	done
	[ "$(of_card pinretry)" = 0:0:3: ]
	echo 123456 > "$T/pin"
	run refused
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"is blocked"*"admin PIN"* ]]
	printf '%s\n' admin passwd 2 q quit |
		timed gpg --homedir "$S/keys" --no-batch --command-fd 0 --card-edit > "$T/unblocked" 2>&1
	[ "$(of_card pinretry)" = 3:0:3: ]
	add consultation
	run holds 3
	[ "$status" = 0 ] || { echo "$output"; false; }
}

# The last one: from here on another key is on the card.
@test "a key for checkpoints can't be on a card, which is told, and what to do" {
	release_card "$S/keys"
	make_ring other
	add_on_disk
	add_on_card y
	release_card "$GNUPGHOME"
	run refuses KEY timed daicho init "$T/new" --origin test.example/register --key "$KEY" --passphrase "$T/pin"
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"is on a card"*"make one on disk before that on the card"* ]]
	[ ! -e "$T/new" ]
	# nor of a ledger that is served, by a key of its home
	fpr=$(gpg -q --with-colons -K | awk -F: '/^ssb/ {card = $15 ~ /^D276/} /^fpr/ && card {print $10; exit}')
	gpg -q --batch --pinentry-mode loopback --passphrase '' --export-secret-keys "$KEY" > "$T/secret"
	unset GNUPGHOME
	timed gpg -q --homedir "$S/keys" --batch --import "$T/secret"
	of_card reader
	release_card "$S/keys"
	start_daemon
	run refuses KEY dc key add checkpoint --key "$fpr" --reason "on a card"
	[ "$status" = 0 ] || { echo "$output"; false; }
	[[ $output == *"daicho key rotate checkpoint, without --key makes one"* ]] || { echo "$output"; false; }
}
