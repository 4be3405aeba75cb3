// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Descriptor calls: what a look at the tables cannot see. The daemon attaches each program to the
 * tracepoints that daemon/ingest/attach.c lists for it.
 */
#include "args.h"
#include "count.h"
#include "finish.h"
#include "site.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int returned(__s64 ret, enum fdw_refusal own)
{
	if (ret < 0)
		return refused(ret, own);
	if (opened(1, 0))
		track_opened(ret, 0);
	return 0;
}

/* Two, whose numbers stand in the process's memory. */
static __always_inline int pair_at(__u64 address, __s64 ret, enum fdw_refusal own)
{
	if (ret)
		return refused(ret, own);
	if (opened(2, 0))
		track_opened_pair(address);
	return 0;
}

/* One, whose number stands there. */
static __always_inline int returned_at(__u64 address, __s64 ret)
{
	if (ret < 0)
		return refused(ret, FDW_REFUSAL_OTHER);
	if (opened(1, 0))
		track_opened_at(address);
	return 0;
}

/* What the call is that a program was attached to: see struct hook. */
static __always_inline __u64 call_of(struct sys_exit *ctx)
{
	return bpf_get_attach_cookie(ctx);
}

/* Calls whose result is a new descriptor, always. */
SEC("tracepoint")
int descriptor_returned(struct sys_exit *ctx)
{
	return returned(ctx->ret, ctx->ret < 0 ? call_of(ctx) : FDW_REFUSAL_OTHER);
}

/* pipe and socketpair. */
SEC("tracepoint")
int pair_returned(struct sys_exit *ctx)
{
	__u64 own = call_of(ctx);
	__u64 address = own == FDW_REFUSAL_PIPE ? CALL_ARG(0) : CALL_ARG(3);

	return pair_at(address, ctx->ret, own);
}

#define F_DUPFD 0
#define F_DUPFD_CLOEXEC 1030

SEC("tracepoint")
int fcntl_returned(struct sys_exit *ctx)
{
	__u32 command = CALL_ARG(1);

	if (command != F_DUPFD && command != F_DUPFD_CLOEXEC)
		return 0;
	return returned(ctx->ret, FDW_REFUSAL_OTHER);
}

/* Whether calls whose result is a descriptor with some arguments only had those. */

/* The commands of bpf(2) that return a descriptor (include/uapi/linux/bpf.h, enum bpf_cmd). */
#define BPF_MAKES_FD \
	(1ULL << BPF_MAP_CREATE | 1ULL << BPF_PROG_LOAD | 1ULL << BPF_OBJ_GET | \
	 1ULL << BPF_PROG_GET_FD_BY_ID | 1ULL << BPF_MAP_GET_FD_BY_ID | \
	 1ULL << BPF_RAW_TRACEPOINT_OPEN | 1ULL << BPF_BTF_LOAD | 1ULL << BPF_BTF_GET_FD_BY_ID | \
	 1ULL << BPF_LINK_CREATE | 1ULL << BPF_LINK_GET_FD_BY_ID | 1ULL << BPF_ENABLE_STATS | \
	 1ULL << BPF_ITER_CREATE | 1ULL << 36 /* BPF_TOKEN_CREATE, 6.9 */)

static __always_inline bool bpf_makes(void)
{
	__u32 command = CALL_ARG(0);

	return command <= 63 && BPF_MAKES_FD >> command & 1;
}

#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1UL << 3)

static __always_inline bool seccomp_makes(void)
{
	return (__u32)CALL_ARG(0) == SECCOMP_SET_MODE_FILTER &&
	       CALL_ARG(1) & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

#define IORING_SETUP_REGISTERED_FD_ONLY (1U << 15)

static __always_inline bool io_uring_makes(void)
{
	struct {
		__u32 sq_entries, cq_entries, flags;
	} params = {};

	bpf_probe_read_user(&params, sizeof(params), (void *)CALL_ARG(1));
	return !(params.flags & IORING_SETUP_REGISTERED_FD_ONLY);
}

SEC("tracepoint")
int sometimes_returned(struct sys_exit *ctx)
{
	bool makes = 0;

	switch (call_of(ctx)) {
	case FDW_CALL_SIGNALFD:
		makes = (int)CALL_ARG(0) == -1;
		break;
	case FDW_CALL_BPF:
		makes = bpf_makes();
		break;
	case FDW_CALL_SECCOMP:
		makes = seccomp_makes();
		break;
	case FDW_CALL_LANDLOCK:
		makes = (__u32)CALL_ARG(2) == 0; /* with a flag it answers a version number */
		break;
	case FDW_CALL_IO_URING:
		makes = io_uring_makes();
		break;
	}
	return makes ? returned(ctx->ret, FDW_REFUSAL_OTHER) : 0;
}

#define CLONE_PIDFD 0x1000

/* clone's result is the child's pid, and 0 in the child: the pidfd is the parent's. */
SEC("tracepoint")
int clone_returned(struct sys_exit *ctx)
{
	struct {
		__u64 flags, pidfd;
	} args = {};

	if (ctx->ret == 0)
		return 0;
	if (call_of(ctx) == FDW_CALL_CLONE3) {
		bpf_probe_read_user(&args, sizeof(args), (void *)CALL_ARG(0));
	} else {
		args.flags = CALL_ARG(0);
		args.pidfd = CALL_ARG(2);
	}
	return args.flags & CLONE_PIDFD ? returned_at(args.pidfd, ctx->ret) : 0;
}

/*
 * Whether a number was open before dup2 put a file there is known at its entry only, and a hook on
 * any entry taxes every system call of the host. So the table is counted: one that is no larger
 * than it should be has had a descriptor replaced.
 */
static __always_inline bool dup_replaced(struct process *p, struct task_struct *task)
{
	__s64 held = table_count(READ(task, files), ~0ULL);
	__s64 live = process_held(p);
	__u32 reserved;

	if (held <= live || READ(task, signal, nr_threads) == 1)
		return held <= live;
	reserved = table_reserved(READ(task, files)); /* only other threads' calls reserve */
	return reserved != FDW_UNKNOWN32 && held - reserved <= live;
}

/* dup2 onto itself makes nothing, and dup3 refuses that. */
SEC("tracepoint")
int dup_returned(struct sys_exit *ctx)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	__s64 ret = ctx->ret;

	if (ret < 0)
		return refused(ret, FDW_REFUSAL_OTHER);
	if ((int)CALL_ARG(0) == (int)CALL_ARG(1))
		return 0;
	if (p && p->files == (__u64)READ(task, files) && dup_replaced(p, task))
		closed(1);
	if (opened(1, 0))
		track_moved(CALL_ARG(0), ret, 0);
	return 0;
}

/* Every error but EBADF has closed all the same. */
SEC("tracepoint")
int close_returned(struct sys_exit *ctx)
{
	if (ctx->ret != -EBADF && closed(1))
		track_closed(CALL_ARG(0));
	return 0;
}

SEC("tracepoint")
int close_range_returned(struct sys_exit *ctx)
{
	return ctx->ret ? 0 : range_recount(CALL_ARG(0), CALL_ARG(1), 1);
}

SEC("tracepoint")
int sigaction_returned(struct sys_exit *ctx)
{
	if (CALL_ARG(0) == SIGINT && !ctx->ret)
		finish_look();
	return 0;
}
