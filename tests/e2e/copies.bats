#!/usr/bin/env bats
# Copies: what a mirror takes over and what it refuses.

load lib

# One store, with a mirror, is made once; each test has the copy that it changes.
setup_file() {
	e2e_setup
	export MADE=$T
	init_store
	start_daemon
	add consultation
	add consultation
	stop_daemon
	stop_agents
	dc mirror add disk "$T/disk" --volumes
	dc mirror push disk
}
teardown_file() { T=$MADE S=$MADE/s DAEMON='' e2e_teardown; }
setup() {
	e2e_setup
	cp -a "$MADE/s" "$MADE/disk" "$MADE/pins" "$MADE/clock" "$T"
	sed -i "s|$MADE/|$T/|" "$S/daicho.ini"
	git clone -q "$S/ledger.git" "$T/work" 2> /dev/null
}
teardown() { e2e_teardown; }

LEDGER=refs/heads/ledger

# What stands on the ledger's head, but for what `sed` makes of its leaf, signed by the key that is given.
forge() { # sed script, signer
	git -C "$T/work" cat-file commit "$LEDGER" | sed '1,/^$/d' | sed "$1" > "$T/leaf"
	git -C "$T/work" -c gpg.program=gpg -c user.name=x -c user.email=x -c user.signingkey="$2" commit-tree \
		${2:+-S} -p "$LEDGER" -F "$T/leaf" "$LEDGER^{tree}"
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
@test "a mirror holds entries and records, verifies alone, and says how far it is behind" {
	run daicho verify "$T/disk" --pin "$PINS"
	[ "$status" = 0 ]
	start_daemon
	add consultation
	run dc mirror verify disk
	[ "$status" = 0 ]
	grep -q 'up to entry 3, 1 behind' <<< "$output"
	dc mirror push
	[ "$(dc --json mirror verify disk | jq -c '[.behind, .seq, .verdict]')" = '[0,4,"VALID"]' ]
	run daicho verify "$T/disk" --pin "$PINS"
	[ "$status" = 0 ]
}

@test "a mirror of entries alone, and one that was prepared elsewhere, take the same push" {
	daicho mirror prepare "$T/far" --name far --pin "$PINS" --volumes --years 2025-2026
	dc mirror add entries "file://$T/entries"
	dc mirror push entries
	[ ! -e "$T/entries/volumes" ]
	run daicho verify "$T/entries" --pin "$PINS" --ledger-only
	[ "$status" = 0 ]
	dc mirror add far "$T/far" --volumes
	dc mirror push far
	run daicho verify "$T/far" --pin "$PINS"
	[ "$status" = 0 ]
	grep -q '^# Configuration' "$S/daicho.ini"
	[ "$(dc --json mirror list | jq -c '[.mirrors[].name]')" = '["disk","entries","far"]' ]
	refuses CONFLICT dc mirror add far "$T/other"
	refuses USAGE dc mirror add new ext::sh
	refuses NOTFOUND dc mirror push nowhere
	refuses CONFLICT dc mirror add second "$T/disk"
	start_daemon
}

@test "a push that is unsigned, or signed by another key, is refused" {
	new=$(forge 's/^Seq: .*/Seq: 4/; s/^Prev: .*/Prev: '"$(head_hash)/" '')
	hook_refuses KEY 'bears no signature' "$new:$LEDGER"
	author
	new=$(forge 's/^Seq: .*/Seq: 4/; s/^Prev: .*/Prev: '"$(head_hash)/" "$AUTHOR")
	hook_refuses KEY 'no signature by a key of the ledger' "$new:$LEDGER"
}

head_hash() {
	printf 'sha256:%s' "$({ printf '\0'; git -C "$T/work" cat-file commit "$LEDGER" | sed '1,/^$/d'; } | sha256sum |
		cut -c 1-64)"
}

@test "an entry that is signed and does not continue this ledger is refused, whatever line of it is wrong" {
	export GNUPGHOME=$S/keys            # what only its keeper can sign
	key=$(sed -n 's/^key = //p' "$PINS")!
	next='s/^Seq: .*/Seq: 4/; s/^Prev: .*/Prev: '"$(head_hash)/"
	hook_refuses RULE 'its Seq is another' "$(forge "$next; s/^Seq: .*/Seq: 5/" "$key"):$LEDGER"
	hook_refuses RULE '(Prev)' "$(forge "$next; s/^Prev: .*/Prev: sha256:$(printf '%064d' 0)/" "$key"):$LEDGER"
	hook_refuses RULE '(Origin)' "$(forge "$next; s/^Origin: .*/Origin: test.example\/other/" "$key"):$LEDGER"
	hook_refuses RULE '(Genesis)' "$(forge "$next; s/^Genesis: .*/Genesis: sha256:$(printf '%064d' 0)/" "$key"):$LEDGER"
	push_raw "$(forge "$next" "$key"):$LEDGER"
}

@test "going back, another ref, a deletion and another ledger are refused" {
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
	ref=$(git -C "$T/disk/volumes/2025.git" for-each-ref --format='%(refname)' | grep consultation)
	git clone -q --mirror "$T/disk/volumes/2025.git" "$T/year.git"
	export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
	tree=$(git -C "$T/year.git" ls-tree "$ref" | head -1 | git -C "$T/year.git" mktree)
	less=$(git -C "$T/year.git" commit-tree -m 'volume' "$tree")
	run git -C "$T/year.git" push -q "$T/disk/volumes/2025.git" "+$less:$ref"
	grep -q 'RULE: .*a record that is here would go' <<< "$output"
	run git -C "$T/year.git" push -q "$T/disk/volumes/2025.git" ":$ref"
	grep -q 'PERM: .*is not deleted' <<< "$output"
	more=$(git -C "$T/year.git" commit-tree -p "$ref" -m 'volume' "$ref^{tree}")
	run git -C "$T/year.git" push -q "$T/disk/volumes/2025.git" "+$more:$ref"
	grep -q 'RULE: .*one commit without a parent' <<< "$output"
	run git -C "$T/year.git" push -q "$T/disk/volumes/2025.git" "$ref:refs/heads/x"
	grep -q 'PERM: .*only volumes of 2025' <<< "$output"
	run daicho verify "$T/disk" --pin "$PINS"
	[ "$status" = 0 ]
}
