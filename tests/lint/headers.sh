# Every header compiles alone, and twice, without warnings and without any library's include path.
set -eu
find daemon -name '*.h' | sort | xargs -P "$(nproc)" -n 8 sh -c '
for path; do
	name=${path#daemon/}
	text=$(printf "#include \"%s\"\n#include \"%s\"\n" "$name" "$name" |
		"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Idaemon -Wall -Wextra -Wundef -Wstrict-prototypes \
			-Werror -fsyntax-only -x c - 2>&1) && continue
	printf "%s: does not compile alone: include in it what it uses\n%s\n" "$path" "$(printf "%s" "$text" | head -3)"
	failed=1
done
exit ${failed:-0}' sh
