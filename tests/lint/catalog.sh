# The catalog of messages is whole: every message of the sources is in it, translated, with the same conversions, and
# nothing else.
set -u
po=contrib/po/ja.po
status=0
for tool in xgettext msgmerge msgattrib msgfmt; do
	command -v "$tool" >/dev/null || { echo "$tool: not found: run contrib/setup"; exit 1; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
contrib/po/update "$po" "$work/ja.po" || exit 1
if ! cmp -s "$po" "$work/ja.po"; then
	diff "$po" "$work/ja.po" | grep '^[<>] msgid' | head -20
	echo "$po: out of date: run make po"
	status=1
fi
for what in untranslated only-fuzzy; do
	found=$(msgattrib --$what --no-obsolete --no-wrap "$work/ja.po" | awk -v RS= '!/Project-Id-Version/')
	[ -z "$found" ] || { printf '%s\n' "$found"; echo "$po: $what: translate them"; status=1; }
done
msgfmt --check --output-file=/dev/null "$work/ja.po" || status=1
# xgettext stops at a macro, and the program would look for the whole text.
calls='(_|err_set|err_next|err_prefix|err_errno|refuse|fault|remark|diverge|bad|fail)\('
if grep -nE "$calls"'.*("[^"]* " [A-Z_]{3,}|[ (][A-Z_]{3,} "[^"]* )' -r daemon --include='*.c' |
	grep -vE 'PRI[diux]|buf_|mem_|sqldb|puts'; then
	echo 'a macro in a message: give it as an argument of %s'
	status=1
fi
# Also where xgettext does not see a format.
msgfmt --output-file="$work/mo" "$work/ja.po" && msgunfmt --no-wrap "$work/mo" | awk '
	function conversions(text,   all) {
		all = ""
		gsub(/%%/, "", text)
		while (match(text, /%[-+ #0-9.*]*(<PRI[a-z0-9]+>|(hh|h|ll|l|z|j)?[a-zA-Z])/)) {
			all = all substr(text, RSTART, RLENGTH) " "
			text = substr(text, RSTART + RLENGTH)
		}
		return all
	}
	/^msgid / { id = $0; at = "id"; next }
	/^msgstr / && $0 !~ /%[0-9]+\$/ && conversions(id) != conversions($0) { print id; bad = 1 }
	END {
		if (bad) print "other conversions in the translation, or in another order: say them as %1$s, %2$s"
		exit bad
	}' ||
	status=1
exit $status
