#!/bin/bash
# attack: an entry in the middle is not there
# git: fsck exits 2, log shows no of 32 entries, verify-commit refuses none
# git: log stops at the hole
# expect: INVALID MISSING
# reason: object [0-9a-f]+: not there; [0-9]+ later entries can't be judged
# daemon: refuses
# forgotten: refuses
unpack "$G"
rm -f "$(loose_of "$G" "$(cat "$L/$DEVICE.id")")"
