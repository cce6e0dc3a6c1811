#!/bin/bash
# attack: who has the key lets a certificate name another receipt than the one in its record
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Witness: not the digest of the receipt in its record
# daemon: refuses
authority_of
point
put_receipt
edit "$DISPOSE" "s/^Witness: .*/Witness: sha256:$(sha256sum < "$A/point" | cut -c 1-64)/"
rechain "$DISPOSE" key
