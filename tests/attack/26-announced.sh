#!/bin/bash
# attack: a record that was disposed of is kept as the message of a commit, where a mirror announces entries
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: refs/daicho/next: stray ref: .*: it does not follow the last entry
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
git -C "$G" update-ref refs/daicho/next "$(git -C "$G" commit-tree -F "$A/note" "$(git -C "$G" mktree < /dev/null)")"
