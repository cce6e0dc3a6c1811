# What the attack scripts share. Each runs with a copy of the base in $A: the store $S, its pins, its archives, and the
# texts of its entries in $L; TARGET is what is verified afterwards, PINS against which pins, WITH the options.

: "${BASE:?the base, made by tests/attack/run}"
KEYHOME=$BASE/s/keys
KEY=$(sed -n 's/^key = //p' "$BASE/pins")
LAST=$(($(find "$BASE/texts" -name "*.leaf" 2> /dev/null | wc -l) - 1))
G=$S/ledger.git
export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@example.invalid GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@example.invalid

# split_texts LEDGER.git DIR: what forge reads.
split_texts() {
	local n=0 id b='^gpgsig ' e='^ -----END PGP SIGNATURE-----$'
	mkdir "$2"
	for id in $(git -C "$1" rev-list --reverse refs/heads/ledger); do
		echo "$id" > "$2/$n.id"
		git -C "$1" cat-file commit "$id" > "$2/commit"
		sed '1,/^$/d' "$2/commit" > "$2/$n.leaf"
		sed -n '1s/^tree //p' "$2/commit" > "$2/$n.tree"
		sed -n "/$b/,/$e/p" "$2/commit" | sed "s/$b//; s/^ //" > "$2/$n.sig"
		n=$((n + 1))
	done
	rm "$2/commit"
}

# edit N SED: changes the leaf of entry N, and nothing else would do.
edit() {
	sed "$2" "$L/$1.leaf" > "$L/new"
	if cmp -s "$L/new" "$L/$1.leaf"; then echo "edit $1 $2: nothing changes"; return 1; fi
	mv "$L/new" "$L/$1.leaf"
}

# rechain FROM HOW...: every entry from there on stands on the one before, unsigned (none), as it was signed (old), or
# signed anew by the ledger's key (key) or by HOME FINGERPRINT; records go along with their entries.
rechain() {
	local from=$1 n
	shift
	[ "$1" != key ] || set -- "$KEYHOME" "$KEY"
	"$FORGE" "$G" "$L" "$from" "$@" || return 1
	for ((n = from; n <= LAST; n++)); do
		[ ! -e "$L/$n.id" ] || [ ! -e "$BASE/texts/$n.id" ] || echo "s/$(cat "$BASE/texts/$n.id")/$(cat "$L/$n.id")/"
	done > "$L/moves"
	for_each_volume rename
}

# for_each_volume COMMAND: with YEAR.git and the ref.
for_each_volume() {
	local year ref
	for year in "$S"/volumes/*.git; do
		for ref in $(git -C "$year" for-each-ref --format='%(refname)'); do "$1" "$year" "$ref" || return 1; done
	done
}

rename() {
	git -C "$1" ls-tree "$2" > "$L/tree"
	sed -f "$L/moves" "$L/tree" > "$L/renamed"
	cmp -s "$L/tree" "$L/renamed" || put_tree "$1" "$2" < "$L/renamed"
}

# put_tree YEAR.git REF < entries: the ref's commit with another tree.
put_tree() {
	local tree
	tree=$(git -C "$1" mktree) || return 1
	git -C "$1" update-ref "$2" "$(git -C "$1" cat-file commit "$2" | sed "1s/.*/tree $tree/" |
		git -C "$1" hash-object -t commit -w --stdin)"
}

volume_of() { sed -n 's/^Volume: //p' "$L/$1.leaf"; }
year_of() { echo "$S/volumes/$(volume_of "$1" | cut -d / -f 1).git"; }
ref_of() { echo "refs/notes/volumes/$(volume_of "$1")"; }

note_of() { git -C "$(year_of "$1")" cat-file blob "$(ref_of "$1"):$(cat "$L/$1.id")"; }

# put_note N < text: in place of the one of entry N, or anew.
put_note() {
	local year ref id blob
	year=$(year_of "$1") ref=$(ref_of "$1") id=$(cat "$L/$1.id")
	blob=$(git -C "$year" hash-object -t blob -w --stdin)
	git -C "$year" ls-tree "$ref" | grep -v "$id" > "$L/tree"
	printf '100644 blob %s\t%s\n' "$blob" "$id" >> "$L/tree"
	put_tree "$year" "$ref" < "$L/tree"
}

