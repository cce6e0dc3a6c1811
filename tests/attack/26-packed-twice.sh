#!/bin/bash
# attack: a second line of the ledger's ref in packed-refs, which git takes, names a forged entry
# git: fsck exits 0, log shows 28 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: packed-refs: refs/heads/ledger stands there twice
# daemon: refuses
forged=$(git -C "$G" commit-tree -m 'forged' -p refs/heads/ledger~5 "refs/heads/ledger^{tree}")
git -C "$G" pack-refs --all
echo "$forged refs/heads/ledger" >> "$G/packed-refs"
