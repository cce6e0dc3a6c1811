#!/usr/bin/env bats
# Copies: what a mirror takes over and what it refuses.

load lib
load sshd

# One year is lived through once, with a mirror and a backup of its last day, and ends with a disposal: of a designation
# of 2024. Each test has a copy of all that. The rule book asks for fewer days of life than the directive's own.
setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export MADE=$T PROPOSER APPROVER SECOND DESIGNATION KEPT PLAN CERTIFICATE
	set_clock "2024-12-20 10:00"
	cp -R "$PROJECT/etc/rulebooks/kumamoto-r6-120" "$T/book"
	sed -i 's/^life_percent = .*/life_percent = 5/' "$T/book/directive.ini"
	init_store --rulebook "$T/book"
	start_daemon
	staff
	PROPOSER=$(person taro records-officer)
	APPROVER=$(person hanako information-manager)
	SECOND=$(person jiro records-officer)
	DESIGNATION=$(add designation '.designated_on = "2024-12-20"')
	add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2024-12-20\""
	KEPT=$(add consultation '.consulted_on = "2024-12-20"')
	dc mirror add disk "$T/disk" --volumes
	dc mirror push
	live_through 2024-12-20 2025-12-31 10
	dc backup "$T/backup" --until 2026-03-31 --name b1 2> "$T/backup.log"
	live_through 2025-12-31 2026-01-04
	PLAN=$(dc --json disposal plan | jq -r .plan)
	as taro disposal propose --plan "$PLAN" --sign "$PROPOSER"
	as hanako disposal approve --plan "$PLAN" --decision 1 --sign "$APPROVER"
	as jiro disposal approve --plan "$PLAN" --decision 2 --sign "$SECOND"
	cp -a "$S" "$T/approved"
	CERTIFICATE=$(dc --json disposal run --plan "$PLAN" | jq .dispose)
	stop_daemon
	stop_agents
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || T=$MADE S=$MADE/s DAEMON='' e2e_teardown; }
setup() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	e2e_setup
	cp -a "$MADE/s" "$MADE/disk" "$MADE/backup" "$MADE/pins" "$MADE/clock" "$MADE"/gpg-* "$T"
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
}
teardown() {
	stop_sshd
	[ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown
}

# The store as it was before its disposal was run.
before_run() {
	rm -rf "$S"
	cp -a "$MADE/approved" "$S"
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
}

LEDGER=refs/heads/ledger

# What stands on the ledger's head, but for what `sed` makes of its leaf, signed by the key that is given.
work() { [ -e "$T/work" ] || git clone -q "$T/disk/ledger.git" "$T/work" 2> /dev/null; }
forge() { # sed script, signer
	work
	git -C "$T/work" cat-file commit "$LEDGER" | sed '1,/^$/d' | sed "$1" > "$T/leaf"
	git -C "$T/work" -c gpg.program=gpg -c user.name=x -c user.email=x -c user.signingkey="$2" commit-tree \
		${2:+-S} -p "$LEDGER" -F "$T/leaf" "$LEDGER^{tree}"
}
# What makes the leaf of the mirror's head one that follows it.
next() {
	local leaf=$T/head.leaf
	git -C "$T/disk/ledger.git" cat-file commit "$LEDGER" | sed '1,/^$/d' > "$leaf"
	printf 's/^Seq: .*/Seq: %d/; s/^Prev: .*/Prev: sha256:%s/' $(($(sed -n 's/^Seq: //p' "$leaf") + 1)) \
		"$({ printf '\0'; cat "$leaf"; } | sha256sum | cut -c 1-64)"
}
push_raw() { git -C "$T/work" push -q "$T/disk/ledger.git" "$@"; }
# hook_refuses WORD TEXT git arguments: git fails, and the hook tells the code and the reason.
hook_refuses() {
	local word=$1 text=$2 head
	shift 2
	head=$(git -C "$T/disk/ledger.git" rev-parse "$LEDGER")
	run push_raw "$@"
	echo "$output"
	[ "$status" != 0 ] || return 1
	grep -q "remote: $word: .*$text" <<< "$output" || return 1
	grep -q 'remote: next: ' <<< "$output" || return 1
	[ "$(git -C "$T/disk/ledger.git" rev-parse "$LEDGER")" = "$head" ]
}
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
	run git -C "$T/year.git" push -q "$T/disk/volumes/2024.git" "$ref:refs/heads/x"
	grep -q 'PERM: .*only volumes of 2024' <<< "$output"
	run daicho verify "$T/disk" --pin "$PINS"
	[ "$status" = 0 ]
}

