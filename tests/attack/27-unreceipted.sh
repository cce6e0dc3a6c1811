#!/bin/bash
# attack: the operator turns his clock ahead, lives through the years in a day and disposes: nobody outside has dated it
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: UNWITNESSED -
# remark: carries no dated receipt: that it was not early only
# daemon: -
# To who asks for no receipt this ledger is VALID: its clock is all that speaks of the years.
authority_of
policy 'receipts_from = 0' 'time_stamp_ca = ca/root.pem'
