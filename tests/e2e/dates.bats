#!/usr/bin/env bats
# Days are typed as they stand on paper and stored as ISO days; a Japanese reader sees them as on paper. A document
# number belongs to one record.

load lib
setup() { e2e_setup; write_rules; init_store --rulebook "$T/rulebook" --schemas "$T/schemas"; start_daemon; }
teardown() { e2e_teardown; }

# A rule book of letters, which are numbered and dated, with the eras of the directive's own.
write_rules() {
	cp -R "$PROJECT/tests/data/ledger/rulebook" "$PROJECT/tests/data/ledger/schemas" "$T"
	sed -n '/^\[era /,/^$/p' "$PROJECT/etc/rulebooks/kumamoto-r6-120/directive.ini" > "$T/eras"
	cat - "$T/eras" >> "$T/rulebook/directive.ini" <<-END

		[kind letter]
		ja = 文書
		en = Letter
		clause = T-2
		event = consulted_on
		number = doc_no
		retain = 1
		retain_from = creation
		retain_clause = T-3

	END
	jq '.properties += {consulted_on: {type: "string", "x-date": true}, doc_no: {type: "string"}} |
		."$id" = "urn:daicho:test:letter" | .required = ["consulted_on"]' \
		"$T/schemas/slip.schema.json" > "$T/schemas/letter.schema.json"
	jq -nc --arg login "$(id -un)" '{login: $login, role: "officer", fpr: ("0" * 40)}' > "$T/first.json"
}

letter() { jq -nc --arg day "${1:-2025-06-01}" '{consulted_on: $day, text: "令和7年6月1日"}' > "$T/body"; }
add_letter() { dc --json add letter --unit hq --file "$T/body" "$@" | jq .seq; }

LAST=平成31年6月1日      # after 平成 had ended

# says TEXT command ...: it succeeds, and its output holds the text.
says() {
	local text=$1
	shift
	"$@" > "$T/said" || return 1
	grep -q -- "$text" "$T/said"
}

# in_locale "LC_ALL=ja LANG=C" ...: daicho under these variables.
in_locale() {
	local set
	read -ra set <<< "$1"
	timed env -u LC_ALL -u LC_TIME -u LANG ${set[@]+"${set[@]}"} daicho --store "$S" "${@:2}"
}

body_of() { dc --json show "$1" | jq -c .record.body; }
post() { http POST /v1/records -H 'Content-Type: application/json' --data-binary @-; }
code() { jq -r .error.code <<< "${lines[0]}"; }

@test "a day of an era is stored as an ISO day, from file, stdin, option and --set" {
	letter 令和７年６月１日
	n=$(add_letter)
	[ "$(body_of "$n" | jq -r .consulted_on)" = 2025-06-01 ]
	[ "$(dc --json show "$n" | jq -r .record.event)" = 2025-06-01 ]
	n=$(dc --json add letter --unit hq < "$T/body" | jq .seq)
	[ "$(body_of "$n" | jq -r .consulted_on)" = 2025-06-01 ]
	n=$(dc --json add letter --unit hq --consulted-on R7.5.31 --text 見本 | jq .seq)
	[ "$(body_of "$n" | jq -r .consulted_on)" = 2025-05-31 ]
	n=$(add_letter --set consulted_on=令和七年五月三十日)
	[ "$(body_of "$n" | jq -r .consulted_on)" = 2025-05-30 ]
	[ "$(body_of "$n" | jq -r .text)" = 令和7年6月1日 ]
	run verify
	[ "$status" = 0 ]
}

@test "a day in an era that had ended is taken, and standard error says which it is" {
	letter
	dc --json add letter --unit hq --file "$T/body" --consulted-on "$LAST" > "$T/added" 2> "$T/told"
	grep -qx "daicho: $LAST is 令和元年6月1日" "$T/told"
	[ "$(body_of "$(jq .seq "$T/added")" | jq -r .consulted_on)" = 2019-06-01 ]
	dc list --since 平成36年1月1日 2> "$T/told"
	grep -qx "daicho: 平成36年1月1日 is 令和6年1月1日" "$T/told"
}

@test "a wrong day is refused with its own reason" {
	letter
	refuses SCHEMA dc add letter --unit hq --file "$T/body" --consulted-on 令和7年2月29日
	says 'before 令和 began' refuses SCHEMA dc add letter --unit hq --file "$T/body" --consulted-on 令和元年4月30日
	says brackets refuses SCHEMA dc add letter --unit hq --file "$T/body" --consulted-on '令和7年(2024年)2月1日'
	says 'which era' refuses SCHEMA dc add letter --unit hq --file "$T/body" --consulted-on 7.2.1
	refuses SCHEMA dc add letter --unit hq --file "$T/body" --consulted-on tomorrow
	refuses USAGE dc list --since 7.6.2
	refuses USAGE dc log --until 令和0年1月1日
	refuses USAGE dc log --until soon
}

