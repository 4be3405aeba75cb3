/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of files, directories, devices, pipes and mounts; names are in the current folder. */
#ifndef FDMAKER_WAYS_FILE_H
#define FDMAKER_WAYS_FILE_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "call.h"
#include "reply.h"

/* Makes a descriptor by one call, or says that the call is not to be had. */
static int make(struct reply *r, const char *call, int fd, const char *kind)
{
	if (keep(r, fd, kind) < 0)
		skip(r, call);
	return fd;
}

static void way_open(struct reply *r)
{
	make(r, "open", CALL(SYS_open, WORD("plain"), O_RDWR | O_CREAT, 0600), "file");
}

static void way_creat(struct reply *r)
{
	make(r, "creat", CALL(SYS_creat, WORD("plain"), 0600), "file");
}

static void way_openat(struct reply *r)
{
	make(r, "openat", CALL(SYS_openat, AT_FDCWD, WORD("plain"), O_RDWR | O_CREAT, 0600),
	     "file");
	make(r, "openat",
	     CALL(SYS_openat, AT_FDCWD, WORD("cloexec"), O_RDONLY | O_CREAT | O_CLOEXEC, 0600),
	     "file");
}

static void way_openat2(struct reply *r)
{
	struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600};

	make(r, "openat2", CALL(SYS_openat2, AT_FDCWD, WORD("plain"), WORD(&how), sizeof(how)),
	     "file");
}

static void way_open_by_handle_at(struct reply *r)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	int mount_id;
	int here = make(r, "openat", open(".", O_RDONLY | O_DIRECTORY), "directory");

	if (here < 0)
		return;
	if (name_to_handle_at(here, "", &handle.head, &mount_id, AT_EMPTY_PATH))
		skip(r, "name_to_handle_at");
	else
		make(r, "open_by_handle_at",
		     open_by_handle_at(here, &handle.head, O_RDONLY | O_DIRECTORY), "directory");
}

static void way_directory(struct reply *r)
{
	make(r, "openat", open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "directory");
}

static void way_o_path(struct reply *r)
{
	make(r, "openat", open(".", O_PATH), "directory");
}

static void way_symlink(struct reply *r)
{
	if (symlink("nowhere", "link") && errno != EEXIST)
		skip(r, "symlink");
	else
		make(r, "openat", open("link", O_PATH | O_NOFOLLOW), "symlink");
}

static void way_tmpfile(struct reply *r)
{
	make(r, "openat with O_TMPFILE", open(".", O_TMPFILE | O_RDWR, 0600), "file");
}

static void way_deleted(struct reply *r)
{
	make(r, "openat", open("deleted", O_RDWR | O_CREAT, 0600), "file");
	unlink("deleted");
}

/* A name that would break a terminal or a JSON text that is not escaped. */
static void way_hostile(struct reply *r)
{
	make(r, "openat", open("a\033[31m\"\\\n\xff\xc3(", O_RDWR | O_CREAT, 0600), "file");
}

static void way_proc(struct reply *r)
{
	make(r, "openat", open("/proc/self/status", O_RDONLY), "proc");
}

static void way_chardev(struct reply *r)
{
	make(r, "openat", open("/dev/null", O_RDWR), "chardev");
}

static void way_blockdev(struct reply *r)
{
	static const char *const devices[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0"};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		int fd = open(devices[i], O_RDONLY | O_NONBLOCK);

		if (fd >= 0) {
			keep(r, fd, "blockdev");
			return;
		}
	}
	skip(r, "openat of a block device");
}

static void way_namespace(struct reply *r)
{
	make(r, "openat", open("/proc/self/ns/net", O_RDONLY), "namespace");
}

static void way_fifo(struct reply *r)
{
	if (mkfifo("fifo", 0600) && errno != EEXIST)
		skip(r, "mkfifo");
	else
		make(r, "openat", open("fifo", O_RDWR), "fifo");
}

static void pipe_made(struct reply *r, const char *call, int status, const int *ends)
{
	make(r, call, status ? -1 : ends[0], "pipe");
	if (!status)
		make(r, call, ends[1], "pipe");
}

