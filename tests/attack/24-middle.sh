#!/bin/bash
# attack: an entry in the middle says something else, and every later one is built anew on it with its old signature
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 19
# expect: INVALID ALTERED
# reason: its signature is not over these bytes
# daemon: refuses
edit "$DEVICE" 's/^Opens: device/Opens: loan/'
rechain "$DEVICE" old
