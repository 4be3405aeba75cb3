// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes descriptors in every way there is, so that tests can compare what fdwatch says with what
 * was really done.
 *
 * usage: fdmaker list | fdmaker [COMMAND...]
 *
 * It says `ready pid=N`, does the commands of its command line and then those on standard input, a
 * line each, and answers each with one line:
 *   ok opened=N closed=N unhooked=N refused=N errno=NAME fds=FD:KIND,... [key=value...]
 *   skipped CALL: ERROR ...        where this kernel lacks or refuses the call
 *   error TEXT                     for a command that there is not
 * It ends with its input. What it makes it keeps, until `shut FD` or `close-all`.
 */
#include <grp.h>
#include <sys/resource.h>

#include "fdmaker/processes.h"
#include "fdmaker/ways_anon.h"
#include "fdmaker/ways_socket.h"
#include "fdmaker/ways_table.h"

#define MAX_SECONDS 60
#define LINE_SIZE 4096

static const struct way {
	const char *name;
	void (*make)(struct reply *r);
} ways[] = {
	{"open", way_open},
	{"creat", way_creat},
	{"openat", way_openat},
	{"openat2", way_openat2},
	{"open_by_handle_at", way_open_by_handle_at},
	{"directory", way_directory},
	{"o_path", way_o_path},
	{"symlink", way_symlink},
	{"tmpfile", way_tmpfile},
	{"deleted", way_deleted},
	{"hostile", way_hostile},
	{"proc", way_proc},
	{"chardev", way_chardev},
	{"blockdev", way_blockdev},
	{"namespace", way_namespace},
	{"fifo", way_fifo},
	{"pipe", way_pipe},
	{"pipe2", way_pipe2},
	{"mq_open", way_mq_open},
	{"fsopen", way_fsopen},
	{"fspick", way_fspick},
	{"fsmount", way_fsmount},
	{"open_tree", way_open_tree},
	{"open_tree_attr", way_open_tree_attr},
	{"failing_open", way_failing_open},
	{"ioctl_pty", way_ioctl_pty},
	{"ioctl_namespace", way_ioctl_namespace},
	{"int80", way_int80},
	{"tcp", way_tcp},
	{"tcp6", way_tcp6},
	{"udp", way_udp},
	{"udp6", way_udp6},
	{"unix", way_unix},
	{"unix_abstract", way_unix_abstract},
	{"socketpair", way_socketpair},
	{"unbound", way_unbound},
	{"netlink", way_netlink},
	{"packet", way_packet},
	{"raw", way_raw},
	{"failing_socket", way_failing_socket},
	{"scm_rights", way_scm_rights},
	{"eventfd", way_eventfd},
	{"eventfd2", way_eventfd2},
	{"epoll_create", way_epoll_create},
	{"epoll_create1", way_epoll_create1},
	{"timerfd_create", way_timerfd_create},
	{"signalfd", way_signalfd},
	{"signalfd4", way_signalfd4},
	{"signalfd_update", way_signalfd_update},
	{"inotify_init", way_inotify_init},
	{"inotify_init1", way_inotify_init1},
	{"fanotify_init", way_fanotify_init},
	{"memfd_create", way_memfd_create},
	{"memfd_secret", way_memfd_secret},
	{"userfaultfd", way_userfaultfd},
	{"perf_event_open", way_perf_event_open},
	{"bpf", way_bpf},
	{"pidfd_open", way_pidfd_open},
	{"pidfd_getfd", way_pidfd_getfd},
	{"clone_pidfd", way_clone_pidfd},
	{"clone3_pidfd", way_clone3_pidfd},
	{"io_uring_setup", way_io_uring_setup},
	{"io_uring_openat", way_io_uring_openat},
	{"io_uring_worker", way_io_uring_worker},
	{"landlock", way_landlock},
	{"landlock_version", way_landlock_version},
	{"seccomp", way_seccomp},
	{"dup", way_dup},
	{"dup2_free", way_dup2_free},
	{"dup2_open", way_dup2_open},
	{"dup2_same", way_dup2_same},
	{"dup2_bad", way_dup2_bad},
	{"dup3_free", way_dup3_free},
	{"dup3_open", way_dup3_open},
	{"dup3_same", way_dup3_same},
	{"fcntl_dupfd", way_dupfd},
	{"fcntl_dupfd_cloexec", way_dupfd_cloexec},
	{"fcntl_other", way_fcntl_other},
	{"close", way_close},
	{"close_range", way_close_range},
	{"close_range_unshare", way_close_range_unshare},
	{"close_range_cloexec", way_close_range_cloexec},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* leak N [cloexec]: opens N and keeps them. */
static void command_leak(int n, bool cloexec, struct reply *r)
{
	for (int i = 0; i < n; i++)
		if (keep(r, open("/dev/null", O_RDWR | (cloexec ? O_CLOEXEC : 0)), NULL) < 0)
			return;
}

static void close_all(struct reply *r)
{
	for (int fd = STDERR_FILENO + 1; fd < MAX_FD; fd++)
		if (held[fd])
			shut(r, fd);
}

/* burst N: opens N and closes them at once. */
static void command_burst(int n, struct reply *r)
{
	static int fds[MAX_FD];
	double begun = seconds_now();
	int made = 0;

	while (made < n && (fds[made] = open("/dev/null", O_RDWR)) >= 0)
		made++;
	for (int i = 0; i < made; i++)
		close(fds[i]);
	r->opened += made;
	r->closed += made;
	append(r->more, sizeof(r->more), " ms=%.3f", (seconds_now() - begun) * 1000);
}

static volatile sig_atomic_t storm_over;

static void end_storm(int number)
{
	(void)number;
	storm_over = 1;
}

/* Opens and closes in several ways until the time is up or SIGUSR1 comes; leaves nothing open. */
static void storm(double seconds, struct reply *r)
{
	double end = seconds_now() + (seconds < MAX_SECONDS ? seconds : MAX_SECONDS);

	do {
		for (int i = 0; i < 16; i++) {
			int ends[2] = {-1, -1};
			int fd = keep(r, open("/dev/null", O_RDWR), NULL);

			if (pipe(ends) == 0)
				r->opened += 2;
			if (fd >= 0 && dup2(fd, ends[1]) >= 0) {
				r->opened++;
				r->closed++;
			}
			shut(r, fd);
			shut(r, ends[0]);
			shut(r, ends[1]);
		}
	} while (!storm_over && seconds_now() < end);
}

/*
 * swarm PROCESSES THREADS SECONDS: children that storm with threads, start short-lived children of
 * their own and at last keep some descriptors.
 */
static void command_swarm(int processes, int n, double seconds, struct reply *r)
{
	double end = seconds_now() + seconds + READY_SECONDS;
	size_t size = processes * sizeof(struct told);
	struct told *told;

	if (processes < 1 || processes > MAX_CHILDREN - child_count || n < 1) {
		errno = EINVAL;
		skip(r, "swarm");
		return;
	}
	told = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (told == MAP_FAILED) {
		skip(r, "mmap");
		return;
	}
	for (int i = 0; i < processes; i++) {
		char command[64];
		pid_t pid = fork();

		snprintf(command, sizeof(command), "member %d %d %f", i, n, seconds);
		if (pid == 0)
			child_body(&told[i], command);
		if (pid > 0)
			children[child_count++] = pid;
	}
	for (int i = 0; i < processes; i++) {
		while (!told[i].ready && seconds_now() < end)
			pause_ms(1);
		append(r->more, sizeof(r->more), "%s%d:%llu:%llu",
		       i ? "," : " swarm=", children[child_count - processes + i],
		       (unsigned long long)told[i].opened, (unsigned long long)told[i].closed);
	}
	munmap(told, size);
}

/* One of a swarm. */
static void command_member(int index, int n, double seconds, struct reply *r)
{
	double end = seconds_now() + seconds;
	char command[64];

	snprintf(command, sizeof(command), "storm %f", seconds / 2);
	start_threads(n, command, true, r);
	while (seconds_now() < end) {
		pid_t pid = fork();

		if (pid == 0) {
			static struct reply own;

			storm(0, &own);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
		storm(0.01, r);
	}
	command_leak(index % 50, false, r);
}

static void note_refusal(struct reply *r, int fd)
{
	if (fd >= 0)
		keep(r, fd, NULL);
	else
		r->error = errno;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		r->refused++;
}

/* emfile [N]: opens until refused, N times in all. */
static void command_emfile(int n, struct reply *r)
{
	for (int i = 0; i < MAX_FD && r->refused < (uint64_t)(n > 0 ? n : 1); i++)
		note_refusal(r, open("/dev/null", O_RDWR));
}

/* exhaust inotify|fanotify|mqueue|dupfd: runs into a limit that is not RLIMIT_NOFILE. */
static void command_exhaust(const char *what, struct reply *r)
{
	struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
	struct rlimit files;

	if (!strcmp(what, "mqueue")) {
		setrlimit(RLIMIT_MSGQUEUE, &none);
		note_refusal(r, CALL(SYS_mq_open, WORD("fdmaker-none"), O_RDWR | O_CREAT, 0600, 0));
	} else if (!strcmp(what, "dupfd") && getrlimit(RLIMIT_NOFILE, &files) == 0) {
		int last = files.rlim_cur - 1;

		keep(r, fcntl(STDIN_FILENO, F_DUPFD, last), NULL);
		note_refusal(r, fcntl(STDIN_FILENO, F_DUPFD, last));
	}
	for (int i = 0; i < MAX_FD && !r->refused && !r->error; i++) {
		if (!strcmp(what, "inotify"))
			note_refusal(r, inotify_init1(0));
		else if (!strcmp(what, "fanotify"))
			note_refusal(r, CALL(SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_REPORT_FID,
					     O_RDONLY));
		else
			return;
	}
}

/* setrlimit SOFT [HARD] */
static void command_setrlimit(const char *soft, const char *hard, struct reply *r)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = strtoull(soft, NULL, 10);
	if (hard)
		limit.rlim_max = strtoull(hard, NULL, 10);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip(r, "setrlimit");
}

/* uid N: becomes another user for good, with no group but its own, and stays dumpable. */
static void command_uid(int uid, struct reply *r)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		skip(r, "setresuid");
	else
		prctl(PR_SET_DUMPABLE, 1);
}

