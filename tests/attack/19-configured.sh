#!/bin/bash
# attack: the configuration of a clone names programs for git to run: none is, and the clone is what it is
# git: fsck exits 0, log shows 32 of 32 entries, verify-commit refuses 32
# git: verify-commit runs the program that stands in gpg.program, and refuses by what it says
# expect: VALID -
# daemon: -
clone
printf '#!/bin/sh\ntouch %s/ran\ncat\n' "$A" > "$A/program" && chmod +x "$A/program"
for key in core.fsmonitor core.sshCommand core.pager gpg.program core.hooksPath uploadpack.packObjectsHook \
	filter.x.smudge credential.helper diff.external; do
	git -C "$TARGET" config "$key" "$A/program"
done
cp "$A/program" "$TARGET/hooks/post-checkout"
judge > "$A/first" || true
[ ! -e "$A/ran" ]
