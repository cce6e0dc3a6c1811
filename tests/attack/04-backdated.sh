#!/bin/bash
# attack: who has the key gives the last entry an earlier time than the one before
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Time: expected not before that of the entry before
# daemon: refuses
edit "$LAST" 's/^Time: 2026/Time: 2025/'
rechain "$LAST" key
