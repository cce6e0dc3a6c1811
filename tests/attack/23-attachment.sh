#!/bin/bash
# attack: an attachment of a record stands after its disposal in a volume of another year, under the record's number
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: attachments/[0-9]+/1: no record names it
# daemon: starts
put_attachment $((DISPOSE - 1)) "$RECORD" 1 < "$BASE/scan.pdf"
