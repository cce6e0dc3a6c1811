#!/bin/bash
# attack: a record stands after its disposal as an attachment in a volume of another year
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: attachments/[0-9]+/1: no record names it
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
put_attachment $((DISPOSE - 1)) "$RECORD" 1 < "$A/note"
