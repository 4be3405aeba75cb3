/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a process leaves open at its exit, one record a descriptor. */
#ifndef FDWATCH_LEFT_H
#define FDWATCH_LEFT_H

#include "socket.h"
#include "track.h"

static __always_inline void left_read(struct fdw_descriptor *d, struct file *file)
{
	d->mode = BPF_CORE_READ(file, f_inode, i_mode);
	d->inode = BPF_CORE_READ(file, f_inode, i_ino);
	d->rdevice = BPF_CORE_READ(file, f_inode, i_rdev);
	d->magic = BPF_CORE_READ(file, f_inode, i_sb, s_magic);
	d->device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	d->flags = BPF_CORE_READ(file, f_flags);
	d->offset = BPF_CORE_READ(file, f_pos);
	d->type = FDW_DESCRIPTOR_FILE;
	if (is_socket(d)) {
		d->type = FDW_DESCRIPTOR_SOCKET;
		socket_read(&d->socket, file, d->inode);
	}
}

static __always_inline void left_name(struct fdw_trace_left *left, struct file *file)
{
	const unsigned char *name = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	long size = bpf_probe_read_kernel_str(left->name, sizeof(left->name), name);

	if (size > 0)
		left->descriptor.name_len = size - 1;
}

/*
 * Room for one; NULL where there is none. The last quarter of the ring is for what must not be
 * lost: that processes come and go.
 */
static __always_inline struct fdw_trace_left *left_reserve(void)
{
	struct fdw_trace_left *left = NULL;

	if (bpf_ringbuf_query(&traces, BPF_RB_AVAIL_DATA) <= TRACES_SIZE / 4 * 3)
		left = bpf_ringbuf_reserve(&traces, sizeof(*left), 0);
	if (!left)
		tally(FDW_TALLY_TRACE_FULL, 1);
	return left;
}

/*
 * Tells the file that the current process, tracked as `track`, has under this number; 1 where
 * there is no room for it.
 */
__weak __attribute__((noinline)) int left_tell(__u32 track, __u32 fd)
{
	struct task_struct *task = current_task();
	struct table t = table_of(READ(task, files));
	struct fdw_trace_left *left;
	struct file *file = NULL;
	struct fdw_live *record;

	if (fd >= t.size ||
	    bpf_probe_read_kernel(&file, sizeof(file), (void *)(t.file + fd * sizeof(file))) ||
	    !file)
		return 0;
	left = left_reserve();
	if (!left)
		return 1;
	__builtin_memset(left, 0, sizeof(*left));
	left->type = FDW_TRACE_LEFT;
	left->pid = READ(task, tgid);
	left->start_time_ns = READ(task, group_leader, start_boottime);
	left->descriptor.fd = fd;
	left->descriptor.cloexec = table_test(t.cloexec, t.size, fd);
	left_read(&left->descriptor, file);
	if (left->descriptor.type == FDW_DESCRIPTOR_FILE)
		left_name(left, file);
	record = record_get(track, fd);
	if (record)
		record_show(&left->descriptor, record, (__u64)file);
	bpf_ringbuf_submit(left, BPF_RB_NO_WAKEUP); /* the exit, told last, wakes the daemon */
	return 0;
}

#endif
