// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode_kind.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* Superblocks that linux/magic.h of today's distributions lacks. */
#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446 /* a pidfd's own file system, from 6.9 on */
#endif
#define MQUEUE_MAGIC 0x19800202

#define ANON_PREFIX "anon_inode:"

/* Anonymous inodes by name, less brackets: some kernels have them, some have not. */
static const struct {
	const char *name;
	enum fdw_kind kind;
} anonymous[] = {
	{"eventfd", FDW_KIND_EVENTFD},
	{"eventpoll", FDW_KIND_EPOLL},
	{"timerfd", FDW_KIND_TIMERFD},
	{"signalfd", FDW_KIND_SIGNALFD},
	{"inotify", FDW_KIND_INOTIFY},
	{"fanotify", FDW_KIND_FANOTIFY},
	{"pidfd", FDW_KIND_PIDFD},
	{"userfaultfd", FDW_KIND_USERFAULTFD},
	{"perf_event", FDW_KIND_PERF},
	{"io_uring", FDW_KIND_IO_URING},
	{"fscontext", FDW_KIND_MOUNT},
	{"landlock-ruleset", FDW_KIND_LANDLOCK},
	{"seccomp notify", FDW_KIND_SECCOMP},
	{"btf", FDW_KIND_BPF},
};

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

static enum fdw_kind anonymous_kind(const char *name)
{
	size_t length;

	if (starts_with(name, ANON_PREFIX))
		name += strlen(ANON_PREFIX);
	if (*name == '[')
		name++;
	if (starts_with(name, "bpf")) /* bpf-map, bpf-prog, bpf_link, bpf_iter, bpf-token … */
		return FDW_KIND_BPF;
	length = strcspn(name, "]");
	for (size_t i = 0; i < sizeof(anonymous) / sizeof(anonymous[0]); i++)
		if (strlen(anonymous[i].name) == length && !memcmp(anonymous[i].name, name, length))
			return anonymous[i].kind;
	return FDW_KIND_ANON;
}

static enum fdw_kind regular_kind(__u64 magic, const char *name)
{
	switch (magic) {
	case PROC_SUPER_MAGIC:
		return FDW_KIND_PROC;
	case BPF_FS_MAGIC:
		return FDW_KIND_BPF;
	case MQUEUE_MAGIC:
		return FDW_KIND_MQUEUE;
	case TMPFS_MAGIC:
	case HUGETLBFS_MAGIC: /* memfds live on mounts of the kernel's own, so at the root */
		return starts_with(name, "/memfd:") || starts_with(name, "memfd:") ? FDW_KIND_MEMFD
										   : FDW_KIND_FILE;
	default:
		return FDW_KIND_FILE;
	}
}

static enum fdw_kind mode_kind(const struct fdw_descriptor *record, const char *name)
{
	switch (record->mode & S_IFMT) {
	case S_IFREG:
		return regular_kind(record->magic, name);
	case S_IFDIR:
		return FDW_KIND_DIRECTORY;
	case S_IFLNK:
		return FDW_KIND_SYMLINK;
	case S_IFCHR:
		return FDW_KIND_CHARDEV;
	case S_IFBLK:
		return FDW_KIND_BLOCKDEV;
	case S_IFIFO:
		return FDW_KIND_FIFO;
	case S_IFSOCK: /* a Unix socket's place in a file system, opened with O_PATH */
		return FDW_KIND_SOCKET;
	default:
		return FDW_KIND_OTHER;
	}
}

enum fdw_kind decode_kind(const struct fdw_descriptor *record, const char *name)
{
	/* File systems of the kernel's own hold one kind each, whatever its mode. */
	switch (record->magic) {
	case ANON_INODE_FS_MAGIC:
		return anonymous_kind(name);
	case PIPEFS_MAGIC:
		return FDW_KIND_PIPE;
	case SOCKFS_MAGIC:
		return FDW_KIND_SOCKET;
	case NSFS_MAGIC:
		return FDW_KIND_NAMESPACE;
	case PID_FS_MAGIC:
		return FDW_KIND_PIDFD;
	case SECRETMEM_MAGIC:
		return FDW_KIND_MEMFD;
	default:
		return mode_kind(record, name);
	}
}
