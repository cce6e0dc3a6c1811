#!/bin/bash
# attack: who has the key leads the ledger on another way, and that way lies where a mirror announces entries
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: DIVERGED DIVERGED
# reason: refs/daicho/next: another history .* signed by the ledger as well
# daemon: starts
head=$(git -C "$G" rev-parse refs/heads/ledger)
edit "$LAST" 's/^Level: .*/Level: blocks-trimmed/'
rechain "$LAST" key
git -C "$G" update-ref refs/daicho/next refs/heads/ledger
git -C "$G" update-ref refs/heads/ledger "$head"
# one file convicts: the two statements, and the keys
daicho-verify "$S" --policy "$PINS" --evidence "$A/evidence" || true
daicho-verify "$A/evidence" --policy "$PINS"
