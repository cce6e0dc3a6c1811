#!/bin/bash
# attack: who has the key certifies a disposal that nobody approved
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: On: it names no approval that stands
# daemon: refuses
# The proposal and the certificate, without the approvals between them.
proposal=$((DISPOSE - 3))
git -C "$S/volumes/2026.git" update-ref -d refs/notes/volumes/2026/approve/hq
for n in $((DISPOSE - 2)) $((DISPOSE - 1)); do
	sed "s/^Seq: .*/Seq: $n/; s/^Time: .*/$(grep '^Time: ' "$L/$proposal.leaf")/" > "$A/heartbeat" < <(
		sed '1s/.*/heartbeat/; /^\(Volume\|Record\|By\|On\): /d' "$L/$n.leaf")
	cp "$A/heartbeat" "$L/$n.leaf"
done
rechain $((DISPOSE - 2)) key