# put_attachment N SEQ NUMBER < bytes: in the volume of entry N, which has none, under the name of one of entry SEQ.
put_attachment() {
	local year ref blob
	year=$(year_of "$1") ref=$(ref_of "$1")
	blob=$(git -C "$year" hash-object -t blob -w --stdin)
	blob=$(printf '100644 blob %s\t%s\n' "$blob" "$3" | git -C "$year" mktree)
	blob=$(printf '040000 tree %s\t%s\n' "$blob" "$2" | git -C "$year" mktree)
	git -C "$year" ls-tree "$ref" > "$L/tree"
	printf '040000 tree %s\tattachments\n' "$blob" >> "$L/tree"
	put_tree "$year" "$ref" < "$L/tree"
}

# restate N FILE: the leaf's Record becomes the digest of what stands in the file, which becomes its note.
restate() {
	edit "$1" "s/^Record: .*/Record: sha256:$(sha256sum < "$2" | cut -c 1-64)/" && put_note "$1" < "$2"
}

# again N M [SED]: entry M becomes what N is, at the Time of the entry before it.
again() {
	cp "$L/$1.tree" "$L/$2.tree"
	sed "s/^Seq: .*/Seq: $2/; s/^Time: .*/$(line_of $(($2 - 1)) Time)/; ${3:-}" "$L/$1.leaf" > "$L/again"
	mv "$L/again" "$L/$2.leaf"
}

# unstated N: the note of entry N by another request, without a signature.
unstated() { note_of "$1" | sed "/^Signature: /d; s/^Request: .*/Request: $(printf '%032d' $RANDOM)/"; }

# begin_volume N: the volume of entry N, empty, as the ledger begins it, where its year is here.
begin_volume() {
	local year who
	year=$(year_of "$1")
	who="$(line_of "$1" Origin | cut -d ' ' -f 2) <ledger@daicho.invalid> 1767484801 +0900"
	git -C "$year" update-ref "$(ref_of "$1")" "$(printf 'tree %s\nauthor %s\ncommitter %s\n\nvolume %s\n' \
		"$(git -C "$year" mktree < /dev/null)" "$who" "$who" "$(volume_of "$1")" |
		git -C "$year" hash-object -t commit -w --stdin)"
}

