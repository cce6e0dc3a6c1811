#!/bin/bash
# attack: an entry that the same key signed for a ledger of another name is put at the end
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Origin: expected that of the ledger
# daemon: refuses
edit "$LAST" 's/^Origin: .*/Origin: another.example/; s/^Level: .*/Level: key-destroyed/'
rechain "$LAST" key
