#!/usr/bin/env bats
# A record that is gone stays MISSING; the operator's word lets the daemon start, and a report says what happened.

load lib
setup() { e2e_setup; init_store; start_daemon; }
teardown() { e2e_teardown; }

report() {
	dc loss report --on "$@" --noticed "$TODAY" --what 簿冊1冊 --cause 誤って廃棄 --personal-data yes --persons 3 \
		--reported-to 本部 --reported-on "$TODAY" --published no
}

# Takes the whole volume of a kind away.
lose() {
	stop_daemon
	git --git-dir "$S/volumes/$YEAR.git" update-ref -d "refs/notes/volumes/$YEAR/$1/hq"
}

# rot REPOSITORY OBJECT: bytes of a packed object flip.
rot() {
	local pack idx offset
	for idx in "$1"/objects/pack/*.idx; do
		offset=$(git show-index < "$idx" | awk -v id="$2" '$2 == id { print $1 }')
		[ -n "$offset" ] || continue
		pack=${idx%.idx}.pack
		chmod u+w "$pack"
		printf '\377\377\377\377' | dd of="$pack" bs=1 seek=$((offset + 6)) conv=notrunc status=none
		return
	done
	return 1
}

note_of() { # N: its blob
	git --git-dir "$S/volumes/$YEAR.git" ls-tree -r "refs/notes/volumes/$YEAR/consultation/hq" |
		grep "$(git --git-dir "$S/ledger.git" log --format=%H --grep="^Seq: $1\$" refs/heads/ledger)" | cut -c 13-52
}

remarks() { daicho --json verify "$S" --pin "$PINS" | jq -r '.remarks[]'; }

@test "a loss is never passed over in silence, and a report changes nothing of it" {
	first=$(add consultation)
	second=$(add consultation)
	lose consultation
	refuses LEDGER timed daichod --store "$S" > "$T/said"
	grep -q accept-loss "$T/said"
	# the operator names exactly what is gone
	refuses LEDGER timed daichod --store "$S" --accept-loss "$first"
	refuses CONFLICT timed daichod --store "$S" --accept-loss "1,$first-$second"
	refuses USAGE timed daichod --store "$S" --accept-loss "$second,$first"
	[ ! -e "$S/lost" ]
	start_daemon --accept-loss "$first-$second"
	refuses GONE dc show "$first" --attachment 1 --out "$T/out"
	[ "$(dc --json loss list | jq -c '[.reports, .missing, .unreported]')" = \
		"[[],\"$first-$second\",\"$first-$second\"]" ]
	third=$(add consultation)
	run verify
	[ "$status" = 4 ]
	remarks | grep -q '2 records are MISSING and no report of a loss names them'
	report "$first"
	[ "$(dc --json loss list | jq -r .unreported)" = "$second" ]
	report "$second" "volume $YEAR/consultation/hq"
	n=$(dc --json log --kind correct-loss | jq '.entries[1].seq')
	dc loss list | grep -q 誤って廃棄
	dc loss list | grep -q '^personal data  *yes$'
	remarks > "$T/remarks"
	grep -q "entry $n reports a loss: entry $second, volume $YEAR/consultation/hq" "$T/remarks"
	run ! grep -q 'no report' "$T/remarks"
	run verify
	[ "$status" = 4 ]
	[[ "$output" == *MISSING* ]]
	# said once, it stands, and is said at every start
	stop_daemon
	rm "$S"/index*
	: > "$T/daemon.log"
	start_daemon
	grep -q "MISSING: records of entries $first-$second are lost" "$T/daemon.log"
	[ "$(dc --json show "$third" | jq -r .state)" = present ]
}

@test "a report says nothing of days to come, and names what there is" {
	n=$(add consultation)
	refuses USAGE dc loss report --on 2 --noticed "$TODAY" --what 例 --cause 例
	refuses USAGE dc loss report --on 2 --noticed "$TODAY" --what 例 --cause 例 --personal-data maybe
	refuses RULE dc loss report --on 2 --noticed 2999-01-01 --what 例 --cause 例 --personal-data no
	refuses RULE dc loss report --on 2 --noticed "$TODAY" --what 例 --cause 例 --personal-data no --persons 3
	refuses RULE dc loss report --on 2 --noticed "$TODAY" --what 例 --cause 例 --personal-data no --reported-to 例
	refuses RULE dc loss report --on "volume $YEAR/loan/hq" --noticed "$TODAY" --what 例 --cause 例 --personal-data no
	refuses RULE dc loss report --on "0-$n" --noticed "$TODAY" --what 例 --cause 例 --personal-data no |
		grep 'next: daicho show N'
	refuses RULE dc loss report --on 0 --noticed "$TODAY" --what 例 --cause 例 --personal-data no
	[ "$(dc --json loss list | jq '.reports | length')" = 0 ]
	lose consultation
	: > "$T/daemon.log"
	start_daemon --accept-loss "$n"
	grep -q "MISSING: the record of entry $n is lost" "$T/daemon.log"
	LC_ALL=ja_JP.UTF-8 dc list | grep -q '欠落$'
}

@test "a damaged record is lost by the operator's word as a missing one is, or comes back by a restore" {
	first=$(add consultation)
	second=$(add consultation)
	dc mirror add disk "$T/disk" --volumes
	dc mirror push disk
	dc backup "$T/backup" --until 2099-03-31 --name b1
	stop_daemon
	cp -a "$S" "$T/sound"
	again() { rm -rf "$S" && cp -a "$T/sound" "$S"; }
	helps() { # what is damaged: no start without a next step
		refuses LEDGER timed daichod --store "$S" > "$T/said" || { echo "$1"; return 1; }
		grep "next: .*daicho restore BACKUP NEW --ledger $S --records MIRROR" "$T/said"
		again
	}
	year=$S/volumes/$YEAR.git ref=refs/notes/volumes/$YEAR/consultation/hq
	: > "$year/$ref"
	helps 'ref of a volume'
	git -C "$year" update-ref "$ref" \
		"$(git -C "$year" -c user.name=x -c user.email=x commit-tree -m x "$ref^{tree}")"
	helps 'commit of a volume'
	rot "$S/ledger.git" "$(git -C "$S/ledger.git" rev-parse refs/heads/ledger~2)"
	cp -a "$S" "$T/rotten"
	rm "$S"/index*
	helps 'entry that is read'
	rm "$S"/ledger.git/objects/pack/*
	rm "$S"/index*
	helps 'entry that is gone'
	# read by no start, it is told to who asks for what needs it
	rm -rf "$S"
	mv "$T/rotten" "$S"
	start_daemon
	refuses LEDGER dc disposal plan | grep "next: .*daicho restore BACKUP NEW"
	stop_daemon
	again
	# its whole volume
	rot "$year" "$(git -C "$year" rev-parse "$ref^{tree}")"
	refuses LEDGER timed daichod --store "$S" --accept-loss "$first"
	start_daemon --accept-loss "$first-$second"
	add consultation
	stop_daemon
	again
	rot "$year" "$(note_of "$first")"
	refuses LEDGER timed daichod --store "$S" > "$T/said"
	grep "LEDGER: entry $first: " "$T/said"
	run ! verify
	grep "entry $first: ALTERED" <<< "$output"
	cp -a "$S" "$T/damaged"
	daicho restore "$T/backup" "$T/new" --ledger "$S" --records "$T/disk" --keys "$S/keys"
	run -0 daicho verify "$T/new" --pin "$PINS"
	refuses CONFLICT timed daichod --store "$S" --accept-loss "$first-$second"
	[ ! -e "$S/lost" ]
	rm "$S"/index*
	start_daemon --accept-loss "$first"
	refuses GONE dc show "$first" --attachment 1 --out "$T/out"
	third=$(add consultation)
	[ "$(dc --json show "$second" | jq -r .state)" = present ]
	refuses GONE dc mirror push disk | grep "lost here, of entries $first;"
	run verify
	[ "$status" = 4 ]
	grep "entry $first: MISSING" <<< "$output"
	dc mirror add new "$T/fresh" --volumes
	dc mirror push new
	dc backup "$T/second" --until 2099-03-31 --name b2
	stop_daemon
	rm "$S"/index*
	start_daemon
	[ "$(dc --json show "$third" | jq -r .state)" = present ]
}