# unpack REPO: every object becomes loose.
unpack() {
	local pack
	mkdir "$A/packs" && mv "$1"/objects/pack/* "$A/packs"
	for pack in "$A"/packs/*.pack; do git -C "$1" unpack-objects -q < "$pack"; done
	rm -rf "$A/packs"
}

loose_of() { echo "$1/objects/${2:0:2}/${2:2}"; }

# put_loose REPO ID TYPE < bytes: under the name of another object.
put_loose() {
	local made
	made=$(git -C "$1" hash-object -t "$3" -w --stdin --literally)
	mkdir -p "$(dirname "$(loose_of "$1" "$2")")"
	mv -f "$(loose_of "$1" "$made")" "$(loose_of "$1" "$2")"
}

# clone: the ledger with all records, as an auditor has it; verified in place of the store.
clone() {
	local year
	git clone -q --bare "$G" "$A/clone.git"
	for year in "$S"/volumes/*.git; do git -C "$A/clone.git" fetch -q "$year" '+refs/notes/*:refs/notes/*'; done
	TARGET=$A/clone.git
}

# stranger UID: a key of somebody; sets STRANGER (home) and STRANGER_KEY.
stranger() {
	STRANGER=$A/gpg
	mkdir -m 700 "$STRANGER"
	gpg -q --homedir "$STRANGER" --batch --passphrase '' --faked-system-time 1600000000! --quick-gen-key "$1" ed25519 \
		sign never 2>> "$A/gpg.log"
	STRANGER_KEY=$(gpg --homedir "$STRANGER" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
}

# replace_head < raw commit: becomes the last one.
replace_head() {
	git -C "$G" update-ref refs/heads/ledger "$(git -C "$G" hash-object -t commit -w --stdin --literally)"
}
head_commit() { git -C "$G" cat-file commit refs/heads/ledger; }

# collide REPO ID TYPE FILE: the object of this id is what the file holds, for whoever looks at its SHA-1 alone.
collide() {
	COLLISION="$(git hash-object -t "$3" --literally "$4") $2"
	export COLLISION
	unpack "$1" && put_loose "$1" "$2" "$3" < "$4"
	judge() { LD_PRELOAD=$COLLIDE daicho-verify --json "$TARGET" --policy "$PINS" "${WITH[@]}"; }
}

# policy LINE...: what the auditor asks for beside the pins.
policy() { (echo '[policy]'; printf '%s\n' "$@") >> "$PINS"; }

# saw: the auditor has kept a checkpoint of what the ledger is now.
saw() {
	daicho-verify --json "$G" --policy "$PINS" --ledger-only > "$A/base"
	jq -r '.origin, .checkpoint.size' "$A/base" > "$A/seen"
	jq -r '.checkpoint.root' "$A/base" | cut -c 8- | tr a-f A-F | basenc --base16 -d | base64 >> "$A/seen"
	policy 'known = seen'
}

# witness: the auditor wants the cosignature of one.
witness() {
	daicho-witness --state "$A/witness" init w.example > /dev/null
	daicho-witness --state "$A/witness" --json status > "$A/status"
	printf 'witness w %s\nquorum w\n' "$(grep -rhoE 'w\.example\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+' "$A/status" \
		"$A/witness" | head -n 1)" > "$A/witnesses"
	policy 'witnesses = witnesses'
}

# authority_of [DAY]: one for time stamps in $A/ca, honest: by its clock it is that day, else one of 2025, before
# anything was due.
authority_of() {
	echo "-$((EPOCHSECONDS - $(japan_seconds "${1:-2025-11-26} 10:00")))" > "$A/ca-clock"
	T=$A authority "$A/ca-clock"
}

# point: the checkpoint $A/point of all entries before the disposal.
point() {
	line_of "$DISPOSE" Origin | cut -d ' ' -f 2 > "$A/point"
	echo "$DISPOSE" >> "$A/point"
	line_of "$DISPOSE" Root | cut -d : -f 3 | xxd -r -p | base64 >> "$A/point"
}

# put_receipt: $A/point, stamped by the authority, becomes the record of the certificate, which names it.
put_receipt() {
	local approve volume year blob
	openssl ts -query -sha256 -cert -data "$A/point" -out "$A/ca/query" 2> "$A/ca/log"
	T=$A stamp "$A/ca/query" "$A/ca/reply"
	note_of $((DISPOSE - 1)) | sed '/^$/q' | sed "s/^Kind: .*/Kind: dispose/; /^Signature: /d
		s/^Request: .*/Request: $(printf '%032d' 7)/" > "$A/note"
	jq -S --indent 0 -n --rawfile c "$A/point" --arg s "$(base64 -w 0 "$A/ca/reply")" \
		'{checkpoint: $c, time_stamp: $s}' |
		sed 's/^{/{\n/; s/","time_stamp/",\n"time_stamp/; s/}$/\n}/' >> "$A/note"
	approve=$(volume_of $((DISPOSE - 1)))
	volume=${approve/approve/dispose}
	edit "$DISPOSE" "1s|.*|dispose $volume|
		/^Time: /a Volume: $volume\nRecord: sha256:$(sha256sum < "$A/note" | cut -c 1-64)
		/^Rules: /i Witness: sha256:$(sha256sum < "$A/ca/reply" | cut -c 1-64)"
	year=$(year_of "$DISPOSE")
	begin_volume "$DISPOSE"
	blob=$(git -C "$year" hash-object -t blob -w --stdin < "$A/note")
	printf '100644 blob %s\t%s\n' "$blob" "$(cat "$L/$DISPOSE.id")" | put_tree "$year" "refs/notes/volumes/$volume"
}

# append_leaf < lines after the summary: one more entry, of the kind on the first line.
append_leaf() {
	LAST=$((LAST + 1))
	cat > "$L/$LAST.leaf"
	cp "$L/$((LAST - 1)).tree" "$L/$LAST.tree"
}

# lines_of N NAME...: lines of a leaf.
line_of() { grep "^$2: " "$L/$1.leaf"; }

# only_to N: the ledger as it was after that entry; records are not asked for.
only_to() {
	local n
	for ((n = $1 + 1; n <= LAST; n++)); do rm "$L/$n.leaf"; done
	LAST=$1 WITH=(--ledger-only)
}

