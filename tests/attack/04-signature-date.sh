#!/bin/bash
# attack: who has the key signs at another time than the leaf says
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: its signature is not of the second that Time says
# daemon: refuses
head_commit | sed '/^gpgsig /,/^ -----END/d' > "$A/payload"
gpg -q --homedir "$KEYHOME" --batch --armor --digest-algo SHA256 --faked-system-time 1767484999! -u "$KEY!" \
	--detach-sign -o "$A/sig" "$A/payload"
cp "$A/sig" "$L/$LAST.sig"
rechain "$LAST" old
