#!/bin/bash
# attack: who has the key says that a disposal is completed which no certificate ordered
# git: fsck exits 0, log shows 33 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: On: it names no `dispose` entry
# daemon: refuses
n=$((LAST + 1))
sed "s/entry $DISPOSE/entry $ATTACHED/; s/^Seq: .*/Seq: $n/" "$L/$LAST.leaf" > "$L/$n.leaf"
cp "$L/$LAST.tree" "$L/$n.tree"
LAST=$n
rechain "$n" key
