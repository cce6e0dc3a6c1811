#!/bin/bash
# attack: a record is not there, and the clone says that a promisor has it
# git: fsck exits 2, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: not read: a partial clone
# daemon: -
clone
unpack "$TARGET"
blob=$(git -C "$TARGET" rev-parse "$(ref_of "$DEVICE"):$(cat "$L/$DEVICE.id")")
rm -f "$(loose_of "$TARGET" "$blob")"
git -C "$TARGET" config core.repositoryFormatVersion 1
git -C "$TARGET" config extensions.partialClone origin
git -C "$TARGET" config remote.origin.promisor true
