#!/bin/bash
# attack: the key signs on after the entry that revokes it
# git: fsck exits 0, log shows 34 of 34 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: the keys change, and no person is named
# also: signed by [0-9A-F]{40}, which is no key for it
# daemon: refuses
key_entry "Key: revoke entry $KEY"
heartbeat
rechain $((LAST - 1)) key
# That nobody is named who states it is the first fault; what is signed after it is signed by no key that counts.
