#!/usr/bin/env bats
# Who may submit what: by the appointments that the ledger itself holds, and by signatures of authors.

load lib
setup_file() { make_store; }
teardown_file() { e2e_teardown; }
setup() { e2e_setup; take_store; start_daemon; }
teardown() { e2e_teardown; }

me() { id -un; }
body() { changed "$1" "${2:-.}"; }

# key NAME: a key in a home of its own; prints its fingerprint.
key() {
	mkdir -m 700 "$T/gpg-$1"
	timed gpg -q --homedir "$T/gpg-$1" --batch --passphrase '' --quick-gen-key "$1" ed25519 sign never 2>> "$T/gpg.log"
	gpg --homedir "$T/gpg-$1" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}'
}

# with_key NAME FINGERPRINT: what names that key in an appointment.
with_key() {
	echo ".openpgp_fingerprint = \"$2\" |
		.openpgp_public_key = $(gpg --homedir "$T/gpg-$1" --armor --export "$2" | jq -Rs .)"
}

# HANDLER: what a designation stands on.
export HANDLER

appoint() { appointment "$1" "${2:-.}" | dc --json add appointment --unit "${UNIT:-hq}" --file - | jq .seq; }

@test "init appoints who runs it, on the day it runs, and says who that is" {
	timed daicho init "$T/other" --origin test.example/other > "$T/pins2" 2> "$T/said"
	grep -q "entry 1 appoints login $(me) as general-manager in unit hq" "$T/said"
	stop_daemon
	S=$T/other start_daemon
	[ "$(S=$T/other dc --json show 1 | jq -r '.record.body | .login + " " + .role')" = "$(me) general-manager" ]
	if [ -z "${E2E_REAL_CLOCK:-}" ]; then
		[ "$(S=$T/other dc --json show 1 | jq -r .record.body.appointed_on)" = "$TODAY" ]
	fi
	run daicho verify "$T/other" --pin "$T/pins2"
	[ "$status" = 0 ]
	gpgconf --homedir "$T/other/keys" --kill gpg-agent
}

@test "init refuses an appointment that does not fit, and leaves nothing" {
	appointment general-manager 'del(.name)' > "$T/bad.json"
	refuses SCHEMA timed daicho init "$T/other" --origin test.example/other --appoint "$T/bad.json"
	[ ! -e "$T/other" ]
	refuses KIND timed daicho init "$T/other" --origin test.example/other --appoint "$T/first.json" --appoint-unit none
	refuses USAGE timed daicho init "$T/other" --origin test.example/other --appoint-unit hq
	cp -r "$PROJECT/etc/rulebooks/kumamoto-r6-120" "$T/book"
	sed -i '/^first_role/d' "$T/book/directive.ini"
	refuses CONFIG timed daicho init "$T/other" --origin test.example/other --rulebook "$T/book" \
		--schemas "$PROJECT/schemas"
	[ ! -e "$T/other" ]
}

@test "a kind is refused to a login without its role, with what is wanted and what is held" {
	body designation > "$T/body"
	run refuses PERM dc add designation --unit hq --file "$T/body"
	[ "$status" = 0 ]
	[[ $output == *"kind designation (C2.4-3)"*"Manager (manager)"*"general-manager in hq"* ]]
	appoint manager
	HANDLER=$(appoint handler)
	n=$(add designation)
	[ "$(dc --json show "$n" | jq -r .record.role)" = manager ]
}

@test "a role of a unit counts there alone, one of the ledger everywhere" {
	UNIT=arao appoint manager
	body designation > "$T/body"
	refuses PERM dc add designation --unit hq --file "$T/body"
	HANDLER=$(UNIT=arao appoint handler '.login = "taro"')
	UNIT=arao add designation
	body discovery > "$T/body"
	refuses PERM dc add discovery --unit arao --file "$T/body"
	n=$(UNIT=arao add consultation)
	[ "$(dc --json show "$n" | jq -r .record.role)" = manager ]
	n=$(UNIT=ozu add consultation)
	[ "$(dc --json show "$n" | jq -r .record.role)" = general-manager ]
}

@test "an appointment counts from its day on, and until it ends" {
	n=$(appoint manager '.appointed_on = "2025-06-02"')
	body designation '.designated_on = "2025-06-01"' > "$T/body"
	refuses PERM dc add designation --unit hq --file "$T/body"
	add appointment-end ".appointment_entry = $n | .ended_on = \"2025-06-02\""
	n=$(appoint manager)
	HANDLER=$(appoint handler)
	add designation '.designated_on = "2025-06-01"'
	add appointment-end ".appointment_entry = $n | .ended_on = \"2025-06-02\""
	refuses PERM dc add designation --unit hq --file "$T/body"
	verify
}

@test "--as chooses among the roles that are held" {
	appoint manager
	n=$(add consultation)
	[ "$(dc --json show "$n" | jq -r .record.role)" = manager ]
	body consultation > "$T/body"
	n=$(dc --json add consultation --unit hq --as general-manager --file "$T/body" | jq .seq)
	[ "$(dc --json show "$n" | jq -r .record.role)" = general-manager ]
	refuses PERM dc add consultation --unit hq --as auditor --file "$T/body"
	refuses KIND dc add consultation --unit hq --as emperor --file "$T/body"
}

@test "what is decided is signed by the very person who submits it, and verify knows" {
	staff
	application=$(add application ".consultation_entry = $(add consultation)")
	body decision ".application_entry = $application" > "$T/body"
	run refuses PERM dc add decision --unit hq --file "$T/body"
	[ "$status" = 0 ]
	[[ $output == *"--sign FINGERPRINT"* ]]
	jiro=$(key jiro)
	GNUPGHOME=$T/gpg-jiro refuses PERM dc add decision --unit hq --sign "$jiro" --file "$T/body"
	appoint handler ".login = \"jiro\" | $(with_key jiro "$jiro")"
	GNUPGHOME=$T/gpg-jiro refuses PERM dc add decision --unit hq --sign "$jiro" --file "$T/body"
	n=$(add decision ".application_entry = $application")
	[ "$(dc --json show "$n" | jq .record.signed)" = true ]
	verify
	stop_daemon
	git clone -q --bare "$S/ledger.git" "$T/clone.git"
	run daicho --json verify "$T/clone.git" --ledger-only --pin "$PINS"
	[ "$status" = 0 ]
}
