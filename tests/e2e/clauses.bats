#!/usr/bin/env bats
# Every clause of the directive: one record that breaks it is refused with its id, one that keeps it goes in.

load lib

# One office for all: the login holds every role, and two sample persons more are a handler and the head of a station.
setup_file() {
	e2e_setup
	export T S PINS CLOCK HOME TODAY YEAR DAEMON
	init_store
	start_daemon
	staff
	UNIT=hq
	export TARO HANAKO TRAINER OWN CONSULTATION
	TARO=$(appoint_post taro handler 係員)
	HANAKO=$(appoint_post hanako assistant 特捜係担当補佐)
	TRAINER=$(add designation ".appointment_entry = $TARO | .trained_on = \"2024-04-09\"")
	OWN=$(add designation '.trained_on = "2024-04-09"')
	CONSULTATION=$(add consultation '.topic = "借用"')
	export DAEMON
}
teardown_file() { e2e_teardown; }
setup() { trace_tests_alone; UNIT=hq ROLE=; }

# appoint_post LOGIN ROLE POST [UNIT]
appoint_post() {
	UNIT=${4:-hq} add appointment ".role = \"$2\" | .post = \"$3\" | .login = \"$1\" | .name = \"見本 $1\"
		| .appointed_on = \"$TODAY\" | del(.openpgp_fingerprint, .openpgp_public_key, .predecessor)"
}

# heads UNIT: the running login is the head of that station, too.
heads() {
	local UNIT=$1
	add appointment ". = $(appointment manager)" > /dev/null
}

# A phone of its own for each test.
phone() { add device ".device_no = \"CP-$BATS_TEST_NUMBER-1\""; }

application() { # [filter]: applied for and approved
	local n
	n=$(add application ".consultation_entry = $CONSULTATION | .from_on = \"2025-04-10\"
		| .to_on = \"2026-03-31\" | ${1:-.}") || return 1
	add decision ".application_entry = $n" > /dev/null || return 1
	echo "$n"
}

training() { # [DESIGNATION]
	add training ".trainer_designation_entry = $TRAINER | .designation_entries = [${1:-$OWN}]"
}

loan_filter() { # DEVICE APPLICATION TRAINING
	echo ".device_entry = $1 | .application_entry = $2 | .training_entry = $3
		| .lent_on = \"2025-04-10\" | .due_on = \"2026-03-31\""
}

lend() { # DEVICE
	local a t
	a=$(application) && t=$(training) && add loan "$(loan_filter "$1" "$a" "$t")"
}

register() { add phone-register ".device_entry = $1 | .loan_entry = $2"; } # DEVICE LOAN

# By the running login, of the phone that LOAN lends.
checkout_filter() { # DEVICE
	echo ".device_entry = $1 | .loan_entry = $LOAN | .designation_entry = $OWN | .permitter_entry = $HANAKO
		| .out_on = \"$TODAY\" | .permitted_on = \"$TODAY\" | .planned_to_on = \"$TODAY\"
		| del(.permitted_time, .out_time, .planned_from_on, .requested_on)"
}

# A phone that is lent and registered: sets DEVICE and LOAN.
lent_phone() {
	DEVICE=$(phone) && LOAN=$(lend "$DEVICE") && register "$DEVICE" "$LOAN" > /dev/null
}

discovery_filter() { # SNS SERVICE
	echo ".sns_entry = $1 | .service = \"$2\" | .device_entry = $DEVICE | .designation_entry = $OWN
		| .found_on = \"$TODAY\" | .reported_on = \"$TODAY\" | del(.checkout_entry)"
}

inspection_filter() { # DEVICE
	echo ".device_entries = [$1] | .inspected_on = \"$TODAY\" | .month = \"${TODAY%-*}\""
}

checkout() { add checkout "$(checkout_filter "$1")"; }

report_filter() { # CHECKOUT
	echo ".checkout_entry = $1 | .returned_on = \"$TODAY\" | .reported_on = \"$TODAY\""
}

incident() { add incident 'del(.occurred_on)'; }

