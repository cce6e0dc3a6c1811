#!/bin/bash
# attack: the last entries are cut off a clone together with their records; the auditor knows no later checkpoint
# git: fsck exits 0, log shows 32 of 34 entries, verify-commit refuses none
# expect: VALID -
# daemon: -
heartbeat
heartbeat
rechain $((LAST - 1)) key
git -C "$G" update-ref refs/heads/ledger refs/heads/ledger~2
clone
