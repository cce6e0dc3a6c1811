#!/usr/bin/env bats
# Archives as files: judged, read and unpacked without their store, encrypted, and destroyed at their end.

load lib
setup() {
	if [ -n "${E2E_REAL_CLOCK:-}" ]; then skip "libfaketime does not start under the sanitizers"; fi
	e2e_setup
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# Lived through once, under limits that ask for few days of life: a designation of 2024 that ended, due and approved;
# and a copy of that store in which it was archived and disposed of. HOUSE holds both, and GOOD is the archive.
setup_file() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || return 0
	e2e_setup
	export HOUSE=$T TARO HANAKO JIRO RECORD PLAN GOOD NAME
	quick_rulebook 's/^warn_months.*/&\narchive_years = 1/'
	set_clock "2024-02-22 10:00"
	init_store --rulebook "$T/rulebook"
	start_daemon
	staff
	TARO=$(person taro records-officer)
	HANAKO=$(person hanako information-manager)
	JIRO=$(person jiro records-officer)
	add device '.registered_on = "2024-02-22"'
	RECORD=$(add designation '.designated_on = "2024-02-22"')
	add designation-end ".designation_entry = $RECORD | .released_on = \"2024-02-22\""
	live_through 2024-02-22 2026-01-04 80
	PLAN=$(dc --json disposal plan | jq -r .plan)
	as taro disposal propose --plan "$PLAN" --sign "$TARO"
	as hanako disposal approve --plan "$PLAN" --decision 例8-2 --sign "$HANAKO"
	as jiro disposal approve --plan "$PLAN" --decision 例8-3 --sign "$JIRO"
	stop_daemon
	cp -a "$S" "$T/approved"
	start_daemon
	GOOD=$(dc --json disposal run --plan "$PLAN" | jq -r .archive.path)
	NAME=$(basename "$GOOD" .tar)
	[ -s "$GOOD" ]
	stop_daemon
	stop_agents
}
teardown_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# A copy of the house, with what the store of `which` (s, approved) has done, its archives in $T/s-archive.
move_in() {
	cp -a "$HOUSE/$1" "$S"
	cp -a "$HOUSE"/gpg-* "$HOUSE/pins" "$HOUSE/clock" "$T"
	[ "$1" != s ] || cp -a "$HOUSE/s-archive" "$T"
	sed -i "s|^archive = .*|archive = $T/s-archive|" "$S/daicho.ini"
}

# custodian NAME: a person who can open what is encrypted to them; in a home of its own, and in daicho.ini.
custodian() {
	local home=$T/gpg-$1 fpr
	mkdir -m 700 "$home"
	gpg -q --homedir "$home" --batch --passphrase '' --quick-gen-key "$1" future-default default never 2>> "$T/gpg.log"
	fpr=$(gpg --homedir "$home" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}')
	gpg -q --homedir "$home" --armor --export "$fpr" > "$T/$1.asc"
	printf '\n[custodian %s]\nkey = %s\nfingerprint = %s\n' "$1" "$T/$1.asc" "$fpr" >> "$S/daicho.ini"
}

# verdict CODE command ...: exactly this exit status of a judgement.
verdict() {
	local want=$1 status=0
	shift
	"$@" > "$T/said" 2>&1 || status=$?
	cat "$T/said"
	[ "$status" = "$want" ] || { echo "exit $status, expected $want"; return 1; }
	! grep -qE 'Sanitizer|runtime error' "$T/said"
}