# sns: an application that was permitted, forwarded, and has its measures; prints its entry.
sns() { # SERVICE
	local n
	n=$(add sns-application ".service = \"$1\" | .request_type = \"新規\" | del(.device_no)") &&
		add sns-permit ".sns_entry = $n" > /dev/null && add sns-forward ".sns_entry = $n
			| del(.forwarded_on, .received_on)" > /dev/null &&
		add sns-measures ".sns_entry = $n" > /dev/null && echo "$n"
}

account_filter() { # SNS DEVICE SERVICE
	echo ".sns_entry = $1 | .device_entry = $2 | .service = \"$3\" | .opened_on = \"$TODAY\""
}

# breaks CODE CLAUSE KIND FILTER [WORDS]: refused by that clause, named first; or among others, in words that begin so.
breaks() {
	local body status=0 out code
	body=$(changed "$3" "$4") || return 1
	code=$(exit_of "$1")
	out=$(dc add "$3" --unit "$UNIT" ${ROLE:+--as "$ROLE"} --file - <<< "$body" 2>&1) || status=$?
	echo "$out"
	[ "$status" = "$code" ] || { echo "exit $status, expected $code ($1)"; return 1; }
	grep -q "^$1: $2: " <<< "$out" || [ -n "${5:-}" ] || { echo "clause $2 is not named first"; return 1; }
	grep -qE "^($1:|  ) ?$2: ((refuse|warn): )?${5:-}" <<< "$out" || { echo "not in the words $5"; return 1; }
}

keeps() { add "$@" > "$T/kept" || { cat "$T/kept"; return 1; }; } # KIND FILTER

reasoned() { # KIND FILTER: passes with a written reason
	changed "$1" "$2" | dc --json add "$1" --unit "$UNIT" --reason "見本の理由" --file - > "$T/kept"
}

is_due() { # CLAUSE ENTRY [STATE]
	dc --json due | jq -e --arg c "$1" --argjson n "$2" --arg s "${3:-}" \
		'.due[] | select(.clause == $c and .entry == $n and ($s == "" or .state == $s))' > /dev/null
}

@test "P-2: a plan or a result with contact wants a reason" {
	lent_phone
	c=$(checkout "$DEVICE")
	breaks REASON P-2 checkout-report "$(report_filter "$c") | .result = \"児童と交信した\""
	reasoned checkout-report "$(report_filter "$c") | .result = \"児童と交信した\""
	breaks REASON P-2 application ".consultation_entry = $CONSULTATION | .reason = \"交信のため\""
	keeps application ".consultation_entry = $CONSULTATION | .reason = \"検索のため\""
}

@test "P-3: a phone of the former directive is checked against its register" {
	breaks RULE P-3 device '.device_no = "CP-OLD" | .registered_on = "2023-04-01"'
	keeps device '.device_no = "CP-OLD" | .registered_on = "2023-04-01" | .old_register_checked = true'
}

@test "C1-1: no other purpose than cyber patrol" {
	breaks RULE C1-1 application ".consultation_entry = $CONSULTATION | .purpose = \"連絡用\""
	keeps application ".consultation_entry = $CONSULTATION"
}

@test "C2.1-1: one general manager, the head of the section" {
	breaks RULE C2.1-1 appointment '.role = "general-manager" | .post = "生活安全企画課長" | .login = "jiro"'
	breaks RULE C2.1-1 appointment ".role = \"general-manager\" | .post = \"係長\" | .login = \"jiro\"
		| .predecessor_entry = $(dc --json status | jq '[.standing.matters[] | select(.matter == "appointment").cases[]
			| select(.show.role == "general-manager").entry][0]')"
	# his successor ends the appointment of the one before
	g=$(dc --json status | jq '[.standing.matters[] | select(.matter == "appointment").cases[]
		| select(.show.role == "general-manager").entry][0]')
	keeps appointment ".role = \"general-manager\" | .post = \"生活安全企画課長\" | .login = \"$(id -un)\"
		| .appointed_on = \"2020-01-01\" | .predecessor_entry = $g"
}

@test "C2.2-1: one manager in a unit, its head" {
	UNIT=arao
	breaks RULE C2.2-1 appointment '.role = "manager" | .post = "係長" | .login = "jiro"'
	keeps appointment '.role = "manager" | .post = "署長" | .login = "jiro"'
	breaks RULE C2.2-1 appointment '.role = "manager" | .post = "署長" | .login = "saburo"'
}

