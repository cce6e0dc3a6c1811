#!/bin/bash
# attack: the clock jumped ahead, and what was not due went; set right, two persons say that it was the year before
# git: fsck exits 0, log shows 33 of 32 entries, verify-commit refuses none
# expect: INVALID PREMATURE
# reason: says that 2025 counts for it, and it was lawful from 2026-01-01 on
# daemon: starts
# Nobody forges anything here: the ledger itself says that its disposal came before its first lawful day.
cp -a "$BASE"/gpg-* "$A"
T=$A
set_clock "2025-12-23 09:00"
start_daemon
entries=$(dc --json clock | jq -r .attest.entries)
dc --json clock | jq -e --argjson n "$DISPOSE" '.early == [{ entry: $n, due: "2026-01-01", completed: true }]'
fpr_of() { gpg --homedir "$T/gpg-$1" --with-colons -K | awk -F: '/^fpr/ {print $10; exit}'; }
as taro clock attest --entries "$entries" --counts 2025 --reason x --sign "$(fpr_of taro)" --motion "$A/motion"
as hanako second "$A/motion" --sign "$(fpr_of hanako)"
dc --json disposal register | jq -e '.disposals[0].early.due == "2026-01-01"'
stop_daemon && stop_agents
set_clock "2026-01-10 09:00"
