#!/bin/bash
# attack: the ledger goes back to an earlier head; the records stay
# git: fsck exits 0, log shows 22 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: its record is not there and no disposal names it
# daemon: refuses
git -C "$G" update-ref refs/heads/ledger "refs/heads/ledger~$((LAST - ATTACHED + 1))"
