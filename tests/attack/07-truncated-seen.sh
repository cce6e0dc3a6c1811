#!/bin/bash
# attack: the same, and the auditor has kept a checkpoint
# git: fsck exits 0, log shows 32 of 34 entries, verify-commit refuses none
# expect: INCOMPLETE -
# remark: seen: a checkpoint of [0-9]+ entries, and [0-9]+ are here
# daemon: -
heartbeat
heartbeat
rechain $((LAST - 1)) key
saw
git -C "$G" update-ref refs/heads/ledger refs/heads/ledger~2
clone