# with NAME BLOB: a notes commit of what stands on $ref in $year, with this under that name.
with() {
	{ git -C "$year" ls-tree "$ref" | grep -v "$1"; printf '100644 blob %s\t%s\n' "$2" "$1"; } |
		git -C "$year" mktree | xargs git -C "$year" -c user.name=x -c user.email=x commit-tree -m volume
}
# volume_refuses WORD TEXT COMMIT
volume_refuses() {
	run git -C "$year" push -q "$T/disk/volumes/2024.git" "+$3:$ref"
	echo "$output"
	grep -q "remote: $1: .*$2" <<< "$output"
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
	[ "$(wc -l < "$T/disk/gone")" = 2 ]
	ref=refs/notes/volumes/2024/designation/hq
	volume_refuses GONE 'would come back' "$ref"
	[ "$(dc --json mirror verify disk | jq -r .verdict)" = VALID ]
}

@test "a push that is cut off leaves a mirror that lacks entries, and what has no entry goes by the next one" {
	start_daemon
	dc mirror push disk --apply
	add consultation
	git -C "$S/ledger.git" push -q "$T/disk/ledger.git" "+$LEDGER:refs/daicho/next"
	git -C "$S/volumes/2026.git" push -q "$T/disk/volumes/2026.git" '+refs/notes/volumes/*:refs/notes/volumes/*'
	run dc mirror verify disk
	[ "$status" = 3 ]
	grep -q 'announced to this mirror' <<< "$output"
	dc mirror push disk
	year=$T/disk/volumes/2026.git ref=refs/notes/volumes/2026/consultation/hq
	was=$(git -C "$year" rev-parse "$ref^{tree}")
	git -C "$year" update-ref "$ref" \
		"$(with 1111111111111111111111111111111111111111 "$(echo x | git -C "$year" hash-object -w --stdin)")"
	run dc mirror verify disk
	[ "$status" = 4 ]
	dc mirror push disk
	[ "$(git -C "$year" rev-parse "$ref^{tree}")" = "$was" ]
	[ "$(dc --json mirror verify disk | jq -r .verdict)" = VALID ]
}

# leaf_of N: of a store that is served
leaf_of() { dc --json show "$1" | jq -r .leaf; }

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
	grep -q '1 copies acknowledged disposals: .* is the word of who recorded it' <<< "$output"
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

@test "a backup restores with the newest ledger: what was disposed of goes, what is lost is named" {
	refuses RULE daicho restore "$T/backup" "$T/new"
	refuses RULE daicho restore "$T/backup" "$T/new" --head 3
	grep -q 'secret keys are not in it' "$MADE/backup.log"
	# what one has left that was cut off is no store, and is begun anew
	mkdir "$T/new"
	touch "$T/new/restore.lock"
	cp -R "$T/backup/volumes" "$T/backup/ledger.git" "$T/backup/daicho.ini" "$T/new"
	refuses LEDGER daicho --store "$T/new" mirror push
	daicho restore "$T/backup" "$T/new" --ledger "$S/ledger.git" --keys "$S/keys" 2> "$T/restored"
	[ ! -e "$T/new/restore.lock" ]
	grep -q ' 1 disposals, 2 records went now' "$T/restored"
	grep -q 'MISSING: the records of entries ' "$T/restored"
	S=$T/new
	start_daemon
	grep -q 'MISSING: records of entries' "$T/daemon.log"
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
	[ "$(dc --json show "$KEPT" | jq -r .state)" = present ]
	lost=$(dc --json status | jq -r .missing)
	[ "$(dc --json show "${lost%%[-,]*}" | jq -r .state)" = missing ]
	dc list > /dev/null
	dc due > /dev/null
	add consultation
	run verify
	[ "$status" = 4 ]
	grep -q MISSING <<< "$output"
	dc backup "$T/again" --until 2026-12-31 --name again
	cp -R "$T/again" "$T/less"
	rm -rf "$T/less/volumes/2024.git"
	(cd "$T/less" && find . -type f ! -name manifest-sha256.txt -printf '%P\n' | LC_ALL=C sort |
		xargs sha256sum > manifest-sha256.txt)
	refuses LEDGER daicho restore "$T/less" "$T/newer" --ledger "$S" --keys "$S/keys"
	daicho restore "$T/again" "$T/newer" --ledger "$S" --keys "$S/keys"
	stop_daemon
	start_daemon
}

