#!/bin/bash
# attack: a proposal is aborted and made anew, and two approve it by the notes of their approvals of the first
# git: fsck exits 0, log shows 36 of 36 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: disposal: the statement is about another proposal
# also: Request: that of entry [0-9]+, put in again
# daemon: refuses
first=$((DISPOSE - 3)) proposal=$((DISPOSE + 1))
cp "$L/$DISPOSE.leaf" "$A/dispose" && cp "$L/$LAST.leaf" "$A/disposed"
for n in 0 1 2 3; do cp "$L/$DISPOSE.tree" "$L/$((LAST + n)).tree"; done

unstated "$first" | sed "s/^Kind: .*/Kind: abort/; s/\"act\": \"propose\"/\"act\": \"abort\"/
	s/^\( *\)\"plan\": \"[^\"]*\"/&,\n\1\"proposal\": $first,\n\1\"reason\": \"-\"/" > "$A/note.$DISPOSE"
again "$first" "$DISPOSE" "s/propose/abort/g; /^Due: /d; /^Except: /d; s/^By: .*/&\nOn: entry $first/"
unstated "$first" > "$A/note.$proposal"
again "$first" "$proposal"
for n in 2 3; do
	note_of $((first + n - 1)) > "$A/note.$((DISPOSE + n))"
	again $((first + n - 1)) $((DISPOSE + n)) "s/^On: .*/On: entry $proposal/"
done
for n in "$DISPOSE" "$proposal"; do
	edit "$n" "s/^Record: .*/Record: sha256:$(sha256sum < "$A/note.$n" | cut -c 1-64)/"
done
n=$((DISPOSE + 4))
sed "s/^Seq: .*/Seq: $n/; s/entry [0-9]*$/entry $((n - 1))/" "$A/dispose" > "$L/$n.leaf"
sed "s/^Seq: .*/Seq: $((n + 1))/; s/entry [0-9]*$/entry $n/" "$A/disposed" > "$L/$((n + 1)).leaf"
cp "$L/$DISPOSE.tree" "$L/$n.tree" && cp "$L/$DISPOSE.tree" "$L/$((n + 1)).tree"
LAST=$((n + 1))
rechain "$DISPOSE" key
begin_volume "$DISPOSE"
for n in 0 1 2 3; do put_note $((DISPOSE + n)) < "$A/note.$((DISPOSE + n))"; done
