#!/bin/bash
# attack: a record without an entry, which an unsigned commit announces as a mirror does what is about to come
# git: fsck exits 0, log shows 32 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: refs/daicho/next: stray ref: .*: commit: not signed
# daemon: starts
heartbeat
head=$(git -C "$G" rev-parse refs/heads/ledger)
rechain "$LAST" none
git -C "$G" update-ref refs/daicho/next refs/heads/ledger
git -C "$G" update-ref refs/heads/ledger "$head"
note_of "$DEVICE" > "$A/note"
cat "$L/$DEVICE.id" > "$A/id"
cp "$L/$LAST.id" "$L/$DEVICE.id"
put_note "$DEVICE" < "$A/note"
