#!/bin/bash
# attack: a ledger that is dated back as a whole, made in a day, with a real time stamp of that day in the certificate
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Time: its receipt, which was there before it, is dated
# daemon: refuses
# The stamp is not before the day on which all was due, and was there before the certificate, which bears an older Time.
authority_of 2026-10-20
point
put_receipt
rechain "$DISPOSE" key
policy 'time_stamp_ca = ca/root.pem'
