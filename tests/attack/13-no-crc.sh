#!/bin/bash
# attack: the armor of a signature loses its checksum
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: signature: expected one block of PGP armor without headers
# daemon: refuses
sed -i '/^=/d' "$L/$LAST.sig"
rechain "$LAST" old
