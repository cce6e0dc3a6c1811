#!/bin/bash
# attack: the same, and its key stands among the keys of the rule book
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# expect: INVALID ALTERED
# reason: Rules: not the digest of the rule book in its tree
# also: signed by [0-9A-F]{40}, which is no key for it
# daemon: refuses
stranger "$(sed -n 's/^origin = //p' "$PINS")"
blob=$(gpg --homedir "$STRANGER" --armor --export "$STRANGER_KEY" | git -C "$G" hash-object -w --stdin)
keys=$( (git -C "$G" ls-tree refs/heads/ledger:keys; printf '100644 blob %s\t%s.asc\n' "$blob" "$STRANGER_KEY") |
	git -C "$G" mktree)
git -C "$G" ls-tree refs/heads/ledger | sed "s/tree [0-9a-f]*\tkeys/tree $keys\tkeys/" |
	git -C "$G" mktree > "$L/$LAST.tree"
rechain "$LAST" "$STRANGER" "$STRANGER_KEY"
