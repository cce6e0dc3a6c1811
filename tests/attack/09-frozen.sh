#!/bin/bash
# attack: a clone is held back at an old state, and the auditor asks for one not older than ten days
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INCOMPLETE -
# remark: the newest entry is more than 10 days old
# daemon: -
policy 'max_age_days = 10'
clone