# The bag in a folder by RFC 8493, with the digests of Python's hashlib and nothing of the programs under test; by
# the validator of the Library of Congress as well, where it is installed (bagit-python, which Debian lacks).
check_bag() {
	! python3 -c 'import bagit' 2> /dev/null || python3 -m bagit --validate --quiet "$1"
	python3 - "$1" <<- 'PY'
	import hashlib, os, sys
	bag = sys.argv[1]
	def lines(name):
	    with open(os.path.join(bag, name), encoding='utf-8', newline='') as f:
	        text = f.read()
	    assert text.endswith('\n') and '\r' not in text and '\ufeff' not in text, name
	    return text.split('\n')[:-1]
	def files(below):
	    return sorted(os.path.relpath(os.path.join(at, f), bag) for at, _, names in os.walk(os.path.join(bag, below))
	                  for f in names)
	def manifest(name):
	    listed = {}
	    for line in lines(name):
	        digest, path = line.split('  ', 1)
	        assert len(digest) == 64 and path not in listed and not path.startswith(('/', '~', '*')), line
	        assert '..' not in path.split('/'), line
	        listed[path] = digest
	    for path, digest in listed.items():
	        with open(os.path.join(bag, path), 'rb') as f:
	            assert hashlib.sha256(f.read()).hexdigest() == digest, path
	    return sorted(listed)
	assert lines('bagit.txt') == ['BagIt-Version: 1.0', 'Tag-File-Character-Encoding: UTF-8']
	payload = files('data')
	assert payload and manifest('manifest-sha256.txt') == payload
	tags = sorted(f for f in files('.') if not f.startswith('data/') and not f.startswith('tagmanifest-'))
	assert manifest('tagmanifest-sha256.txt') == tags, tags
	info = dict(line.split(': ', 1) for line in lines('bag-info.txt'))
	size = sum(os.path.getsize(os.path.join(bag, f)) for f in payload)
	assert info['Payload-Oxum'] == '%d.%d' % (size, len(payload)), info
	assert len(info['Bagging-Date']) == 10
	PY
}

@test "an archive is judged without its store: by pins, by its checksum, by what is in it" {
	cp "$HOUSE"/s-archive/* "$T"
	f=$T/$NAME.tar
	verdict 0 daicho archive verify "$f" --pin "$HOUSE/pins"
	verdict 3 daicho archive verify "$f"
	grep -q pinned "$T/said"
	[ "$(daicho --json archive verify "$f" --pin "$HOUSE/pins" | jq -r '.archives[0].records, .verdict' | paste -s)" = \
		"$(printf '2\tVALID')" ]
	# what the auditor has kept is compared with the tree head against which the records are proved
	daicho --json archive verify "$f" --pin "$HOUSE/pins" | jq -r '.archives[0] | .origin, .size, .root' > "$T/lines"
	head=$(sed -n 's/^sha256://p' "$T/lines" | xxd -r -p | base64)
	sed "3s|.*|$head|" "$T/lines" > "$T/kept"
	{ cat "$HOUSE/pins"; printf '[policy]\nknown = kept\n'; } > "$T/policy"
	verdict 0 daicho-verify "$f" --policy "$T/policy"
	sed -i '2s/.*/9999/' "$T/kept"
	verdict 0 daicho-verify "$f" --policy "$T/policy"
	grep -q 'a checkpoint of 9999 entries, and the archive is proved against' "$T/said"
	sed "3s|.*|$(head -c 32 /dev/zero | base64)|" "$T/lines" > "$T/kept"
	verdict 5 daicho-verify "$f" --policy "$T/policy"
	sed 's/^origin = .*/origin = other/' "$HOUSE/pins" > "$T/other"
	verdict 5 daicho archive verify "$f" --pin "$T/other"
	for key in key archive_key; do
		sed "s/^$key = ./$key = F/; s/^$key = F\(.*\)0\$/$key = F\11/" "$HOUSE/pins" > "$T/other"
		cmp -s "$T/other" "$HOUSE/pins" || verdict 3 daicho archive verify "$f" --pin "$T/other"
	done
	mv "$T/$NAME.sha256.asc" "$T/away"
	verdict 3 daicho archive verify "$f" --pin "$HOUSE/pins"
	cp "$HOUSE"/author.asc "$T/$NAME.sha256.asc"
	verdict 4 daicho archive verify "$f" --pin "$HOUSE/pins"
	mv "$T/away" "$T/$NAME.sha256.asc"
	rm "$T/$NAME.sha256"
	verdict 3 daicho archive verify "$f" --pin "$HOUSE/pins"
	cp "$HOUSE/s-archive/$NAME.sha256" "$T"
	at=$(grep -abo 見本 "$f" | head -1 | cut -d : -f 1)
	printf x | dd of="$f" bs=1 seek="$at" conv=notrunc status=none
	verdict 4 daicho archive verify "$f" --pin "$HOUSE/pins"
	refuses NOTFOUND daicho archive verify "$T/none.tar"
	refuses USAGE daicho archive verify "$T/pins.txt"
}

