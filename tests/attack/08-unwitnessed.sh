#!/bin/bash
# attack: the auditor wants the cosignature of a witness, and there is none
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: UNWITNESSED -
# remark: is cosigned by the quorum of witnesses that the policy asks for
# daemon: -
witness
clone
