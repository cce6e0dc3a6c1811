#!/bin/bash
# attack: the order of the curve is added to S: another signature that a lax verifier takes
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# git: gpg takes it: it does not ask whether S is below the order
# expect: INVALID ALTERED
# reason: its signature is not over these bytes
# daemon: refuses
gpg --dearmor < "$L/$LAST.sig" | perl -MMath::BigInt -0777 -e '
	my $sig = <STDIN>;
	my $at = 2 + 4 + 2 + 29 + 2 + 10 + 2;
	my $r = unpack("n", substr($sig, $at)); my $rb = int(($r + 7) / 8);
	my $s = substr($sig, $at + 2 + $rb + 2);
	# little-endian in Ed25519, stored as it is: the bytes of the MPI are those of the signature
	my $bytes = ("\0" x (32 - length $s)) . $s;
	my $n = Math::BigInt->from_hex("0x" . unpack("H*", scalar reverse $bytes));
	my $l = Math::BigInt->new(2)->bpow(252)->badd("27742317777372353535851937790883648493");
	my $hex = $n->badd($l)->to_hex; $hex = "0" x (64 - length $hex) . $hex;
	my $new = reverse pack("H*", $hex); $new =~ s/^\0+//;
	my $bits = 8 * length($new); my $top = ord($new); for (my $b = 128; $b && !($top & $b); $b >>= 1) { $bits-- }
	my $body = substr($sig, 2, $at - 2 + 2 + $rb) . pack("n", $bits) . $new;
	print substr($sig, 0, 1), chr(length $body), $body' > "$A/sig"
gpg --enarmor < "$A/sig" | sed '/^Comment/d; s/ARMORED FILE/SIGNATURE/' > "$L/$LAST.sig"
rechain "$LAST" old
