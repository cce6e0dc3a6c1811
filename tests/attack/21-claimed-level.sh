#!/bin/bash
# attack: who has the key claims that the key is destroyed under which the disk held the records
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# remark: a key was destroyed \(Level\) is the word of 1 entry alone, entry 31
# daemon: refuses
edit "$LAST" 's/^Level: .*/Level: key-destroyed/'
rechain "$LAST" key
