#!/bin/bash
# attack: who has the key holds a statement back, and makes its entry months after the day that the person wrote
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Event: its act was stated too long before the day of Time
# daemon: refuses
proposal=$((DISPOSE - 3))
unstated "$proposal" | sed 's/^Event: .*/Event: 2025-06-02/' > "$A/note"
restate "$proposal" "$A/note"
rechain "$proposal" key
