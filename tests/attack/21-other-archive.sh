#!/bin/bash
# attack: who has the key certifies another archive than the one that was made
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# remark: the archive that 1 certificate names was not looked at
# daemon: refuses
edit "$DISPOSE" 's/^Archive: sha256:./&0/; s/^\(Archive: sha256:.\{64\}\)./\1/'
rechain "$DISPOSE" key
