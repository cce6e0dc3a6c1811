#!/bin/bash
# attack: the ref of the ledger is a symbolic one to a ref elsewhere
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: refs/heads/ledger: is a symbolic ref
# daemon: refuses
git -C "$G" update-ref refs/heads/other refs/heads/ledger
git -C "$G" symbolic-ref refs/heads/ledger refs/heads/other
