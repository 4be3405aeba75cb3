// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode_kind.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "check.h"

#define EXT4 EXT4_SUPER_MAGIC

static const struct {
	__u64 magic;
	__u32 mode;
	const char *name;
	enum fdw_kind kind;
} cases[] = {
	{EXT4, S_IFREG | 0644, "/etc/hosts", FDW_KIND_FILE},
	{EXT4, S_IFDIR | 0755, "/etc", FDW_KIND_DIRECTORY},
	{EXT4, S_IFLNK | 0777, "/etc/mtab", FDW_KIND_SYMLINK},
	{EXT4, S_IFIFO | 0644, "/run/fifo", FDW_KIND_FIFO},
	{EXT4, S_IFSOCK | 0644, "/run/socket", FDW_KIND_SOCKET},
	{TMPFS_MAGIC, S_IFCHR | 0666, "/dev/null", FDW_KIND_CHARDEV},
	{TMPFS_MAGIC, S_IFBLK | 0660, "/dev/sda", FDW_KIND_BLOCKDEV},
	{EXT4, 0, "", FDW_KIND_OTHER},
	{PROC_SUPER_MAGIC, S_IFREG | 0444, "/proc/stat", FDW_KIND_PROC},
	{PROC_SUPER_MAGIC, S_IFDIR | 0555, "/proc/1", FDW_KIND_DIRECTORY},
	{PIPEFS_MAGIC, S_IFIFO | 0600, "pipe:[5]", FDW_KIND_PIPE},
	{PIPEFS_MAGIC, S_IFIFO | 0600, "", FDW_KIND_PIPE},
	{SOCKFS_MAGIC, S_IFSOCK | 0777, "", FDW_KIND_SOCKET},
	{NSFS_MAGIC, S_IFREG | 0444, "net:[4026531840]", FDW_KIND_NAMESPACE},
	{0x50494446, S_IFREG | 0700, "anon_inode:[pidfd]", FDW_KIND_PIDFD},
	{0x50494446, 0700, "pidfd:[12]", FDW_KIND_PIDFD},
	{SECRETMEM_MAGIC, S_IFREG | 0600, "/secretmem", FDW_KIND_MEMFD},
	{TMPFS_MAGIC, S_IFREG | 0777, "/memfd:buffer (deleted)", FDW_KIND_MEMFD},
	{TMPFS_MAGIC, S_IFREG | 0777, "memfd:buffer", FDW_KIND_MEMFD},
	{HUGETLBFS_MAGIC, S_IFREG | 0777, "/memfd:huge (deleted)", FDW_KIND_MEMFD},
	{TMPFS_MAGIC, S_IFREG | 0644, "/dev/shm/memfd:no", FDW_KIND_FILE},
	{EXT4, S_IFREG | 0644, "/memfd:no", FDW_KIND_FILE},
	{0x19800202, S_IFREG | 0600, "/queue", FDW_KIND_MQUEUE},
	{0x19800202, S_IFDIR | 0755, "/dev/mqueue", FDW_KIND_DIRECTORY},
	{BPF_FS_MAGIC, S_IFREG | 0400, "/sys/fs/bpf/iter", FDW_KIND_BPF},
	{BPF_FS_MAGIC, S_IFDIR | 0700, "/sys/fs/bpf", FDW_KIND_DIRECTORY},
};

static const struct {
	const char *name;
	enum fdw_kind kind;
} anonymous[] = {
	{"[eventfd]", FDW_KIND_EVENTFD},
	{"eventfd", FDW_KIND_EVENTFD},
	{"[eventpoll]", FDW_KIND_EPOLL},
	{"[timerfd]", FDW_KIND_TIMERFD},
	{"[signalfd]", FDW_KIND_SIGNALFD},
	{"inotify", FDW_KIND_INOTIFY},
	{"[inotify]", FDW_KIND_INOTIFY},
	{"[fanotify]", FDW_KIND_FANOTIFY},
	{"[pidfd]", FDW_KIND_PIDFD},
	{"[userfaultfd]", FDW_KIND_USERFAULTFD},
	{"[perf_event]", FDW_KIND_PERF},
	{"bpf-map", FDW_KIND_BPF},
	{"bpf-prog", FDW_KIND_BPF},
	{"bpf_link", FDW_KIND_BPF},
	{"bpf-link", FDW_KIND_BPF},
	{"bpf_iter", FDW_KIND_BPF},
	{"btf", FDW_KIND_BPF},
	{"[io_uring]", FDW_KIND_IO_URING},
	{"[fscontext]", FDW_KIND_MOUNT},
	{"[landlock-ruleset]", FDW_KIND_LANDLOCK},
	{"landlock-ruleset", FDW_KIND_LANDLOCK},
	{"seccomp notify", FDW_KIND_SECCOMP},
	{"kvm-vm", FDW_KIND_ANON},
	{"[eventfdx]", FDW_KIND_ANON},
	{"[event", FDW_KIND_ANON},
	{"[", FDW_KIND_ANON},
	{"", FDW_KIND_ANON},
};

static void by_file_system_mode_and_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fdw_descriptor record = {.magic = cases[i].magic, .mode = cases[i].mode};
		enum fdw_kind kind = decode_kind(&record, cases[i].name);

		if (kind != cases[i].kind)
			print_error("case %zu: %s\n", i, cases[i].name);
		assert_int_equal(kind, cases[i].kind);
	}
}

/* With the prefix or without, with a mode of a file's or none. */
static void anonymous_by_name(void **state)
{
	static const __u32 modes[] = {0600, S_IFREG | 0600};
	char name[64];

	(void)state;
	for (size_t i = 0; i < sizeof(anonymous) / sizeof(anonymous[0]); i++) {
		for (size_t m = 0; m < 2; m++) {
			struct fdw_descriptor record = {.magic = ANON_INODE_FS_MAGIC,
							.mode = modes[m]};

			assert_int_equal(decode_kind(&record, anonymous[i].name),
					 anonymous[i].kind);
			snprintf(name, sizeof(name), "anon_inode:%s", anonymous[i].name);
			assert_int_equal(decode_kind(&record, name), anonymous[i].kind);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_file_system_mode_and_name),
		cmocka_unit_test(anonymous_by_name),
	};

	return RUN_TESTS(tests);
}
