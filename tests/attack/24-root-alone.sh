#!/bin/bash
# attack: who has the key signs a last entry with a tree head over other leaves
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Root: expected the tree head over all entries before
# daemon: refuses
edit "$LAST" 's/^Root: sha256:./Root: sha256:0/; s/^Root: sha256:0\(.*\)[0-9a-f]$/Root: sha256:0\1f/'
touch "$L/$LAST.fixed"
rechain "$LAST" key