@test "C2.2-1: a manager appoints and ends assistants and handlers of the unit alone" {
	m=$(appoint_post jiro auditor 係員)
	appoints='.post = "係員" | .login = "shichiro" | .role ='
	ROLE=manager
	breaks RULE C2.2-1 appointment "$appoints \"auditor\"" "A manager appoints"
	keeps appointment "$appoints \"handler\""
	h=$(cat "$T/kept")
	breaks RULE C2.2-1 appointment-end ".appointment_entry = $m | .ended_on = \"$TODAY\"" "A manager ends"
	ROLE=general-manager
	keeps appointment-end ".appointment_entry = $m | .ended_on = \"$TODAY\""
	UNIT=arao
	breaks RULE C2.2-1 appointment-end ".appointment_entry = $h | .ended_on = \"$TODAY\"" \
		"An appointment ends in the unit"
	UNIT=hq ROLE=manager
	keeps appointment-end ".appointment_entry = $h | .ended_on = \"$TODAY\""
}

@test "C2.2-1: a predecessor held the same role in the same unit" {
	UNIT=kikuchi
	m=$(appoint_post jiro manager 署長 kikuchi)
	next='.post = "署長" | .login = "saburo" | .role = "manager" | .appointed_on = "'$TODAY'" | .predecessor_entry ='
	breaks RULE C2.2-1 appointment "$next $HANAKO" "A predecessor held"
	UNIT=ozu
	breaks RULE C2.2-1 appointment "$next $m" "A predecessor held"
	UNIT=kikuchi
	keeps appointment "$next $m"
}

@test "C2.2-2: the manager inspects the unit once a year" {
	UNIT=tamana
	m=$(appoint_post jiro manager 署長 tamana)
	is_due C2.2-2 "$m" asked
	keeps audit ".audit_type = \"点検\" | .conducted_on = \"$TODAY\""
	! is_due C2.2-2 "$m" || false
}

@test "C2.3-1: an assistant of the right post, and one in each unit" {
	UNIT=yamaga
	m=$(appoint_post jiro manager 署長 yamaga)
	is_due C2.3-1 "$m"
	breaks RULE C2.3-1 appointment '.role = "assistant" | .post = "刑事課長" | .login = "saburo"'
	keeps appointment '.role = "assistant" | .post = "生活安全担当課長" | .login = "saburo"'
	! is_due C2.3-1 "$m" || false
}

@test "C2.4-1: a handler of the right section, appointed" {
	breaks RULE C2.4-1 designation ".appointment_entry = $TARO | .section = \"捜査係\""
	breaks RULE C2.4-1 designation ".appointment_entry = $HANAKO"
	keeps designation ".appointment_entry = $TARO"
}

@test "C2.4-2: only who is designated on that day" {
	lent_phone
	d=$(add designation ".appointment_entry = $TARO")
	add designation-end ".designation_entry = $d | .released_on = \"2025-05-31\"" > /dev/null ||
		add designation-end ".designation_entry = $d | .released_on = \"$TODAY\"" > /dev/null
	n=$(sns twitter-like)
	later=$(add designation ".appointment_entry = $HANDLER | .designated_on = \"$TODAY\"")
	breaks RULE C2.4-2 checkout "$(checkout_filter "$DEVICE") | .designation_entry = $later | .out_on = \"2025-05-30\"
		| .permitted_on = \"2025-05-30\""
	# another's designation is not one's own
	breaks RULE C2.4-2 checkout "$(checkout_filter "$DEVICE") | .designation_entry = $TRAINER" \
		"A checkout is recorded by"
	keeps checkout "$(checkout_filter "$DEVICE")"
	breaks RULE C2.4-2 discovery "$(discovery_filter "$n" twitter-like) | .designation_entry = $d"
	keeps discovery "$(discovery_filter "$n" twitter-like)"
}

@test "C2.4-3: whoever is named as a handler stands in the register" {
	breaks RULE C2.4-3 application ".consultation_entry = $CONSULTATION | .designation_entries = [$TARO]"
	keeps application ".consultation_entry = $CONSULTATION | .designation_entries = [$TRAINER, $OWN]"
	# a correction that changes one of a list is asked like the record itself
	refuses RULE dc correct "$(cat "$T/kept")" --reason 誤記 --designation_entries "$TRAINER" \
		--designation_entries "$TARO" > "$T/refused"
	grep -q '^RULE: C2.4-3: ' "$T/refused"
}

