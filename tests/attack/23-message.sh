#!/bin/bash
# attack: a record stands after its disposal in the message of the commit of another volume
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: its commit is not as the ledger writes it
# daemon: refuses
year=$(year_of $((DISPOSE - 1))) ref=$(ref_of $((DISPOSE - 1)))
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
git -C "$year" update-ref "$ref" "$(git -C "$year" cat-file commit "$ref" | cat - "$A/note" |
	git -C "$year" hash-object -t commit -w --stdin)"
