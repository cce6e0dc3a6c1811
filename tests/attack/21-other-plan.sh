#!/bin/bash
# attack: who has the key makes a proposal of one plan of what a person stated of another
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: disposal: the statement is about another plan
# daemon: refuses
proposal=$((DISPOSE - 3))
unstated "$proposal" | sed 's/sha256:../sha256:00/' > "$A/note"
restate "$proposal" "$A/note"
rechain "$proposal" key
