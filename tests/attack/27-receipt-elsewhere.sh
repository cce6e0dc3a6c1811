#!/bin/bash
# attack: who has the key puts a receipt of another history into the certificate
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Witness: its receipt is over no checkpoint of this history
# daemon: refuses
# Of as many entries, and stamped on whatever day: it is dated, and nothing of this ledger is.
authority_of
point
sed -i "3s/.*/$(head -c 32 /dev/zero | base64)/" "$A/point"
put_receipt
rechain "$DISPOSE" key
