#include "foreign/jail_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRONT (1u << JAIL_FRONT)
#define VERIFIER (1u << JAIL_VERIFIER)
#define WITNESS (1u << JAIL_WITNESS)
#define ALL (FRONT | VERIFIER | WITNESS)

/* Calls that are left whatever their arguments. A name that libseccomp does not know is passed over. */
static const struct {
	unsigned profiles;
	const char *calls[64];
} plain[] = {
	/* memory, threads, time, signals to handlers */
	{ ALL, { "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "futex", "set_robust_list",
	         "get_robust_list", "rseq", "membarrier", "sched_yield", "sched_getaffinity",
	         "sched_getparam", "sched_getscheduler", "exit", "exit_group", "restart_syscall",
	         "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending",
	         "sigaltstack", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep",
	         "gettimeofday", "time", "getrandom", "getpid", "gettid", "getppid", "getuid", "geteuid",
	         "getgid", "getegid", "getrusage", "times", "uname", "sysinfo", "set_tid_address",
	         "arch_prctl" } },
	/* descriptors that are open */
	{ ALL, { "read", "write", "readv", "writev", "close", "fstat", "fcntl", "poll", "ppoll", "select",
	         "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "pipe",
	         "pipe2", "recvfrom", "recvmsg", "sendto", "sendmsg", "sendfile", "shutdown", "accept",
	         "accept4", "getsockopt", "setsockopt", "getsockname", "getpeername", "lseek" } },
	/* files, within what Landlock leaves */
	{ VERIFIER | WITNESS, { "open", "openat", "stat", "lstat", "newfstatat", "statx", "access", "faccessat",
	                        "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "chdir", "fchdir",
	                        "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
	                        "link", "linkat", "chmod", "fchmod", "fchmodat", "umask", "ftruncate", "fsync",
	                        "fdatasync", "flock", "utimensat", "pread64", "pwrite64", "fadvise64", "fallocate",
	                        "statfs", "fstatfs", "copy_file_range", "inotify_init1", "inotify_add_watch",
	                        "inotify_rm_watch" } },
	/* children, for gpg */
	{ VERIFIER, { "fork", "vfork", "clone", "execve", "wait4", "waitid", "pidfd_open", "dup", "dup2",
	              "dup3", "close_range", "setpgid", "getpgid", "getpgrp", "setsid", "getsid",
	              "getresuid", "getresgid", "getgroups", "getrlimit", "setrlimit", "prlimit64",
	              "getpriority", "capget", "mlock", "munlock", "setitimer", "getitimer", "alarm",
	              "connect", "bind", "listen" } },
#if JAIL_IS_SANITIZED
	/* the sanitizer's runtime reads /proc, and looks for leaks from a process that traces this one */
	{ ALL, { "open", "openat", "readlink", "readlinkat", "getdents64", "getdents", "newfstatat",
	         "stat", "lstat", "access", "pread64", "ptrace", "clone", "wait4", "prctl", "prlimit64",
	         "getrlimit", "setrlimit", "mincore", "dup", "dup2", "process_vm_readv",
	         "sched_setaffinity", "tkill", "tgkill", "getcwd", "personality" } },
#endif
};

/* Calls that are left when (argument & mask) == value. */
static const struct {
	unsigned profiles;
	const char *call;
	unsigned argument;
	uint64_t mask, value;
} narrow[] = {
	{ FRONT | WITNESS, "clone", 0, CLONE_THREAD, CLONE_THREAD },
	{ FRONT, "newfstatat", 3, AT_EMPTY_PATH, AT_EMPTY_PATH }, /* fstat(3) of this C library */
	{ FRONT | WITNESS, "prlimit64", 2, UINT64_MAX, 0 },                 /* asking only */
	{ VERIFIER, "socket", 0, UINT64_MAX, AF_UNIX },
	{ VERIFIER, "socketpair", 0, UINT64_MAX, AF_UNIX },
	{ VERIFIER, "kill", 1, UINT64_MAX, 0 },
	{ VERIFIER, "kill", 1, UINT64_MAX, SIGKILL },             /* of its own gpg; Landlock keeps others out of reach */
	{ ALL, "ioctl", 1, UINT32_MAX, FIONBIO },
	{ ALL, "ioctl", 1, UINT32_MAX, FIONREAD },
	{ ALL, "ioctl", 1, UINT32_MAX, TCGETS },
	{ ALL, "prctl", 0, UINT32_MAX, PR_SET_NAME },
	{ ALL, "prctl", 0, UINT32_MAX, PR_GET_NAME },
	{ VERIFIER, "prctl", 0, UINT32_MAX, PR_SET_PDEATHSIG },
	{ VERIFIER, "prctl", 0, UINT32_MAX, PR_SET_DUMPABLE },
	{ VERIFIER, "prctl", 0, UINT32_MAX, PR_GET_DUMPABLE },
};

static int allow(scmp_filter_ctx filter, const char *call)
{
	int number = seccomp_syscall_resolve_name(call);
	return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static int add_plain(scmp_filter_ctx filter, unsigned profile)
{
	int result = 0;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		for (size_t c = 0; !result && (plain[i].profiles & profile) && plain[i].calls[c]; c++)
			result = allow(filter, plain[i].calls[c]);
	return result;
}

static int add_narrow(scmp_filter_ctx filter, unsigned profile)
{
	int result = 0;
	for (size_t i = 0; !result && i < sizeof narrow / sizeof *narrow; i++) {
		if (!(narrow[i].profiles & profile))
			continue;
		struct scmp_arg_cmp match = { narrow[i].argument, SCMP_CMP_MASKED_EQ, narrow[i].mask, narrow[i].value };
		int number = seccomp_syscall_resolve_name(narrow[i].call);
		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &match);
	}
	return result;
}

static int add_own(scmp_filter_ctx filter)
{
	/* abort(3) and raise(3): to itself alone */
	struct scmp_arg_cmp is_own = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (uint64_t)getpid() };
	if (JAIL_IS_SANITIZED)
		return 0;
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &is_own);
}

static int build_list(scmp_filter_ctx filter, unsigned profile)
{
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);      /* where the kernel can */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* the same filter, found faster */
	int result = add_plain(filter, profile);
	if (!result)
		result = add_narrow(filter, profile);
	if (!result)
		result = add_own(filter);
	return result ? result : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone3), 0);
}

/* The flags of clone3 lie in memory, out of a filter's sight; on ENOSYS the C library takes clone. A filter of its own,
 * since every new thread meets it and should leave no line in the kernel's log. */
static int build_clone(scmp_filter_ctx filter, unsigned profile)
{
	(void)profile;
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int load(uint32_t otherwise, int (*build)(scmp_filter_ctx filter, unsigned profile), unsigned profile)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	if (!filter)
		return -ENOMEM;
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!result)
		result = build(filter, profile);
	if (!result)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

int jail_calls_restrict(enum jail_profile profile, bool *out_offered, struct err *e)
{
	*out_offered = true;
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL) {
		*out_offered = false;
		return ERR_OK;
	}
	int result = load(SCMP_ACT_ALLOW, build_clone, 0);
	if (!result)
		result = load(SCMP_ACT_ERRNO(EPERM), build_list, 1u << profile);
	return result ? err_errno(e, result < 0 ? -result : result, "jail: seccomp") : ERR_OK;
}
