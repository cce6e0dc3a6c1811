# Each clause of the directive is enforced by its rule book, and a test breaks and keeps it.
set -u
book=etc/rulebooks/kumamoto-r6-120/directive.ini
status=0
for clause in P-1 P-2 P-3 C1-1 C2.1-1 C2.2-1 C2.2-2 C2.3-1 C2.4-1 C2.4-2 C2.4-3 C2.4-4 C3.1-1 C3.1-2 C3.1-3 C3.1-4 \
	C3.1-5 C3.1-6 C3.2.1-1 C3.2.1-2 C3.2.2a-1 C3.2.2a-2 C3.2.2b-1 C3.2.2c-1 C3.2.3-1 C3.2.4a-1 C3.2.4b-1 C3.2.4b-2 \
	C3.2.4b-3 C3.2.5-1 C3.2.5-2 C3.2.5-3 C3.2.6-1 C3.3.1 C3.3.2 C3.3.3 C3.3.4 C3.3.5 C3.3.6 C4.1-1 C4.1-2 C4.2-1 C5-1 \
	C6-1 C7-1 C7-2 C7-3 C8-1; do
	awk -v c="$clause" '
		/^\[/ { rules = /^\[(rule|due|route) / }
		$3 == c && ((rules && $1 == "clause") || $1 == "retain_clause" || $1 == "expires_clause") { found = 1 }
		END { exit !found }' "$book" || { echo "$book: $clause is not enforced"; status=1; }
	grep -qF -- "$clause" tests/e2e/clauses.bats tests/e2e/rules_update.bats ||
		{ echo "$clause: in no test of tests/e2e/clauses.bats: break and keep it"; status=1; }
done
exit $status
