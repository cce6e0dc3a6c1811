#!/bin/bash
# attack: who has the key gives the commit another date than its leaf
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: its signature is not of the second that Time says
# daemon: refuses
echo 1000000000 > "$L/$LAST.date"
rechain "$LAST" key
