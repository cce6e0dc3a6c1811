#!/bin/bash
# attack: a key with the name of the ledger signs the last entry
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID WRONG-KEY
# reason: signed by [0-9A-F]{40}, which is no key for it
# daemon: refuses
stranger "$(sed -n 's/^origin = //p' "$PINS")"
edit "$LAST" 's/^Level: .*/Level: key-destroyed/'
rechain "$LAST" "$STRANGER" "$STRANGER_KEY"