# key_entry LINE...: says something of keys, at the Time of the last entry.
key_entry() {
	local last=$LAST
	append_leaf < <(
		printf 'key\n\n'
		line_of "$last" Origin
		line_of "$last" Genesis
		echo "Seq: $((last + 1))"
		line_of "$last" Time
		printf '%s\n' "$@"
		line_of "$last" Rules
		line_of "$last" Root
		line_of "$last" Prev
	)
}

# heartbeat: an entry that says nothing else.
heartbeat() {
	local last=$LAST
	append_leaf < <(
		printf 'heartbeat\n\n'
		line_of "$last" Origin
		line_of "$last" Genesis
		echo "Seq: $((last + 1))"
		line_of "$last" Time
		line_of "$last" Rules
		line_of "$last" Root
		line_of "$last" Prev
	)
}

# rekey FILE: the same ledger from its first entry on, with this file as the public key in its rule book; the auditor
# pins that one.
rekey() {
	local n keys tree digest genesis
	keys=$(git -C "$G" ls-tree refs/heads/ledger:keys |
		sed "s/blob [0-9a-f]*/blob $(git -C "$G" hash-object -w "$1")/" | git -C "$G" mktree)
	tree=$(git -C "$G" ls-tree refs/heads/ledger | sed "s/tree [0-9a-f]*\tkeys/tree $keys\tkeys/" |
		git -C "$G" mktree)
	digest=$(git -C "$G" ls-tree -r --name-only "$tree" | sort | while read -r n; do
		printf '%s  %s\n' "$(git -C "$G" cat-file blob "$tree:$n" | sha256sum | cut -c 1-64)" "$n"
	done | sha256sum | cut -c 1-64)
	for ((n = 0; n <= LAST; n++)); do
		echo "$tree" > "$L/$n.tree"
		sed -i "s/^Rules: .*/Rules: sha256:$digest/" "$L/$n.leaf"
	done
	rechain 0 key
	genesis=$(printf '\0' | cat - "$L/0.leaf" | sha256sum | cut -c 1-64)
	sed -i "s/^genesis = .*/genesis = sha256:$genesis/" "$PINS"
}

# go_on COMMAND: the store's own daemon serves while it runs; then the texts are those of what the ledger is now.
go_on() {
	T=$A
	sed -i "s|^archive = .*|archive = $A/s-archive|" "$S/daicho.ini"
	start_daemon && "$1" && stop_daemon || return 1
	rm -rf "$L" && split_texts "$G" "$L"
	LAST=$(($(find "$L" -name "*.leaf" | wc -l) - 1))
}

# turn_by HOW...: another last entry, signed as rechain has it, lies where a mirror announces entries; $A/clone.git
# holds the ledger and remembers that one, and $A/made.json is evidence of both, made by hand.
turn_by() {
	local head
	head=$(git -C "$G" rev-parse refs/heads/ledger)
	edit "$LAST" "s/^Record: sha256:..../Record: sha256:0000/" && rechain "$LAST" "$@" || return 1
	git -C "$G" update-ref refs/daicho/next refs/heads/ledger
	git -C "$G" update-ref refs/heads/ledger "$head"
	git clone -q --bare "$G" "$A/clone.git"
	git -C "$A/clone.git" fetch -q "$G" +refs/daicho/next:refs/remotes/origin/ledger
	evidence_of "$head" refs/daicho/next > "$A/made.json"
}

# evidence_of COMMIT OTHER: what convicts by both, with the links to the keys of the first.
evidence_of() {
	local id name
	for id in $(git -C "$G" rev-list --reverse "$1"); do
		git -C "$G" cat-file commit "$id" | jq -Rs 'select(test("\n\n(genesis|key)( [^\n]*)?\n\nOrigin: "))'
	done | jq -s . > "$A/links"
	for name in $(git -C "$G" ls-tree --name-only "$1" keys/); do
		git -C "$G" cat-file blob "$1:$name" | jq -Rs .
	done | jq -s . > "$A/keys"
	for id in "$1" "$2"; do git -C "$G" cat-file commit "$id" | jq -Rs '{commit: .}'; done | jq -s . > "$A/both"
	jq -n --arg origin "$(sed -n 's/^Origin: //p' "$L/0.leaf")" --slurpfile links "$A/links" \
		--slurpfile keys "$A/keys" --slurpfile both "$A/both" '{format: "daicho.evidence.v1", origin: $origin,
		keys: $keys[0], links: $links[0], statements: $both[0]}'
}
