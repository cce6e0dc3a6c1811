#!/usr/bin/env bats
# Mirrors: what one takes over, what it refuses, and what it lets go.

load lib
load sshd
load copies

@test "a mirror of entries alone, and one that was prepared elsewhere, take the same push" {
	start_daemon
	daicho mirror prepare "$T/far" --name far --pin "$PINS" --volumes --years 2024-2026
	dc mirror add entries "file://$T/entries"
	dc mirror push entries
	[ ! -e "$T/entries/volumes" ]
	run daicho verify "$T/entries" --pin "$PINS" --ledger-only
	[ "$status" = 0 ]
	dc mirror add far "$T/far" --volumes
	dc mirror push far
	add consultation
	run dc mirror verify far
	[ "$status" = 0 ]
	grep -q ', 1 behind' <<< "$output"
	dc mirror push far
	[ "$(dc --json mirror verify far | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
	grep -q '^# Configuration' "$S/daicho.ini"
	[ "$(dc --json mirror list | jq -c '[.mirrors[].name]')" = '["disk","entries","far"]' ]
	refuses CONFLICT dc mirror add far "$T/other"
	refuses USAGE dc mirror add new ext::sh
	refuses NOTFOUND dc mirror push nowhere
	refuses CONFLICT dc mirror add second "$T/disk"
	stop_daemon
	start_daemon
}

@test "a push that is unsigned, or signed by another key, is refused" {
	new=$(forge "$(next)" '')
	hook_refuses KEY 'bears no signature' "$new:$LEDGER"
	author
	new=$(forge "$(next)" "$AUTHOR")
	hook_refuses KEY 'no signature by a key of the ledger' "$new:$LEDGER"
}

@test "an entry that is signed and does not continue this ledger is refused, whatever line of it is wrong" {
	export GNUPGHOME=$S/keys            # what only its keeper can sign
	key=$(sed -n 's/^key = //p' "$PINS")!
	next=$(next)
	hook_refuses RULE 'its Seq is another' "$(forge "$next; s/^Seq: .*/Seq: 9999/" "$key"):$LEDGER"
	hook_refuses RULE '(Prev)' "$(forge "$next; s/^Prev: .*/Prev: sha256:$(printf '%064d' 0)/" "$key"):$LEDGER"
	hook_refuses RULE '(Origin)' "$(forge "$next; s/^Origin: .*/Origin: test.example\/other/" "$key"):$LEDGER"
	hook_refuses RULE '(Genesis)' "$(forge "$next; s/^Genesis: .*/Genesis: sha256:$(printf '%064d' 0)/" "$key"):$LEDGER"
	push_raw "$(forge "$next" "$key"):$LEDGER"
}

@test "going back, another ref, a deletion and another ledger are refused" {
	work
	hook_refuses CONFLICT 'only goes forward' "+$LEDGER~1:$LEDGER"
	hook_refuses PERM 'only refs/heads/ledger' "$LEDGER:refs/heads/other"
	hook_refuses PERM 'only refs/heads/ledger' "$LEDGER:refs/replace/$(git -C "$T/work" rev-parse "$LEDGER")"
	git -C "$T/disk/ledger.git" config receive.denyDeletes false
	hook_refuses PERM 'is not deleted' ":$LEDGER"
	timed daicho init "$T/s2" --origin test.example/register > /dev/null 2>&1
	gpgconf --homedir "$T/s2/keys" --kill gpg-agent
	daicho mirror prepare "$T/empty" --name empty --pin "$PINS"
	run git -C "$T/s2/ledger.git" push -q "$T/empty/ledger.git" "$LEDGER"
	grep -q 'RULE: entry 0: is not the one that is pinned' <<< "$output"
	[ "$(git -C "$T/empty/ledger.git" for-each-ref | wc -l)" = 0 ]
}

@test "a volume takes over records, and lets none go" {
	ref=$(git -C "$T/disk/volumes/2024.git" for-each-ref --format='%(refname)' | grep /appointment/)
	git clone -q --mirror "$T/disk/volumes/2024.git" "$T/year.git"
	export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
	tree=$(git -C "$T/year.git" ls-tree "$ref" | head -1 | git -C "$T/year.git" mktree)
	less=$(git -C "$T/year.git" commit-tree -m 'volume' "$tree")
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" "+$less:$ref"
	grep -q 'RULE: .*a record that is here would go' <<< "$output"
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" ":$ref"
	grep -q 'RULE: .*a record that is here would go' <<< "$output"
	more=$(git -C "$T/year.git" commit-tree -p "$ref" -m 'volume' "$ref^{tree}")
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" "+$more:$ref"
	grep -q 'RULE: .*one commit without a parent' <<< "$output"
	more=$(git -C "$T/year.git" cat-file commit "$ref" | (cat; echo 'and a record') |
		git -C "$T/year.git" hash-object -t commit -w --stdin)
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" "+$more:$ref"
	grep -q 'LEDGER: .*its commit is not as the ledger writes it' <<< "$output"
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" "$ref:refs/heads/x"
	grep -q 'PERM: .*only volumes of 2024' <<< "$output"
	run daicho verify "$T/disk" --pin "$PINS"
	[ "$status" = 0 ]
}

@test "a mirror that git can't read lets no record go, and says that it is damaged" {
	year=$T/year.git disk=$T/disk/volumes/2024.git
	git clone -q --mirror "$disk" "$year"
	cp -a "$T/disk" "$T/sound"
	holds() { git -C "$disk" rev-parse -q --verify "$1" > /dev/null; }
	damaged() { # what, ref: neither a push by hand nor one of a store that lacks the volume takes it
		run git -C "$year" push -q "$disk" ":$2"
		echo "$output"
		[ "$status" != 0 ] && grep -q "remote: LEDGER: mirror: its $1 is damaged" <<< "$output" && [ -e "$disk/$2" ]
	}
	again() { rm -rf "$T/disk" && cp -a "$T/sound" "$T/disk"; }
	ref=refs/notes/volumes/2024/consultation/hq
	# an entry whose record the store lost
	spoil "$T/disk/ledger.git" "$(git -C "$T/disk/ledger.git" log --format=%H --grep='^Seq: 3$' "$LEDGER")" cut
	damaged ledger.git "$ref"
	git -C "$S/volumes/2024.git" update-ref -d "$ref"
	refuses LEDGER dc mirror push disk > "$T/said"
	grep 'next: daicho mirror verify NAME' "$T/said"
	holds "$ref"
	again
	spoil "$T/disk/ledger.git" "$(git -C "$T/disk/ledger.git" rev-parse "$LEDGER~2")" gone
	damaged ledger.git "$ref"
	again
	: > "$T/disk/ledger.git/refs/daicho/next"
	: > "$T/disk/ledger.git/$LEDGER"
	damaged ledger.git "$ref"
	# a volume of one record, and one of several
	for ref in "$ref" refs/notes/volumes/2024/appointment/hq; do
		for how in cut gone; do
			again
			spoil "$disk" "$(git -C "$year" rev-parse "$ref^{tree}")" "$how"
			damaged volumes/2024.git "$ref"
			again
			spoil "$disk" "$(git -C "$year" rev-parse "$ref")" "$how"
			damaged volumes/2024.git "$ref"
		done
	done
	again
	: > "$disk/$ref"
	damaged volumes/2024.git refs/notes/volumes/2024/consultation/hq
	# nor is a year of which the store has nothing passed over
	again
	mv "$S/volumes/2024.git" "$T/aside"
	refuses GONE dc mirror push disk | grep 'holds records that are lost here, of entries'
	mv "$T/aside" "$S/volumes/2024.git"
	# a record of which the bytes are gone is no reason to let its name go
	again
	ref=refs/notes/volumes/2024/consultation/hq
	spoil "$disk" "$(git -C "$year" ls-tree -r "$ref" | cut -c 13-52)" gone
	run git -C "$year" push -q "$disk" ":$ref"
	grep 'remote: RULE: .*a record that is here would go' <<< "$output"
	refuses RULE dc mirror push disk
	holds "$ref"
	run dc mirror verify disk
	grep "^first fault  *entry $DESIGNATION: BROKEN: " <<< "$output"
}

@test "a volume takes the records of entries alone, as they were signed, and what went there does not come back" {
	year=$T/year.git
	ref=refs/notes/volumes/2024/appointment/hq
	git clone -q --mirror "$T/disk/volumes/2024.git" "$year"
	blob=$(echo x | git -C "$year" hash-object -w --stdin)
	name=$(git -C "$year" ls-tree --name-only "$ref" | head -1)
	volume_refuses LEDGER 'is no entry of the ledger' "$(with 1111111111111111111111111111111111111111 "$blob")"
	volume_refuses LEDGER 'is not the one that its entry signed' "$(with "$name" "$blob")"
	other=$(git -C "$year" ls-tree refs/notes/volumes/2024/consultation/hq)
	blob=${other#100644 blob }
	volume_refuses LEDGER 'says another volume' "$(with "${other#*	}" "${blob%%	*}")"
	git -C "$year" read-tree "$ref"
	GIT_INDEX_FILE=$year/index git -C "$year" update-index --add --cacheinfo "100644,${blob%%	*},attachments/3/1"
	tree=$(git -C "$year" write-tree)
	volume_refuses LEDGER 'no record names it' \
		"$(git -C "$year" -c user.name=x -c user.email=x commit-tree -m volume "$tree")"
	start_daemon
	dc mirror push disk --apply
	[ "$(wc -l < "$T/disk/gone")" = 3 ]
	ref=refs/notes/volumes/2024/designation/hq
	volume_refuses GONE 'would come back' "$ref"
	[ "$(dc --json mirror verify disk | jq -r .verdict)" = VALID ]
	# nor by a store that was put back to what it was before
	cp "$T/disk/gone" "$T/gone"
	stop_daemon
	before_run
	start_daemon
	refuses CONFLICT dc mirror push disk
	cmp "$T/gone" "$T/disk/gone"
}

@test "a mirror that is made later than a disposal takes none of what went before it came" {
	start_daemon
	year=$T/year.git ref=refs/notes/volumes/2024/designation/hq
	git clone -q --mirror "$T/disk/volumes/2024.git" "$year"
	dc mirror add late "$T/late" --volumes
	dc mirror push late
	[ "$(wc -l < "$T/late/gone")" = 3 ]
	late_refuses() { # MIRROR TEXT
		run git -C "$year" push -q "$T/$1/volumes/2024.git" "$ref"
		echo "$output"
		[ "$status" != 0 ] && grep -q "remote: $2" <<< "$output"
	}
	late_refuses late 'GONE: .*would come back'
	# by another way than a folder nobody has written the list yet
	daicho mirror prepare "$T/far" --name late --pin "$PINS" --volumes --years 2024-2026
	git -C "$S/ledger.git" push -q "$T/far/ledger.git" "+$LEDGER:refs/daicho/next"
	for n in 2024 2025 2026; do
		git -C "$S/volumes/$n.git" push -q "$T/far/volumes/$n.git" '+refs/notes/volumes/*:refs/notes/volumes/*'
	done
	git -C "$S/ledger.git" push -q "$T/far/ledger.git" "$LEDGER"
	late_refuses far 'RULE: .*not known here what was disposed of'
	daicho mirror apply "$T/far" --out "$T/ack"
	late_refuses far 'GONE: .*would come back'
	run -0 daicho verify "$T/far" --pin "$PINS"
}

@test "a push that is cut off leaves a mirror that lacks entries, and what has no entry goes by the next one" {
	start_daemon
	dc mirror push disk --apply
	add consultation
	git -C "$S/ledger.git" push -q "$T/disk/ledger.git" "+$LEDGER:refs/daicho/next"
	git -C "$S/volumes/2026.git" push -q "$T/disk/volumes/2026.git" '+refs/notes/volumes/*:refs/notes/volumes/*'
	run dc mirror verify disk; echo "OUT $output"
	[ "$status" = 3 ]
	grep -q 'announced to this mirror' <<< "$output"
	dc mirror push disk
	year=$T/disk/volumes/2026.git ref=refs/notes/volumes/2026/consultation/hq
	was=$(git -C "$year" rev-parse "$ref^{tree}")
	git -C "$year" update-ref "$ref" \
		"$(with 1111111111111111111111111111111111111111 "$(echo x | git -C "$year" hash-object -w --stdin)")"
	run dc mirror verify disk; echo "OUT $output"
	[ "$status" = 4 ]
	dc mirror push disk
	[ "$(git -C "$year" rev-parse "$ref^{tree}")" = "$was" ]
	[ "$(dc --json mirror verify disk | jq -r .verdict)" = VALID ]
}

@test "a mirror whose ledger is damaged accuses itself and not the store, and a new one takes its place" {
	start_daemon
	dc mirror push disk --apply
	last=$(git -C "$T/disk/ledger.git" rev-parse "$LEDGER")
	add consultation
	cp -a "$T/disk" "$T/sound"
	for object in "$last" "$last~3" "$last^{tree}" "$last:keys"; do
		rm -rf "$T/disk"
		cp -a "$T/sound" "$T/disk"
		spoil "$T/disk/ledger.git" "$(git -C "$S/ledger.git" rev-parse "$object")" cut
		refuses LEDGER dc mirror push disk > "$T/said"
		cat "$T/said"
		grep '^LEDGER: mirror disk: .*its ledger.git is damaged' "$T/said"
		grep 'next: .*a new mirror in its place' "$T/said"
	done
	mv "$T/disk" "$T/aside"
	daicho mirror prepare "$T/disk" --name disk --pin "$PINS" --volumes
	dc mirror push disk
	[ "$(dc --json mirror verify disk | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
}

@test "a certificate names the copies that have not carried it out" {
	start_daemon
	[ "$(leaf_of "$CERTIFICATE" | grep '^Remains: ' | tr '\n' ' ')" = "Remains: b1 2026-03-31 Remains: disk unknown " ]
	[ "$(leaf_of $((CERTIFICATE + 1)) | grep -c '^Remains: ')" = 2 ]
	run verify
	[ "$status" = 0 ]
}

@test "a mirror lets go what was disposed of by its own command alone, and acknowledges it" {
	refuses RULE dc mirror push disk > "$T/waits"
	grep -q 'holds records of 2024 that were disposed of here' "$T/waits"
	grep -rq designation/hq "$T/disk/volumes/2024.git/packed-refs" "$T/disk/volumes/2024.git/refs" ||
		[ -e "$T/disk/volumes/2024.git/refs/notes/volumes/2024/designation/hq" ]
	daicho mirror apply "$T/disk" --out "$T/ack" 2> "$T/applied"
	grep -q ' 2 records went now, absence proved' "$T/applied"
	for year in "$T"/disk/volumes/*.git; do
		git -C "$year" fsck --full --strict
		git -C "$year" cat-file --batch-all-objects --batch > "$T/objects"
		run ! grep -aF "Kind: designation" "$T/objects"
	done
	start_daemon
	copy_told() { dc disposal register | grep '^copy named' | sed 's/  */ /g'; }
	[ "$(copy_told | tail -n 1)" = "copy named disk, no end known: disposal not acknowledged" ]
	copy_told | grep -q '^copy named b1, until 2026-03-31.*: disposal not acknowledged$'
	acked=$(dc --json mirror ack "$T/ack" | jq .seq)
	[ "$(copy_told | tail -n 1)" = "copy named disk, no end known: disposal acknowledged by entry $acked" ]
	run -0 verify
	grep -q '1 copy acknowledged disposals: .* is the word of who recorded it' <<< "$output"
	[ "$(dc --json show "$(jq .seq "$T/ack")" | jq -r .leaf_hash)" = "$(jq -r .head "$T/ack")" ]
	dc mirror push disk
	[ "$(dc --json mirror verify disk | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
	jq '.seq = 3' "$T/ack" > "$T/false"
	refuses RULE dc mirror ack "$T/false"
	jq '.genesis = "sha256:0"' "$T/ack" > "$T/false"
	refuses CONFLICT dc mirror ack "$T/false"
	refuses CONFLICT dc mirror remove disk
	rm -rf "$T/disk"
	removed=$(dc --json mirror remove disk | jq .seq)
	[ "$(dc --json mirror list | jq '.mirrors | length')" = 0 ]
	[ "$(dc --json disposal register |
		jq -c '.disposals[0].remains[1] | [.name, .until, .acknowledged, .changed.entry]')" = \
		"[\"disk\",null,$acked,$removed]" ]
	copy_told | grep -q "^copy named disk, no end known (by entry $removed: until .*): disposal acknowledged"
	refuses NOTFOUND dc mirror ack "$T/ack"
	run verify
	[ "$status" = 0 ]
}

@test "a mirror whose entries do not verify lets nothing go" {
	refuses RULE dc mirror push disk
	sed -i 's/^genesis = .*/genesis = sha256:'"$(printf '%064d' 1)/" "$T/disk/pin"
	refuses LEDGER daicho mirror apply "$T/disk"
	[ -e "$T/disk/volumes/2024.git/refs/notes/volumes/2024/designation/hq" ]
}

@test "a folder that is reached is brought up in one go, and where it has a key its acknowledgement bears it" {
	author
	sed -i "/^\\[mirror disk\\]/a key = $AUTHOR" "$S/daicho.ini"
	start_daemon
	refuses KEY dc mirror push disk --apply
	refuses KEY dc mirror push disk --apply --sign "$PROPOSER"
	dc mirror push disk --apply --sign "$AUTHOR"
	[ "$(dc --json mirror verify disk | jq -r .verdict)" = VALID ]
	daicho mirror apply "$T/disk" --out "$T/unsigned"
	refuses KEY dc mirror ack "$T/unsigned"
	daicho mirror apply "$T/disk" --sign "$AUTHOR" --out "$T/signed"
	dc mirror ack "$T/signed"
	jq '.seq = 2' "$T/signed" > "$T/false"
	refuses KEY dc mirror ack "$T/false"
}

@test "by ssh a mirror is pushed to, verified, lets go what was disposed of and acknowledges it" {
	start_sshd
	before_run
	start_daemon
	author
	dc mirror add far "ssh://far:$PORT$T/far" --volumes --key "$AUTHOR" > "$T/far.pin" 2> "$T/said"
	grep -q 'daicho mirror prepare FOLDER --name far --pin FILE --volumes' "$T/said"
	refuses IO dc mirror push far > "$T/refused"
	grep -q 'next: on its machine: daicho mirror prepare' "$T/refused"
	daicho mirror prepare "$T/far" --name far --pin "$T/far.pin" --volumes --years 2024-2026
	dc mirror push far
	[ "$(dc --json mirror verify far | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
	dc disposal run --plan "$PLAN"
	refuses RULE dc mirror push far
	daicho mirror apply "$T/far" --out "$T/ack"
	refuses KEY dc mirror ack "$T/ack"
	daicho mirror apply "$T/far" --sign "$AUTHOR" --out "$T/ack"
	dc mirror ack "$T/ack"
	dc mirror push far
	[ "$(dc --json mirror verify far | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
	# what is lost here is asked of no mirror, whatever its hook lets go
	printf '#!/bin/sh\nexit 0\n' > "$T/far/volumes/2024.git/hooks/pre-receive"
	ref=refs/notes/volumes/2024/consultation/hq
	was=$(git -C "$T/far/volumes/2024.git" rev-parse "$ref")
	git -C "$S/volumes/2024.git" update-ref -d "$ref"
	refuses GONE dc mirror push far | grep "of entries $KEPT;"
	git -C "$S/volumes/2024.git" update-ref "$ref" "$was"
	mv "$S/volumes/2024.git" "$T/aside"
	refuses GONE dc mirror push far
	mv "$T/aside" "$S/volumes/2024.git"
	[ "$(git -C "$T/far/volumes/2024.git" rev-parse "$ref")" = "$was" ]
	: > "$T/authorized"
	refuses IO dc mirror push far > "$T/refused"
	grep -q 'Permission denied' "$T/refused"
	stop_sshd
	# what is fetched goes with the program that fetched it
	cat > "$T/slow" <<-END
		up=\$\$
		until tr '\\0' '\\n' < "/proc/\$up/cmdline" | sed -n 's/^--git-dir=//p' | grep . > "$T/where.new"; do
			up=\$(sed -n 's/^PPid:.//p' "/proc/\$up/status")
		done
		mv "$T/where.new" "$T/where"
		while [ -e "$T/where" ]; do sleep 0.1; done
	END
	read_clock
	GIT_SSH_COMMAND="sh $T/slow" "${CLOCKED[@]}" daicho --store "$S" mirror verify far 3>&- &
	verifier=$!
	wait_for test -s "$T/where"
	folder=$(cat "$T/where")
	[ -d "${folder%/ledger.git}" ]
	kill -9 "$verifier"
	wait_for is_gone "${folder%/ledger.git}"
	rm "$T/where"
}
