# File stem = module = prefix: what daemon/room/file.c exports begins with file_ or FILE_ (a part file_x.c may also use
# its module's name, file_). No name is defined twice, and structs and enums have no typedef.
set -u
build=$1
status=0
if grep -nE '^[[:space:]]*typedef[[:space:]]+(struct|enum|union)\b' -r daemon --include='*.[ch]'; then
	echo 'a typedef of a struct, enum or union: write the tag out'
	status=1
fi
objects=$(find "$build/obj" -name '*.o' 2>/dev/null | sort)
[ -n "$objects" ] || { echo "$build/obj: no objects to look at: run make first"; exit 1; }
for object in $objects; do
	stem=${object#"$build"/obj/}
	[ ! -f "daemon/${stem%.o}.c" ] || echo "$object"   # else its source is gone
done | xargs nm -A -g --defined-only | awk -v folder="$build/obj/" '
NF == 3 && $3 !~ /^(__|_Z|main$)/ {
	sub(/\.o:[^:]*$/, "", $1)
	print substr($1, length(folder) + 1), $3
}' | awk '
{
	stem = $1
	sub(/.*\//, "", stem)
	fits = 0
	for (part = stem; ; sub(/_[^_]*$/, "", part)) {
		if (tolower($2) == part || index(tolower($2), part "_") == 1) fits = 1
		if (part !~ /_/) break
	}
	if (!fits) { print "daemon/" $1 ".c: exports " $2 ": make it static, or begin its name with " stem "_"; bad = 1 }
	if ($2 in seen) { print "daemon/" $1 ".c: daemon/" seen[$2] ".c exports " $2 " too: rename one"; bad = 1 }
	seen[$2] = $1
}
END { exit bad }' || status=1
exit $status