/* exec [PATH]: goes on as another program (this one or a copy of it). */
static void *execute(void *path)
{
	static char word[] = "resume";
	char *arguments[] = {path, word, NULL};

	execv(path, arguments);
	return NULL;
}

static void command_exec(const char *path, bool from_thread, struct reply *r)
{
	pthread_t id;

	if (!from_thread)
		execute((void *)path);
	else if (thread_start(&id, execute, (void *)path))
		pthread_join(id, NULL);
	skip(r, "execve");
}

static int number(const char *text)
{
	long n = text ? strtol(text, NULL, 10) : 0;

	return n < 0 ? 0 : n > MAX_FD ? MAX_FD : n;
}

/* Does one command; sets r->skipped for what can't be done here. */
static void run_command(char *line, struct reply *r)
{
	char *rest = line;
	char *name = strsep(&rest, " ");
	char *a = NULL, *b = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (!strcmp(name, ways[i].name)) {
			ways[i].make(r);
			return;
		}
	}
	if (!strcmp(name, "nothing"))
		return;
	a = strsep(&rest, " "); /* NULL where there is none */
	if (!strcmp(name, "child") && a) {
		command_child(a, rest, r);
		return;
	}
	if (!strcmp(name, "threads")) {
		start_threads(number(a), rest, true, r);
		return;
	}
	b = strsep(&rest, " ");
	if (!strcmp(name, "leak"))
		command_leak(number(a), b != NULL, r);
	else if (!strcmp(name, "shut") && a)
		shut(r, number(a));
	else if (!strcmp(name, "close-all"))
		close_all(r);
	else if (!strcmp(name, "burst"))
		command_burst(number(a), r);
	else if (!strcmp(name, "storm"))
		storm(a ? atof(a) : 1, r);
	else if (!strcmp(name, "swarm") && b && rest)
		command_swarm(number(a), number(b), atof(rest), r);
	else if (!strcmp(name, "member") && b && rest)
		command_member(number(a), number(b), atof(rest), r);
	else if (!strcmp(name, "emfile"))
		command_emfile(number(a), r);
	else if (!strcmp(name, "exhaust") && a)
		command_exhaust(a, r);
	else if (!strcmp(name, "setrlimit") && a)
		command_setrlimit(a, b, r);
	else if (!strcmp(name, "uid") && a)
		command_uid(number(a), r);
	else if (!strcmp(name, "dumpable"))
		prctl(PR_SET_DUMPABLE, number(a));
	else if (!strcmp(name, "comm") && a)
		prctl(PR_SET_NAME, a);
	else if (!strcmp(name, "exec") || !strcmp(name, "exec-thread"))
		command_exec(a ? a : own_path, name[4] != '\0', r);
	else if (!strcmp(name, "end"))
		command_end();
	else if (!strcmp(name, "join"))
		command_join();
	else if (!strcmp(name, "block-accept"))
		command_block_accept(number(a), r);
	else if (!strcmp(name, "block-fifo"))
		command_block_fifo(number(a), r);
	else if (!strcmp(name, "wait-in-accept"))
		wait_in_accept(r);
	else if (!strcmp(name, "wait-in-open"))
		wait_in_open(r);
	else if (!strcmp(name, "unblock"))
		command_unblock(r);
	else if (!strcmp(name, "unshare"))
		command_unshare(number(a), r);
	else
		append(r->more, sizeof(r->more), " unknown=%s", name);
}

