#!/bin/bash
# attack: a record that is gone is guessed by its digest: every line of it is known but the salt
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: VALID -
# daemon: starts
tar -x -O -f "$A"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt" > "$A/note"
want=$(sed -n 's/^Record: sha256://p' "$L/$RECORD.leaf")
[ "$(sha256sum < "$A/note" | cut -c 1-64)" = "$want" ]
salt=$(sed -n 's/^Salt: //p' "$A/note")
[ "${#salt}" = 64 ]
# 2^256 of them: neither a salt of another record nor a plain one is it, and it stands nowhere in the store.
for guess in $(printf '%064d' 0) $(note_of "$DEVICE" | sed -n 's/^Salt: //p'); do
	[ "$(sed "s/$salt/$guess/" "$A/note" | sha256sum | cut -c 1-64)" != "$want" ]
done
run_grep=0
grep -rqF "$salt" "$S" || run_grep=$?
[ "$run_grep" = 1 ]