@test "C2.4-4: a copy of the register goes to the general manager" {
	d=$(add designation ".appointment_entry = $TARO | .designated_on = \"$TODAY\"")
	is_due C2.4-4 "$d" asked
	keeps designation-copy ".designation_entry = $d"
	! is_due C2.4-4 "$d" || false
}

@test "C3.1-1, C3.1-2, C3.1-3: a service goes its way before an account is opened" {
	lent_phone
	n=$(add sns-application '.service = "見本SNS" | .request_type = "新規"')
	breaks RULE C3.1-2 sns-forward ".sns_entry = $n | del(.forwarded_on, .received_on)"
	breaks RULE C3.1-1 account "$(account_filter "$n" "$DEVICE" 見本SNS)"
	keeps sns-permit ".sns_entry = $n"
	breaks RULE C3.1-2 sns-measures ".sns_entry = $n"
	breaks RULE C3.1-2 sns-forward ".sns_entry = $n | .sent_on = \"$TODAY\" | .received_on = \"2025-01-01\""
	keeps sns-forward ".sns_entry = $n | .sent_on = \"$TODAY\" | del(.forwarded_on, .received_on)"
	breaks RULE C3.1-3 account "$(account_filter "$n" "$DEVICE" 見本SNS)"
	keeps sns-measures ".sns_entry = $n | .agreed_on = \"$TODAY\""
	keeps account "$(account_filter "$n" "$DEVICE" 見本SNS)"
	breaks RULE C3.1-1 discovery "$(discovery_filter "$n" 他のSNS)" "A finding is on"
	breaks RULE C3.1-1 discovery "$(discovery_filter "$n" 見本SNS) | del(.sns_entry)" "A finding is on"
	applied=$(add sns-application '.service = "見本SNS" | .request_type = "新規"')
	breaks RULE C3.1-1 discovery "$(discovery_filter "$applied" 見本SNS)" "A finding is on"
	keeps discovery "$(discovery_filter "$n" 見本SNS)"
}

@test "C3.1-4: a change is applied for anew" {
	lent_phone
	n=$(sns "SNS-$BATS_TEST_NUMBER")
	breaks RULE C3.1-4 sns-application ".request_type = \"変更\" | .previous_entry = $TARO"
	keeps sns-application ".request_type = \"変更\" | .previous_entry = $n"
	breaks RULE C3.1-4 account "$(account_filter "$n" "$DEVICE" 別のSNS)"
	keeps account "$(account_filter "$n" "$DEVICE" "SNS-$BATS_TEST_NUMBER")"
}

@test "C3.1-5, C3.1-6: an account that is not needed is deleted soon, and its notice follows" {
	lent_phone
	n=$(sns "SNS-$BATS_TEST_NUMBER")
	a=$(add account "$(account_filter "$n" "$DEVICE" "SNS-$BATS_TEST_NUMBER")")
	add sns-end ".sns_entry = $n | .ended_on = \"$TODAY\"" > /dev/null
	is_due C3.1-5 "$a"
	filter=".account_entry = $a | .deleted_on = \"$TODAY\" | .notified_on = \"$TODAY\""
	breaks REASON C3.1-5 account-deletion "$filter | .unneeded_on = \"2025-05-01\""
	breaks RULE C3.1-6 account-deletion "$filter | .unneeded_on = \"$TODAY\" | .notified_on = \"2025-05-01\""
	keeps account-deletion "$filter | .unneeded_on = \"$TODAY\""
	! is_due C3.1-5 "$a" || false
}

@test "C3.2.1-1: a phone is entered before anything else" {
	a=$(application) t=$(training)
	breaks RULE C3.2.1-1 loan "$(loan_filter "$TARO" "$a" "$t")"
	keeps loan "$(loan_filter "$(phone)" "$a" "$t")"
}

@test "C3.2.1-2: one loan of a phone at a time" {
	d=$(phone) a=$(application) t=$(training)
	keeps loan "$(loan_filter "$d" "$a" "$t")"
	breaks RULE C3.2.1-2 loan "$(loan_filter "$d" "$(application)" "$t")"
	breaks RULE C3.2.1-2 device-retire ".device_entry = $d"
}

