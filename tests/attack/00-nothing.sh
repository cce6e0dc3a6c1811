#!/bin/bash
# attack: nothing: the base as it is
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# daemon: starts
