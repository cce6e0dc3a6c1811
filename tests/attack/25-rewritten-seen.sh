#!/bin/bash
# attack: the same, and the auditor has kept a checkpoint
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: DIVERGED DIVERGED
# reason: seen: a checkpoint of 32 entries with another tree head
# daemon: -
saw
edit "$LAST" 's/^Level: .*/Level: blocks-trimmed/'
rechain "$LAST" key
