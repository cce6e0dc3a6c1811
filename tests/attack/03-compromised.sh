#!/bin/bash
# attack: the key is said to be compromised since an entry before, and signs on
# git: fsck exits 0, log shows 34 of 34 entries, verify-commit refuses none
# expect: INVALID WRONG-KEY
# daemon: refuses
key_entry "Key: compromised entry $KEY $ATTACHED"
heartbeat
rechain $((LAST - 1)) key