@test "C3.2.1-2: a unit registers and takes out the phones that it has borrowed" {
	lent_phone
	other=$LOAN spare=$(add device ".device_no = \"CP-$BATS_TEST_NUMBER-2\"")
	LOAN=$(lend "$spare")
	f=".device_entry = $spare | .loan_entry ="
	breaks RULE C3.2.1-2 phone-register "$f $other" "The supplied phone register has"
	breaks RULE C3.2.1-2 phone-register "$f $LOAN | del(.loan_entry)" "The supplied phone register has"
	keeps phone-register "$f $LOAN"
	breaks RULE C3.2.1-2 checkout "$(checkout_filter "$spare") | .loan_entry = $other" "Only a phone that the unit"
	breaks RULE C3.2.1-2 checkout "$(checkout_filter "$spare") | del(.loan_entry)" "Only a phone that the unit"
	keeps checkout "$(checkout_filter "$spare")"
	# a loan that has ended lends nothing
	check=$(add return-check ".loan_entry = $other")
	add return ".loan_entry = $other | .return_check_entry = $check | .returned_on = \"$TODAY\"" > /dev/null
	breaks RULE C3.2.1-2 checkout "$(checkout_filter "$DEVICE") | .loan_entry = $other" "Only a phone that the unit"
}

@test "C3.2.1-2: another unit does not register what it has not borrowed" {
	DEVICE=$(phone)
	LOAN=$(lend "$DEVICE")
	UNIT=minamata
	heads minamata
	breaks RULE C3.2.1-2 phone-register ".device_entry = $DEVICE | .loan_entry = $LOAN" \
		"The supplied phone register has"
	UNIT=hq
	keeps phone-register ".device_entry = $DEVICE | .loan_entry = $LOAN"
}

@test "C3.2.2a-1: consulted before the application" {
	breaks RULE C3.2.2a-1 application 'del(.consultation_entry)'
	breaks RULE C3.2.2a-1 application ".consultation_entry = $(add consultation '.topic = "その他"')"
	refused=$(add consultation '.topic = "借用" | .conclusion = "不可"')
	breaks RULE C3.2.2a-1 application ".consultation_entry = $refused" "The consultation was that of the unit"
	UNIT=amakusa
	heads amakusa
	theirs=$(add consultation '.topic = "借用"')
	UNIT=hq
	breaks RULE C3.2.2a-1 application ".consultation_entry = $theirs" "The consultation was that of the unit"
	keeps application ".consultation_entry = $CONSULTATION"
}

@test "C3.2.2a-2: lent only under an approved application" {
	d=$(phone) t=$(training)
	a=$(add application ".consultation_entry = $CONSULTATION")
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$d" "$a" "$t")"
	add decision ".application_entry = $a | .result = \"不承認\" | .reason = \"見本\"" > /dev/null
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$d" "$a" "$t")"
	a=$(application)
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$d" "$a" "$t") | .due_on = \"2026-04-01\"" "A loan ends within"
	keeps loan "$(loan_filter "$d" "$a" "$t")"
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$(phone)" "$a" "$t")" "No more phones are lent"
}

@test "C3.2.2b-1: a year at most, longer with a reason" {
	d=$(phone) a=$(application '.from_on = "2026-06-02" | .to_on = "2027-06-01"') t=$(training)
	long="$(loan_filter "$d" "$a" "$t") | .due_on = \"2027-06-01\""
	breaks REASON C3.2.2b-1 loan "$long"
	reasoned loan "$long"
	dc --json show "$(jq .seq "$T/kept")" | jq -e '.record.passed == ["C3.2.2b-1"] and .record.reason == "見本の理由"'
}

