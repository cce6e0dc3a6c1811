#!/bin/bash
# attack: nothing: the same ledger, built anew from its texts and signed again by its own key
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# daemon: starts
rechain $((LAST - 1)) key
