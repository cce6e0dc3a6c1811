#!/bin/bash
# attack: in place of known confusions of gpg: a form feed, after which some readers see no more
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: leaf: line 8: expected printable ASCII alone
# daemon: refuses
edit "$LAST" 's/^Level: .*/&\f/'
rechain "$LAST" key
