// SPDX-License-Identifier: BSD-2-Clause
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

static bool is_time(struct holder *holder, const struct seccomp_notif *call)
{
	uint64_t program;

	if (call->data.nr == __NR_exit_group)
		return true;
	program = program_of((pid_t)call->pid);
	if (program && program == holder->seen)
		return false;
	holder->seen = program;
	return true;
}

bool hold_handle(struct holder *holder, void (*look)(pid_t pid, void *data), void *data)
{
	struct pollfd wait = {.fd = holder->listener, .events = POLLIN};
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp answer = {0};

	if (poll(&wait, 1, 0) > 0 && !(wait.revents & POLLIN))
		return false;
	if (!(wait.revents & POLLIN) || ioctl(holder->listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return true;
	if (look && is_time(holder, &call))
		look((pid_t)call.pid, data);
	answer.id = call.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(holder->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	return true;
}

static void let_go(struct holder *holder)
{
	struct pollfd wait = {.fd = holder->listener, .events = POLLIN};
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Whoever reads what this program has written is not to wait for its end. */
	for (int fd = 0; fd <= STDERR_FILENO && nothing >= 0; fd++)
		dup2(nothing, fd);
	setsid();
	do
		poll(&wait, 1, -1);
	while (hold_handle(holder, NULL, NULL));
	_exit(0);
}

void hold_leave(struct holder *holder)
{
	if (holder->listener < 0)
		return;
	/* Where nobody is left, there is nobody to let go. */
	if (hold_handle(holder, NULL, NULL) && fork() == 0)
		let_go(holder);
	close(holder->listener);
	holder->listener = -1;
}
