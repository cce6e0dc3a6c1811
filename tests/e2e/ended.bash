# What the tests of the clock and of voiding begin with: a designation that was ended on the day on which it was made,
# 2024-12-20, and three persons with keys. After lib.bash.

# shellcheck disable=SC2154 # of bats, and of the tests
end_designation() {
	set_clock "2024-12-20 10:00"
	init_store && start_daemon && staff || return 1
	TARO=$(person taro records-officer) && HANAKO=$(person hanako information-manager) &&
		JIRO=$(person jiro records-officer) || return 1
	DESIGNATION=$(add designation '.designated_on = "2024-12-20"') || return 1
	END=$(add designation-end ".designation_entry = $DESIGNATION | .released_on = \"2024-12-20\"") || return 1
	stop_daemon && stop_agents
}
share_ended() {
	share ended end_designation TARO HANAKO JIRO DESIGNATION END HANDLER ASSISTANT PERMITTER
}
setup_file() { [ -n "${E2E_REAL_CLOCK:-}" ] || share_ended; }
setup() {
	[ -z "${E2E_REAL_CLOCK:-}" ] || skip "libfaketime does not start under the sanitizers"
	e2e_setup
}
teardown() { [ -n "${E2E_REAL_CLOCK:-}" ] || e2e_teardown; }

# serve_copy FOLDER TIME: a copy of what that folder holds, served on at that time.
serve_copy() {
	cp -a "$1/s" "$1"/gpg-* "$1/home" "$1/pins" "$T"
	sed -i "s|^archive = $1/|archive = $T/|" "$S/daicho.ini"
	set_clock "$2"
	start_daemon
}
