#!/bin/bash
# attack: a second branch hides an entry that the ledger does not have
# git: fsck exits 0, log shows 31 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: refs/heads/other: stray ref
# daemon: refuses
git -C "$G" update-ref refs/heads/other refs/heads/ledger
git -C "$G" update-ref refs/heads/ledger refs/heads/ledger~1
