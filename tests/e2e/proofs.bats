#!/usr/bin/env bats
# Checkpoints, proofs and exports in the forms of C2SP, judged by golang.org/x/mod/sumdb (tests/interop/tlog.go).

load lib
setup() { e2e_setup; }
teardown() { e2e_teardown; }

# Worked in once; all tests read the same house: 300 entries and more, so that a tile is full.
setup_file() {
	e2e_setup
	export HOUSE=$T TLOG=$T/tlog KEY RECORD
	(cd "$PROJECT/tests/interop" && GO111MODULE=off GOPATH=/usr/share/gocode GOPROXY=off GOCACHE=$T/gocache GOFLAGS='' \
		go build -o "$TLOG" tlog.go)
	init_store
	KEY=$(sed -n 's/^checkpoint = //p' "$PINS")
	start_daemon
	RECORD=$(add device)
	dc checkpoint --out "$T/first"
	many 260
	dc checkpoint --out "$T/second"
	add device > /dev/null
	dc checkpoint --out "$T/last"
	dc prove "$RECORD" --with-record --out "$T/record.tlog-proof"
	stop_daemon
	stop_agents
}
teardown_file() { e2e_teardown; }

# many N: as many records, in one batch or a few.
many() {
	local i body
	body=$(sample device | jq -c '{kind: "device", unit: "hq", body: .}')
	for i in $(seq "$1"); do
		[ "$i" = 1 ] || echo next
		printf 'url = "http://localhost/v1/records"\nunix-socket = "%s"\ndata-binary = "%s"\nheader = "%s"\n' \
			"$S/run/daicho.sock" "${body//\"/\\\"}" 'Content-Type: application/json'
	done > "$T/many"
	curl -s --fail --no-progress-meter --parallel --parallel-max 40 -K "$T/many" > "$T/many.out"
}

# The store as it was left, without its daemon; nothing here writes into it.
move_in() { S=$HOUSE/s; }

size_of() { sed -n 2p "$1"; }

prove() { daicho --store "$S" prove "$@"; }

@test "another implementation opens our checkpoint by the pinned key" {
	run -0 "$TLOG" checkpoint "$KEY" "$HOUSE/last"
	[ "${lines[0]%% *}" = "$(size_of "$HOUSE/last")" ]
	[ "$(size_of "$HOUSE/last")" -gt 257 ]
	[ "$(sed -n 3p "$HOUSE/last")" = "${lines[0]#* }" ]
	sed '2s/$/1/' "$HOUSE/last" > "$T/longer"
	run -2 "$TLOG" checkpoint "$KEY" "$T/longer"
}

@test "a checkpoint is what verify computes as the head of the ledger" {
	move_in
	run -0 daicho --json verify "$S" --pin "$HOUSE/pins"
	[ "$(jq -r .checkpoint.size <<< "$output")" = "$(size_of "$HOUSE/last")" ]
	root=$(sed -n 3p "$HOUSE/last" | base64 -d | od -An -v -tx1 | tr -d ' \n')
	[ "$(jq -r .checkpoint.root <<< "$output")" = "sha256:$root" ]
}

@test "another implementation checks the proofs of entries, with their record and without, before and after" {
	move_in
	run -0 "$TLOG" proof "$KEY" "$HOUSE/record.tlog-proof"
	[ "$output" = "$RECORD" ]
	for n in 0 1 128 255 256 "$(($(size_of "$HOUSE/second") - 1))"; do
		for point in second last; do
			prove "$n" --checkpoint "$HOUSE/$point" > "$T/proof"
			run -0 "$TLOG" proof "$KEY" "$T/proof"
			[ "$output" = "$n" ]
		done
	done
	sed '/^index/s/[0-9]*$/3/' "$T/proof" > "$T/wrong"
	run -2 "$TLOG" proof "$KEY" "$T/wrong"
	prove "$RECORD" --with-record --checkpoint "$HOUSE/first" --out "$T/small"
	run -0 "$TLOG" proof "$KEY" "$T/small"
}

@test "another implementation checks that each checkpoint goes on from each before it" {
	move_in
	for step in "first second" "first last" "second last" "last last"; do
		read -r old new <<< "$step"
		daicho --store "$S" consistency "$HOUSE/$old" "$HOUSE/$new" > "$T/step"
		run -0 "$TLOG" consistency "$KEY" "$HOUSE/$old" "$T/step"
		[ "$output" = "$(size_of "$HOUSE/$old") $(size_of "$HOUSE/$new")" ]
	done
	run -2 "$TLOG" consistency "$KEY" "$HOUSE/first" "$T/step"
	refuses NOTFOUND daicho --store "$S" consistency "$HOUSE/last" "$HOUSE/first"
}

