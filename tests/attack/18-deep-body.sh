#!/bin/bash
# attack: a signed record whose body is nested ten thousand deep
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: record: its body is not JSON
# daemon: refuses
(note_of "$DEVICE" | sed '/^$/q'; perl -e 'print "[" x 10000, "]" x 10000, "\n"') > "$A/note"
restate "$DEVICE" "$A/note"
rechain "$DEVICE" key
