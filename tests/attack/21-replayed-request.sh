#!/bin/bash
# attack: who has the key puts a record in once more, with another salt, so that its digest is another one
# git: fsck exits 0, log shows 33 of 33 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Request: that of entry [0-9]+, put in again
# daemon: refuses
LAST=$((LAST + 1))
note_of "$DEVICE" | sed "s/^Salt: .*/Salt: $(printf '%064d' 7)/" > "$A/note"
again "$DEVICE" "$LAST" "s|2024/device|2026/device|
	s/^Record: .*/Record: sha256:$(sha256sum < "$A/note" | cut -c 1-64)/"
rechain "$LAST" key
begin_volume "$LAST"
put_note "$LAST" < "$A/note"
