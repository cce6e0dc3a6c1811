#!/bin/bash
# attack: a certificate of disposal is put on top by a key of somebody
# git: fsck exits 0, log shows 33 of 33 entries, verify-commit refuses 1
# expect: INVALID WRONG-KEY
# reason: signed by [0-9A-F]{40}, which is no key for it
# daemon: refuses
stranger somebody
cat "$L/$DISPOSE.leaf" > "$L/$((LAST + 1)).leaf"
cp "$L/$LAST.tree" "$L/$((LAST + 1)).tree"
LAST=$((LAST + 1))
edit "$LAST" "s/^Seq: .*/Seq: $LAST/"
rechain "$LAST" "$STRANGER" "$STRANGER_KEY"
