#!/bin/bash
# attack: the objects are taken from another folder
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: info/alternates: not read: it takes objects from other folders
# daemon: refuses
mkdir -p "$G/objects/info"
mv "$G"/objects/pack "$A/pack" && mkdir "$A/objects" "$G/objects/pack" && mv "$A/pack" "$A/objects/pack"
echo "$A/objects" > "$G/objects/info/alternates"
