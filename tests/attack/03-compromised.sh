#!/bin/bash
# attack: the key is said to be compromised since an entry before, and signs on
# git: fsck exits 0, log shows 34 of 34 entries, verify-commit refuses none
# expect: INVALID BROKEN
# daemon: refuses
key_entry "Key: compromised entry $KEY $ATTACHED"
heartbeat
rechain $((LAST - 1)) key
# That nobody is named who states it is the first fault; what is signed after it is signed by no key that counts.
judge > "$A/all" || true
jq -e --argjson last "$LAST" '.faults[] | select(.seq == $last and .state == "WRONG-KEY")' "$A/all"
