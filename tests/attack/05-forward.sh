#!/bin/bash
# attack: who has the key dates a disposal years ahead: it follows at once, no day of these years has an entry
# git: fsck exits 0, log shows 21 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: disposal: the statement is about another proposal
# also: disposed of although the clock was in doubt: 2024: life on
# daemon: refuses
# The disposal stands behind the entries of the first day.
first=$((RECORD + 2)) n=$((RECORD + 2))
for ((old = DISPOSE - 3; old <= DISPOSE + 1; old++)); do
	cp "$BASE/texts/$old.leaf" "$L/next.$n"
	cp "$BASE/texts/$old.tree" "$L/tree.$n"
	echo "s/^On: entry $old\$/On: entry $n/; s/^Seq: $old\$/Seq: $n/" >> "$A/renumber"
	echo "s/^\(dispose\|disposed\) entry $old\$/\1 entry $n/" >> "$A/renumber"
	echo "s/$(cat "$BASE/texts/$old.id")/NEW$n/" >> "$A/moves"
	n=$((n + 1))
done
for ((i = first; i <= LAST; i++)); do rm "$L/$i.leaf" "$L/$i.id"; done
for ((i = first; i < n; i++)); do sed -f "$A/renumber" "$L/next.$i" > "$L/$i.leaf"; cp "$L/tree.$i" "$L/$i.tree"; done
"$FORGE" "$G" "$L" "$first" "$KEYHOME" "$KEY"
for ((i = first; i < n; i++)); do echo "s/NEW$i/$(cat "$L/$i.id")/"; done > "$A/news"
rename_or_drop() {
	git -C "$1" ls-tree "$2" | sed -f "$A/moves" | sed -f "$A/news" > "$A/tree"
	for ((i = first; i <= LAST; i++)); do
		grep -v -e "$(cat "$BASE/texts/$i.id")" -e attachments "$A/tree" > "$A/less"
		mv "$A/less" "$A/tree"
	done
	if [ -s "$A/tree" ]; then put_tree "$1" "$2" < "$A/tree"; else git -C "$1" update-ref -d "$2"; fi
}
for_each_volume rename_or_drop
rm -rf "$S/volumes/2025.git"
