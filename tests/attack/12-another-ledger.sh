#!/bin/bash
# shellcheck disable=SC2034   # the run reads them
# attack: a whole ledger of somebody is served in place of the pinned one
# git: fsck exits 0, log shows 2 of 32 entries, verify-commit refuses 2
# expect: DIVERGED DIVERGED
# reason: its leaf hash is not the genesis hash that was pinned
# daemon: -
timed daicho init "$A/other" --origin "$(sed -n 's/^origin = //p' "$PINS")" > "$A/other.pins"
gpgconf --homedir "$A/other/keys" --kill gpg-agent
TARGET=$A/other
