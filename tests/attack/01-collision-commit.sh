#!/bin/bash
# attack: a commit with the SHA-1 of another, whose leaf and signature are others
# git: fsck exits 3, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID ALTERED
# reason: its signature is not over these bytes
# daemon: -
clone
git -C "$G" cat-file commit "$(cat "$L/$DEVICE.id")" | sed 's/^Opens: device/Opens: loan/' > "$A/forged"
collide "$TARGET" "$(cat "$L/$DEVICE.id")" commit "$A/forged"
