#!/bin/bash
# attack: the same in a pack
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: volumes/2026.git: its record lies there, in no place of its own
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
Y=$S/volumes/2026.git
id=$(git -C "$Y" hash-object -w -t tag --literally "$A/note")
echo "$id" | git -C "$Y" pack-objects -q "$Y/objects/pack/pack"
rm "$(loose_of "$Y" "$id")"
