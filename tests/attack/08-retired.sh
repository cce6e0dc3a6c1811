#!/bin/bash
# attack: a key that the ledger has retired signs another history, and that lies where a mirror announces entries
# git: fsck exits 0, log shows 35 of 35 entries, verify-commit refuses 2
# expect: INVALID BROKEN
# reason: refs/daicho/next: stray ref: .*: it does not follow the last entry
# daemon: starts
rotate() {
	dc key rotate --reason yearly && dc add consultation --unit hq --file "$BASE/body" &&
		dc add consultation --unit hq --file "$BASE/body"
}
go_on rotate
turn_by key
# no evidence is made of it, what is made by hand convicts nobody, nor does it without the entry that ends the
# key: that one adds the key by which the other statement is signed
judge > "$A/all" || true
jq -e '.evidence == null and all(.faults[]; .state != "DIVERGED")' "$A/all"
daicho-verify --json "$A/clone.git" --policy "$PINS" --ledger-only > "$A/all" || true
jq -e '.verdict == "DIVERGED" and .evidence == null' "$A/all"
jq -e '.links | length == 2' "$A/made.json"
refuses KEY daicho-verify "$A/made.json" --policy "$PINS"
refuses KEY daicho-verify "$A/made.json"
jq '.links |= .[:1]' "$A/made.json" > "$A/unlinked"
refuses KEY daicho-verify "$A/unlinked" --policy "$PINS"
