#!/bin/bash
# attack: who has the key disposes of records a year before they are due
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID PREMATURE
# reason: Due 2024/device/hq: PREMATURE: entry [0-9]+ is not due on 2026-01-01
# daemon: refuses
# The designation that ended in 2024 is due in 2026; the device that is in use is added to what is disposed of.
root=$(printf '\0' | cat - "$L/$CORRECTION.leaf" | sha256sum | cut -c 1-64)
for n in $((DISPOSE - 3)) "$DISPOSE"; do
	edit "$n" "/^Due: 2024.designation-end/a Due: 2024/device/hq 1 sha256:$root"
done
rechain $((DISPOSE - 3)) key
