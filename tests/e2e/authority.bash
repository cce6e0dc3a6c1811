# An authority for time stamps, as anybody has one: after lib.bash, in $T/ca.

# authority [CLOCK]: root.pem, below it sub.pem, and tsa.pem (CN=clock), which stamps, by the clock in that file, else
# by the real one.
authority() {
	CA_CLOCK=${1:-}
	mkdir "$T/ca"
	cat > "$T/ca/cnf" <<-END
		[req]
		distinguished_name = dn
		[dn]
		[root]
		basicConstraints = critical,CA:true
		keyUsage = critical,keyCertSign,cRLSign
		[stamp]
		basicConstraints = critical,CA:false
		extendedKeyUsage = critical,timeStamping
		[tsa]
		default_tsa = t
		[t]
		serial = $T/ca/serial
		signer_cert = $T/ca/tsa.pem
		certs = $T/ca/sub.pem
		signer_key = $T/ca/tsa.key
		signer_digest = sha256
		default_policy = 1.2.3.4
		digests = sha256
		ess_cert_id_alg = sha256
		[ca]
		default_ca = c
		[c]
		database = $T/ca/index
		default_md = sha256
	END
	echo 01 > "$T/ca/serial"
	local new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config "$T/ca/cnf")
	by_clock req -x509 "${new[@]}" -days 3650 -extensions root -keyout "$T/ca/root.key" -out "$T/ca/root.pem" \
		-subj /CN=root 2> "$T/ca/log" &&
		issue sub root 11 root /CN=sub && issue tsa sub 12 stamp /CN=clock
}

# stamps_by CLOCK: what it stamps from here on.
stamps_by() { CA_CLOCK=$1; }

by_clock() {
	if [ -z "$CA_CLOCK" ]; then openssl "$@"; else CLOCK=$CA_CLOCK timed openssl "$@"; fi
}

# issue NAME ISSUER SERIAL EXTENSIONS SUBJECT
issue() {
	by_clock req "${new[@]}" -keyout "$T/ca/$1.key" -out "$T/ca/csr" -subj "$5" 2> "$T/ca/log" &&
		by_clock x509 -req -in "$T/ca/csr" -CA "$T/ca/$2.pem" -CAkey "$T/ca/$2.key" -set_serial "0x$3" -days 3650 \
			-extfile "$T/ca/cnf" -extensions "$4" -out "$T/ca/$1.pem" 2> "$T/ca/log"
}

# stamp QUERY REPLY
stamp() { by_clock ts -reply -config "$T/ca/cnf" -queryfile "$1" -out "$2" 2> "$T/ca/log"; }

moment() { date -u -d "$1" +%y%m%d%H%M%SZ; }

# revocations ISSUER MADE UNTIL [SERIAL DAY[,REASON]]: its list of that day, one certificate in it.
revocations() {
	: > "$T/ca/index"
	[ -z "${4:-}" ] || printf 'R\t%s\t%s\t%s\tunknown\t/CN=any\n' "$(moment '30 days')" \
		"$(moment "${5%,*}")$(sed -n 's/[^,]*//p' <<< "$5")" "$4" > "$T/ca/index"
	openssl ca -gencrl -config "$T/ca/cnf" -cert "$T/ca/$1.pem" -keyfile "$T/ca/$1.key" \
		-crl_lastupdate "20$(moment "$2")" -crl_nextupdate "20$(moment "$3")" 2> "$T/ca/log"
}
