#!/bin/bash
# attack: who turned the clock ahead puts a real time stamp into the certificate, which is of the year before
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID PREMATURE
# reason: its receipt is dated .* and what it disposes of is due from
# daemon: refuses
# His keeper refuses that date, so the certificate is made by hand. What it disposes of is due from 2026 on.
authority_of
point
put_receipt
rechain "$DISPOSE" key
policy 'time_stamp_ca = ca/root.pem'
