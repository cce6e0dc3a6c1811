#!/bin/bash
# attack: in place of known faults of gpg: a signature of 60 KiB
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: commit: gpgsig: expected one block of PGP armor
# daemon: refuses
(head -n 2 "$L/$LAST.sig"; head -c 45000 /dev/zero | base64; tail -n 2 "$L/$LAST.sig") > "$A/sig"
cp "$A/sig" "$L/$LAST.sig"
rechain "$LAST" old
