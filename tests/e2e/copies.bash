# What the tests of mirrors and of backups share: one lived store with its copies, and their attackers.

# shellcheck disable=SC2154 # of bats, and of the tests
# One year is lived through once, with a mirror and a backup of its last day, and ends with a disposal: of a designation
# of 2024. Each test has a copy of all that. The rule book asks for few days of life, so that the year
# passes in few requests: each push to a new mirror and each verification looks at every entry.
live_with_copies() {
	set_clock "2024-12-20 10:00"
	quick_rulebook || return 1
	init_store --rulebook "$T/rulebook" && start_daemon && staff || return 1
	PROPOSER=$(person taro records-officer) && APPROVER=$(person hanako information-manager) &&
		SECOND=$(person jiro records-officer) || return 1
	DESIGNATION=$(add designation '.designated_on = "2024-12-20"') || return 1
	add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2024-12-20\"" || return 1
	KEPT=$(add consultation '.consulted_on = "2024-12-20"') || return 1
	dc mirror add disk "$T/disk" --volumes && dc mirror push || return 1
	live_through 2024-12-20 2025-12-31 80 || return 1
	dc backup "$T/backup" --until 2026-03-31 --name b1 2> "$T/backup.log" || return 1
	live_through 2025-12-31 2026-01-04 || return 1
	PLAN=$(dc --json disposal plan | jq -r .plan)
	as taro disposal propose --plan "$PLAN" --sign "$PROPOSER" || return 1
	as hanako disposal approve --plan "$PLAN" --decision 1 --sign "$APPROVER" || return 1
	as jiro disposal approve --plan "$PLAN" --decision 2 --sign "$SECOND" || return 1
	cp -a "$S" "$T/approved" || return 1
	CERTIFICATE=$(dc --json disposal run --plan "$PLAN" | jq .dispose)
	[ -n "$CERTIFICATE" ] && stop_daemon && stop_agents
}
setup_file() {
	[ -n "${E2E_REAL_CLOCK:-}" ] ||
		share copies live_with_copies PROPOSER APPROVER SECOND DESIGNATION KEPT PLAN CERTIFICATE \
			HANDLER ASSISTANT PERMITTER
}
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

# spoil REPOSITORY OBJECT cut|gone: one that is no part of a pack.
spoil() {
	local file=$1/objects/${2:0:2}/${2:2}
	[ -s "$file" ] && chmod u+w "$file" || return 1
	if [ "$3" = gone ]; then rm "$file"; else truncate -s 20 "$file"; fi
}

# leaf_of N: of a store that is served
leaf_of() { dc --json show "$1" | jq -r .leaf; }

# kill_backup CALL NAME: by the call that changes a file; what it leaves is no backup.
kill_backup() {
	local inject=${DAICHO_INJECT:-$BIN/../inject.so}
	echo "kill $1" > "$T/fault"
	PRELOAD=$inject DAICHO_FAULT=$T/fault run dc backup "$T/second" --until 2026-12-31 --name "$2"
	rm "$T/fault"
	[ "$status" = 137 ] || { echo "$status: $output"; return 1; }
	[ ! -e "$T/second" ] && [ -e "$T/second.unfinished.lock" ]
}

# A run that has made its certificate and took nothing yet: it stops at a ref that is none of a volume.
certify_alone() {
	local year=$S/volumes/2024.git
	git -C "$year" update-ref refs/stray "$(git -C "$year" for-each-ref --format='%(objectname)' | head -1)"
	refuses LEDGER dc disposal run --plan "$PLAN" | grep 'stray ref'
	git -C "$year" update-ref -d refs/stray
}

copies() { dc --json "$@" | jq -c '[.copies[] | [.name, .seq, .until]] | sort'; }

is_gone() { [ ! -e "$1" ]; }
