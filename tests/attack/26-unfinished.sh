#!/bin/bash
# attack: a record without an entry, in a store that is made to look as if its daemon was killed in an append
# git: fsck exits 0, log shows 32 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: a record of commit [0-9a-f]+, which is no entry of the ledger
# daemon: starts
heartbeat
head=$(git -C "$G" rev-parse refs/heads/ledger)
rechain "$LAST" none
git -C "$G" update-ref refs/heads/ledger "$head"
note_of "$DEVICE" > "$A/note"
cp "$L/$LAST.id" "$L/$DEVICE.id"
put_note "$DEVICE" < "$A/note"
printf 'head %s\ncommit %d %s\n' "$head" "$LAST" "$(cat "$L/$LAST.id")" > "$A/rest"
(
	echo "daicho-intent 1 open $(stat -c %s "$A/rest") sha256:$(sha256sum < "$A/rest" | cut -c 1-64)"
	cat "$A/rest"
) > "$S/intent"
