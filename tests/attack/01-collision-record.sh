#!/bin/bash
# attack: a record with the SHA-1 of another, which the process that verifies takes for it
# git: fsck exits 3, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID ALTERED
# reason: its record is not the one that was signed
# daemon: -
clone
note_of "$DEVICE" | sed 's/"model": ".*"/"model": "X"/' > "$A/forged"
collide "$TARGET" "$(git -C "$TARGET" rev-parse "$(ref_of "$DEVICE"):$(cat "$L/$DEVICE.id")")" blob "$A/forged"
