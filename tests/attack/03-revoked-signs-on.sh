#!/bin/bash
# attack: the key signs on after the entry that revokes it
# git: fsck exits 0, log shows 34 of 34 entries, verify-commit refuses none
# expect: INVALID WRONG-KEY
# daemon: refuses
key_entry "Key: revoke entry $KEY"
heartbeat
rechain $((LAST - 1)) key