@test "C3.2.2c-1: prolonged only by a new application with its own consultation, in time" {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	lent_phone
	renewal=".request_type = \"延長\" | .renewed_loan_entry = $LOAN"
	breaks RULE C3.2.2c-1 loan-renewal ".loan_entry = $LOAN | .application_entry = $(application)"
	breaks RULE C3.2.2c-1 application ".consultation_entry = $CONSULTATION | $renewal | .applied_on = \"$TODAY\""
	again=$(add consultation ".topic = \"借用\" | .consulted_on = \"$TODAY\"")
	a=$(application "$renewal | .from_on = \"2026-03-31\" | .to_on = \"2026-05-31\"
		| .applied_on = \"$TODAY\" | .consultation_entry = $again")
	keeps loan-renewal ".loan_entry = $LOAN | .application_entry = $a | .renewed_on = \"$TODAY\"
		| .due_on = \"2026-05-31\""
	# what was prolonged is due later
	! is_due C3.2.2c-1 "$LOAN" || false
}

@test "C3.2.2c-1: the due day is not edited" {
	lent_phone
	dc show "$LOAN" --json | jq -c '.record.body' > "$T/loan"
	edit() { jq -c "$2" "$T/loan" | dc --json correct "$1" --reason 見本の理由 --file - 2>&1; }
	n=$(edit "$LOAN" '.due_on = "2025-12-31"' | jq .seq)
	status=0
	out=$(edit "$n" '.due_on = "2026-01-31"') || status=$?
	echo "$out"
	[ "$status" = 29 ]
	grep -q 'C3.2.2c-1: The due day is never edited' <<< "$out"
	edit "$n" '.due_on = "2025-12-31" | .received_by = "見本 五郎"'
}

@test "C3.2.3-1: trained by headquarters before the phone is handed over" {
	d=$(phone) a=$(application)
	breaks RULE C3.2.3-1 loan "$(loan_filter "$d" "$a" "$a")"
	breaks RULE C3.2.3-1 training 'del(.trainer_designation_entry)'
	keeps training ".trainer_designation_entry = $TRAINER"
	UNIT=ushibuka
	heads ushibuka
	o=$(appoint_post goro handler 係員 ushibuka)
	theirs=$(add designation ".appointment_entry = $o | .designated_on = \"$TODAY\"")
	UNIT=hq
	breaks RULE C3.2.3-1 loan "$(loan_filter "$d" "$a" "$(training "$theirs")")" "Who was trained"
	breaks RULE C3.2.3-1 loan "$(loan_filter "$d" "$a" "$(add training ".trainer_designation_entry = $TRAINER")")" \
		"Who was trained"
	keeps loan "$(loan_filter "$d" "$a" "$(training)")"
}

@test "C3.2.4a-1: registered where it is used" {
	DEVICE=$(phone)
	LOAN=$(lend "$DEVICE")
	is_due C3.2.4a-1 "$LOAN"
	breaks RULE C3.2.4a-1 checkout "$(checkout_filter "$DEVICE")"
	register "$DEVICE" "$LOAN" > /dev/null
	! is_due C3.2.4a-1 "$LOAN" || false
	keeps checkout "$(checkout_filter "$DEVICE")"
}

@test "C3.2.4b-1: a storage that locks" {
	DEVICE=$(phone)
	LOAN=$(lend "$DEVICE")
	f=".device_entry = $DEVICE | .loan_entry = $LOAN"
	breaks RULE C3.2.4b-1 phone-register "$f | .storage_locks = false"
	keeps phone-register "$f"
	breaks RULE C3.2.4b-1 inspection "$(inspection_filter "$DEVICE") | .storage_locked = false"
	keeps inspection "$(inspection_filter "$DEVICE")"
}

@test "C3.2.4b-2, C3.2.4b-3: inspected each month, and the count agrees" {
	DEVICE=$(phone)
	LOAN=$(lend "$DEVICE")
	f=$(inspection_filter "$DEVICE")
	breaks RULE C3.2.4b-2 inspection "$f" "A unit inspects the phones"
	p=$(add phone-register ".device_entry = $DEVICE | .loan_entry = $LOAN | .received_on = \"2025-04-10\"")
	is_due C3.2.4b-2 "$p" overdue
	is_due C3.2.4b-2 "$p" asked
	breaks RULE C3.2.4b-2 inspection "$f | .month = \"2025-01\"" "An inspection is of the month"
	breaks RULE C3.2.4b-3 inspection "$f | .found_count = 0"
	keeps inspection "$f | .found_count = 0 | .incident_entry = $(incident)"
	! is_due C3.2.4b-2 "$p" asked || false
	is_due C3.2.4b-2 "$p" overdue
}

