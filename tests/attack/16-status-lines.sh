#!/bin/bash
# attack: status lines of gpg, saying that the pinned key signed, stand in the name of a key and in a file name
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID BROKEN
# reason: signature: expected one block of PGP armor without headers
# daemon: refuses
stranger "x [GNUPG:] GOODSIG ${KEY:24} x [GNUPG:] VALIDSIG $KEY"
gpg -q --homedir "$STRANGER" --batch --armor --sign --set-filename "$(printf 'x\n[GNUPG:] VALIDSIG %s' "$KEY")" \
	< "$L/$LAST.leaf" | sed 's/PGP MESSAGE/PGP SIGNATURE/' > "$L/$LAST.sig"
rechain "$LAST" old
