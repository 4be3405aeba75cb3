// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel's own functions on the way into and out of a table: nothing comes or goes beside
 * them, and a system call that has to do with no descriptor does not notice. The daemon attaches
 * each program to the function of this kernel's that daemon/ingest/functions.c names for it.
 */
#include "args.h"
#include "count.h"
#include "finish.h"
#include "site.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The low half of a pointer as a number, which a verifier lets a global function have. */
#define LOW_HALF(pointer) \
	({ \
		__u32 half_ = (__u64)(pointer); \
		__asm__ volatile("%0 = %1" : "=w"(half_) : "w"(half_)); \
		half_; \
	})

#define RETURNED(ctx, parameters) ((__s32)(ctx)[parameters])

/* A pointer that a function returned: not NULL, no error. */
static __always_inline bool is_pointer(__u64 returned)
{
	return returned && returned < (__u64)-4095;
}

/* fd_install(fd, file): the number is taken already, the file is about to stand there. */
SEC("fentry")
int fd_installed(__u64 *ctx)
{
	if (opened(1, 0))
		track_opened(ctx[0], LOW_HALF(ctx[1]));
	return 0;
}

/* pick_file(files, fd) and file_close_fd_locked(files, fd): the file taken out of the table. */
SEC("fexit")
int fd_closed(__u64 *ctx)
{
	struct task_struct *task = current_task();

	if (!is_pointer(ctx[2]) || ctx[0] != (__u64)READ(task, files))
		return 0; /* close_range may make a table first: see range_closed() */
	if (closed(1))
		track_closed(ctx[1]);
	return 0;
}

/* __close_fd_get_file(fd, &file), where it does not ask the above: for binder and io_uring. */
SEC("fexit")
int fd_closed_got(__u64 *ctx)
{
	if (!RETURNED(ctx, 2) && closed(1))
		track_closed(ctx[0]);
	return 0;
}

/* The number that dup2's file has already, or as good: -1 where it can't be told. */
static __always_inline __u32 moved_from(struct task_struct *task, __u32 mark)
{
	__u32 from = CALL_ARG(0);

	return mark && file_mark(READ(task, files), from) == mark ? from : ~0U;
}

/*
 * do_dup2(files, file, fd, flags), of dup2 and whoever puts a file under a certain number. The
 * table is locked; a number that a call has reserved, and no file has yet, is refused.
 */
SEC("fentry")
int fd_replaced(__u64 *ctx)
{
	struct task_struct *task = current_task();
	__u32 fd = ctx[2], mark = LOW_HALF(ctx[1]), from;
	struct table t;

	if (ctx[0] != (__u64)READ(task, files))
		return 0;
	t = table_of(READ(task, files));
	if (table_test(t.open, t.size, fd)) {
		if (!file_mark(READ(task, files), fd))
			return 0;
		closed(1);
		if (!opened(1, 0))
			return 0;
	} else if (!opened(1, 1)) {
		return 0;
	}
	from = moved_from(task, mark);
	if (from != ~0U)
		track_moved(from, fd, mark);
	else
		track_opened(fd, mark);
	return 0;
}

/* __close_range(first, last, flags), which has closed in a table that it made before that. */
SEC("fexit")
int range_closed(__u64 *ctx __attribute__((unused)))
{
	return range_recount(CALL_ARG(0), CALL_ARG(1), 0);
}

/* alloc_fd(start, end, flags) */
SEC("fexit")
int number_refused(__u64 *ctx)
{
	return RETURNED(ctx, 3) < 0 ? refused(RETURNED(ctx, 3), FDW_REFUSAL_OTHER) : 0;
}

/* __alloc_fd(files, start, end, flags), before 5.11 */
SEC("fexit")
int number_refused_in(__u64 *ctx)
{
	return RETURNED(ctx, 4) < 0 ? refused(RETURNED(ctx, 4), FDW_REFUSAL_OTHER) : 0;
}

/* alloc_pipe_info(): the user's page quota is spent */
SEC("fexit")
int pipe_refused(__u64 *ctx)
{
	return ctx[0] ? 0 : refused(-ENFILE, FDW_REFUSAL_PIPE);
}

/* A limit of the call's own: where the table is spent, the refusal of a number has been counted. */
static __always_inline int refused_by_own(__s32 ret, enum fdw_refusal own)
{
	if (ret != -EMFILE || table_spent(current_task()))
		return 0;
	return refused(ret, own);
}

/* do_inotify_init(flags) */
SEC("fexit")
int inotify_refused(__u64 *ctx)
{
	return refused_by_own(RETURNED(ctx, 1), FDW_REFUSAL_INOTIFY);
}

/* fanotify_init(2) itself */
SEC("fexit")
int fanotify_refused(__u64 *ctx)
{
	return refused_by_own(RETURNED(ctx, 1), FDW_REFUSAL_FANOTIFY);
}

/* do_mq_open(name, flags, mode, attributes) */
SEC("fexit")
int mqueue_refused(__u64 *ctx)
{
	return refused_by_own(RETURNED(ctx, 4), FDW_REFUSAL_MQUEUE);
}

/* do_sigaction(signal, action, old) */
SEC("fexit")
int sigaction_done(__u64 *ctx)
{
	if ((__s32)ctx[0] == SIGINT && ctx[1] && !RETURNED(ctx, 3))
		finish_look();
	return 0;
}
