#!/bin/bash
# attack: a record is put back after its disposal
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: its record is still here: its disposal was completed
# daemon: refuses
# forgotten: refuses
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
year=$(year_of "$RECORD") ref=$(ref_of "$RECORD")
git -C "$year" update-ref "$ref" "$(git -C "$year" cat-file commit "$(ref_of "$DEVICE")" |
	sed "1s/.*/tree $(printf '100644 blob %s\t%s\n' "$(git -C "$year" hash-object -w "$A/note")" \
		"$(cat "$L/$RECORD.id")" | git -C "$year" mktree)/; s,^volume .*,volume $(volume_of "$RECORD")," |
	git -C "$year" hash-object -t commit -w --stdin)"