@test "another implementation recomputes an exported log, and what a later export adds to it" {
	move_in
	for point in first second last last; do
		run -0 daicho --store "$S" export tlog "$T/log" --checkpoint "$HOUSE/$point"
		run -0 "$TLOG" log "$KEY" "$T/log"
		[ "$output" = "$(size_of "$HOUSE/$point")" ]
	done
	[ -s "$T/log/tile/0/000" ] && [ -s "$T/log/tile/entries/000" ] && [ -s "$T/log/tile/1/000.p/1" ]
	refuses CONFLICT daicho --store "$S" export tlog "$T/log" --checkpoint "$HOUSE/first"
	refuses CONFLICT daicho --store "$S" export tlog "$S/log" --checkpoint "$HOUSE/first"
	for file in tile/0/000 tile/entries/000 "$(cd "$T/log" && ls -d tile/0/000.p/* | head -n 1)" \
		"$(cd "$T/log" && ls -d tile/entries/000.p/* | head -n 1)"; do
		[ -f "$T/log/$file" ]
		cp "$T/log/$file" "$T/kept"
		printf X | dd of="$T/log/$file" bs=1 seek=40 conv=notrunc status=none
		run refuses LEDGER daicho --store "$S" export tlog "$T/log" --checkpoint "$HOUSE/last"
		[[ $status = 0 && $output == *"$file: damaged"* ]]
		cp "$T/kept" "$T/log/$file"
	done
	run -0 daicho --store "$S" export tlog "$T/log" --checkpoint "$HOUSE/last"
	truncate -s -1 "$T/log/tile/0/000"
	refuses LEDGER daicho --store "$S" export tlog "$T/log" --checkpoint "$HOUSE/last"
	run -2 "$TLOG" log "$KEY" "$T/log"
}

@test "a clone proves entries without a daemon, and records where it has them" {
	git clone -q --bare "$HOUSE/s/ledger.git" "$T/clone"
	S=$T/clone
	prove "$RECORD" --checkpoint "$HOUSE/last" --out "$T/proof"
	run -0 "$TLOG" proof "$KEY" "$T/proof"
	refuses NOTFOUND prove "$RECORD" --with-record --checkpoint "$HOUSE/last"
	fetch_volumes "$HOUSE/s" "$T/clone"
	prove "$RECORD" --with-record --checkpoint "$HOUSE/last" --out "$T/whole"
	run -0 "$TLOG" proof "$KEY" "$T/whole"
	refuses UNAVAILABLE prove "$RECORD"
}

# check FILE [POLICY]: by the auditor's program, with the pins and nothing else at hand.
check() { (cd "$T" && daicho-verify --proof "$1" --policy "${2:-$HOUSE/pins}"); }

@test "an auditor checks a proof with the pins alone, and sees the record" {
	run -0 check "$HOUSE/record.tlog-proof"
	[[ "$output" == VALID:* ]]
	[[ "$output" == *"$RECORD of $(size_of "$HOUSE/last")"* && "$output" == *'"device_no"'* ]]
	run -0 daicho-verify --json --proof "$HOUSE/record.tlog-proof" --policy "$HOUSE/pins"
	[ "$(jq -r '[.verdict, .index, .record.state, .commit.state, .commit.pinned, .checkpoint.state] | join(" ")' \
		<<< "$output")" = "VALID $RECORD present good true good" ]
}

@test "an auditor checks that the ledger of one checkpoint goes on from that of another" {
	move_in
	daicho --store "$S" consistency "$HOUSE/first" "$HOUSE/last" --out "$T/step"
	run -0 daicho-verify --proof "$T/step" --policy "$HOUSE/pins" --checkpoint "$HOUSE/first"
	[[ "$output" == VALID:*"$(size_of "$HOUSE/last"), after $(size_of "$HOUSE/first")"* ]]
	{ cat "$HOUSE/pins"; printf '\n[policy]\nknown = kept\n'; } > "$T/policy"
	head -3 "$HOUSE/first" > "$T/kept"
	run -0 daicho-verify --proof "$T/step" --policy "$T/policy"
	{ head -2 "$HOUSE/first" && sed -n 3p "$HOUSE/second"; } > "$T/kept"
	refuses INVALID daicho-verify --proof "$T/step" --policy "$T/policy"
	refuses USAGE daicho-verify --proof "$T/step" --policy "$HOUSE/pins"
	refuses USAGE daicho-verify --proof "$T/step" --policy "$HOUSE/pins" --checkpoint "$HOUSE/second"
}

