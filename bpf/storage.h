/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where a process's record is kept: in its leader's task storage, gone with the task, so that a
 * reused pid never meets an old record. Early kernels have none: a hash by pid and start there.
 */
#ifndef FDWATCH_STORAGE_H
#define FDWATCH_STORAGE_H

#include "early.h"
#include "tally.h"

#ifndef FDWATCH_EARLY

#define RECORD_LEAVES 1 /* with its leader, who may end before the process does */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct process);
} processes SEC(".maps") __weak;

static __always_inline struct process *process_get(struct task_struct *leader)
{
	return bpf_task_storage_get(&processes, leader, NULL, 0);
}

static __always_inline struct process *process_make(struct task_struct *leader)
{
	struct process *p =
		bpf_task_storage_get(&processes, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!p)
		tally(FDW_TALLY_NO_RECORD, 1);
	return p;
}

/* The process's last thread ends. */
static __always_inline void process_forget(struct task_struct *leader __attribute__((unused)))
{
}

#else /* FDWATCH_EARLY */

#define RECORD_LEAVES 0

struct process_key {
	__u64 start_time_ns;
	__u64 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct process_key);
	__type(value, struct process);
} processes SEC(".maps") __weak;

/* What a record is at first: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct process);
} blank SEC(".maps") __weak;

static __always_inline struct process *process_get(struct task_struct *leader)
{
	struct process_key key = {.start_time_ns = READ(leader, start_boottime),
				  .pid = READ(leader, tgid)};

	return bpf_map_lookup_elem(&processes, &key);
}

static __always_inline struct process *process_make(struct task_struct *leader)
{
	struct process_key key = {.start_time_ns = READ(leader, start_boottime),
				  .pid = READ(leader, tgid)};
	struct process *p = bpf_map_lookup_elem(&processes, &key);
	__u32 zero = 0;
	void *first;

	if (p || !READ(leader, signal, live.counter)) /* nobody would take it away again */
		return p;
	first = bpf_map_lookup_elem(&blank, &zero);
	if (first)
		bpf_map_update_elem(&processes, &key, first, BPF_NOEXIST);
	p = bpf_map_lookup_elem(&processes, &key);
	if (!p)
		tally(FDW_TALLY_NO_RECORD, 1);
	return p;
}

static __always_inline void process_forget(struct task_struct *leader)
{
	struct process_key key = {.start_time_ns = READ(leader, start_boottime),
				  .pid = READ(leader, tgid)};

	bpf_map_delete_elem(&processes, &key);
}

#endif
#endif
