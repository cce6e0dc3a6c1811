#!/bin/bash
# attack: who has the machine and its key writes the last weeks anew; the auditor knows nothing of them
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# daemon: starts
edit "$LAST" 's/^Level: .*/Level: blocks-trimmed/'
rechain "$LAST" key
rm -f "$S/intent" "$S/index.db"
