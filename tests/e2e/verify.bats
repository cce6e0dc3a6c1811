#!/usr/bin/env bats
# The verdict: trusting only the pins, from the store or any clone.

load lib
# An office has worked in the store that each test has a copy of.
setup_file() {
	make_store
	start_daemon
	staff
	office > "$T/office"
	export DESIGNATION
	stop_daemon
	stop_agents
}
teardown_file() { e2e_teardown; }
setup() { e2e_setup; take_store; }
teardown() { e2e_teardown; }

clone() { git clone -q --bare "$S/ledger.git" "$T/clone.git"; }
verdict() { jq -r .verdict <<< "$output"; }
judge() { run daicho --json verify "$@" --pin "$PINS"; }
first_state() { jq -r .first.state <<< "$output"; }

head_of() { git -C "$1" rev-parse refs/heads/ledger; }

@test "a store is valid" {
	run verify
	[ "$status" = 0 ]
	[[ $output == VALID* ]]
}

@test "the daemon need not run and need not be stopped" {
	start_daemon
	run verify
	[ "$status" = 0 ]
}

@test "a clone without bodies is incomplete, and valid when only entries are asked for" {
	clone
	judge "$T/clone.git"
	[ "$status" = 3 ]
	judge "$T/clone.git" --ledger-only
	[ "$status" = 0 ]
}

@test "of entries alone it does not say that the records are there" {
	clone
	run daicho verify "$T/clone.git" --pin "$PINS" --ledger-only
	[ "${lines[0]}" = "VALID: Every entry is signed and in its place. No record was looked at." ]
	fetch_volumes "$S" "$T/clone.git"
	run daicho verify "$T/clone.git" --pin "$PINS"
	[ "${lines[0]}" = "VALID: Every entry is signed and in its place, and every record due here is." ]
}

@test "a ref whose name is not UTF-8 is named in the report, byte by byte" {
	clone
	head_of "$T/clone.git" > "$T/clone.git/refs/heads/a"$'\377'b
	judge "$T/clone.git" --ledger-only
	[ "$status" = 4 ]
	jq -e '.first.reason | startswith("refs/heads/a\\x{ff}b: ")' <<< "$output"
	run -65 --separate-stderr daicho-verify --json "$T/"$'\377' --pin "$PINS"
	jq -e '.error.code == "UTF8" and .error.exit == 65' <<< "$output"
}

@test "a clone with its bodies is valid" {
	clone
	fetch_volumes "$S" "$T/clone.git"
	judge "$T/clone.git"
	[ "$status" = 0 ]
}

@test "an ordinary clone with a work tree is judged too" {
	git clone -q -b ledger "$S/ledger.git" "$T/clone"
	judge "$T/clone" --ledger-only
	[ "$status" = 0 ]
}

@test "verify changes nothing in what it reads" {
	clone
	before=$(cd "$T/clone.git" && find . -type f -exec sha256sum {} + | sort)
	judge "$T/clone.git" --ledger-only
	[ "$before" = "$(cd "$T/clone.git" && find . -type f -exec sha256sum {} + | sort)" ]
}

@test "another ledger than the pinned one has diverged" {
	sed "s/^genesis = .*/genesis = sha256:$(printf '1%.0s' $(seq 64))/" "$PINS" > "$T/other"
	run daicho verify "$S" --pin "$T/other"
	[ "$status" = 5 ]
	sed 's/^key = .*/key = 0123456789ABCDEF0123456789ABCDEF01234567/' "$PINS" > "$T/other"
	run daicho verify "$S" --pin "$T/other"
	[ "$status" = 5 ]
}

@test "without pins it refuses to judge" {
	refuses USAGE daicho verify "$S"
}

