# Every error word of daemon/base/err.c stands in a manual page and in a test.
set -u
status=0
words=$(sed -n 's/^[[:space:]]*\[ERR_[A-Z0-9]*\] = { "\([A-Z0-9]*\)".*/\1/p' daemon/base/err.c | grep -vx OK)
[ -n "$words" ] || { echo 'daemon/base/err.c: no error word found: has the table changed its form?'; exit 1; }
pages=$(find . -name '*.[1-8]' -not -path './build/*' -not -path './.git/*' | sort)
[ -n "$pages" ] || { echo 'no manual page (*.1 to *.8) found'; exit 1; }
for word in $words; do
	# shellcheck disable=SC2086
	grep -qw -- "$word" $pages || { echo "$word: in no manual page: describe it in daicho(1), EXIT STATUS"; status=1; }
	grep -rqwE -- "(ERR_)?$word" tests --include='*.bats' --include='*_test.c' --include='*.bash' ||
		{ echo "$word: in no test: write one that is refused with it"; status=1; }
done
exit $status
