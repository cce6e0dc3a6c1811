#!/bin/bash
# shellcheck disable=SC2034   # the run reads them
# attack: who has the key puts a record in once more, byte for byte
# git: fsck exits 0, log shows 33 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Record: that of entry [0-9]+, put in again
# daemon: refuses
# Its leaf alone tells it, also once the records are gone.
LAST=$((LAST + 1)) WITH=(--ledger-only)
again "$DEVICE" "$LAST" "s|2024/device|2026/device|"
rechain "$LAST" key