@test "C3.2.5-1, C3.2.5-2: taken out with a permission by another, once" {
	lent_phone
	f=$(checkout_filter "$DEVICE")
	breaks RULE C3.2.5-1 checkout "$f | .planned_to_on = \"2025-01-01\""
	breaks RULE C3.2.5-2 checkout "$f | .permitter_entry = $TARO"
	breaks RULE C3.2.5-2 checkout "$f | .permitted_time = \"12:00\" | .out_time = \"11:59\""
	breaks RULE C3.2.5-2 checkout "$f | .permitter_entry = $ASSISTANT" "Nobody permits"
	keeps checkout "$f"
	breaks RULE C3.2.5-2 checkout "$f"
}

@test "C3.2.5-3: a checkout with a loss ends only with an incident" {
	lent_phone
	c=$(checkout "$DEVICE")
	breaks RULE C3.2.5-3 checkout-report "$(report_filter "$c") | .lost = true"
	keeps checkout-report "$(report_filter "$c") | .lost = true | .incident_entry = $(incident)"
}

@test "C3.2.6-1: returned clean" {
	lent_phone
	n=$(sns "SNS-$BATS_TEST_NUMBER")
	a=$(add account "$(account_filter "$n" "$DEVICE" "SNS-$BATS_TEST_NUMBER")")
	c=$(checkout "$DEVICE")
	check=$(add return-check ".loan_entry = $LOAN")
	f=".loan_entry = $LOAN | .return_check_entry = $check | .returned_on = \"$TODAY\""
	breaks RULE C3.2.6-1 return "$f"
	add account-deletion ".account_entry = $a | .unneeded_on = \"$TODAY\" | .deleted_on = \"$TODAY\"
		| .notified_on = \"$TODAY\"" > /dev/null
	breaks RULE C3.2.6-1 return "$f"
	add checkout-report "$(report_filter "$c")" > /dev/null
	breaks RULE C3.2.6-1 return "$f | .restored = false"
	breaks RULE C3.2.6-1 return "$f | del(.return_check_entry)"
	keeps return "$f"
}

@test "C3.3.1, C4.1-1: the handler vouches for the use and the search" {
	lent_phone
	c=$(checkout "$DEVICE")
	breaks RULE C3.3.1 checkout-report "$(report_filter "$c") | .purpose_kept = false"
	breaks RULE C4.1-1 checkout-report "$(report_filter "$c") | .searched = false"
	keeps checkout-report "$(report_filter "$c")"
}

@test "C3.3.2: nobody but a handler of the unit" {
	lent_phone
	UNIT=uki
	appoint_post "$(id -un)" manager 署長 uki > /dev/null
	o=$(appoint_post goro handler 係員 uki)
	d=$(add designation ".appointment_entry = $o | .designated_on = \"$TODAY\"")
	UNIT=hq
	breaks RULE C3.3.2 checkout "$(checkout_filter "$DEVICE") | .designation_entry = $d" "Nobody but a handler"
	keeps checkout "$(checkout_filter "$DEVICE")"
}

@test "C3.3.3, C3.3.4, C3.3.6: what is vouched for at the return" {
	lent_phone
	breaks RULE C3.3.3 return-check ".loan_entry = $LOAN | .not_connected = false"
	breaks RULE C3.3.4 return-check ".loan_entry = $LOAN | .data_erased = false"
	breaks RULE C3.3.6 return-check ".loan_entry = $LOAN | .no_new_contract = false"
	keeps return-check ".loan_entry = $LOAN"
}

@test "C3.3.5: camera and calls only under an exception" {
	lent_phone
	c=$(checkout "$DEVICE")
	disagreed=$(add consultation '.topic = "カメラ・通話の例外" | .conclusion = "不可"')
	breaks RULE C3.3.5 exception ".device_entry = $DEVICE | .consultation_entry = $disagreed"
	used="$(report_filter "$c") | .functions_used = [\"カメラ\"]"
	breaks RULE C3.3.5 checkout-report "$used"
	breaks RULE C3.3.5 exception ".device_entry = $DEVICE | .consultation_entry = $CONSULTATION"
	agreed=$(add consultation '.topic = "カメラ・通話の例外"')
	f=".consultation_entry = $agreed | .granted_on = \"$TODAY\" | .from_on = \"$TODAY\" | .to_on = \"$TODAY\"
		| .device_entry ="
	x=$(add exception "$f $DEVICE")
	calls=$(add exception "$f $DEVICE | .function = \"通話\"")
	breaks RULE C3.3.5 checkout-report "$used | .exception_entry = $calls"
	elsewhere=$(add exception "$f $(add device ".device_no = \"CP-$BATS_TEST_NUMBER-2\"")")
	breaks RULE C3.3.5 checkout-report "$used | .exception_entry = $elsewhere"
	keeps checkout-report "$used | .exception_entry = $x"
}

