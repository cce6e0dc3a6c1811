#!/bin/bash
# attack: a second signature, by somebody, stands behind the right one
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: commit: gpgsig: expected one block of PGP armor
# daemon: refuses
stranger somebody
gpg -q --homedir "$STRANGER" --batch --armor --detach-sign < "$L/$LAST.leaf" >> "$L/$LAST.sig"
rechain "$LAST" old
