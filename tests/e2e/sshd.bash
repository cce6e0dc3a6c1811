# An sshd of this test's own, for the user who runs it; GIT_SSH_COMMAND reaches it as the host `far`. By SHLVL bash
# takes its shell for one within another, and reads none of the user's files before the command.
start_sshd() {
	local key
	for key in host mine; do ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$T/$key"; done
	cp "$T/mine.pub" "$T/authorized"
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	for _ in 1 2 3 4 5; do
		PORT=$((20000 + RANDOM % 20000))
		/usr/sbin/sshd -D -e -f /dev/null -o ListenAddress=127.0.0.1 -o Port=$PORT -o HostKey="$T/host" \
			-o AuthorizedKeysFile="$T/authorized" -o StrictModes=no -o UsePAM=no -o PidFile=none \
			-o PasswordAuthentication=no -o SetEnv=SHLVL=1 2> "$T/sshd.log" 3>&- &
		SSHD=$!
		wait_for listens_or_ended
		kill -0 "$SSHD" 2> /dev/null && break
		stop_sshd
	done
	printf 'far %s\n' "$(cut -d ' ' -f 1,2 "$T/host.pub")" > "$T/known"
	cat > "$T/ssh.conf" <<-END
		Host far
		HostName 127.0.0.1
		HostKeyAlias far
		Port $PORT
		IdentityFile $T/mine
		IdentitiesOnly yes
		UserKnownHostsFile $T/known
		StrictHostKeyChecking yes
		KexAlgorithms curve25519-sha256
	END
	export GIT_SSH_COMMAND="ssh -F $T/ssh.conf"
}
# It ends where something else has that port.
listens_or_ended() { grep -q 'Server listening' "$T/sshd.log" || ! kill -0 "$SSHD"; }
stop_sshd() {
	[ -z "${SSHD:-}" ] || kill "$SSHD" 2> /dev/null || true
	[ -z "${SSHD:-}" ] || wait "$SSHD" 2> /dev/null || true
	SSHD=
}
