#!/bin/bash
# attack: nothing: a clone whose HEAD is on an entry of the ledger, merged by git, with a graph of commits
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# remark: a commit-graph lies there
# daemon: -
clone
git -C "$TARGET" update-ref --no-deref HEAD refs/heads/ledger~3
git -C "$TARGET" gc -q
[ -e "$TARGET/objects/info/commit-graph" ]
