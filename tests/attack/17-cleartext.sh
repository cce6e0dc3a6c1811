#!/bin/bash
# attack: in place of known confusions of gpg: a cleartext-signed leaf
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: leaf: line 1 \(summary\): expected a kind
# daemon: refuses
gpg -q --homedir "$KEYHOME" --batch --clearsign -u "$KEY!" < "$L/$LAST.leaf" > "$A/leaf"
cp "$A/leaf" "$L/$LAST.leaf"
echo "$(sed -n 's/^author .*> \([0-9]*\) .*/\1/p' <(head_commit))" > "$L/$LAST.date"
rechain "$LAST" key
