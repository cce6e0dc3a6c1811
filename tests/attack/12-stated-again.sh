#!/bin/bash
# attack: who has the key puts in again what a person signed two years ago, whose record was disposed of
# git: fsck exits 0, log shows 33 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: its author's signature was made more than 16 days before its Time
# daemon: refuses
# Another Salt, so another Record: no entry tells that it stood here before. Its signature tells when it was made.
LAST=$((LAST + 1))
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" |
	sed "s/^Salt: .*/Salt: $(printf '%064d' 7)/" > "$A/note"
grep -q '^Signature: ' "$A/note"
again "$RECORD" "$LAST" "s|2024/designation|2026/designation|
	s/^Record: .*/Record: sha256:$(sha256sum < "$A/note" | cut -c 1-64)/"
rechain "$LAST" key
year=$(year_of "$LAST")
git -C "$year" update-ref "$(ref_of "$LAST")" "$(git -C "$year" cat-file commit refs/notes/volumes/2026/propose/hq |
	sed 's|volume 2026/propose|volume 2026/designation|' | git -C "$year" hash-object -t commit -w --stdin)"
blob=$(git -C "$year" hash-object -w "$A/note")
printf '100644 blob %s\t%s\n' "$blob" "$(cat "$L/$LAST.id")" | put_tree "$year" "$(ref_of "$LAST")"
judge > "$A/all" || true
jq -e '.faults[0].reason | contains("days before its Time")' "$A/all"