@test "by its name the store's own configuration says what is pinned" {
	move_in s
	verdict 0 daicho --store "$S" archive verify "$NAME"
	verdict 0 daicho --store "$S" archive verify
	echo x > "$T/s-archive/other.tar"
	verdict 4 daicho --store "$S" archive verify
	refuses USAGE daicho archive verify
}

@test "what is in it is shown, and one record of it" {
	[ "$(daicho --json archive show "$GOOD" | jq -c '[.entries[] | [.kind, .unit]]')" = \
		'[["designation","hq"],["designation-end","hq"]]' ]
	daicho archive show "$GOOD" | grep -q 'Payload-Oxum: '
	daicho archive show "$GOOD" | grep -q "^$RECORD .*2024-02-22 *designation/hq"
	daicho archive show "$GOOD" "$RECORD" | grep -q '^designated_on .*2024-02-22'
	[ "$(daicho --json archive show "$GOOD" "$RECORD" | jq -r .body.designated_on)" = 2024-02-22 ]
	refuses NOTFOUND daicho archive show "$GOOD" 1
}

@test "it is unpacked into a new folder, as a bag that others accept, or record by record" {
	umask 000
	daicho archive extract "$GOOD" --out "$T/all"
	check_bag "$T/all"
	[ -z "$(find "$T/all" -type f ! -perm 600 -o -type d ! -perm 700)" ]
	tar -x -C "$T" -f "$GOOD"
	diff -r "$T/all" "$T/$NAME"
	daicho archive extract "$GOOD" --out "$T/one" "$RECORD"
	[ "$(ls "$T/one/data")" = "$(printf '%012d\nREADME.txt\nkeys' "$RECORD")" ]
	refuses NOTFOUND daicho archive extract "$GOOD" --out "$T/none" 1
	[ ! -e "$T/none" ]
	refuses IO daicho archive extract "$GOOD" --out "$T/all"
	ln -s "$T/away" "$T/link"
	refuses IO daicho archive extract "$GOOD" --out "$T/link"
	[ ! -e "$T/away" ]
	refuses USAGE daicho archive extract "$GOOD"
}

