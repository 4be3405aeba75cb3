/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/attach.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "fdwatch/record.h"
#include "ingest/functions.h"
#include "ingest/tracefs.h"

/*
 * Process life first, so that no process begins unseen once calls are counted. Only exits of calls:
 * a hook on one entry makes every system call of the host pay for entries too.
 */
static const struct hook table[] = {
	{"forked", "forked", 0},
	{"executed", "executed", 0},
	{"exited", "exited", 0},
	{"sys_exit_close", "close_returned", 0},
	{"sys_exit_close_range", "close_range_returned", 0},
	{"sys_exit_open", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_creat", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_openat", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_openat2", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_open_by_handle_at", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_socket", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_socketpair", "pair_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_accept", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_accept4", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_pipe", "pair_returned", FDW_REFUSAL_PIPE},
	{"sys_exit_pipe2", "pair_returned", FDW_REFUSAL_PIPE},
	{"sys_exit_dup", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_dup2", "dup_returned", 0},
	{"sys_exit_dup3", "dup_returned", 0},
	{"sys_exit_fcntl", "fcntl_returned", 0},
	{"sys_exit_eventfd", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_eventfd2", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_epoll_create", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_epoll_create1", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_timerfd_create", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_signalfd", "sometimes_returned", FDW_CALL_SIGNALFD},
	{"sys_exit_signalfd4", "sometimes_returned", FDW_CALL_SIGNALFD},
	{"sys_exit_inotify_init", "descriptor_returned", FDW_REFUSAL_INOTIFY},
	{"sys_exit_inotify_init1", "descriptor_returned", FDW_REFUSAL_INOTIFY},
	{"sys_exit_fanotify_init", "descriptor_returned", FDW_REFUSAL_FANOTIFY},
	{"sys_exit_memfd_create", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_memfd_secret", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_userfaultfd", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_perf_event_open", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_bpf", "sometimes_returned", FDW_CALL_BPF},
	{"sys_exit_pidfd_open", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_pidfd_getfd", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_clone", "clone_returned", 0},
	{"sys_exit_clone3", "clone_returned", FDW_CALL_CLONE3},
	{"sys_exit_io_uring_setup", "sometimes_returned", FDW_CALL_IO_URING},
	{"sys_exit_mq_open", "descriptor_returned", FDW_REFUSAL_MQUEUE},
	{"sys_exit_fsopen", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_fspick", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_fsmount", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_open_tree", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_open_tree_attr", "descriptor_returned", FDW_REFUSAL_OTHER},
	{"sys_exit_landlock_create_ruleset", "sometimes_returned", FDW_CALL_LANDLOCK},
	{"sys_exit_seccomp", "sometimes_returned", FDW_CALL_SECCOMP},
	{"sys_exit_rt_sigaction", "sigaction_returned", 0},
};

_Static_assert(sizeof(table) / sizeof(table[0]) <= HOOK_MAX,
	       "struct fdw_meta.skipped is too small");

const struct hooks tracepoint_hooks = {"tracepoint", table, sizeof(table) / sizeof(table[0])};

const struct hooks *hooks_of(enum fdw_backend backend)
{
	return backend == FDW_BACKEND_FENTRY ? &function_hooks : &tracepoint_hooks;
}

#define CALL_EXIT "sys_exit_"

bool hook_is_call(const struct hook *hook)
{
	return !strncmp(hook->event, CALL_EXIT, strlen(CALL_EXIT));
}

const char *hook_name(const struct hook *hook)
{
	return hook->event + (hook_is_call(hook) ? strlen(CALL_EXIT) : 0);
}

/* libbpf looks for tracefs where it may not be mounted, so the event is opened here. */
static struct bpf_link *attach_tracepoint(const struct bpf_program *program, int id,
					  uint64_t cookie)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attributes),
		.config = (unsigned int)id,
	};
	LIBBPF_OPTS(bpf_perf_event_opts, options, .bpf_cookie = cookie);
	_close_ int fd =
		(int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return NULL;
	struct bpf_link *link = bpf_program__attach_perf_event_opts(program, fd, &options);

	if (link)
		TAKE_FD(fd); /* the link closes it */
	return link;
}

static int attach_hook(struct bpf_object *object, int tracefs, const struct hook *hook,
		       struct bpf_link **link)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, hook->program);

	if (!program)
		return -ENOENT;
	if (bpf_program__type(program) == BPF_PROG_TYPE_TRACEPOINT) {
		int id = tracefs_event_id(tracefs, "syscalls", hook->event);

		if (id == -ENOENT)
			return 0;
		if (id < 0)
			return id;
		*link = attach_tracepoint(program, id, hook->cookie);
	} else if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE) {
		return 0; /* has yet to be told where: functions_settle() */
	} else {
		*link = bpf_program__attach(program);
	}
	return *link ? 0 : -errno;
}

static int attach_each(struct bpf_object *object, const struct hooks *hooks, int tracefs,
		       struct bpf_link *links[HOOK_MAX], uint64_t skipped[2],
		       struct failure *failure)
{
	for (size_t i = 0; i < hooks->count; i++) {
		int r = hook_is_skipped(skipped, i)
				? 0
				: attach_hook(object, tracefs, &hooks->hook[i], &links[i]);

		if (r < 0)
			return fail(failure, r, "can't follow %s (%s): %s", hooks->hook[i].event,
				    strerror(-r),
				    r == -EMFILE ? "give this daemon more descriptors (ulimit -n)"
						 : "run the load step as root");
		if (!links[i])
			hook_skip(skipped, i);
	}
	return 0;
}

int attach_all(struct bpf_object *object, const struct hooks *hooks,
	       struct bpf_link *links[HOOK_MAX], uint64_t skipped[2], struct failure *failure)
{
	_close_ int tracefs = hooks == &tracepoint_hooks ? tracefs_open() : -1;

	if (tracefs < 0 && hooks == &tracepoint_hooks)
		return fail(failure, tracefs,
			    "tracefs can't be opened (%s): run the load step as root",
			    strerror(-tracefs));
	return attach_each(object, hooks, tracefs, links, skipped, failure);
}
