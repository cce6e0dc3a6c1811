#!/bin/bash
# attack: the last commit is put on top once more, with the signature that it has
# git: fsck exits 0, log shows 33 of 32 entries, verify-commit refuses 1
# expect: INVALID ALTERED
# reason: its signature is not over these bytes
# daemon: refuses
cp "$L/$LAST.leaf" "$L/$((LAST + 1)).leaf"
cp "$L/$LAST.tree" "$L/$((LAST + 1)).tree"
cp "$L/$LAST.sig" "$L/$((LAST + 1)).sig"
touch "$L/$((LAST + 1)).fixed"
rechain $((LAST + 1)) old