@test "list and log take days of an era" {
	letter
	add_letter
	[ "$(dc --json list --kind letter --since "$TODAY" | jq '.records | length')" = 1 ]
	[ "$(dc --json list --kind letter --since 令和元年5月1日 --until 令和50年12月31日 | jq '.records | length')" = 1 ]
	[ "$(dc --json list --kind letter --until H31.4.30 | jq '.records | length')" = 0 ]
	[ "$(dc --json log --since R50.1.1 | jq '.entries | length')" = 0 ]
	run http GET "/v1/records?kind=letter&since=$(jq -rn '"令和元年5月1日" | @uri')"
	[ "$(jq '.records | length' <<< "${lines[0]}")" = 1 ]
	run http GET "/v1/records?kind=letter&until=$(jq -rn '"H31.4.30" | @uri')"
	[ "$(jq '.records | length' <<< "${lines[0]}")" = 0 ]
	run http GET "/v1/records?since=7.6.2"
	[ "$(code)" = USAGE ]
}

@test "a posted record may state days of an era, under a signature ISO days alone" {
	letter 令和7年6月1日
	jq -c '{kind: "letter", unit: "hq", body: ., event: "R7.6.1"}' "$T/body" > "$T/request"
	run post < "$T/request"
	[ "${lines[1]}" = 201 ]
	[ "$(body_of "$(jq .seq <<< "${lines[0]}")" | jq -r .consulted_on)" = 2025-06-01 ]
	run post < <(jq -c '.signature = "AAAA" | .key = "'"$(printf 'A%.0s' {1..40})"'"' "$T/request")
	[ "$(code)" = SCHEMA ]
	run post < <(jq -c '.body.consulted_on = "令和7年6月31日"' "$T/request")
	[ "$(code)" = SCHEMA ]
	[ "$(jq -r '.error.faults[0].at' <<< "${lines[0]}")" = /consulted_on ]
}

@test "a person's signature stands over the ISO day" {
	export GNUPGHOME=$HOME/.gnupg
	mkdir -m 700 "$GNUPGHOME"
	timed gpg -q --batch --passphrase '' --quick-gen-key taro ed25519 sign never 2>> "$T/gpg.log"
	key=$(gpg --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	jq -nc --arg key "$key" --arg armor "$(gpg --armor --export "$key")" --arg login "$(id -un)" \
		'{login: $login, fpr: $key, role: "officer", openpgp_public_key: $armor}' |
		dc add appointment --unit hq --file -
	letter
	n=$(add_letter --consulted-on 令和7年6月1日 --sign "$key")
	[ "$(dc --json show "$n" | jq .record.signed)" = true ]
	[ "$(body_of "$n" | jq -r .consulted_on)" = 2025-06-01 ]
	run verify
	[ "$status" = 0 ]
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	letter 2025-06-01     # whoever signs has a clock of their own
	CLOCK=$T/theirs set_clock "2025-06-05 10:00"
	CLOCK=$T/theirs run refuses RULE dc add letter --unit hq --file "$T/body" --sign "$key"
	[[ $status = 0 && $output == *"more than a day later"*"next: compare the clocks"* ]]
	live_through 2025-06-02 2025-06-22 10
	CLOCK=$T/theirs run refuses RULE dc add letter --unit hq --file "$T/body" --sign "$key"
	[[ $status = 0 && $output == *"more than 15 days ago"*"next: look whether"* ]]
}

@test "a Japanese locale of times shows days of an era, any other and JSON ISO days" {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	letter 2025-05-31
	n=$(add_letter --text 2025年6月1日と令和7年6月1日の)
	for command in "show $n" list log status "disposal plan"; do
		read -ra words <<< "$command"
		says 令和7年6月2日 in_locale LC_ALL=ja_JP.UTF-8 "${words[@]}"
		says 2025-06-02 dc "${words[@]}"
		! grep -q 令和7年6月2日 "$T/said" || false
		in_locale LC_ALL=ja_JP.UTF-8 --json "${words[@]}" > "$T/json"
		! grep -q 令和7年6月2日 "$T/json" || false
	done
	says '令和7年5月31日$' in_locale LC_ALL=ja show "$n"
	says '令和7年6月1日の$' in_locale LC_ALL=ja show "$n"
	says 令和7年6月2日 in_locale "LC_TIME=ja_JP.UTF-8 LANG=C" list
	says 令和7年6月2日 in_locale "LC_ALL= LC_TIME= LANG=ja" list
	says 2025-06-02 in_locale "LC_ALL=C.UTF-8 LC_TIME=ja_JP.UTF-8" list
	says 2025-06-02 in_locale "LC_TIME=C LANG=ja_JP.UTF-8" list
	says 2025-06-02 in_locale "" list
}

numbered() { jq -nc --arg n "$1" '{consulted_on: "2025-06-01", doc_no: $n}' > "$T/body"; }

@test "a document number belongs to one record of its calendar year" {
	numbered 熊少第121号
	n=$(add_letter)
	numbered '令和７年３月２５日付け熊少第１２１号'
	says "entry $n has this document number of 2025" refuses RULE dc add letter --unit hq --file "$T/body"
	numbered '令和2年3月25日付け熊少第121号'
	dc add letter --unit hq --file "$T/body"
	numbered 熊少第121号の2
	dc add letter --unit hq --file "$T/body"
	stop_daemon
	rm -f "$S"/index.db*
	start_daemon
	numbered 熊少第121号
	refuses RULE dc add letter --unit hq --file "$T/body"
}