@test "a backup restores alone when its head is typed, and is known by its manifest" {
	head=$(sed -n 's/^seq = //p' "$T/backup/backup.ini")
	refuses USAGE daicho restore "$T/backup"
	daicho restore "$T/backup" "$T/new" --head "$head" --keys "$S/keys"
	(cd "$T/backup" && sha256sum -c --quiet manifest-sha256.txt)
	run daicho verify "$T/new" --pin "$PINS"
	[ "$status" = 0 ]
	refuses RULE daicho restore "$T/backup" "$T/new" --head "$head"
	printf x >> "$T/backup/daicho.ini"
	refuses LEDGER daicho restore "$T/backup" "$T/other" --head "$head"
	[ ! -e "$T/other" ]
}

@test "a store into which an old volume was put back does not start before the disposals are carried out there" {
	rm -rf "$S/volumes/2024.git" "$S"/index.db*
	cp -a "$T/backup/volumes/2024.git" "$S/volumes"
	run start_daemon
	[ "$status" != 0 ]
	grep -q "LEDGER: entry [0-9]*: its record was disposed of by entry $CERTIFICATE" "$T/daemon.log" ||
		{ cat "$T/daemon.log"; false; }
	daicho mirror apply "$S" --pin "$PINS"
	start_daemon
	run verify
	[ "$status" = 0 ]
}

@test "a backup with the keys says so, is private, and one that can't be recorded is not there" {
	start_daemon
	dc backup "$T/keyed" --until 2026-12-31 --with-keys 2> "$T/said"
	grep -q 'SECRET KEYS' "$T/said"
	[ "$(stat -c %a "$T/keyed" "$T/keyed/keys" | tr '\n' ' ')" = "700 700 " ]
	refuses USAGE dc backup "$T/late" --until 2026-01-01
	refuses KEY dc backup "$T/gone" --name gone --until 2026-12-31 --sign 0000000000000000000000000000000000000000
	[ ! -e "$T/gone" ]
	stop_daemon
	daicho restore "$T/keyed" "$T/new" --ledger "$S"
	S=$T/new
	start_daemon
	add consultation
}

@test "a copy stands within no store and no other copy, whatever link leads there, and takes nobody's folder" {
	start_daemon
	ln -s "$S" "$T/link"
	mkdir "$T/full"
	touch "$T/full/x"
	until=2026-12-31
	for place in "$S/b" "$S/keys/b" "$T/link/volumes/b" "$T/backup/b" "$T/disk/b"; do
		refuses CONFLICT dc backup "$place" --until $until --with-keys
		refuses CONFLICT dc mirror add m "$place" --volumes
		refuses CONFLICT daicho mirror prepare "$place" --name m --pin "$PINS"
		refuses CONFLICT daicho restore "$T/backup" "$place" --ledger "$S" --keys "$S/keys"
		[ ! -e "$place" ]
	done
	cp -R "$S/keys" "$T/keys-copy"
	refuses CONFLICT daicho restore "$T/backup" "$T/keys-copy/new" --ledger "$S" --keys "$T/keys-copy"
	for place in "$S" "$T/backup" "$T/full"; do
		refuses CONFLICT dc mirror add m "$place"
		refuses CONFLICT daicho mirror prepare "$place" --name m --pin "$PINS"
		refuses CONFLICT dc backup "$place" --until $until > "$T/refused"
		[ ! -e "$place/mirror.ini" ]
	done
	grep -q 'name a folder that is not there yet' "$T/refused"
	[ "$(dc --json mirror list | jq -c '[.mirrors[].name]')" = '["disk"]' ]
}

@test "a copy has a name of its own, and the ledger knows of it before the first record leaves" {
	start_daemon
	until=2026-12-31
	for name in b1 disk; do
		refuses CONFLICT dc backup "$T/second" --until $until --name $name
		refuses CONFLICT dc mirror add $name "$T/second" --volumes
		[ ! -e "$T/second" ]
	done
	printf '[mirror typed]\nurl = %s\nvolumes = yes\n' "$T/typed" >> "$S/daicho.ini"
	stop_daemon
	run dc mirror push typed
	[ "$status" != 0 ]
	[ ! -e "$T/typed" ]
	start_daemon
	dc mirror push typed
	git -C "$S/ledger.git" cat-file commit "$LEDGER" | grep -q '^Copy: typed 0 '
	head=$(git -C "$S/ledger.git" rev-parse "$LEDGER")
	dc mirror push typed
	[ "$(git -C "$S/ledger.git" rev-parse "$LEDGER")" = "$head" ]
	dc --json backup "$T/second/" --until $until --name second > "$T/said"
	last=$(jq .seq "$T/said")
	leaf_of "$last" | grep -q "^Copy: second $(sed -n 's/^seq = //p' "$T/second/backup.ini") "
	leaf_of $((last - 1)) | grep -q '^Copy: second 0 '
	leaf_of $((last - 1)) | grep -qx "Until: $until"
	mv "$T/second" "$T/third.unfinished"
	refuses LEDGER daicho restore "$T/third.unfinished" "$T/new" --ledger "$S"
	refuses CONFLICT dc backup "$T/third" --until $until --name third
	mkdir "$T/ro"
	chmod 500 "$T/ro"
	if [ "$(id -u)" != 0 ]; then
		run dc backup "$T/ro/b" --until $until --name fourth
		[ "$status" != 0 ]
		leaf_of $((last + 2)) | grep -qx 'Until: 2026-01-03'
	fi
	run verify
	[ "$status" = 0 ]
}

