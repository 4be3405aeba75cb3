// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Lists one process's descriptors: what each is, its path or its socket's ends. */
#include "kernel.h"

#include "fdwatch/record.h"
#include "socket.h"
#include "table.h"
#include "tally.h"
#include "track.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fdw_inspect);
} inspect SEC(".maps");

struct listing {
	struct fdw_descriptor descriptor;
	char name[FDW_NAME_MAX];
};

/* One reader at a time, so one place to build a record in for each CPU is enough. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct listing);
} scratch SEC(".maps");

/* A Unix socket's bound name (an abstract one begins with NUL) and its other end. */
static __always_inline void read_unix(struct listing *l, struct sock *sk)
{
	struct unix_sock *u = (struct unix_sock *)sk;
	struct unix_address *address = BPF_CORE_READ(u, addr);
	struct sock *peer = BPF_CORE_READ(u, peer);
	__u32 head = __builtin_offsetof(struct sockaddr_un, sun_path);
	__u32 size;

	if (peer)
		l->descriptor.socket.peer_inode =
			BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino);
	if (!address)
		return;
	size = BPF_CORE_READ(address, len);
	if (size <= head)
		return;
	size -= head;
	if (size > sizeof(((struct sockaddr_un *)0)->sun_path))
		return;
	if (!bpf_core_read(l->name, size, &address->name[0].sun_path))
		l->descriptor.name_len = size;
}

static __always_inline void read_socket(struct listing *l, struct file *file)
{
	struct sock *sk = socket_read(&l->descriptor.socket, file, l->descriptor.inode);

	if (sk && l->descriptor.socket.family == AF_UNIX)
		read_unix(l, sk);
}

static __always_inline void read_file(struct listing *l, struct file *file)
{
	struct fdw_descriptor *d = &l->descriptor;
	struct inode *inode = file->f_inode;

	d->mode = inode->i_mode;
	d->inode = inode->i_ino;
	d->rdevice = inode->i_rdev;
	d->magic = inode->i_sb->s_magic;
	d->device = inode->i_sb->s_dev;
	d->flags = file->f_flags;
	d->offset = file->f_pos;
}

#define STALE_NS 1000000000ULL /* a newer record may be the next file's, which is not seen yet */

/* A tracked process's record; one of a file that is there no more goes. */
static __always_inline void read_record(struct listing *l, struct task_struct *task,
					struct file *file)
{
	struct process *p = process_get(task->group_leader);
	struct fdw_live *record;

	if (!p || !p->track)
		return;
	record = record_get(p->track, l->descriptor.fd);
	if (!record || record_show(&l->descriptor, record, (__u64)file))
		return;
	if (bpf_ktime_get_boot_ns() - record->opened_ns > STALE_NS)
		record_drop(p->track, l->descriptor.fd);
}

static __always_inline void read_path(struct listing *l, struct file *file)
{
	long size = 0;

	/* Iterators may ask for it from 5.12 on; a helper of 5.13 tells. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_for_each_map_elem))
		size = bpf_d_path(&file->f_path, l->name, sizeof(l->name));
	if (size > 0)
		l->descriptor.name_len = size - 1;
	else
		tally(FDW_TALLY_NAME_CUT, 1);
}

/* Rounds the name up to 8 bytes with zeros; returns its size then. */
static __always_inline __u32 pad_name(struct listing *l)
{
	__u32 length = l->descriptor.name_len;

	for (int i = 0; i < 7; i++)
		if ((length + i) % 8)
			l->name[(length + i) % FDW_NAME_MAX] = 0;
		else
			return length + i > FDW_NAME_MAX ? FDW_NAME_MAX : length + i;
	return length + 7 > FDW_NAME_MAX ? FDW_NAME_MAX : length + 7;
}

/* The first record of a listing: how many numbers the table has taken at that moment. */
static __always_inline long begin(struct bpf_iter_meta *meta, struct listing *l,
				  struct task_struct *task)
{
	struct process *p = process_get(task->group_leader);

	__builtin_memset(&l->descriptor, 0, sizeof(l->descriptor));
	l->descriptor.type = FDW_DESCRIPTOR_TABLE;
	l->descriptor.fd = table_count(task->files, ~0ULL);
	l->descriptor.inode = task->group_leader->start_boottime;
	l->descriptor.device = task->tgid;
	if (p && p->track) {
		l->descriptor.live_flags = p->track;
		l->descriptor.site = p->first_site;
	}
	return bpf_seq_write(meta->seq, &l->descriptor, sizeof(l->descriptor));
}

/* Whether the process is listed, and whether this is the first of it that is seen. */
static __always_inline bool is_wanted(struct fdw_inspect *want, struct bpf_iter_meta *meta,
				      struct task_struct *task, bool *first)
{
	bool all = want->pid == FDW_INSPECT_TRACKED;
	struct process *p;

	*first = want->session != meta->session_id || want->current != (__u32)task->tgid;
	if (!all && (__u32)task->tgid != want->pid)
		return 0;
	if (!*first) /* another: a second thread, where the leader has exited */
		return want->thread == (__u32)task->pid;
	if (all) {
		p = process_get(task->group_leader);
		if (!p || !p->track)
			return 0;
	}
	want->session = meta->session_id;
	want->current = task->tgid;
	want->thread = task->pid;
	return 1;
}

SEC("iter/task_file")
int descriptors(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct fdw_inspect *want;
	struct listing *l;
	struct table t;
	__u32 zero = 0, size;
	long failed = 0;
	bool first;

	if (!task || !file)
		return 0;
	want = bpf_map_lookup_elem(&inspect, &zero);
	l = bpf_map_lookup_elem(&scratch, &zero);
	if (!want || !l || !is_wanted(want, ctx->meta, task, &first))
		return 0;
	if (first)
		failed = begin(ctx->meta, l, task);
	__builtin_memset(&l->descriptor, 0, sizeof(l->descriptor));
	l->descriptor.type = FDW_DESCRIPTOR_FILE;
	l->descriptor.fd = ctx->fd;
	t = table_of(task->files);
	l->descriptor.cloexec = table_test(t.cloexec, t.size, ctx->fd);
	read_file(l, file);
	read_record(l, task, file);
	if (is_socket(&l->descriptor)) {
		l->descriptor.type = FDW_DESCRIPTOR_SOCKET;
		read_socket(l, file);
	} else {
		read_path(l, file);
	}
	size = pad_name(l);
	failed |= bpf_seq_write(ctx->meta->seq, l, sizeof(l->descriptor) + size);
	if (failed)
		want->session = 0; /* the buffer is full: this one comes again */
	return 0;
}
