#!/bin/bash
# attack: the history is cut in the middle by a shallow file
# git: fsck exits 0, log shows 10 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: shallow: not read: a shallow clone
# daemon: refuses
cat "$L/$ATTACHED.id" > "$G/shallow"
