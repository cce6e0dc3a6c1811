#!/bin/bash
# attack: a record lies in the repository after its disposal, and no ref leads to it
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: volumes/2024.git: its record lies there, in no place of its own
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
git -C "$(year_of "$RECORD")" hash-object -w "$A/note"
