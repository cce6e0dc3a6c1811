#!/bin/bash
# attack: the same, the replace ref among the packed refs
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: packed-refs: not read: a replace ref
# daemon: refuses
forged=$(head_commit | sed '/^gpgsig /,/^ -----END/d' | git -C "$G" hash-object -t commit -w --stdin)
git -C "$G" replace refs/heads/ledger "$forged"
git -C "$G" pack-refs --all
