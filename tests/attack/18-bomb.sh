#!/bin/bash
# attack: a record of a gigabyte that a few hundred kilobytes unpack to
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID ALTERED
# reason: its record: .*: over [0-9]+ bytes
# daemon: refuses (23)
year=$(year_of "$DEVICE")
blob=$(git -C "$year" rev-parse "$(ref_of "$DEVICE"):$(cat "$L/$DEVICE.id")")
unpack "$year"
(printf 'blob 1073741824\0'; head -c 1073741824 /dev/zero) | perl -MCompress::Zlib -e '
	my $d = deflateInit(-Level => 1); binmode STDOUT; my $b;
	while (read(STDIN, $b, 1 << 20)) { print $d->deflate($b) } print $d->flush' > "$A/bomb"
mv -f "$A/bomb" "$(loose_of "$year" "$blob")"
