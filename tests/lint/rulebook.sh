# Each rule book agrees with schemas/: every kind has a schema and every schema a kind, with the same titles; each field
# has titles in Japanese and English and names its clause; keywords are those of schemas/README.md; there is a sample.
set -u
status=0
say() { echo "$1"; status=1; }

# Sections as lines type<TAB>name<TAB>key<TAB>value; the section's own line has an empty key.
read_ini() {
	awk '
	/^\[/ { gsub(/[][]/, ""); split($0, s, " "); type = s[1]; name = s[2]; print type "\t" name "\t\t" }
	/^[a-z_]+ *=/ { key = $1; sub(/^[^=]*= */, ""); print type "\t" name "\t" key "\t" $0 }' "$1"
}

all_kinds=
for ini in etc/rulebooks/*/directive.ini; do
	[ -s "${ini%.ini}.txt" ] || say "$ini: the directive's own text is missing: ${ini%.ini}.txt"
	rows=$(read_ini "$ini")
	kinds=$(printf '%s\n' "$rows" | awk -F '\t' '$1 == "kind" && $3 == "" { print $2 }')
	matters=$(printf '%s\n' "$rows" | awk -F '\t' '$1 == "matter" && $3 == "" { print $2 }')
	all_kinds=$(printf '%s\n%s' "$all_kinds" "$kinds")
	printf '%s\n' "$rows" | awk -F '\t' -v ini="$ini" '
		($1 == "kind" || $1 == "role") && $3 == "" { at[$1 " " $2] = 1 }
		$3 == "clause" { cites[$1 " " $2] = 1 }
		$3 == "retain" { retains[$2] = 1 }
		$3 == "retain_clause" { source[$2] = 1 }
		END {
			for (x in at) if (!(x in cites)) { print ini ": [" x "] names no clause: add clause"; bad = 1 }
			for (x in retains)
				if (!(x in source)) { print ini ": [kind " x "] names no retain_clause: add it"; bad = 1 }
			exit bad
		}' || status=1
	for kind in $kinds; do
		schema=schemas/$kind.schema.json
		[ -f "$schema" ] || { say "$ini: [kind $kind] has no $schema: write it"; continue; }
		faults=$(printf '%s\n' "$rows" |
			awk -F '\t' -v k="$kind" '$1 == "kind" && $2 == k && $3 != "" { print $3 "\t" $4 }' |
			jq -nrR --slurpfile schema "$schema" --arg id "urn:daicho:schema:$kind" --arg matters "$matters" \
				-f tests/lint/rulebook.jq 2>&1)
		[ -z "$faults" ] || say "$(printf '%s\n' "$faults" | sed "s|^|$schema: |")"
	done
done
for schema in schemas/*.schema.json; do
	kind=$(basename "$schema" .schema.json)
	printf '%s\n' "$all_kinds" | grep -qx -- "$kind" ||
		say "$schema: no rule book has this kind: delete the file, or add [kind $kind]"
done
exit $status