# extra FILE FILTER: the proof with its extra data changed.
extra() {
	awk -v new="$(sed -n 's/^extra //p' "$1" | base64 -d | jq -cS "$2" | tr -d '\n' | base64 -w 0)" \
		'/^extra / { print "extra " new; next } { print }' "$1"
}

@test "an auditor sees what was changed in a proof" {
	move_in
	extra "$HOUSE/record.tlog-proof" . > "$T/same"
	cmp "$T/same" "$HOUSE/record.tlog-proof"
	extra "$HOUSE/record.tlog-proof" '.record |= sub("hq"; "gq")' > "$T/record"
	refuses INVALID check "$T/record"
	extra "$HOUSE/record.tlog-proof" '.leaf |= sub("Seq: [0-9]+"; "Seq: 7")' > "$T/leaf"
	refuses INVALID check "$T/leaf"
	extra "$HOUSE/record.tlog-proof" '.commit |= sub("tree [0-9a-f]{8}"; "tree 00000000")' > "$T/commit"
	refuses INVALID check "$T/commit"
	extra "$HOUSE/record.tlog-proof" 'del(.record)' > "$T/less"
	run -0 check "$T/less"
	sed '/^index/s/[0-9]*$/7/' "$HOUSE/record.tlog-proof" > "$T/index"
	refuses INVALID check "$T/index"
	sed "s|^— \\(.*\\) .*|— \\1 AAAAAAAAAA==|" "$HOUSE/record.tlog-proof" > "$T/unsigned"
	refuses INCOMPLETE check "$T/unsigned"
	sed s/^origin.*/"origin = test.example\/other"/ "$HOUSE/pins" > "$T/other"
	refuses DIVERGED check "$HOUSE/record.tlog-proof" "$T/other"
	sed '/^genesis/s/[0-9a-f]\{4\}$/0000/' "$HOUSE/pins" > "$T/genesis"
	refuses DIVERGED check "$HOUSE/record.tlog-proof" "$T/genesis"
	sed /^checkpoint/d "$HOUSE/pins" > "$T/none"
	refuses USAGE check "$HOUSE/record.tlog-proof" "$T/none"
}

@test "a proof names who signed its entry once that was checked, and says when that key is not pinned" {
	local key
	key=$(sed -n 's/^key = //p' "$HOUSE/pins")
	run -0 check "$HOUSE/record.tlog-proof"
	[[ "$output" == *"$key"* && "$output" != *"not pinned"* ]]
	extra "$HOUSE/record.tlog-proof" 'del(.key) | .commit |= sub("tree [0-9a-f]{8}"; "tree 00000000")' > "$T/keyless"
	run -0 check "$T/keyless"
	[[ "$output" != *"$key"* && "$output" == *"not checked"* ]]
	extra "$HOUSE/record.tlog-proof" '.commit |= sub("tree [0-9a-f]{8}"; "tree 00000000")' > "$T/forged"
	run -4 check "$T/forged"
	[[ "$output" != *"$key"* ]]
	sed "s/^key = .*/key = $(printf '%040d' 7)/" "$HOUSE/pins" > "$T/pins"
	run -0 check "$HOUSE/record.tlog-proof" "$T/pins"
	[[ "$output" == *"$key, which is not pinned"* ]]
	LC_ALL=ja_JP.UTF-8 run -0 check "$HOUSE/record.tlog-proof" "$T/pins"
	[[ "$output" == *"$key"*ピン* ]]
}

@test "a proof of another history than the one that was seen has diverged" {
	move_in
	{ cat "$HOUSE/pins"; printf '\n[policy]\nknown = kept\n'; } > "$T/policy"
	head -3 "$HOUSE/last" > "$T/kept"
	daicho --store "$S" consistency "$HOUSE/first" "$HOUSE/last" --out "$T/step"
	run -0 check "$HOUSE/record.tlog-proof" "$T/policy"
	run -0 daicho-verify --proof "$T/step" --policy "$T/policy" --checkpoint "$HOUSE/first"
	{ head -2 "$HOUSE/last"; sed -n 3p "$HOUSE/first"; } > "$T/kept"
	run -5 check "$HOUSE/record.tlog-proof" "$T/policy"
	run -5 daicho-verify --proof "$T/step" --policy "$T/policy" --checkpoint "$HOUSE/first"
	{ head -2 "$HOUSE/first"; sed -n 3p "$HOUSE/last"; } > "$T/kept"
	run -5 daicho-verify --proof "$T/step" --policy "$T/policy" --checkpoint "$HOUSE/first"
}

