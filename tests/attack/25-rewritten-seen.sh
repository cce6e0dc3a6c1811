#!/bin/bash
# attack: the same, and the auditor has kept a checkpoint
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: DIVERGED DIVERGED
# daemon: -
saw
edit "$LAST" 's/^Level: .*/Level: blocks-trimmed/'
rechain "$LAST" key
