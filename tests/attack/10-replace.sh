#!/bin/bash
# attack: a replace ref shows git an unsigned commit under the id of the last one
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 1
# git: log shows the replaced commit under the id of the true one
# expect: INVALID BROKEN
# reason: refs/replace/[0-9a-f]+: not read: a replace ref
# daemon: refuses
forged=$(head_commit | sed '/^gpgsig /,/^ -----END/d; s/^Level: .*/Level: key-destroyed/' |
	git -C "$G" hash-object -t commit -w --stdin)
git -C "$G" replace refs/heads/ledger "$forged"