# hostile: makes archives of the good one, each with something in it that leads out of the folder or is not what it
# says, in $T/hostile; and `fine`, in which nothing is wrong. Block by block, since no tar would make them all.
hostile() {
	mkdir "$T/hostile"
	python3 - "$GOOD" "$T/hostile" "$NAME" <<- 'PY'
	import gzip, os, sys
	good, out, top = sys.argv[1:]
	def header(name, size=0, type=b'0', link=b'', magic=b'ustar\x0000', size_field=None):
	    h = bytearray(512)
	    h[0:len(name)] = name
	    h[100:108] = b'0000644\0'; h[108:116] = b'0000000\0'; h[116:124] = b'0000000\0'
	    h[124:136] = size_field or b'%011o\0' % size
	    h[136:148] = b'00000000000\0'; h[148:156] = b'        '; h[156:157] = type
	    h[157:157 + len(link)] = link; h[257:265] = magic
	    h[148:156] = b'%06o\0 ' % sum(h)
	    return bytes(h)
	def member(name, content=b'x', **more):
	    return header(name, len(content), **more) + content + b'\0' * (-len(content) % 512)
	whole = open(good, 'rb').read()
	end = len(whole.rstrip(b'\0')) + 511 & ~511
	body, zeros = whole[:end], b'\0' * 1024
	t = top.encode()
	pax = lambda text: b'%d %s' % (len(text) + 3, text)
	extra = {
	    'absolute': member(b'/tmp/daicho-hostile'),
	    'dots': member(t + b'/data/../../../daicho-hostile'),
	    'dot': member(t + b'/./data/x'),
	    'outside': member(b'elsewhere/data/x'),
	    'top': member(b'x'),
	    'beside': member(t + b'x/data/x'),
	    'symlink': member(t + b'/data/x', b'', type=b'2', link=b'/etc/passwd'),
	    'hardlink': member(t + b'/data/x', b'', type=b'1', link=b'/etc/passwd'),
	    'device': member(t + b'/data/x', b'', type=b'3'),
	    'block': member(t + b'/data/x', b'', type=b'4'),
	    'fifo': member(t + b'/data/x', b'', type=b'6'),
	    'folder': member(t + b'/data/x/', b'', type=b'5'),
	    'twice': member(t + b'/bagit.txt'),
	    'unknown': member(t + b'/data/x'),
	    'control': member(t + b'/data/a\x1b[2J'),
	    'unicode': member(t + '/data/台'.encode()),
	    'backslash': member(t + b'/data/..\\x'),
	    'paxpath': member(b'pax', pax(b'path=../../daicho-hostile\n'), type=b'x') + member(t + b'/data/x'),
	    'paxglobal': member(b'pax', pax(b'path=../../daicho-hostile\n'), type=b'g') + member(t + b'/data/x'),
	    'paxsize': member(b'pax', pax(b'size=99999999999\n'), type=b'x') + member(t + b'/data/x'),
	    'longname': member(b'././@LongLink', b'../../daicho-hostile\0', type=b'L') + member(t + b'/data/x'),
	    'sparse': member(t + b'/data/x', b'', type=b'S', magic=b'ustar  \0'),
	    'gnu': member(t + b'/data/x', magic=b'ustar  \0'),
	    'base256': header(t + b'/data/x', size_field=b'\x80' + b'\0' * 10 + b'\1') + b'\0' * 512,
	    'huge': header(t + b'/data/x', size_field=b'77777777777\0'),
	    'giant': header(t + b'/data/x', 300 << 20),
	}
	made = {kind: body + more + zeros for kind, more in extra.items()}
	made['fine'] = body + zeros
	made['behind'] = body + zeros + member(t + b'/data/x') + zeros
	made['first'] = member(b'../daicho-hostile') + body + zeros
	made['cut'] = body[:len(body) // 2 & ~511] + zeros
	made['short'] = body[:len(body) // 2]
	made['empty'] = zeros
	made['gzip'] = gzip.compress(whole)
	for kind, data in made.items():
	    with open(os.path.join(out, kind + '.tar'), 'wb') as f:
	        f.write(data)
	        if kind == 'giant':
	            f.truncate(len(body) + 512 + (300 << 20) + 1024)
	PY
}

@test "nothing is unpacked from a hostile archive, and nothing outside of the folder" {
	mkdir "$T/in"
	hostile
	for f in "$T"/hostile/*.tar; do
		kind=$(basename "$f" .tar)
		status=0
		daicho archive extract "$f" --out "$T/in/$kind" > "$T/said" 2>&1 || status=$?
		case $kind:$status in
		*:4 | *:26 | giant:23 | huge:23 | fine:0) ;;
		*) echo "$kind: $status"; cat "$T/said"; return 1 ;;
		esac
		if grep -qE $'\x1b|Sanitizer' "$T/said"; then echo "$kind"; return 1; fi
	done
	[ "$(ls -A "$T/in")" = fine ]
	[ ! -e /tmp/daicho-hostile ] && [ ! -e "$T/daicho-hostile" ] && [ ! -e "$T/in/daicho-hostile" ]
	rm "$T/hostile/fine.tar"
	verdict 4 daicho --json archive verify "$T"/hostile/*.tar --pin "$HOUSE/pins"
	[ "$(jq -r '.archives[].verdict' "$T/said" | sort | uniq -c | awk '{print $1, $2}')" = "32 INVALID" ]
}

@test "the same archive comes out in another place, time zone, language and mask, and of other packs" {
	move_in approved
	for repo in "$S/ledger.git" "$S"/volumes/*.git; do git -C "$repo" repack -q -a -d -f --depth=1 --window=1; done
	rm -f "$S/index.db"
	umask 000
	TZ=America/New_York LC_ALL=tr_TR.UTF-8 LANG=ja_JP.UTF-8 start_daemon
	live_through 2026-01-04 2026-03-04 60
	[ "$(dc --json disposal run --plan "$PLAN" | jq -r .archive.hash)" = \
		"sha256:$(sha256sum < "$GOOD" | cut -c 1-64)" ]
	cmp "$GOOD" "$T/s-archive/$NAME.tar"
	[ "$(stat -c %a "$T/s-archive/$NAME.tar")" = 600 ]
}

@test "encrypted to its custodians the plain archive goes, and they alone open it" {
	move_in approved
	custodian kei
	custodian sora
	mv "$T/kei.asc" "$T/away"
	start_daemon
	refuses NOTFOUND dc disposal run --plan "$PLAN"
	cp "$T/sora.asc" "$T/kei.asc"
	refuses KEY dc disposal run --plan "$PLAN"
	first=$(sha256sum < "$T/s-archive/$NAME.tar")
	mv "$T/away" "$T/kei.asc"
	dc disposal run --plan "$PLAN"
	f=$T/s-archive/$NAME.tar.gpg
	[ ! -e "$T/s-archive/$NAME.tar" ]
	[ "$(stat -c %a "$f")" = 600 ]
	leaf=$(git -C "$S/ledger.git" log --format=%B refs/heads/ledger)
	grep -qx "Wrapped: openpgp sha256:$(sha256sum < "$f" | cut -c 1-64) $(stat -c %s "$f")" <<< "$leaf"
	grep -q "^Archive: sha256:${first%% *} " <<< "$leaf"
	[ "$(dc --json archive list | jq -r '.archives[0] | .plain.state, .wrapped.state' | paste -s)" = \
		"$(printf 'encrypted\tright')" ]
	# who has no key learns that it is whole, and whose it is
	verdict 3 dc archive verify "$NAME"
	[ "$(daicho --json archive verify "$f" | jq '.archives[0].wrapped.recipients | length')" = 2 ]
	refuses KEY dc archive show "$NAME"
	(cd "$T/s-archive" && sha256sum -c --quiet "$NAME.tar.gpg.sha256")
	for who in kei sora; do
		verdict 0 as "$who" archive verify "$NAME"
		as "$who" archive show "$NAME" | grep -q designation
		as "$who" archive extract "$NAME" --out "$T/of-$who"
		check_bag "$T/of-$who"
		gpg -q --homedir "$T/gpg-$who" --batch --decrypt "$f" 2> "$T/gpg.log" | sha256sum | grep -qxF "$first"
	done
	run verify
	[ "$status" = 0 ]
	# a byte more, a byte less, another message
	cp "$f" "$T/good"
	printf x >> "$f"
	verdict 4 as kei archive verify "$NAME"
	head -c -1 "$T/good" > "$f"
	verdict 4 as kei archive verify "$NAME"
	[ "$(dc --json archive list | jq -r '.archives[0].wrapped.state')" = ALTERED ]
	gpg -q --homedir "$T/gpg-kei" --batch --symmetric --passphrase x -o "$T/sym.tar.gpg" "$GOOD"
	verdict 4 as kei archive verify "$T/sym.tar.gpg"
}

@test "a plain archive that a stopped run left beside the encrypted one goes at the next start" {
	move_in approved
	custodian kei
	start_daemon
	dc disposal run --plan "$PLAN"
	stop_daemon
	gpg -q --homedir "$T/gpg-kei" --batch -o "$T/s-archive/$NAME.tar" --decrypt "$T/s-archive/$NAME.tar.gpg" \
		2> "$T/gpg.log"
	cp "$T/s-archive/$NAME.tar.gpg" "$T/good"
	echo x >> "$T/s-archive/$NAME.tar.gpg"
	start_daemon
	[ -e "$T/s-archive/$NAME.tar" ]
	stop_daemon
	cp "$T/good" "$T/s-archive/$NAME.tar.gpg"
	start_daemon
	[ ! -e "$T/s-archive/$NAME.tar" ]
}

@test "what the folder holds is listed with its end, and what no disposal has made" {
	move_in s
	start_daemon
	run dc archive list
	[ "$status" = 0 ]
	grep -q "$NAME" <<< "$output"
	grep -q 2027-12-31 <<< "$(dc --json archive list)"
	[ "$(dc --json archive list | jq -r '.archives[0].plain.state')" = right ]
	echo x > "$T/s-archive/other"
	verdict 3 dc --json archive list
	[ "$(jq -c .stray "$T/said")" = '["other"]' ]
	mv "$T/s-archive/$NAME.tar" "$T/away"
	verdict 3 dc archive list
	tr a b < "$T/away" > "$T/s-archive/$NAME.tar"
	verdict 4 dc archive list
}

@test "an archive is destroyed by two persons, when its end has come and not before" {
	move_in s
	start_daemon
	motion() {
		rm -f "$T/motion"
		as taro archive destroy "$NAME" --decision 例9-1 --sign "$TARO" --motion "$T/motion"
	}
	refuses NOTFOUND dc archive destroy none --decision 1 --sign "$TARO" --motion "$T/m"
	refuses RULE motion
	[ -e "$T/s-archive/$NAME.tar" ]
	live_through 2026-01-04 2027-12-31 300
	refuses RULE motion
	[ ! -e "$T/motion" ]
	live_through 2027-12-31 2028-01-01
	motion
	GNUPGHOME=$T/gpg-taro refuses RULE dc second "$T/motion" --sign "$TARO"
	cp "$T/s-archive/$NAME.tar" "$T/good"
	echo other > "$T/s-archive/$NAME.tar"
	GNUPGHOME=$T/gpg-hanako refuses CONFLICT dc second "$T/motion" --sign "$HANAKO"
	cp "$T/good" "$T/s-archive/$NAME.tar"
	mv "$T/motion" "$T/first"
	motion
	as hanako second "$T/first" --sign "$HANAKO"
	[ -z "$(ls "$T/s-archive")" ]
	gone=$(dc --json archive list | jq '.archives[0].destroyed')
	dc disposal register | grep -q "destroyed by entry $gone\$"
	[ "$(dc --json disposal register | jq '.disposals[0].archive.destroyed')" = "$gone" ]
	[ "$(dc --json archive list | jq -r '.archives[0] | .destroyed > 0, .plain.state' | paste -s)" = \
		"$(printf 'true\tdestroyed')" ]
	GNUPGHOME=$T/gpg-hanako refuses RULE dc second "$T/motion" --sign "$HANAKO"
	refuses RULE motion
	run -0 timed daicho verify "$S" --pin "$PINS"
	# that day has not come for who verifies, nor for two persons who set the clock right
	set_clock "2027-12-23 09:00"
	run -4 timed daicho verify "$S" --pin "$PINS"
	[[ "$output" == *"entry $gone: PREMATURE: an archive was destroyed on a day to come"* ]]
	rm -f "$T/motion"
	as taro clock attest --entries "$(dc --json clock | jq -r .attest.entries)" --counts 2027 --reason x \
		--sign "$TARO" --motion "$T/motion"
	as hanako second "$T/motion" --sign "$HANAKO"
	dc --json disposal register | jq -e '.disposals[0] | .archive.early.due == "2028-01-01" and .early == null'
	dc disposal register | grep 'PREMATURE: .* says that 2027 counts for it'
	set_clock "2028-01-03 09:00"
	run -4 timed daicho verify "$S" --pin "$PINS"
	[[ "$output" == *"entry $gone: PREMATURE: entry "* ]]
	[[ "$output" == *" says that 2027 counts for it, and it was lawful from 2028-01-01 on"* ]]
	cp "$T/good" "$T/s-archive/$NAME.tar"
	verdict 4 dc archive list
}
