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
	export TARO HANAKO TRAINER CONSULTATION
	TARO=$(appoint_post taro handler 係員)
	HANAKO=$(appoint_post hanako assistant 特捜係担当補佐)
	TRAINER=$(add designation ".appointment_entry = $TARO | .trained_on = \"2024-04-09\"")
	CONSULTATION=$(add consultation '.topic = "借用"')
	export DAEMON
}
teardown_file() { e2e_teardown; }
setup() { UNIT=hq; }

# appoint_post LOGIN ROLE POST [UNIT]
appoint_post() {
	UNIT=${4:-hq} add appointment ".role = \"$2\" | .post = \"$3\" | .login = \"$1\" | .name = \"見本 $1\"
		| .appointed_on = \"$TODAY\" | del(.openpgp_fingerprint, .openpgp_public_key, .predecessor)"
}

# A phone of its own for each test.
phone() { add device ".device_no = \"CP-$BATS_TEST_NUMBER-1\""; }

application() { # [filter]: applied for and approved
	local n
	n=$(add application ".consultation_entry = $CONSULTATION | ${1:-.}") || return 1
	add decision ".application_entry = $n" > /dev/null || return 1
	echo "$n"
}

training() { add training ".trainer_designation_entry = $TRAINER"; }

loan_filter() { # DEVICE APPLICATION TRAINING
	echo ".device_entry = $1 | .application_entry = $2 | .training_entry = $3
		| .lent_on = \"2025-04-10\" | .due_on = \"2026-03-31\""
}

lend() { # DEVICE
	local a t
	a=$(application) && t=$(training) && add loan "$(loan_filter "$1" "$a" "$t")"
}

register() { add phone-register ".device_entry = $1"; } # DEVICE

checkout_filter() { # DEVICE
	echo ".device_entry = $1 | .designation_entry = $TRAINER | .permitter_entry = $HANAKO
		| .out_on = \"$TODAY\" | .permitted_on = \"$TODAY\" | .planned_to_on = \"$TODAY\"
		| del(.permitted_time, .out_time, .planned_from_on, .requested_on) | .loan_entry = null | del(.loan_entry)"
}

