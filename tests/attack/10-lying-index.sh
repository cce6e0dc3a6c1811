#!/bin/bash
# attack: a second pack has another record, and its index gives it the id of the true one, which lies elsewhere
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: volumes/2024.git: object [0-9a-f]+: the copy in pack-[0-9a-f]+\.pack is not it
# daemon: starts
year=$(year_of "$DEVICE")
id=$(git -C "$year" rev-parse "$(ref_of "$DEVICE"):$(cat "$L/$DEVICE.id")")
note_of "$DEVICE" | sed 's/CP-01/CP-99/' > "$A/note"
name=$(git -C "$year" hash-object -w "$A/note" | git -C "$year" pack-objects -q "$A/pack")
rm "$(loose_of "$year" "$(git hash-object "$A/note")")"
# head, fan-out, name; CRC, offset and the pack's checksum as they are
index_of() {
	local i
	head -c 8 "$1"
	for ((i = 0; i < 256; i++)); do printf '%08x' $((i >= 16#${id:0:2})) | xxd -r -p; done
	echo "$id" | xxd -r -p
	tail -c +1053 "$1" | head -c 28
}
index_of "$A/pack-$name.idx" > "$A/index"
sha1sum < "$A/index" | cut -c 1-40 | xxd -r -p >> "$A/index"
cp "$A/pack-$name.pack" "$year/objects/pack"
cp "$A/index" "$year/objects/pack/pack-$name.idx"
touch -d '+1 hour' "$year/objects/pack/pack-$name".*
git -C "$year" cat-file blob "$id" | cmp - "$A/note"   # what git shows
