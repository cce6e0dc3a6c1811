#!/bin/bash
# attack: a key that the ledger says is compromised signs another history, of the time before it said so, and that lies
# where a mirror announces entries
# git: fsck exits 0, log shows 35 of 33 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: refs/daicho/next: stray ref: .*: it does not follow the last entry
# daemon: starts
tell() {
	dc add consultation --unit hq --file "$BASE/body" && dc key rotate --reason yearly &&
		dc key compromised "$KEY" --since "$((LAST + 1))" --reason stolen
}
go_on tell
LAST=$((LAST - 2))
turn_by key
judge > "$A/all" || true
jq -e '.evidence == null and all(.faults[]; .state != "DIVERGED")' "$A/all"
refuses KEY daicho-verify "$A/made.json" --policy "$PINS"
# its links left out, it is the ledger's word
jq '.links |= .[:1]' "$A/made.json" > "$A/unlinked"
daicho-verify "$A/unlinked" --policy "$PINS" || [ $? = 5 ]
