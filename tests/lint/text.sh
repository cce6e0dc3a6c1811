# Lines of at most 120 columns in sources, no space at a line's end, no path of somebody's machine.
set -u
status=0
files=$(git ls-files -co --exclude-standard 2>/dev/null) ||
	files=$(find . -type f -not -path './build/*' -not -path './.git/*' | sed 's|^\./||')
# Vectors and the directive's own text are taken as they are.
files=$(printf '%s\n' "$files" | grep -vE '^tests/(data|fuzz/corpus)/|/directive\.txt$' | while read -r f; do
	[ ! -f "$f" ] || printf '%s\n' "$f"
done)
sources=$(printf '%s\n' "$files" | grep -vE '\.md$|^LICENSE$')

# A tab of the indentation counts as four columns.
found=$(printf '%s\n' "$sources" |
	xargs sed -s -n -e ':a' -e 's/^\( *\)\t/\1    /' -e 'ta' -e '/^.\{121,\}/ { F; = }' | paste -d : - -)
[ -z "$found" ] || { printf '%s\n' "$found"; echo 'lines over 120 columns: fold them'; status=1; }
if printf '%s\n' "$files" | xargs grep -nIE '[ 	]+$' | cut -d : -f 1,2 | grep .; then
	echo 'space at the end of a line: cut it off'
	status=1
fi
if printf '%s\n' "$files" | xargs grep -nIE '(^|[^A-Za-z0-9_.*-])/(work|home|root)/' | grep .; then
	echo 'a path of one machine: say it relative to the project, or with a placeholder'
	status=1
fi
exit $status
