#!/bin/bash
# attack: a rule book with the SHA-1 of another: records are kept for less long
# git: fsck exits 3, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID ALTERED
# reason: Rules: not the digest of the rule book
# daemon: -
clone
git -C "$G" cat-file blob refs/heads/ledger:directive.ini | sed 's/^retain = 3/retain = 1/' > "$A/forged"
collide "$TARGET" "$(git -C "$G" rev-parse refs/heads/ledger:directive.ini)" blob "$A/forged"