@test "C4.1-2: each finding by a report of its own, at once" {
	lent_phone
	n=$(sns "SNS-$BATS_TEST_NUMBER")
	c=$(checkout "$DEVICE")
	breaks RULE C4.1-2 checkout-report "$(report_filter "$c") | .findings = 1"
	f=$(discovery_filter "$n" "SNS-$BATS_TEST_NUMBER")
	breaks REASON C4.1-2 discovery "$f | .found_on = \"2025-05-20\""
	d=$(add discovery "$f")
	breaks RULE C4.1-2 checkout-report "$(report_filter "$c") | .findings = 2 | .discovery_entries = [$d]"
	breaks RULE C4.1-2 checkout-report "$(report_filter "$c") | .findings = 1 | .discovery_entries = [$c]"
	keeps checkout-report "$(report_filter "$c") | .findings = 1 | .discovery_entries = [$d]"
}

@test "C4.2-1: an urgent finding is due to be acted on" {
	lent_phone
	n=$(sns "SNS-$BATS_TEST_NUMBER")
	d=$(add discovery "$(discovery_filter "$n" "SNS-$BATS_TEST_NUMBER") | .urgent = true")
	is_due C4.2-1 "$d"
	keeps protection ".discovery_entry = $d"
	! is_due C4.2-1 "$d" || false
}

@test "C5-1: the classification stands on every record" {
	breaks RULE C5-1 consultation '.classification = "機密性1"'
	keeps consultation .
}

@test "C6-1: an incident goes its way" {
	i=$(incident)
	is_due C6-1 "$i"
	first=".incident_entry = $i | .step = \"情報管理課長\" | .received_on = \"$TODAY\""
	second=".incident_entry = $i | .step = \"情報セキュリティ管理者\" | .received_on = \"$TODAY\""
	ROLE=security-manager
	breaks RULE C6-1 incident-forward "$second" "An incident goes"
	breaks RULE C6-1 incident-forward "$first" "The security manager records"
	ROLE=information-manager
	breaks RULE C6-1 incident-forward "$second" "Each records what it received"
	keeps incident-forward "$first"
	ROLE=
	breaks RULE C6-1 incident-end ".incident_entry = $i | .ended_on = \"$TODAY\""
	ROLE=security-manager
	keeps incident-forward "$second"
	ROLE=
	! is_due C6-1 "$i" || false
	keeps incident-end ".incident_entry = $i | .ended_on = \"$TODAY\""
}

@test "C8-1: information security is audited once a year" {
	g=$(dc --json status | jq '[.standing.matters[] | select(.matter == "appointment").cases[]
		| select(.show.role == "general-manager").entry][0]')
	is_due C8-1 "$g"
	keeps audit ".audit_type = \"通常監査\" | .conducted_on = \"$TODAY\""
	! is_due C8-1 "$g" asked || false
}

@test "C7-1, C7-2, C7-3: each register's period, and none for what has no clause" {
	retention() { dc --json kinds | jq -c --arg k "$1" '.kinds[] | select(.name == $k).retention | [.years, .clause]'; }
	for kind in designation designation-copy designation-end; do [ "$(retention $kind)" = '[1,"C7-1"]' ]; done
	for kind in device loan loan-renewal return device-retire; do [ "$(retention $kind)" = '[3,"C7-2"]' ]; done
	for kind in application decision; do [ "$(retention $kind)" = '[1,"C7-3"]' ]; done
	for kind in checkout inspection incident appointment; do [ "$(retention $kind)" = '[null,null]' ]; done
}

@test "what went in under all these rules verifies" {
	run verify
	[ "$status" = 0 ]
	[[ $output == VALID* ]]
}
