// SPDX-License-Identifier: BSD-2-Clause
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0 /* no call matches */
#endif

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0)
#define LOOK_MSEC 10 /* between two looks at one program that has not ended */
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

static int install(void)
{
	struct sock_filter filter[] = {
		FIELD(arch),
		UNLESS(NATIVE, 5), /* to "allow" */
		FIELD(nr),
		IF(__NR_exit_group, 4), /* to "hold" */
		UNLESS(__NR_rt_sigaction, 2),
		FIELD(args[0]),
		IF(SIGINT, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int listener = (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (listener >= 0 || errno != EACCES)
		return listener;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

void hold_begin(int socket)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int listener = install();

	if (listener < 0)
		return;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &listener, sizeof(int));
	sendmsg(socket, &message, MSG_NOSIGNAL);
	close(listener);
}

int hold_receive(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t got;
	int listener = -1;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&listener, CMSG_DATA(header), sizeof(int));
	return listener;
}

/* What the process that holds knows. */
struct holder {
	int listener;
	int caller;    /* its end is the caller's; -1: that is known */
	uint64_t seen; /* the last process that had started: its pid and program */
	uint64_t seen_msec;
	void (*look)(pid_t pid, void *data);
	void *data;
};

/* A number for what a process is and runs; 0 where it can't be told. */
static uint64_t program_of(pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &st))
		return 0;
	return ((uint64_t)pid << 40 ^ (uint64_t)st.st_dev << 32 ^ st.st_ino) | 1;
}

static bool is_python(pid_t pid)
{
	char path[32], target[4096];
	const char *name;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	name = strrchr(target, '/');
	return name && !strncmp(name, "/python", strlen("/python"));
}

static uint64_t now_msec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Others than CPython may change SIGINT's handling at any time and often: it ends with that. */
static bool is_time(struct holder *holder, const struct seccomp_notif *call)
{
	uint64_t program, now = now_msec();

	if (call->data.nr == __NR_exit_group)
		return true;
	program = program_of((pid_t)call->pid);
	if (program && program == holder->seen &&
	    (now - holder->seen_msec < LOOK_MSEC || !is_python((pid_t)call->pid)))
		return false;
	holder->seen = program;
	holder->seen_msec = now;
	return true;
}

/* Handles one process that is held. */
static void handle(struct holder *holder)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp answer = {0};

	if (ioctl(holder->listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return;
	if (holder->caller >= 0 && is_time(holder, &call))
		holder->look((pid_t)call.pid, holder->data);
	answer.id = call.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(holder->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Until nobody is left that could ever be held. */
static void hold(struct holder *holder)
{
	for (;;) {
		struct pollfd wait[] = {
			{.fd = holder->caller, .events = POLLIN},
			{.fd = holder->listener, .events = POLLIN},
		};

		if (poll(wait, 2, -1) < 0)
			continue;
		if (wait[0].revents) {
			holder->caller = -1;
			(void)!chdir("/"); /* nobody's folder is kept from being unmounted */
		}
		if (wait[1].revents & POLLIN)
			handle(holder);
		else if (wait[1].revents)
			return;
	}
}

/* What else the caller has open is not kept: whoever reads from it is not to wait. */
static void keep_only(int one, int other)
{
	int low = one < other ? one : other, high = one < other ? other : one;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO && nothing >= 0; fd++)
		dup2(nothing, fd);
	if (low > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned int)low - 1, 0);
	if (high > low + 1)
		close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	close_range((unsigned int)high + 1, ~0u, 0);
}

int hold_start(int listener, void (*look)(pid_t pid, void *data), void *data)
{
	struct holder holder = {.listener = listener, .look = look, .data = data};
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		pid = -errno;
		close(listener);
		return pid;
	}
	pid = fork();
	if (pid == 0) {
		holder.caller = ends[0];
		keep_only(listener, ends[0]);
		setsid(); /* the terminal's signals are not for it */
		prctl(PR_SET_NAME, "fdwatch-hold", 0, 0, 0);
		hold(&holder);
		_exit(0);
	}
	if (pid < 0)
		pid = -errno;
	close(listener);
	close(ends[0]);
	if (pid > 0)
		return ends[1];
	close(ends[1]);
	return pid;
}
