#!/bin/bash
# attack: a graft makes a later entry the child of an earlier one
# git: fsck exits 0, log shows 16 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: info/grafts: not read: grafts
# daemon: refuses
mkdir -p "$G/info"
echo "$(cat "$L/$DISPOSE.id") $(cat "$L/$DEVICE.id")" > "$G/info/grafts"
