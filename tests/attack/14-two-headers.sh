#!/bin/bash
# attack: two headers gpgsig, the right one second
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: commit: after gpgsig: expected an empty line
# daemon: refuses
stranger somebody
gpg -q --homedir "$STRANGER" --batch --armor --detach-sign < "$L/$LAST.leaf" | sed '1s/^/gpgsig /; 2,$s/^/ /' > "$A/sig"
head_commit | sed "/^committer /r $A/sig" | replace_head
