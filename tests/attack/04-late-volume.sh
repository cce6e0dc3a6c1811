#!/bin/bash
# attack: who has the key files a record under the year after, which keeps it for a year more
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses none
# expect: INVALID BROKEN
# reason: Volume: its year is after those of Time and of the event
# daemon: refuses
n=$CORRECTION
id_of() { cat "$L/$n.id"; }
old_year=$(year_of "$n") old_ref=$(ref_of "$n") year=$(volume_of "$n" | cut -d / -f 1)
edit "$n" "1s# $year/# $((year + 1))/#; s#^Volume: $year/#Volume: $((year + 1))/#"
rechain "$n" key
new_year=$(year_of "$n") new_ref=$(ref_of "$n")
entry=$(git -C "$old_year" ls-tree "$old_ref" | grep "$(id_of)")
blob=$(git -C "$old_year" cat-file blob "$old_ref:$(id_of)" | git -C "$new_year" hash-object -t blob -w --stdin)
tree=$(printf '100644 blob %s\t%s\n' "$blob" "$(id_of)" | git -C "$new_year" mktree)
git -C "$new_year" update-ref "$new_ref" "$(git -C "$old_year" cat-file commit "$old_ref" |
	sed "1s/.*/tree $tree/; s#^volume $year/#volume $((year + 1))/#" |
	git -C "$new_year" hash-object -t commit -w --stdin)"
git -C "$old_year" ls-tree "$old_ref" | grep -vF "$entry" > "$L/left" || true
if [ -s "$L/left" ]; then
	put_tree "$old_year" "$old_ref" < "$L/left"
else
	git -C "$old_year" update-ref -d "$old_ref"
fi