@test "a policy asks for witnesses, whose cosignatures go with the proof" {
	move_in
	{ cat "$HOUSE/pins"; printf '\n[policy]\nwitnesses = witnesses\n'; } > "$T/policy"
	"$TLOG" cosign "secret" witness.example/w1 "$HOUSE/last" 1750000000 > "$T/answer"
	printf 'witness w1 %s\nquorum w1\n' "$(head -1 "$T/answer")" > "$T/witnesses"
	refuses UNWITNESSED check "$HOUSE/record.tlog-proof" "$T/policy"
	{ cat "$HOUSE/last"; tail -1 "$T/answer"; } > "$T/cosigned"
	prove "$RECORD" --checkpoint "$T/cosigned" --out "$T/proof"
	run -0 check "$T/proof" "$T/policy"
	[[ "$output" == *'1 of 1, 2025-06-16T'* ]]
	run -0 "$TLOG" proof "$KEY" "$T/proof"
	"$TLOG" cosign "another" witness.example/w1 "$HOUSE/last" 1750000000 > "$T/answer"
	{ cat "$HOUSE/last"; tail -1 "$T/answer"; } > "$T/foreign"
	prove "$RECORD" --checkpoint "$T/foreign" --out "$T/proof2"
	refuses UNWITNESSED check "$T/proof2" "$T/policy"
}

@test "a witness cosigns each step, and an auditor who trusts it takes the proof" {
	move_in
	daicho-witness init w1.example --state "$T/w" > "$T/w.key"
	daicho-witness log add "$KEY" --state "$T/w"
	daicho --store "$S" consistency 0 "$HOUSE/first" | daicho-witness add-checkpoint --state "$T/w"
	daicho --store "$S" consistency "$HOUSE/first" "$HOUSE/last" --out "$T/step"
	{ cat "$HOUSE/last"; daicho-witness add-checkpoint --state "$T/w" < "$T/step"; } > "$T/cosigned"
	{ cat "$HOUSE/pins"; printf '\n[policy]\nwitnesses = witnesses\n'; } > "$T/policy"
	printf 'witness w1 %s\nquorum w1\n' "$(cat "$T/w.key")" > "$T/witnesses"
	prove "$RECORD" --checkpoint "$T/cosigned" --out "$T/proof"
	run -0 check "$T/proof" "$T/policy"
	run -0 "$TLOG" proof "$KEY" "$T/proof"
	daicho --store "$S" consistency "$(size_of "$HOUSE/first")" "$T/cosigned" > "$T/step"
	run -0 daicho-verify --proof "$T/step" --policy "$T/policy" --checkpoint "$HOUSE/first"
}

@test "nothing is proved by a checkpoint that is too old, or of another ledger" {
	move_in
	refuses NOTFOUND prove 100 --checkpoint "$HOUSE/first"
	refuses NOTFOUND prove 99999 --checkpoint "$HOUSE/last"
	refuses USAGE prove --checkpoint "$HOUSE/last"
	refuses USAGE prove 1 --checkpoint "$HOUSE/last" --out "$HOUSE/last"
	sed 1s/test/rest/ "$HOUSE/last" > "$T/other"
	refuses LEDGER prove 1 --checkpoint "$T/other"
	refuses LEDGER daicho --store "$S" consistency "$T/other" "$HOUSE/last"
	sed 2s/...$/100/ "$HOUSE/last" > "$T/other"
	refuses LEDGER prove 1 --checkpoint "$T/other"
	refuses SYNTAX prove 1 --checkpoint "$HOUSE/pins"
	run -0 daicho --json --store "$S" prove 1 --checkpoint "$HOUSE/last"
	[ "$(jq -r '.format, .size' <<< "$output" | paste -sd ' ')" = "daicho.prove.v1 $(size_of "$HOUSE/last")" ]
}

@test "the cosignature of daicho-witness is one to another implementation" {
	local vkey
	vkey=$(daicho-witness init witness.example/w1 --state "$T/w")
	daicho-witness log add "$KEY" --state "$T/w"
	{ printf 'old 0\n\n' && cat "$HOUSE/last"; } > "$T/request"
	{ cat "$HOUSE/last" && daicho-witness add-checkpoint --state "$T/w" < "$T/request"; } > "$T/cosigned"
	run -0 "$TLOG" cosigned "$vkey" "$T/cosigned"
	[ "$output" -gt 1700000000 ]
	run -0 "$TLOG" checkpoint "$KEY" "$T/cosigned"
	sed -i '2s/.*/1/' "$T/cosigned"
	run -2 "$TLOG" cosigned "$vkey" "$T/cosigned"
}
