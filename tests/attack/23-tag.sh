#!/bin/bash
# attack: a record lies in the repository of another year after its disposal, as an object that calls itself a tag
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: volumes/2026.git: its record lies there, in no place of its own
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
git -C "$S/volumes/2026.git" hash-object -w -t tag --literally "$A/note"
