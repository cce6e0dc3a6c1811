# A small store that has lived: appointments, records with an attachment and a correction, two years, and a disposal
# carried out. After lib.bash and e2e_setup.

# build_house: makes it in $S, its archives in $T/s-archive, its persons' keys in $T/gpg-*; sets RECORD (signed by its
# author, and disposed of, as is the entry after it), ATTACHED, CORRECTION and DISPOSE to entries. Then the daemon is
# stopped.
build_house() {
	local taro hanako jiro plan
	quick_rulebook 's/^warn_months.*/&\narchive_years = 1/' || return 1
	set_clock "2024-02-22 10:00"
	init_store --rulebook "$T/rulebook" && start_daemon && staff || return 1
	taro=$(person taro records-officer) && hanako=$(person hanako information-manager) &&
		jiro=$(person jiro records-officer) || return 1
	DEVICE=$(add device '.registered_on = "2024-02-22"') || return 1
	author
	RECORD=$(changed designation ".appointment_entry = ${HANDLER:-0} | .designated_on = \"2024-02-22\"" |
		dc --json add designation --unit hq --sign "$AUTHOR" --file - | jq .seq) || return 1
	add designation-end ".designation_entry = $RECORD | .released_on = \"2024-02-22\"" > "$T/said" || return 1
	echo '%PDF-1.4 a scan' > "$T/scan.pdf"
	sample consultation > "$T/body"
	live_through 2024-02-22 2025-06-02 80 || return 1
	ATTACHED=$(dc --json add consultation --unit hq --file "$T/body" --attach "$T/scan.pdf" | jq .seq)
	CORRECTION=$(dc --json correct "$DEVICE" --reason "機種名の書き間違い" --model A2 | jq .seq)
	live_through 2025-06-02 2026-01-04 80 || return 1
	plan=$(dc --json disposal plan | jq -r .plan)
	as taro disposal propose --plan "$plan" --sign "$taro" > "$T/said" || return 1
	as hanako disposal approve --plan "$plan" --decision 例8-2 --sign "$hanako" > "$T/said" || return 1
	as jiro disposal approve --plan "$plan" --decision 例8-3 --sign "$jiro" > "$T/said" || return 1
	dc disposal run --plan "$plan" > "$T/said" || return 1
	stop_daemon && stop_agents
	DISPOSE=$(git -C "$S/ledger.git" log --format=%B refs/heads/ledger | grep -A 5 '^dispose ' |
		sed -n 's/^Seq: //p')
	[ -n "$ATTACHED" ] && [ -n "$CORRECTION" ] && [ -n "$DISPOSE" ]
}
