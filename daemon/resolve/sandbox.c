// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define HELPER_STACK (64 * 1024)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static int limit(int resource, rlim_t most)
{
	struct rlimit now, wanted = {most, most};

	if (getrlimit(resource, &now))
		return -errno;
	if (now.rlim_max < most)
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	return setrlimit(resource, &wanted) ? -errno : 0;
}

static int set_limits(void)
{
	int r = SANITIZED ? 0 : limit(RLIMIT_AS, SANDBOX_MEMORY); /* shadow memory is terabytes */

	if (!r)
		r = limit(RLIMIT_CPU, SANDBOX_CPU_SECONDS);
	if (!r)
		r = limit(RLIMIT_NOFILE, SANDBOX_FILES);
	if (!r)
		r = limit(RLIMIT_FSIZE, 0);
	if (!r)
		r = limit(RLIMIT_CORE, 0);
	if (!r)
		r = limit(RLIMIT_NPROC, 0);
	return r;
}

/* When memory is short it goes before anybody else: the daemon starts another. */
static void be_first_victim(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "1000", 4);
	close(fd);
}

static int keep_only(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int i = 0; i <= (SANITIZED ? STDOUT_FILENO : STDERR_FILENO); i++)
		if (dup2(null, i) < 0)
			return -errno;
	return close_range((unsigned int)fd + 1, ~0u, 0) ? -errno : 0;
}

/* Shares the root folder with its parent, and takes it along into one that ends with itself. */
static int take_root_away(void *unused)
{
	(void)unused;
	return chdir("/proc/self/fdinfo") || chroot(".") || chdir("/");
}

static bool leave_root(void)
{
	void *stack = mmap(NULL, HELPER_STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int status = -1;
	pid_t pid;

	if (stack == MAP_FAILED)
		return false;
	pid = clone(take_root_away, (char *)stack + HELPER_STACK, CLONE_FS | CLONE_VFORK | SIGCHLD,
		    NULL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	munmap(stack, HELPER_STACK);
	return pid > 0 && !status;
}

/* Whoever has no right to change the root folder may have one in a user namespace of its own. */
static void enter_namespaces(void)
{
	if (geteuid())
		(void)!unshare(CLONE_NEWUSER);
	(void)!unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
}

/* It takes a right itself, which goes with the user. */
static void drop_bounding_set(void)
{
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
}

/* As root: nobody. As another user: the same one, for there is no right to change. */
static bool leave_user(void)
{
	bool left = !setgroups(0, NULL);

	return !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY) && left;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) ? -errno : 0;
}

/* A parent that is killed takes it along. Any change of rights would have undone this. */
static int seal(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return -errno;
	return 0;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

/* Libraries try to open and look at files now and then, and live well with being refused. */
static int refuse(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(open),     SCMP_SYS(openat),     SCMP_SYS(stat),
				    SCMP_SYS(lstat),    SCMP_SYS(access),     SCMP_SYS(faccessat),
				    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(statx)};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(calls) / sizeof(calls[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0);
	return r;
}

static int allow_memory(scmp_filter_ctx filter)
{
	static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(calls) / sizeof(calls[0]); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

/* abort() signals its own process, and a look at a descriptor is no look at a path. */
static int allow_own(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));

	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				     SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
				     SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0));
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_EQ, F_GETFD));
	return r;
}

static int load_filter(void)
{
	static const int calls[] = {
		SCMP_SYS(read),
		SCMP_SYS(pread64),
		SCMP_SYS(lseek),
		SCMP_SYS(close),
		SCMP_SYS(fstat),
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendmsg),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(madvise),
		SCMP_SYS(brk),
		SCMP_SYS(futex),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(rt_sigreturn),
		SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(getpid),
		SCMP_SYS(gettid),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group),
		SCMP_SYS(write),   /* to /dev/null */
		SCMP_SYS(sysinfo), /* by qsort() */
		SCMP_SYS(getrandom),
#if SANITIZED
		SCMP_SYS(sigaltstack),
		SCMP_SYS(sched_yield),
		SCMP_SYS(rt_sigaction),
#endif
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = filter ? 0 : -ENOMEM;

	if (!r)
		r = allow(filter, calls, sizeof(calls) / sizeof(calls[0]));
	if (!r)
		r = refuse(filter);
	if (!r)
		r = allow_memory(filter);
	if (!r)
		r = allow_own(filter);
	if (!r)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int sandbox_enter(int keep, uint32_t *achieved)
{
	int r = keep_only(keep);

	*achieved = 0;
	be_first_victim();
	if (!r)
		enter_namespaces();
	if (!r && leave_root())
		*achieved |= SANDBOX_NO_ROOT;
	if (!r)
		r = set_limits();
	if (!r)
		drop_bounding_set();
	if (!r && leave_user())
		*achieved |= SANDBOX_NO_USER;
	if (!r)
		r = drop_capabilities();
	if (!r)
		r = seal();
	if (!r)
		r = load_filter();
	return r;
}