# A phone that is lent and registered: sets DEVICE and LOAN.
lent_phone() {
	DEVICE=$(phone) && LOAN=$(lend "$DEVICE") && register "$DEVICE" > /dev/null
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

# breaks CODE CLAUSE KIND FILTER: refused by that clause, in its words.
breaks() {
	local body status=0 out code
	body=$(sample "$3" | jq -c "$4") || return 1
	code=$(exit_of "$1")
	out=$(dc add "$3" --unit "$UNIT" --file - <<< "$body" 2>&1) || status=$?
	echo "$out"
	[ "$status" = "$code" ] || { echo "exit $status, expected $code ($1)"; return 1; }
	grep -q "^$1: $2: " <<< "$out" || { echo "clause $2 is not named first"; return 1; }
}

keeps() { add "$@" > "$T/kept" || { cat "$T/kept"; return 1; }; } # KIND FILTER

reasoned() { # KIND FILTER: passes with a written reason
	sample "$1" | jq -c "$2" | dc --json add "$1" --unit "$UNIT" --reason "見本の理由" --file - > "$T/kept"
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
	sns twitter-like > /dev/null
	later=$(add designation ".appointment_entry = $TARO | .designated_on = \"$TODAY\"")
	breaks RULE C2.4-2 checkout "$(checkout_filter "$DEVICE") | .designation_entry = $later | .out_on = \"2025-05-30\"
		| .permitted_on = \"2025-05-30\""
	keeps checkout "$(checkout_filter "$DEVICE")"
	breaks RULE C2.4-2 discovery ".service = \"twitter-like\" | .device_entry = $DEVICE | .designation_entry = $DEVICE
		| del(.checkout_entry)"
	keeps discovery ".service = \"twitter-like\" | .device_entry = $DEVICE | .designation_entry = $TRAINER
		| .found_on = \"$TODAY\" | .reported_on = \"$TODAY\" | del(.checkout_entry)"
}

@test "C2.4-3: whoever is named as a handler stands in the register" {
	breaks RULE C2.4-3 application ".consultation_entry = $CONSULTATION | .designation_entries = [$TARO]"
	keeps application ".consultation_entry = $CONSULTATION | .designation_entries = [$TRAINER]"
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
	breaks RULE C3.1-1 discovery ".service = \"他のSNS\" | .device_entry = $DEVICE | .designation_entry = $TRAINER
		| .found_on = \"$TODAY\" | .reported_on = \"$TODAY\" | del(.checkout_entry)"
	keeps discovery ".service = \"見本SNS\" | .device_entry = $DEVICE | .designation_entry = $TRAINER
		| .found_on = \"$TODAY\" | .reported_on = \"$TODAY\" | del(.checkout_entry)"
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

@test "C3.2.2a-1: consulted before the application" {
	breaks RULE C3.2.2a-1 application 'del(.consultation_entry)'
	breaks RULE C3.2.2a-1 application ".consultation_entry = $(add consultation '.topic = "その他"')"
	keeps application ".consultation_entry = $CONSULTATION"
}

@test "C3.2.2a-2: lent only under an approved application" {
	d=$(phone) t=$(training)
	a=$(add application ".consultation_entry = $CONSULTATION")
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$d" "$a" "$t")"
	add decision ".application_entry = $a | .result = \"不承認\" | .reason = \"見本\"" > /dev/null
	breaks RULE C3.2.2a-2 loan "$(loan_filter "$d" "$a" "$t")"
	keeps loan "$(loan_filter "$d" "$(application)" "$t")"
}

@test "C3.2.2b-1: a year at most, longer with a reason" {
	d=$(phone) a=$(application) t=$(training)
	long="$(loan_filter "$d" "$a" "$t") | .due_on = \"2027-06-01\""
	breaks REASON C3.2.2b-1 loan "$long"
	reasoned loan "$long"
	dc --json show "$(jq .seq "$T/kept")" | jq -e '.record.passed == ["C3.2.2b-1"] and .record.reason == "見本の理由"'
}

@test "C3.2.2c-1: prolonged only by a new application with its own consultation, in time" {
	lent_phone
	renewal=".request_type = \"延長\" | .renewed_loan_entry = $LOAN"
	breaks RULE C3.2.2c-1 loan-renewal ".loan_entry = $LOAN | .application_entry = $(application)"
	breaks RULE C3.2.2c-1 application ".consultation_entry = $CONSULTATION | $renewal | .applied_on = \"$TODAY\""
	again=$(add consultation ".topic = \"借用\" | .consulted_on = \"$TODAY\"")
	a=$(application "$renewal | .applied_on = \"$TODAY\" | .consultation_entry = $again")
	keeps loan-renewal ".loan_entry = $LOAN | .application_entry = $a | .renewed_on = \"$TODAY\"
		| .due_on = \"2026-05-31\""
	# what was prolonged is due later
	! is_due C3.2.2c-1 "$LOAN" || false
}

@test "C3.2.3-1: trained by headquarters before the phone is handed over" {
	d=$(phone) a=$(application)
	breaks RULE C3.2.3-1 loan "$(loan_filter "$d" "$a" "$a")"
	breaks RULE C3.2.3-1 training 'del(.trainer_designation_entry)'
	keeps training ".trainer_designation_entry = $TRAINER"
	keeps loan "$(loan_filter "$d" "$a" "$(training)")"
}

@test "C3.2.4a-1: registered where it is used" {
	DEVICE=$(phone)
	LOAN=$(lend "$DEVICE")
	is_due C3.2.4a-1 "$LOAN"
	breaks RULE C3.2.4a-1 checkout "$(checkout_filter "$DEVICE")"
	register "$DEVICE" > /dev/null
	! is_due C3.2.4a-1 "$LOAN" || false
	keeps checkout "$(checkout_filter "$DEVICE")"
}

@test "C3.2.4b-1: a storage that locks" {
	DEVICE=$(phone)
	lend "$DEVICE" > /dev/null
	breaks RULE C3.2.4b-1 phone-register ".device_entry = $DEVICE | .storage_locks = false"
	breaks RULE C3.2.4b-1 inspection ".device_entries = [$DEVICE] | .storage_locked = false"
	keeps phone-register ".device_entry = $DEVICE"
}

@test "C3.2.4b-2, C3.2.4b-3: inspected each month, and the count agrees" {
	DEVICE=$(phone)
	lend "$DEVICE" > /dev/null
	p=$(add phone-register ".device_entry = $DEVICE | .received_on = \"2025-04-10\"")
	is_due C3.2.4b-2 "$p" overdue
	is_due C3.2.4b-2 "$p" asked
	breaks RULE C3.2.4b-3 inspection ".device_entries = [$DEVICE] | .inspected_on = \"$TODAY\" | .found_count = 0"
	keeps inspection ".device_entries = [$DEVICE] | .inspected_on = \"$TODAY\" | .found_count = 0
		| .incident_entry = $(incident)"
	! is_due C3.2.4b-2 "$p" asked || false
	is_due C3.2.4b-2 "$p" overdue
}

@test "C3.2.5-1, C3.2.5-2: taken out with a permission by another, once" {
	lent_phone
	f=$(checkout_filter "$DEVICE")
	breaks RULE C3.2.5-1 checkout "$f | .planned_to_on = \"2025-01-01\""
	breaks RULE C3.2.5-2 checkout "$f | .permitter_entry = $TARO"
	breaks RULE C3.2.5-2 checkout "$f | .permitted_time = \"12:00\" | .out_time = \"11:59\""
	own=$(appoint_post taro assistant 特捜係担当補佐)
	breaks RULE C3.2.5-2 checkout "$f | .permitter_entry = $own"
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
	breaks RULE C3.3.2 checkout "$(checkout_filter "$DEVICE") | .designation_entry = $d"
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
	used="$(report_filter "$c") | .functions_used = [\"カメラ\"]"
	breaks RULE C3.3.5 checkout-report "$used"
	breaks RULE C3.3.5 exception ".device_entry = $DEVICE | .consultation_entry = $CONSULTATION"
	agreed=$(add consultation '.topic = "カメラ・通話の例外"')
	x=$(add exception ".device_entry = $DEVICE | .consultation_entry = $agreed | .granted_on = \"$TODAY\"
		| .from_on = \"$TODAY\" | .to_on = \"$TODAY\"")
	keeps checkout-report "$used | .exception_entry = $x"
}

@test "C4.1-2: each finding by a report of its own, at once" {
	lent_phone
	sns "SNS-$BATS_TEST_NUMBER" > /dev/null
	c=$(checkout "$DEVICE")
	breaks RULE C4.1-2 checkout-report "$(report_filter "$c") | .findings = 1"
	f=".service = \"SNS-$BATS_TEST_NUMBER\" | .device_entry = $DEVICE | .designation_entry = $TRAINER
		| del(.checkout_entry)"
	breaks REASON C4.1-2 discovery "$f | .found_on = \"2025-05-20\" | .reported_on = \"$TODAY\""
	d=$(add discovery "$f | .found_on = \"$TODAY\" | .reported_on = \"$TODAY\"")
	keeps checkout-report "$(report_filter "$c") | .findings = 1 | .discovery_entries = [$d]"
}

@test "C4.2-1: an urgent finding is due to be acted on" {
	lent_phone
	sns "SNS-$BATS_TEST_NUMBER" > /dev/null
	d=$(add discovery ".service = \"SNS-$BATS_TEST_NUMBER\" | .device_entry = $DEVICE | .designation_entry = $TRAINER
		| .found_on = \"$TODAY\" | .reported_on = \"$TODAY\" | .urgent = true | del(.checkout_entry)")
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
	breaks RULE C6-1 incident-forward "$second"
	keeps incident-forward "$first"
	breaks RULE C6-1 incident-end ".incident_entry = $i | .ended_on = \"$TODAY\""
	keeps incident-forward "$second"
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