static void answer(const struct reply *r)
{
	if (r->skipped)
		printf("skipped %s: %s\n", r->skipped, strerror(r->error));
	else
		printf("ok opened=%llu closed=%llu unhooked=%llu refused=%llu errno=%s fds=%s%s\n",
		       (unsigned long long)r->opened, (unsigned long long)r->closed,
		       (unsigned long long)r->unhooked, (unsigned long long)r->refused,
		       r->error ? strerrorname_np(r->error) : "none", r->fds, r->more);
	fflush(stdout);
}

static void *read_commands(void *unused)
{
	static struct reply r;
	char line[LINE_SIZE];

	(void)unused;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		memset(&r, 0, sizeof(r));
		if (!strcmp(line, "leader-exit")) {
			pthread_t id;

			if (thread_start(&id, read_commands, NULL)) {
				append(r.more, sizeof(r.more), " leader=gone");
				answer(&r);
				pthread_exit(NULL);
			}
		}
		run_command(line, &r);
		answer(&r);
	}
	command_end();
	exit(0);
}

/* Descriptors that an exec has left open are the program's to close. */
static void adopt(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t fd = STDERR_FILENO + 1; fd < limit.rlim_cur && fd < MAX_FD; fd++)
		held[fd] = fcntl(fd, F_GETFD) >= 0;
}

int main(int argc, char **argv)
{
	static struct reply r;
	char line[LINE_SIZE] = "";
	ssize_t length = readlink("/proc/self/exe", own_path, sizeof(own_path) - 1);

	if (length < 0)
		return 1;
	own_path[length] = '\0';
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, end_storm);
	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (size_t i = 0; i < WAYS; i++)
			puts(ways[i].name);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "hold"))
		hold();
	adopt();
	printf("ready pid=%d\n", getpid());
	fflush(stdout);
	for (int i = 1; i < argc && strcmp(argv[1], "resume"); i++)
		append(line, sizeof(line), "%s%s", i > 1 ? " " : "", argv[i]);
	if (*line) {
		run_command(line, &r);
		answer(&r);
	}
	read_commands(NULL);
}
