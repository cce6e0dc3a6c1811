#!/bin/bash
# attack: a repository inside of a year's, which git takes in place of it, has another record
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: repository of its year can't be read
# also: volumes/2024\.git/\.git: not read: git takes it for the repository
# daemon: refuses
year=$(year_of "$DEVICE")
note_of "$DEVICE" | sed 's/CP-01/CP-99/' > "$A/note"
cp -a "$year" "$A/was"
put_note "$DEVICE" < "$A/note"
mv "$year" "$A/nested"
mv "$A/was" "$year"
mv "$A/nested" "$year/.git"
