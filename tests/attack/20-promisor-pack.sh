#!/bin/bash
# attack: the same, by a file beside the pack alone
# git: fsck exits 2, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID MISSING
# reason: its record: .*: not there
# daemon: -
clone
blob=$(git -C "$TARGET" rev-parse "$(ref_of "$DEVICE"):$(cat "$L/$DEVICE.id")")
unpack "$TARGET"
rm -f "$(loose_of "$TARGET" "$blob")"
git -C "$TARGET" cat-file --batch-all-objects --batch-check='%(objectname)' |
	git -C "$TARGET" pack-objects -q "$TARGET/objects/pack/pack" > "$A/name"
touch "$TARGET/objects/pack/pack-$(cat "$A/name").promisor"
git -C "$TARGET" prune-packed
