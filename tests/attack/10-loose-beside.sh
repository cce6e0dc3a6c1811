#!/bin/bash
# attack: a loose object beside the pack has another entry under the id of the last one
# git: fsck exits 1, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: ledger.git: object [0-9a-f]+: the loose copy is not it
# daemon: starts
git -C "$G" repack -a -d -q
head_commit | sed '/^gpgsig /,/^ -----END/d' | put_loose "$G" "$(git -C "$G" rev-parse refs/heads/ledger)" commit
