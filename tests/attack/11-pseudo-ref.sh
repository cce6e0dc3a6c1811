#!/bin/bash
# attack: a file beside HEAD, which `git log ledger` takes for the ledger, names a forged entry
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: ledger.git/ledger: not read: git takes it for the ref of that name
# daemon: refuses
git -C "$G" commit-tree -m 'forged' -p refs/heads/ledger~5 "refs/heads/ledger^{tree}" > "$G/ledger"
