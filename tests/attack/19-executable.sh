#!/bin/bash
# attack: the ledger brings a verifier of its own, to be executed
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: tree: entry 4: expected mode 100644 or 40000
# daemon: refuses
blob=$(printf '#!/bin/sh\necho VALID\n' | git -C "$G" hash-object -w --stdin)
(git -C "$G" ls-tree refs/heads/ledger; printf '100755 blob %s\tverify\n' "$blob") |
	git -C "$G" mktree > "$L/$LAST.tree"
rechain "$LAST" key