# kill_backup CALL NAME: by the call that changes a file; what it leaves is no backup.
kill_backup() {
	local inject=${DAICHO_INJECT:-$BIN/../inject.so}
	echo "kill $1" > "$T/fault"
	PRELOAD=$inject DAICHO_FAULT=$T/fault run dc backup "$T/second" --until 2026-12-31 --name "$2"
	rm "$T/fault"
	[ "$status" = 137 ] || { echo "$status: $output"; return 1; }
	[ ! -e "$T/second" ] && [ -e "$T/second.unfinished.lock" ]
}

@test "a backup that was killed is begun anew by the next one in its place, and its name taken back" {
	start_daemon
	known=$(copies mirror list)
	kill_backup 3 second
	[ "$(copies mirror list)" = "$known" ]
	for call in 20 40; do
		kill_backup $call second
		copies mirror list | grep -q '\["second",0,"2026-12-31"\]'
	done
	refuses BUSY flock "$T/second.unfinished.lock" "$BIN/daicho" --store "$S" backup "$T/second" --until 2099-12-31
	[ -e "$T/second.unfinished/ledger.git" ]
	dc backup "$T/second" --until 2026-12-31 --name third
	copies mirror list | grep -q '\["third",[1-9][0-9]*,"2026-12-31"\]'
	run ! grep second <<< "$(copies mirror list)"
	[ "$(find "$T" -maxdepth 1 -name 'second*')" = "$T/second" ]
	daicho restore "$T/second" "$T/new" --ledger "$S" --keys "$S/keys"
	run verify
	[ "$status" = 0 ]
	: > "$T/second.unfinished.lock"
	mv "$T/second" "$T/second.unfinished"
	refuses CONFLICT dc backup "$T/second" --until 2026-12-31
	[ -e "$T/second.unfinished/backup.ini" ]
}

# A run that has made its certificate and took nothing yet: it stops at a ref that is none of a volume.
certify_alone() {
	local year=$S/volumes/2024.git
	git -C "$year" update-ref refs/stray "$(git -C "$year" for-each-ref --format='%(objectname)' | head -1)"
	refuses LEDGER dc disposal run --plan "$PLAN" | grep 'stray ref'
	git -C "$year" update-ref -d refs/stray
}

@test "what a hold keeps of a certificate stays in every copy, and no acknowledgement says that it went" {
	before_run
	start_daemon
	certify_alone
	until=2026-12-31
	refuses LEDGER dc backup "$T/early" --until $until --name early
	hold=$(as taro --json hold place "$DESIGNATION" --basis audit --reason 監査 --sign "$PROPOSER" | jq .seq)
	refuses RULE dc disposal run --plan "$PLAN"
	[ "$(dc --json show "$DESIGNATION" | jq -r '.state, .disposed_by, (.record | type)' | tr '\n' ' ')" = \
		"held $CERTIFICATE object " ]
	dc show "$DESIGNATION" | grep -q "held: the certificate in entry $CERTIFICATE names it"
	run verify
	[ "$status" = 0 ]
	dc --json backup "$T/held" --until $until --name held > "$T/said"
	leaf_of "$(jq .seq "$T/said")" | grep -q "^Copy: held $((CERTIFICATE - 1)) "
	dc mirror push disk
	daicho mirror apply "$T/disk" --out "$T/ack" 2> "$T/applied"
	grep -q "names stays: a hold placed after it keeps it" "$T/applied"
	[ "$(jq .seq "$T/ack")" = $((CERTIFICATE - 1)) ]
	dc mirror ack "$T/ack"
	[ "$(dc --json mirror verify disk | jq -c '[.verdict, .report.states.held > 0]')" = '["VALID",true]' ]
	dc mirror push disk
	stop_daemon
	daicho restore "$T/backup" "$T/old" --ledger "$S"
	run daicho verify "$T/old" --pin "$PINS"
	grep -q ', 2 held' <<< "$output"
	daicho restore "$T/held" "$T/new-held" --ledger "$T/held" --keys "$S/keys"
	run daicho verify "$T/new-held" --pin "$PINS"
	[ "$status" = 0 ]
	grep -q ', 2 held' <<< "$output"
	S=$T/new-held
	start_daemon
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = held ]
	as taro hold release "$hold" --reason 終了 --sign "$PROPOSER" --motion "$T/motion"
	as hanako second "$T/motion" --sign "$APPROVER"
	dc --json disposal run --plan "$PLAN" > "$T/run"
	[ "$(leaf_of "$(jq .disposed "$T/run")" | grep '^Remains: ' | cut -d ' ' -f 2 | tr '\n' ' ')" = 'b1 disk held ' ] ||
		{ leaf_of "$(jq .disposed "$T/run")"; false; }
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
	run verify
	[ "$status" = 0 ]
}

