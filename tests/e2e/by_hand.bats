#!/usr/bin/env bats
# The page daicho-by-hand(7), executed line by line with the tools that it names and nothing of daicho.

load lib
load house
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
	cp -a "$HOUSE/s" "$HOUSE/s-archive" "$HOUSE/pins" "$T"
	ENTRY=(PREPARE "Its signature" "Its place" "Its rule book")
	GONE=(PREPARE "N=$DISPOSE" "Its signature" "A DISPOSAL" "What was due" "Its archive" "That they are gone")
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export HOUSE=$T RECORD ATTACHED CORRECTION DISPOSE
	build_house
	tools
	read_page
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# A folder with what the page says it needs.
tools() {
	local tool
	mkdir "$T/tools"
	for tool in git gpg tar bash sed awk grep cmp find xargs; do ln -s "$(command -v $tool)" "$T/tools"; done
	for tool in $(dpkg -L coreutils | grep -E '^/(usr/)?bin/'); do ln -s "$tool" "$T/tools"; done
}

# As a reader sees it: one file a section, its commands and below each what it prints.
read_page() {
	mkdir "$T/page"
	mandoc -T ascii -O width=140 "$PROJECT/contrib/man/daicho-by-hand.7" | sed 's/.\x08//g' | awk -v to="$T/page/" '
		/^[A-Z]/ || /^   [A-Z]/ { name = $0; sub(/^ +/, "", name); showing = 0; next }
		/^     \$ / { showing = 1 }
		/^$/ { showing = 0 }
		showing { print substr($0, 6) > (to name) }'
}

# play WHAT ...: the sections of these names, or NAME=VALUE, in one shell; prints each command that prints something
# else than what stands below it.
play() {
	local what
	mkdir "$T/empty"
	for what in "$@"; do
		case $what in *=*) echo "$what" ;; *) steps < "$HOUSE/page/$what" ;; esac
	done > "$T/script"
	(cd "$T/empty" && env -i PATH="$HOUSE/tools" HOME="$T/empty" STORE="$S" PINS="$PINS" ARCHIVE="$T/s-archive" \
		D="$DISPOSE" OUT="$T/out" bash --norc "$T/script" 2>&1)
	rm -rf "$T/empty"
}

steps() {
	local line command='' stated=''
	while IFS= read -r line; do
		case $line in
		'$ '*) step; command=${line#??} stated='' ;;
		'> '*) command+=$'\n'${line#??} ;;
		*) stated+=$line$'\n' ;;
		esac
	done
	step
}

step() {
	[ -n "$command" ] || return 0
	printf '%s\n' "eval ${command@Q} > \"\$OUT\" 2>&1; [ \"\$(cat \"\$OUT\"; echo .)\" = ${stated@Q}. ] ||
		{ echo ${command@Q}; cat \"\$OUT\"; }"
}

# says TEXT WHAT ...: the play stumbles, over a command with this text first.
says() {
	local text=$1
	shift
	play "$@" > "$T/said"
	cat "$T/said"
	head -n 1 "$T/said" | grep -qF -- "$text"
}

head_of() { git -C "$S/ledger.git" rev-parse refs/heads/ledger; }

@test "an entry and its record are checked line by line" {
	[ "$(cat "$HOUSE"/page/* | grep -c '^\$ ')" -gt 80 ]
	[ -z "$(play "N=$ATTACHED" "${ENTRY[@]}" "Its record")" ]
	grep -q 'its attachments' "$T/script"
	[ -z "$(play N=0 "${ENTRY[@]}")" ]
	[ -z "$(play "N=$CORRECTION" "${ENTRY[@]}" "Its record" 'N=$last' "${ENTRY[@]:1}")" ]
}

@test "a disposal is checked line by line" {
	play "N=$DISPOSE" "${ENTRY[@]}" "A DISPOSAL" "What was due" "Who approved it" "Its archive" "That they are gone" \
		> "$T/said"
	cat "$T/said"
	[ ! -s "$T/said" ]
}

@test "the page stumbles over another ledger than the pinned one" {
	sed -i "s/^genesis = sha256:./genesis = sha256:x/" "$PINS"
	says 'pin genesis' N=1 "${ENTRY[@]}"
	cp "$HOUSE/pins" "$PINS"
	key=$(sed -n 's/^key = //p' "$PINS")
	sed -i "s/^key = .*/key = $(printf '%.39s0' "0$key")/" "$PINS"
	says 'Key: add entry' N=1 "${ENTRY[@]}"
}

@test "the page stumbles over a changed record and a changed attachment" {
	year=$S/volumes/2025.git
	ref=$(git -C "$year" for-each-ref --format='%(refname)' | grep /consultation/)
	commit=$(sed -n "$((ATTACHED + 1))p" <(git -C "$S/ledger.git" rev-list --reverse refs/heads/ledger))
	git -C "$year" cat-file blob "$ref:$commit" | sed 's/"topic": ".*"/"topic": "x"/' > "$T/forged"
	run cmp -s "$T/forged" <(git -C "$year" cat-file blob "$ref:$commit")
	[ "$status" = 1 ]
	git -C "$year" -c user.name=x -c user.email=x@x notes --ref="$ref" add -f -F "$T/forged" "$commit"
	says '"Record: sha256' "N=$ATTACHED" "${ENTRY[@]}" "Its record"
	rm -rf "$S" && cp -a "$HOUSE/s" "$S"
	tree=$(git -C "$year" cat-file blob "$ref:attachments/$ATTACHED/1" | sed 's/scan/span/' |
		git -C "$year" hash-object -w --stdin)
	tree=$(printf '100644 blob %s\t1\n' "$tree" | git -C "$year" mktree)
	tree=$(printf '040000 tree %s\t%s\n' "$tree" "$ATTACHED" | git -C "$year" mktree)
	tree=$( (git -C "$year" ls-tree "$ref" | grep -v attachments; printf '040000 tree %s\tattachments\n' "$tree") |
		git -C "$year" mktree)
	git -C "$year" update-ref "$ref" "$(git -C "$year" cat-file commit "$ref" | sed "1s/.*/tree $tree/" |
		git -C "$year" hash-object -t commit -w --stdin)"
	says 'while read -r n bytes raw' "N=$ATTACHED" "${ENTRY[@]}" "Its record"
}

