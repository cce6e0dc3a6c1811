#!/bin/bash
# attack: none: the public key in the rule book carries a revocation of OpenPGP; which keys count is told by entries
# git: fsck exits 0, log shows 16 of 16 entries, verify-commit refuses none
# expect: VALID -
# daemon: -
mkdir -m 700 "$A/gpg" && cp -a "$KEYHOME"/{pubring.kbx,private-keys-v1.d,trustdb.gpg,openpgp-revocs.d} "$A/gpg"
sed 's/^:-----BEGIN/-----BEGIN/' "$A"/gpg/openpgp-revocs.d/*.rev | gpg -q --homedir "$A/gpg" --batch --import
gpg --homedir "$A/gpg" --armor --export > "$A/key.asc"
only_to $((RECORD + 1))
rekey "$A/key.asc"
