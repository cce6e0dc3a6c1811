#!/bin/bash
# attack: who has the key stores a record without a salt, so that its digest can be guessed once it is gone
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: note: line 2 \(Salt\): expected this line here
# daemon: refuses
note_of "$DEVICE" | sed '/^Salt: /d' > "$A/note"
restate "$DEVICE" "$A/note"
rechain "$DEVICE" key
