#!/bin/bash
# attack: none: the public key in the rule book of the ledger says that it ended before the entries were made
# git: fsck exits 0, log shows 16 of 16 entries, verify-commit refuses none
# expect: VALID -
# daemon: -
mkdir -m 700 "$A/gpg" && cp -a "$KEYHOME"/{pubring.kbx,private-keys-v1.d,trustdb.gpg} "$A/gpg"
gpg -q --homedir "$A/gpg" --batch --faked-system-time 1708563601! --quick-set-expire \
	"$(gpg --homedir "$A/gpg" --with-colons -k | awk -F: '/^fpr/ {print $10; exit}')" seconds=60 "$KEY"
gpg --homedir "$A/gpg" --armor --export > "$A/key.asc"
only_to $((RECORD + 1))
rekey "$A/key.asc"
