#!/usr/bin/env bats
# The rule book changes: by a person, for what comes after, and never against what is there.

load lib
setup() { e2e_setup; }
teardown() { e2e_teardown; }

BOOK=$PROJECT/etc/rulebooks/kumamoto-r6-120

# person NAME ROLE: a key in a home of its own and the appointment that names it; sets PERSON to the fingerprint.
person() {
	local home=$T/gpg-$1
	mkdir -m 700 "$home"
	timed gpg -q --homedir "$home" --batch --passphrase '' --quick-gen-key "$1" ed25519 sign never 2>> "$T/gpg.log"
	PERSON=$(gpg --homedir "$home" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	APPOINTED=$(add appointment ".login = \"$1\" | .role = \"$2\" | .appointed_on = \"$TODAY\" |
		.openpgp_fingerprint = \"$PERSON\" |
		.openpgp_public_key = $(gpg --homedir "$home" --armor --export "$PERSON" | jq -Rs .)")
}

# book [sed script]: a copy of the rule book, changed, in $T/book.
book() {
	rm -rf "$T/book"
	cp -r "$BOOK" "$T/book"
	sed -i "${1:-}" "$T/book/directive.ini"
	mkdir -p "$T/schemas"
	cp "$PROJECT"/schemas/*.schema.json "$T/schemas"
}

update() { GNUPGHOME=$T/gpg-taro dc "$@" rules update "$T/book" --schemas "$T/schemas" --sign "$PERSON"; }

# phone N: the entry of a phone into the loan ledger; a filter may follow.
phone() { add device ".device_no = \"CP-$1\" | .registered_on = \"$TODAY\" ${2:-}"; }

begin() {
	init_store
	start_daemon
	person taro records-officer
}

@test "a new rule book comes into force by an entry of a person, and what came before keeps its class" {
	begin
	old=$(phone 1)
	years=$(dc --json rules show | jq -r '.sections[] | select(.section == "kind device") | .keys.retain')
	book "/^\[kind device\]/,/^\[/ s/^retain = .*/retain = $((years + 4))/"
	run update --json
	[ "$status" = 0 ]
	seq=$(jq .seq <<< "$output")
	[ "$(jq .by <<< "$output")" = "$APPOINTED" ]
	[ "$(jq -r '.remarks[0]' <<< "$output" | grep -c "kind device")" = 1 ]
	[ "$(dc --json show "$seq" | jq -r .kind)" = rules ]
	new=$(phone 2)
	run verify
	[ "$status" = 0 ]
	# what is in force when, by number of entry
	class() { dc --json rules show --at "$1" | jq -r '.sections[] | select(.section == "kind device") | .keys.retain'; }
	[ "$(class "$old")" = "$years" ]
	[ "$(class "$((seq - 1))")" = "$years" ]
	[ "$(class "$seq")" = "$((years + 4))" ]
	[ "$(class "$new")" = "$((years + 4))" ]
	[ "$(dc --json rules show --at "$old" | jq .since)" = 0 ]
	[ "$(dc --json rules show | jq .since)" = "$seq" ]
	git -C "$S/ledger.git" fsck --full --strict
	# the keys go on, and a new start finds the same
	fpr=$(sed -n 's/^key = //p' "$PINS")
	git -C "$S/ledger.git" cat-file -e "refs/heads/ledger:keys/$fpr.asc"
	stop_daemon
	rm "$S/index.db"
	start_daemon
	[ "$(dc --json rules show | jq .since)" = "$seq" ]
	phone 3
	run verify
	[ "$status" = 0 ]
}

@test "the front judges by the new schemas as soon as the update is answered" {
	begin
	book
	jq '.properties.ward = {"type": "string", "title": "係", "maxLength": 20}' "$PROJECT/schemas/device.schema.json" \
		> "$T/schemas/device.schema.json"
	sample device | jq -c '.ward = "一係"' > "$T/ward.json"
	refuses SCHEMA dc add device --unit hq --file "$T/ward.json"
	update
	phone 1 "| .ward = \"一係\""
	run grep -c "started anew" "$T/daemon.log"
	[ "$output" = 0 ]
	run verify
	[ "$status" = 0 ]
}
