#!/bin/bash
# attack: a repository inside of the ledger's, which git takes in place of it, ends with a forged entry
# git: fsck exits 0, log shows 28 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: ledger\.git/\.git: not read: git takes it for the repository
# daemon: refuses
cp -a "$G" "$A/nested"
forged=$(git -C "$A/nested" commit-tree -m 'forged' -p refs/heads/ledger~5 "refs/heads/ledger^{tree}")
git -C "$A/nested" update-ref refs/heads/ledger "$forged"
mv "$A/nested" "$G/.git"