@test "the page stumbles over a leaf that was changed after it was signed" {
	forged=$(git -C "$S/ledger.git" cat-file commit "$(head_of)" | sed 's/^Level: .*/Level: key-destroyed/' |
		git -C "$S/ledger.git" hash-object -t commit -w --stdin)
	git -C "$S/ledger.git" update-ref refs/heads/ledger "$forged"
	says 'signed by the pinned key' "N=$((DISPOSE + 1))" "${ENTRY[@]}"
}

@test "the page stumbles over an unsigned entry and over a replace ref" {
	forged=$(git -C "$S/ledger.git" cat-file commit "$(head_of)" | sed '/^gpgsig /,/END PGP/d' |
		git -C "$S/ledger.git" hash-object -t commit -w --stdin)
	git -C "$S/ledger.git" replace "$(head_of)" "$forged"
	says for-each-ref "N=$((DISPOSE + 1))" "${ENTRY[@]}"
	git -C "$S/ledger.git" replace -d "$(head_of)"
	git -C "$S/ledger.git" update-ref refs/heads/ledger "$forged"
	says NEWSIG "N=$((DISPOSE + 1))" "${ENTRY[@]}"
}

id_of() { git -C "$S/ledger.git" rev-list --reverse refs/heads/ledger | sed -n "$(($1 + 1))p"; }
line_of() { git -C "$S/ledger.git" cat-file commit "$(id_of "$1")" | sed -n "s/^$2: //p"; }

# note_of N [FILE]: the note of an entry; with FILE it is put in its place.
note_of() {
	local volume year
	volume=$(line_of "$1" Volume) year=$S/volumes/${volume%%/*}.git
	[ $# = 1 ] || git -C "$year" -c user.name=x -c user.email=x@x notes --ref="volumes/$volume" add -f \
		-C "$(git -C "$year" hash-object -w "$2")" "$(id_of "$1")" 2> /dev/null
	git -C "$year" cat-file blob "refs/notes/volumes/$volume:$(id_of "$1")"
}

# The appointment of the last who approved becomes one more of who proposed, whose key signs the approval: the digests
# in the leaves agree, as they would in a ledger in which this was signed.
@test "the page stumbles over one person who approved by two appointments" {
	local approval proposal f k n forged record=()
	approval=$(line_of "$DISPOSE" On | sed 's/entry //')
	proposal=$(line_of "$approval" On | sed 's/entry //')
	record=("$approval" "$(line_of "$approval" By)")
	note_of "$(line_of "$proposal" By)" > "$T/person"
	note_of "$approval" > "$T/note"
	{
		printf 'daicho-statement 1\nOrigin: %s\n' "$(sed -n 's/^origin = //p' "$PINS")"
		for k in Kind Unit Request Event Reason; do sed '/^$/,$d' "$T/note" | grep "^$k: "; done
		sed -n '/^$/,$p' "$T/note"
	} > "$T/statement" || true
	GNUPGHOME=$HOUSE/gpg-taro gpg -q --batch --detach-sign -o "$T/sig" "$T/statement"
	sed -i "s|^Signature: .*|Signature: $(base64 -w 0 "$T/sig")|" "$T/note"
	forged=$(for f in note person; do
		[ "$f" = note ] && n=${record[0]} || n=${record[1]}
		note_of "$n" "$T/$f" | cmp - "$T/$f" >&2
		echo "sed -i 's/^Record: .*/Record: sha256:$(sha256sum < "$T/$f" | cut -c 1-64)/' $n.leaf"
	done)
	says 'for f in 1 2 3' PREPARE "N=$DISPOSE" "A DISPOSAL" "What was due" "F=1; $forged" "Who approved it"
	grep -qx "$(sed -n 's/^ *"openpgp_fingerprint": "\(.*\)",*$/\1/p' "$T/person")" "$T/said"
	run grep -q 'not signed' "$T/said"
	[ "$status" = 1 ]
}

@test "the page stumbles over a record that came back after its disposal, and over its salt in a file" {
	note() { tar -x -O -f "$T"/s-archive/*.tar --wildcards "*/$(printf '%012d' "$RECORD")/note.txt"; }
	note | git -C "$S/volumes/2024.git" hash-object -w --stdin
	note > "$S/backup.txt"
	says 'comm -12' "${GONE[@]}"
	grep -q '^grep -rlF' "$T/said"
}

@test "the page stumbles over an archive that was changed, and over one signed by somebody" {
	f=$(echo "$T"/s-archive/*.tar)
	printf x | dd of="$f" bs=1 seek=4096 conv=notrunc status=none
	author
	gpg -q --batch --yes --armor --detach-sign -o "${f%.tar}.sha256.asc" "${f%.tar}.sha256"
	says 'sha256sum -c' "${GONE[@]}"
	grep -q 'pin archive_key' "$T/said"
}
