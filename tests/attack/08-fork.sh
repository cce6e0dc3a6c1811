#!/bin/bash
# shellcheck disable=SC2034   # the run reads them
# attack: a clone is served another history than the one that it remembers
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: DIVERGED DIVERGED
# reason: refs/remotes/origin/ledger: leaves the history of the local branch
# daemon: -
git clone -q --bare "$G" "$A/clone.git"
git -C "$A/clone.git" update-ref refs/remotes/origin/ledger refs/heads/ledger
edit "$LAST" 's/^Level: .*/Level: blocks-trimmed/'
rechain "$LAST" key
git -C "$A/clone.git" fetch -q "$G" +refs/heads/ledger:refs/heads/ledger
TARGET=$A/clone.git WITH=(--ledger-only)