@test "a changed record is found and named by its entry" {
	year=$(echo "$S"/volumes/*.git)
	ref=$(git -C "$year" for-each-ref --format='%(refname)' | grep /designation/)
	git -C "$year" show "$ref" > /dev/null
	commit=$(git -C "$year" notes --ref="$ref" list | awk '{print $2; exit}')
	git -C "$year" notes --ref="$ref" show "$commit" | sed 's/見本 花子/見本 太郎/' > "$T/forged"
	git -C "$year" -c user.name=x -c user.email=x@x notes --ref="$ref" add -f -F "$T/forged" "$commit"
	judge "$S"
	[ "$status" = 4 ]
	[ "$(first_state)" = ALTERED ]
	[ "$(jq .first.seq <<< "$output")" = "$DESIGNATION" ]
}

@test "a missing record is found" {
	year=$(echo "$S"/volumes/*.git)
	git -C "$year" update-ref -d "$(git -C "$year" for-each-ref --format='%(refname)' | grep /designation/)"
	judge "$S"
	[ "$status" = 4 ]
	[ "$(first_state)" = MISSING ]
}

@test "an unsigned entry is found" {
	head=$(head_of "$S/ledger.git")
	git -C "$S/ledger.git" cat-file commit "$head" | sed '/^gpgsig/,/END PGP/d' > "$T/raw"
	git -C "$S/ledger.git" update-ref refs/heads/ledger "$(git -C "$S/ledger.git" hash-object -t commit -w "$T/raw")"
	judge "$S"
	[ "$status" = 4 ]
	jq -e '.faults[] | select(.state == "UNSIGNED")' <<< "$output"
}

@test "an entry signed by a key that is not the ledger's is found" {
	export GNUPGHOME=$T/gpg-forger
	mkdir -m 700 "$GNUPGHOME"
	gpg -q --batch --passphrase '' --quick-gen-key forger ed25519 sign never
	head=$(head_of "$S/ledger.git")
	git -C "$S/ledger.git" cat-file commit "$head" | sed '/^gpgsig/,/END PGP/d' > "$T/payload"
	gpg -q --batch --armor --detach-sign --digest-algo SHA512 < "$T/payload" > "$T/sig"
	awk -v sig="$T/sig" '
		/^$/ && !done { p = "gpgsig "; while ((getline line < sig) > 0) { print p line; p = " " } done = 1 }
		{ print }' "$T/payload" > "$T/raw"
	git -C "$S/ledger.git" update-ref refs/heads/ledger "$(git -C "$S/ledger.git" hash-object -t commit -w "$T/raw")"
	judge "$S"
	[ "$status" = 4 ]
	jq -e '.faults[] | select(.state == "WRONG-KEY")' <<< "$output"
}

@test "a tail cut off together with its records is within what the pins can tell, and is said so" {
	parent=$(git -C "$S/ledger.git" rev-parse refs/heads/ledger~1)
	clone
	git -C "$T/clone.git" update-ref refs/heads/ledger "$parent"
	judge "$T/clone.git" --ledger-only
	[ "$status" = 0 ]
	jq -e '.remarks | length > 0' <<< "$output"
}

@test "a cut ledger whose records remain is not valid" {
	git -C "$S/ledger.git" update-ref refs/heads/ledger "$(git -C "$S/ledger.git" rev-parse refs/heads/ledger~1)"
	judge "$S"
	[ "$status" = 4 ]
	refuses LEDGER timed timeout 60 daichod --store "$S"
}

@test "replace refs, shallow clones, alternates and stray refs are refused" {
	clone
	git clone -q --bare --depth 1 "file://$S/ledger.git" "$T/shallow.git"
	judge "$T/shallow.git" --ledger-only
	[ "$status" = 4 ]
	git clone -q --bare --shared "$S/ledger.git" "$T/shared.git"
	judge "$T/shared.git" --ledger-only
	[ "$status" = 4 ]
	git -C "$T/clone.git" update-ref refs/heads/other refs/heads/ledger
	judge "$T/clone.git" --ledger-only
	[ "$status" = 4 ]
	git -C "$T/clone.git" update-ref -d refs/heads/other
	git -C "$T/clone.git" replace "$(head_of "$T/clone.git")" "$(head_of "$T/clone.git")~1"
	judge "$T/clone.git" --ledger-only
	[ "$status" = 4 ]
}

@test "what an auditor's own work put into a clone is named with the way out of it" {
	git clone -q -o office "$S/ledger.git" "$T/clone"
	git -C "$T/clone" tag mine
	git -C "$T/clone" checkout -q -b mine
	for _ in 1 2 3; do
		judge "$T/clone" --ledger-only
		[ "$status" = 4 ]
		run grep -o 'git update-ref -d [a-z/]*' <<< "$output"
		git -C "$T/clone" update-ref -d "$(cut -d ' ' -f 4 <<< "${lines[0]}")"
	done
	judge "$T/clone" --ledger-only
	[ "$status" = 0 ]
	git -C "$T/clone" checkout -q --detach ledger~1
	judge "$T/clone" --ledger-only
	[ "$status" = 0 ]
}

@test "what git believes beside the objects, and a repository that is none of the store's, is remarked upon" {
	clone
	git -C "$T/clone.git" repack -q -a -d --write-midx
	git -C "$T/clone.git" commit-graph write --reachable
	judge "$T/clone.git" --ledger-only
	[ "$status" = 0 ]
	[[ $(jq -r '.remarks[]' <<< "$output") == *core.commitGraph=false*core.multiPackIndex=false* ]]
	git init -q --bare "$S/old.git"
	git init -q "$S"
	echo "gitdir: ../elsewhere" > "$S/ledger"
	judge "$S"
	[ "$status" = 0 ]
	[ "$(jq -r '.remarks[]' <<< "$output" | grep -c "none of the store's")" = 3 ]
}

@test "pushes into the store are refused" {
	git clone -q -b ledger "$S/ledger.git" "$T/clone"
	git -C "$T/clone" -c user.name=x -c user.email=x@x commit -q --allow-empty -m forged
	run git -C "$T/clone" push origin HEAD:ledger
	[ "$status" != 0 ]
	run git -C "$T/clone" push origin HEAD:refs/heads/other
	[ "$status" != 0 ]
	run verify
	[ "$status" = 0 ]
}
