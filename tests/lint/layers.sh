# Who includes whom: rooms as daemon/LAYERS allows, libraries through foreign/ alone, and no circle among modules.
set -eu
find daemon -name '*.[ch]' | sort | xargs awk '
function room_of(path) {               # daemon/model/leaf.c -> model, daemon/daichod.c -> daichod
	sub(/^daemon\//, "", path)
	sub(/\/.*/, "", path)
	sub(/\.[ch]$/, "", path)
	return path
}
function say(text) { print FILENAME ":" FNR ": " text; bad = 1 }
BEGIN {
	while ((getline line < "daemon/LAYERS") > 0)
		if (line !~ /^#/ && split(line, side, /:[ ]*/) >= 1) {
			known[side[1]] = 1
			n = split(side[2], rooms, " ")
			for (i = 1; i <= n; i++) allowed[side[1], rooms[i]] = 1
		}
	library = "^(git2|gpgme|gpg-error|archive|ini|jansson|microhttpd|curl/|sqlite3|seccomp|pcre2|zlib|openssl/)"
}
FNR == 1 {
	room = room_of(FILENAME)
	if (!(room in known)) say("room " room " is not in daemon/LAYERS: add it there, with what it may include")
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	gsub(/.*<|>.*/, "", name)
	if (name ~ library && room != "foreign" && !(room == "base" && name ~ /^openssl\//))
		say("<" name "> outside foreign/: use a header of foreign/, or add a door to the library there")
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	if (name !~ /^[a-z]+\/[a-z0-9_]+\.h$/) {
		say("\"" name "\": includes are written from daemon/, as \"room/file.h\"")
		next
	}
	other = room_of(name)
	if (other != room && !((room, other) in allowed))
		say("\"" name "\": " room " may not include " other " (daemon/LAYERS): move the code to a room that may")
}
END { exit bad }'

# Modules: file.c, file.h and their parts file_*.c, file_*.h are one. tsort names the members of a circle.
edges=$(find daemon -name '*.[ch]' | sort | xargs awk '
function module_of(path,   at) {
	sub(/^daemon\//, "", path)
	sub(/\.[ch]$/, "", path)
	for (at = length(path); at > 0; at--)
		if (substr(path, at, 1) == "_" && (substr(path, 1, at - 1) in stem)) path = substr(path, 1, at - 1)
	return path
}
BEGIN {
	for (i = 1; i < ARGC; i++) {
		name = ARGV[i]
		sub(/^daemon\//, "", name)
		sub(/\.[ch]$/, "", name)
		stem[name] = 1
	}
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/".*/, "", name)
	from = module_of(FILENAME)
	to = module_of(name)
	if (from != to) print from, to
}' | sort -u)
circle=$(printf '%s\n' "$edges" | tsort 2>&1 >/dev/null | sed 's/^tsort: //' | grep -v 'contains a loop' || true)
[ -z "$circle" ] || {
	printf 'a circle of includes: %s\n' "$(printf '%s' "$circle" | tr '\n' ' ')"
	echo 'break it: move what both need into a module below them, or hand over a function pointer'
	exit 1
}