static void way_pipe(struct reply *r)
{
	int ends[2];

	pipe_made(r, "pipe", CALL(SYS_pipe, WORD(ends)), ends);
}

static void way_pipe2(struct reply *r)
{
	int ends[2];

	pipe_made(r, "pipe2", CALL(SYS_pipe2, WORD(ends), O_CLOEXEC | O_NONBLOCK), ends);
}

static void way_mq_open(struct reply *r)
{
	char name[32];

	snprintf(name, sizeof(name), "fdmaker-%d", getpid());
	make(r, "mq_open", CALL(SYS_mq_open, WORD(name), O_RDWR | O_CREAT, 0600, 0), "mqueue");
	CALL(SYS_mq_unlink, WORD(name));
}

static void way_fsopen(struct reply *r)
{
	make(r, "fsopen", CALL(SYS_fsopen, WORD("tmpfs"), 0), "mount");
}

static void way_fspick(struct reply *r)
{
	make(r, "fspick", CALL(SYS_fspick, AT_FDCWD, WORD("/"), 0), "mount");
}

static void way_fsmount(struct reply *r)
{
	int context = make(r, "fsopen", CALL(SYS_fsopen, WORD("tmpfs"), 0), "mount");

	if (context < 0)
		return;
	if (CALL(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0))
		skip(r, "fsconfig");
	else
		make(r, "fsmount", CALL(SYS_fsmount, context, 0, 0), "directory");
}

static void way_open_tree(struct reply *r)
{
	make(r, "open_tree", CALL(SYS_open_tree, AT_FDCWD, WORD("."), O_CLOEXEC), "directory");
	make(r, "open_tree", CALL(SYS_open_tree, AT_FDCWD, WORD("."), OPEN_TREE_CLONE),
	     "directory");
}

static void way_open_tree_attr(struct reply *r)
{
	struct mount_attr attr = {0};

	make(r, "open_tree_attr",
	     CALL(SYS_open_tree_attr, AT_FDCWD, WORD("."), OPEN_TREE_CLONE, WORD(&attr),
		  sizeof(attr)),
	     "directory");
}

/* A call refused for another reason makes none. */
static void way_failing_open(struct reply *r)
{
	if (open("no/such/file", O_RDONLY) >= 0)
		skip(r, "openat of a file that is not there");
	if (close(MAX_FD - 1) == 0)
		skip(r, "close of a number that is free");
}

/* Descriptors that an ioctl makes. */
static void way_ioctl_pty(struct reply *r)
{
	int primary = make(r, "openat of ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY), "chardev");
	int unlocked = 0;

	if (primary < 0)
		return;
	if (ioctl(primary, TIOCSPTLCK, &unlocked) ||
	    keep_unhooked(r, ioctl(primary, TIOCGPTPEER, O_RDWR | O_NOCTTY), "chardev") < 0)
		skip(r, "ioctl TIOCGPTPEER");
}

#define NS_GET_OWNER _IO(0xb7, 0x1) /* NS_GET_USERNS of linux/nsfs.h */

static void way_ioctl_namespace(struct reply *r)
{
	int ns = make(r, "openat", open("/proc/self/ns/net", O_RDONLY), "namespace");

	if (ns >= 0 && keep_unhooked(r, ioctl(ns, NS_GET_OWNER), "namespace") < 0)
		skip(r, "ioctl NS_GET_USERNS");
}

/* A 32-bit call from a 64-bit program: fires no tracepoint of a call. */
static void way_int80(struct reply *r)
{
#ifdef __x86_64__
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long fd;

	if (low == MAP_FAILED) {
		skip(r, "mmap below 4 GiB");
		return;
	}
	memcpy(low, "/dev/null", sizeof("/dev/null"));
	__asm__ volatile("int $0x80"
			 : "=a"(fd)
			 : "a"(5L /* open */), "b"(low), "c"((long)O_RDWR), "d"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	munmap(low, 4096);
	if ((int)fd < 0)
		errno = -(int)fd;
	if (keep_unhooked(r, (int)fd < 0 ? -1 : (int)fd, "chardev") < 0)
		skip(r, "open by int 0x80");
#else
	errno = ENOSYS;
	skip(r, "int 0x80");
#endif
}

#endif
