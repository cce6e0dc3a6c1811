#!/bin/bash
# shellcheck disable=SC2034   # the run reads them
# attack: a checkpoint of another history is signed by a key of checkpoints that the ledger says was stolen before
# git: fsck exits 0, log shows 35 of 35 entries, verify-commit refuses none
# expect: INCOMPLETE -
# remark: a checkpoint of 35 entries that contradicts this history
# daemon: -
add_one() { dc add consultation --unit hq --file "$BASE/body"; }
replace() {
	dc key rotate checkpoint --reason yearly &&
		dc key compromised "$(dc --json key list | jq -r '[.keys[] | select(.use == "checkpoint")][0].fpr')" \
			--since 20 --reason stolen && add_one && dc checkpoint --out "$A/right"
}
lead_off() { add_one && add_one && add_one && dc checkpoint --out "$A/false"; }
S=$A/thief
cp -a "$A/s" "$S"
go_on lead_off
S=$A/s
go_on replace
WITH=(--checkpoint "$A/false" --evidence "$A/evidence")
judge > "$A/all" || true
jq -e '.evidence == null and any(.remarks[]; contains("says nothing, unless you name it as known"))' "$A/all"
# nor where nobody pins that key
grep -v '^checkpoint = ' "$PINS" > "$A/unpinned"
daicho-verify --json "$S" --policy "$A/unpinned" "${WITH[@]}" > "$A/all" || [ $? = 3 ]
# by the auditor's own word it counts
{ cat "$PINS"; printf '[policy]\nknown = false\n'; } > "$A/knowing"
daicho-verify --json "$S" --policy "$A/knowing" > "$A/all" || [ $? = 5 ]
jq -e '.verdict == "DIVERGED" and .evidence == null' "$A/all"
# and the new key's is right
daicho-verify "$S" --policy "$PINS" --checkpoint "$A/right"
