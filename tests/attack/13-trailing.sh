#!/bin/bash
# attack: bytes follow the signature in its armor
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: signature: expected issuer fingerprint, creation time and issuer alone
# daemon: refuses
gpg --dearmor < "$L/$LAST.sig" > "$A/sig"
printf '\264\001x' >> "$A/sig"
gpg --enarmor < "$A/sig" | sed '/^Comment/d; s/ARMORED FILE/SIGNATURE/' > "$L/$LAST.sig"
rechain "$LAST" old
