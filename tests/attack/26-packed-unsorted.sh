#!/bin/bash
# attack: packed-refs that calls itself sorted and is not hides a ref of a volume from git
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: repository of its year can't be read
# also: packed-refs: .* stands there out of order
# daemon: refuses
year=$(year_of "$DEVICE")
git -C "$year" pack-refs --all
(grep '^#' "$year/packed-refs"; grep -v '^#' "$year/packed-refs" | sort -r -k 2) > "$A/packed"
cp "$A/packed" "$year/packed-refs"
