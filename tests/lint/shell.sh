# Shell scripts, git hooks and bats files pass shellcheck.
set -u
files=$(git ls-files -co --exclude-standard 2>/dev/null) ||
	files=$(find . -type f -not -path './build/*' -not -path './.git/*')
scripts=$(printf '%s\n' "$files" | while read -r f; do
	[ -f "$f" ] || continue
	case $f in
	*.sh | *.bash | *.bats) printf '%s\n' "$f" ;;
	*) head -n 1 "$f" 2>/dev/null | tr -d '\0' | grep -qE '^#!.*\b(sh|bash|bats)$' && printf '%s\n' "$f" ;;
	esac
done)
# Files that are read by others have no first line of their own.
printf '%s\n' "$scripts" | xargs -P "$(nproc)" -n 4 sh -c '
for f; do
	except=
	case $f in
	*.bats) kind=bats ;;
	*.bash) kind=bash except=SC2034 ;;   # what a library sets is for those who load it
	*) case $(head -n 1 "$f") in "#!"*bash) kind=bash ;; *) kind=sh ;; esac ;;
	esac
	shellcheck -x -s "$kind" ${except:+-e "$except"} -S warning -f gcc "$f" || failed=1
done
exit ${failed:-0}' sh || { echo 'mend them, or say in a comment why shellcheck is wrong there'; exit 1; }
