#!/bin/bash
# attack: the ref of a volume is deleted
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: its record is not there and no disposal names it
# daemon: refuses
git -C "$(year_of "$DEVICE")" update-ref -d "$(ref_of "$DEVICE")"
