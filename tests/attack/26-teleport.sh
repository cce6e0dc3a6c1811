#!/bin/bash
# attack: a volume is moved to the name of another
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: holds a record of this entry, whose Volume is not that one
# daemon: refuses
year=$(year_of "$DEVICE")
git -C "$year" update-ref refs/notes/volumes/2024/loan/hq "$(ref_of "$DEVICE")"
git -C "$year" update-ref -d "$(ref_of "$DEVICE")"
