#!/bin/bash
# attack: the same, the changed one signed by the ledger, the others left as they were but for their parents
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID ALTERED
# reason: its record is not the one that was signed
# daemon: refuses
edit "$ATTACHED" 's/^Record: sha256:.*/Record: sha256:0000000000000000000000000000000000000000000000000000000000000000/'
for ((n = ATTACHED + 1; n <= LAST; n++)); do touch "$L/$n.fixed"; done
rechain "$ATTACHED" key
