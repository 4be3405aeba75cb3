// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "model/cgroup.h"
#include "procdir.h"

#define CGROUP_MAX (16 * 1024) /* a dozen hierarchies of version 1 with long paths */
#define LIMITS_MAX 4096
#define STAT_MAX 1024
#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

/* These look at the text of the status file, in which the kernel escapes newlines in names. */
static bool has_users(const char *status, uint32_t uid)
{
	const char *line = strstr(status, "\nUid:");
	uint32_t real, effective, saved;

	return line &&
	       sscanf(line, "\nUid: %" SCNu32 " %" SCNu32 " %" SCNu32, &real, &effective, &saved) ==
		       3 &&
	       real == uid && effective == uid && saved == uid;
}

/* All its groups are one, so no set-gid program lent it another. */
static bool has_one_group(const char *status)
{
	const char *line = strstr(status, "\nGid:");
	uint32_t real, effective, saved, fs;

	return line &&
	       sscanf(line, "\nGid: %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &real,
		      &effective, &saved, &fs) == 4 &&
	       effective == real && saved == real && fs == real;
}

static bool has_no_capability(const char *status)
{
	const char *line = strstr(status, "\nCapPrm:");
	uint64_t permitted;

	return line && sscanf(line, "\nCapPrm: %" SCNx64, &permitted) == 1 && permitted == 0;
}

static bool is_plainly_of(int folder, uint32_t uid)
{
	char text[PROCDIR_STATUS];

	return procdir_status(folder, text, sizeof(text)) >= 0 && has_users(text, uid) &&
	       has_one_group(text) && has_no_capability(text);
}

int procfs_identity(const char *root, int32_t pid, struct process_identity *identity)
{
	_close_ int folder = procdir_open(root, pid);
	char text[CGROUP_MAX];
	ssize_t length = folder < 0 ? folder : procdir_read(folder, "cgroup", text, sizeof(text));

	cgroup_identify(text, length < 0 ? 0 : (size_t)length, identity);
	return length < 0 ? (int)length : 0;
}

int procfs_command_line(const char *root, int32_t pid, uint64_t start_time, char *buffer,
			size_t size)
{
	_close_ int folder = procdir_open(root, pid);
	ssize_t length;

	buffer[0] = '\0';
	if (folder < 0)
		return folder;
	if (!procdir_started(folder, start_time))
		return -ESRCH;
	length = procdir_read(folder, "cmdline", buffer, size);
	if (length < 0)
		return (int)length;
	for (ssize_t i = 0; i < length; i++)
		if (!buffer[i])
			buffer[i] = ' ';
	while (length && buffer[length - 1] == ' ')
		buffer[--length] = '\0';
	return 0;
}

bool procfs_owned_by(const char *root, int32_t pid, uint64_t start_time, uint32_t uid)
{
	_close_ int folder = procdir_open(root, pid);
	struct stat environment;

	if (folder < 0 || !procdir_started(folder, start_time) || !is_plainly_of(folder, uid))
		return false;
	/* The files of a process that is not dumpable are root's; the folder itself never says so.
	 */
	return !fstatat(folder, "environ", &environment, AT_SYMLINK_NOFOLLOW) &&
	       environment.st_uid == uid;
}

/* Takes name, parent, threads and start from the stat file. */
static int sample_stat(int folder, struct process_sample *sample)
{
	char text[STAT_MAX], *name, *rest;
	uint32_t flags;
	char state;

	if (procdir_read(folder, "stat", text, sizeof(text)) < 0)
		return -ESRCH;
	name = strchr(text, '(');
	rest = strrchr(text, ')');
	if (!name || !rest || rest < name)
		return -EBADMSG;
	*rest = '\0';
	snprintf(sample->comm, sizeof(sample->comm), "%s", name + 1);
	if (sscanf(rest + 1,
		   " %c %" SCNd32 " %*d %*d %*d %*d %" SCNu32
		   " %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %" SCNu32 " %*d %" SCNu64,
		   &state, &sample->parent_pid, &flags, &sample->threads, &sample->start_time) != 5)
		return -EBADMSG;
	sample->start_time *= procdir_tick();
	return flags & PF_KTHREAD || state == 'Z' ? -ESRCH : 0;
}

static int sample_users(int folder, struct process_sample *sample)
{
	char text[PROCDIR_STATUS];
	const char *line;

	if (procdir_status(folder, text, sizeof(text)) < 0)
		return -ESRCH;
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %" SCNu32 " %" SCNu32 " %" SCNu32, &sample->uid,
			    &sample->euid, &sample->suid) != 3)
		return -EBADMSG;
	return 0;
}

static int sample_limits(int folder, struct process_sample *sample)
{
	char text[LIMITS_MAX], soft[24], hard[24];
	const char *line;

	if (procdir_read(folder, "limits", text, sizeof(text)) < 0)
		return -ENOTSUP;
	line = strstr(text, "\nMax open files");
	if (!line || sscanf(line, "\nMax open files %23s %23s", soft, hard) != 2)
		return -EBADMSG;
	sample->soft_limit = strtoull(soft, NULL, 10);
	sample->hard_limit = strtoull(hard, NULL, 10);
	return 0;
}

int procfs_sample(const char *root, int32_t pid, struct process_sample *sample)
{
	_close_ int folder = procdir_open(root, pid);
	struct stat fds;
	int r;

	*sample = (struct process_sample){.pid = pid, .compat = true, .uncounted = true};
	r = folder < 0 ? folder : sample_stat(folder, sample);
	if (!r)
		r = sample_users(folder, sample);
	if (!r)
		r = sample_limits(folder, sample);
	if (r)
		return r;
	/* Since Linux 6.2 (f1f1f2569901) the folder's size is the count. */
	if (fstatat(folder, "fd", &fds, 0) || fds.st_size <= 0)
		return -ENOTSUP;
	sample->fds = sample->peak = (uint32_t)fds.st_size;
	return 0;
}

ssize_t procfs_descriptor(const char *root, int32_t pid, int32_t fd, char *buffer, size_t size)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/%d/fd/%d", root, pid, fd);
	ssize_t found;

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	found = readlink(path, buffer, size);
	return found < 0 ? -errno : found;
}

int procfs_nr_open(const char *root, uint64_t *nr_open)
{
	_close_ int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t number;
	char text[32];
	ssize_t length;

	if (folder < 0)
		return -errno;
	length = procdir_read(folder, "sys/fs/nr_open", text, sizeof(text));
	if (length < 0)
		return (int)length;
	if (sscanf(text, "%" SCNu64, &number) != 1 || !number)
		return -EBADMSG;
	*nr_open = number;
	return 0;
}

int procfs_file_nr(const char *root, uint64_t *allocated, uint64_t *maximum)
{
	_close_ int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t first, free_ones, limit;
	char text[128];
	ssize_t length;

	if (folder < 0)
		return -errno;
	length = procdir_read(folder, "sys/fs/file-nr", text, sizeof(text));
	if (length < 0)
		return (int)length;
	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &first, &free_ones, &limit) != 3)
		return -EBADMSG;
	*allocated = first;
	*maximum = limit;
	return 0;
}
