#!/bin/bash
# attack: a record is taken out of its volume, and no disposal says so
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: its record is not there and no disposal names it
# daemon: refuses
git -C "$(year_of "$DEVICE")" ls-tree "$(ref_of "$DEVICE")" | grep -v "$(cat "$L/$DEVICE.id")" > "$A/tree" || true
put_tree "$(year_of "$DEVICE")" "$(ref_of "$DEVICE")" < "$A/tree"
