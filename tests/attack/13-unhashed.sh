#!/bin/bash
# attack: an unhashed subpacket, over which no signature is, names another issuer
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: signature: expected issuer fingerprint, creation time and issuer alone
# daemon: refuses
# 44 bytes before: header 2, version and algorithms 4, hashed 31, unhashed length 2, subpacket header 2.
gpg --dearmor < "$L/$LAST.sig" > "$A/sig"
other=$((0x$(xxd -s 44 -l 1 -p "$A/sig") ^ 1))
printf '%02x' "$other" | xxd -r -p | dd of="$A/sig" bs=1 seek=44 conv=notrunc status=none
gpg --enarmor < "$A/sig" | sed '/^Comment/d; s/ARMORED FILE/SIGNATURE/' > "$L/$LAST.sig"
rechain "$LAST" old
