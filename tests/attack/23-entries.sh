#!/bin/bash
# attack: a record lies beside the entries after its disposal, and no ref leads to it
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: ledger.git: its record lies there, in no place of its own
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
git -C "$G" hash-object -w "$A/note"
