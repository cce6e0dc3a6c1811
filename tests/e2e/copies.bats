#!/usr/bin/env bats
# Copies: backups, restores, and what the ledger knows of all of them.

load lib
load sshd
load copies

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
	grep -q ' 1 disposal, 2 records went now' "$T/restored"
	grep -q 'MISSING: the records of entries ' "$T/restored"
	S=$T/new
	start_daemon
	grep -q 'MISSING: records of entries' "$T/daemon.log"
	[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
	[ "$(dc --json show "$KEPT" | jq -r .state)" = present ]
	lost=$(dc --json status | jq -r .missing)
	dc status | grep -F "MISSING: the records of entries $lost (daicho loss list)"
	[ "$(dc --json show "${lost%%[-,]*}" | jq -r .state)" = missing ]
	dc show "${lost%%[-,]*}" | grep 'state .*MISSING: its record is lost'
	volume=$(dc --json show "${lost%%[-,]*}" | jq -r .volume)
	dc --json volume show "$volume" | jq -e ".volume.lost == ([.list[] | select(.lost)] | length) and .volume.lost > 0"
	dc volume show "$volume" | grep "^${lost%%[-,]*} .*its record is lost"
	dc volume list | grep "^volume .* lost "
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
	# keys are those of this ledger, and nothing but keys comes with them
	mkdir "$T/empty"
	for keys in empty disk gpg-taro; do
		refuses KEY daicho restore "$T/backup" "$T/new" --head "$head" --keys "$T/$keys" > "$T/refused"
		grep 'next: name the folder keys of the ledger' "$T/refused"
		[ ! -e "$T/new" ]
	done
	cp -R "$S/keys" "$T/keys"
	cp -R "$T/disk/volumes" "$T/keys"
	daicho restore "$T/backup" "$T/new" --head "$head" --keys "$T/keys"
	[ -z "$(find "$T/new/keys" -name '*.git')" ]
	(cd "$T/backup" && sha256sum -c --quiet manifest-sha256.txt)
	run daicho verify "$T/new" --pin "$PINS"
	[ "$status" = 0 ]
	cp -R "$T/disk/volumes" "$T/new/keys"
	run -4 daicho verify "$T/new" --pin "$PINS"
	grep 'keys/volumes/2024.git: a repository is here' <<< "$output"
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
	grep -q "names stays: a hold placed after it, or a day that has not come, keeps it" "$T/applied"
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

@test "a restore of a ledger with an unfinished disposal keeps what it names, and the run goes on to the same end" {
	before_run
	start_daemon
	touch "$S/volumes/stray"
	refuses NOTFOUND dc disposal run --plan "$PLAN"
	rm "$S/volumes/stray"
	stop_daemon
	run -3 daicho verify "$S" --pin "$PINS"
	for archive in there gone; do
		daicho restore "$T/backup" "$T/$archive" --ledger "$S" --keys "$S/keys" 2> "$T/restored"
		grep -q "the disposal of entry $CERTIFICATE is not completed: what it names stays" "$T/restored"
		run ! grep 'MISSING.*\|these records' "$T/restored"
	done
	digest=$(git -C "$S/ledger.git" log --format=%B "$LEDGER" | sed -n 's/^Archive: \(sha256:[0-9a-f]*\) .*/\1/p')
	for archive in there gone; do
		S=$T/$archive
		sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
		[ $archive = there ] || rm -r "$T"/s-archive/*
		start_daemon
		[ "$(dc --json disposal run --plan "$PLAN" | jq -r '.archive.hash, .absent' | tr '\n' ' ')" = "$digest true " ]
		[ "$(dc --json show "$DESIGNATION" | jq -r .state)" = disposed ]
		run -0 verify
		stop_daemon
	done
}

# restored NAME: of the old backup and a copy that has entries alone; the records of all acts since are lost.
restored() {
	daicho restore "$T/backup" "$T/$1" --ledger "$T/only" --keys "$MADE/s/keys" 2> "$T/restored" || return 1
	grep -q 'MISSING: the records of entries ' "$T/restored" && S=$T/$1 && sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
}
# lose KIND N: in the year 2024, as if the backup were older than that record.
lose() {
	git -C "$S/volumes/2024.git" update-ref -d "refs/notes/volumes/2024/$1/hq"
	{ echo "$2"; cat "$S/lost"; } | sort -n > "$T/lost" && cp "$T/lost" "$S/lost"
}
@test "acts whose records are lost stand by their entries: what they let go is run, told, listed and aborted" {
	before_run
	start_daemon
	dc mirror add only "$T/only"
	hold=$(as taro --json hold place "$KEPT" --basis audit --reason 監査 --sign "$PROPOSER" | jq .seq)
	dc mirror push only
	certify_alone
	cp -a "$T/only" "$T/before"
	dc mirror push only
	stop_daemon
	restored unfinished
	lose designation "$DESIGNATION"
	mv "$T/s-archive" "$T/elsewhere"
	start_daemon
	dc disposal status | grep "^next .*put the archive of the certificate back: $T/s-archive/"
	refuses NOTFOUND dc disposal run --plan "$PLAN" |
		grep "next: put the archive of the certificate back: $T/s-archive/"
	cp -a "$T/elsewhere/." "$T/s-archive"
	[ "$(dc --json disposal status | jq -c '[.state, (.proposal.acts[] | .lost)]')" = \
		'["running",true,true,true,false]' ]
	dc disposal run --plan "$PLAN" | grep 'absence.*proved'
	dc disposal register | grep 'approve .*: its record is lost'
	[ "$(dc --json hold list | jq -c '.holds[] | [.entry, .reason, .lost]')" = "[$hold,null,true]" ]
	dc hold list | grep 'record *lost'
	stop_daemon
	mv "$T/only" "$T/late" && mv "$T/before" "$T/only"
	restored approved
	start_daemon
	dc disposal status | grep 'propose .*: its record is lost'
	as taro disposal abort --plan "$PLAN" --reason 紛失 --sign "$PROPOSER"
	[ "$(dc --json disposal plan | jq -r .plan)" = "$PLAN" ]
	as taro disposal propose --plan "$PLAN" --sign "$PROPOSER"
	[ "$(dc --json disposal status | jq -c '[.state, .proposal.acts[0].lost]')" = '["proposed",false]' ]
	# what is due with a lost record goes without it, once a hold keeps that
	stop_daemon
	lose designation "$DESIGNATION"
	start_daemon
	dc disposal plan | grep "LOST, so they can't be disposed of: $DESIGNATION\$"
	dc disposal status | grep '^next .* from a copy (daicho restore .*daicho hold place .*daicho disposal abort'
	refuses RULE dc disposal run --plan "$PLAN" | grep "the record of entry $DESIGNATION is due, and lost"
	as taro disposal abort --plan "$PLAN" --reason 紛失 --sign "$PROPOSER"
	refuses RULE as taro disposal propose --plan "$PLAN" --sign "$PROPOSER"
	as taro hold place "$DESIGNATION" --basis duty --reason 紛失 --sign "$PROPOSER"
	as taro disposal propose --plan "$(dc --json disposal plan | jq -r .plan)" --sign "$PROPOSER"
	[ "$(dc --json disposal status | jq -r .next.step)" = approve ]
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
	was=$(git -C "$year" rev-parse "$ref")
	other=$(echo x | git -C "$year" hash-object -w --stdin)
	tree=$(git -C "$year" ls-tree "$ref" | sed "/$name/s/blob [0-9a-f]*/blob $other/" | git -C "$year" mktree)
	git -C "$year" update-ref "$ref" "$(git -C "$year" cat-file commit "$ref" | sed "1s/.*/tree $tree/" |
		git -C "$year" hash-object -t commit -w --stdin)"
	daicho restore "$T/backup" "$T/less" --ledger "$T/disk" --keys "$S/keys" 2> "$T/restored"
	grep -q "MISSING: the record of entry $forged:" "$T/restored"
	git -C "$year" update-ref "$ref" "$was"
	# a store that lacks records says so of a mirror that has them, which keeps them, and takes them back
	daicho restore "$T/backup" "$T/lacks" --ledger "$S/ledger.git" --keys "$S/keys"
	S=$T/lacks
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
	refuses GONE dc mirror push disk --apply > "$T/refused"
	grep -q "holds records that are lost here, of entries .*-$forged; its entries" "$T/refused"
	grep -q "next: take them back: .* --ledger $S --records $T/disk --keys $S/keys" "$T/refused"
	daicho mirror apply "$T/disk" --out "$T/ack" 2> "$T/applied"
	grep -q ' 0 records went now' "$T/applied"
	refuses NOTFOUND daicho restore "$T/backup" "$T/back" --ledger "$S" --records "$T/pins"
	daicho restore "$T/backup" "$T/back" --ledger "$S" --records "$T/disk" --keys "$S/keys" 2> "$T/restored"
	grep -q " records that the backup lacks were taken from $T/disk" "$T/restored"
	run ! grep MISSING "$T/restored"
	S=$T/back
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
	run -0 verify
	dc mirror push disk
	S=$T/new
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
	start_daemon
	[ "$(dc --json show "$new" | jq -r .state)" = present ]
	add consultation
	dc mirror push disk
	[ "$(dc --json mirror verify disk | jq -c '[.behind, .verdict]')" = '[0,"VALID"]' ]
}

@test "who lists copies sees backups too, the keeper knows their names, and a destroyed one is ended by an entry" {
	start_daemon
	seq=$(sed -n 's/^seq = //p' "$T/backup/backup.ini")
	[ "$(copies mirror list)" = "[[\"b1\",$seq,\"2026-03-31\"],[\"disk\",0,null]]" ]
	[ "$(copies status)" = "$(copies mirror list)" ]
	dc mirror list | grep '^disk ' | grep -q 'on the word of who recorded it'
	dc status | grep -q "b1: acknowledged up to entry $seq; kept until 2026-03-31"
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