@test "a restore takes from a mirror what the backup lacks, and nothing that its entry did not sign" {
	start_daemon
	dc mirror push disk --apply
	new=$(add consultation)
	forged=$(add consultation)
	dc mirror push disk
	stop_daemon
	daicho restore "$T/backup" "$T/new" --ledger "$T/disk" --keys "$S/keys" 2> "$T/restored"
	grep -q ' records that the backup lacks were taken from ' "$T/restored"
	run ! grep MISSING "$T/restored"
	run daicho verify "$T/new" --pin "$PINS"
	[ "$status" = 0 ]
	year=$T/disk/volumes/2026.git
	ref=$(git -C "$year" for-each-ref --format='%(refname)' | grep /consultation/)
	name=$(git -C "$T/disk/ledger.git" log --format='%H' --grep "^Seq: $forged\$" "$LEDGER")
	export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
	was=$(git -C "$year" rev-parse "$ref")
	other=$(echo x | git -C "$year" hash-object -w --stdin)
	tree=$(git -C "$year" ls-tree "$ref" | sed "/$name/s/blob [0-9a-f]*/blob $other/" | git -C "$year" mktree)
	git -C "$year" update-ref "$ref" "$(git -C "$year" commit-tree -m volume "$tree")"
	daicho restore "$T/backup" "$T/less" --ledger "$T/disk" --keys "$S/keys" 2> "$T/restored"
	grep -q "MISSING: the records of entries $forged:" "$T/restored"
	git -C "$year" update-ref "$ref" "$was"
	S=$T/new
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
	start_daemon
	[ "$(dc --json show "$new" | jq -r .state)" = present ]
	add consultation
	dc mirror push disk
	[ "$(dc --json mirror verify disk | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
}

copies() { dc --json "$@" | jq -c '[.copies[] | [.name, .seq, .until]] | sort'; }

@test "who lists copies sees backups too, the keeper knows their names, and a destroyed one is ended by an entry" {
	start_daemon
	[ "$(copies mirror list)" = '[["b1",55,"2026-03-31"],["disk",0,null]]' ]
	[ "$(copies status)" = "$(copies mirror list)" ]
	dc mirror list | grep '^disk ' | grep -q 'on the word of who recorded it'
	dc status | grep -q 'b1: acknowledged up to entry 55; kept until 2026-03-31'
	run -0 verify
	[[ $output != *"acknowledged disposals"* ]]
	# what a client other than this one could send
	printf '\n[mirror %s]\nurl = %s\nvolumes = yes\n' b1 "$T/b1" nobody "$T/nobody" >> "$S/daicho.ini"
	daicho mirror apply "$T/disk" --out "$T/ack"
	for copy in b1:CONFLICT nobody:NOTFOUND; do
		jq --arg copy "${copy%:*}" '.copy = $copy' "$T/ack" > "$T/false"
		refuses "${copy#*:}" dc mirror ack "$T/false"
	done
	jq '.seq = 0 | .head = .genesis' "$T/ack" > "$T/false"
	refuses CONFLICT dc mirror ack "$T/false"
	dc mirror ack "$T/ack"
	run -0 verify
	[[ $output != *"acknowledged disposals"* ]]
	sed -i '/^\[mirror b1\]/,$d' "$S/daicho.ini"
	refuses NOTFOUND dc mirror remove nobody
	dc mirror remove b1
	refuses NOTFOUND dc mirror remove b1
	[ "$(copies mirror list | jq -c '[.[][0]]')" = '["disk"]' ]
	rm -rf "$T/backup"
	dc backup "$T/backup" --until 2026-12-31 --name b1
}

is_gone() { [ ! -e "$1" ]; }

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
