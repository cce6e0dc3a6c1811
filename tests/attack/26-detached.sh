#!/bin/bash
# attack: HEAD is on a forged entry, which who clones the ledger gets
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: HEAD is on commit [0-9a-f]+, which is no entry of the ledger
# daemon: refuses
forged=$(git -C "$G" commit-tree -m 'forged' -p refs/heads/ledger~5 "refs/heads/ledger^{tree}")
echo "$forged" > "$G/HEAD"
