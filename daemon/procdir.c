// SPDX-License-Identifier: BSD-2-Clause
#include "procdir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define STAT_MAX 1024
#define START_FIELD 22 /* of stat */
#define GROUPS "Groups:"

int procdir_open(const char *root, int32_t pid)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%" PRId32, root, pid) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return fd;
}

ssize_t procdir_read(int folder, const char *name, char *buffer, size_t size)
{
	_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (n && length < size - 1) {
		n = read(fd, buffer + length, size - 1 - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			length += (size_t)n;
	}
	buffer[length] = '\0';
	return (ssize_t)length;
}

ssize_t procdir_status(int folder, char *buffer, size_t size)
{
	int fd = openat(folder, "status", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	size_t length = 0, piece;
	bool begins = true, skipped = false;

	buffer[0] = '\0';
	if (!file) {
		int r = errno == ENOENT ? -ESRCH : -errno;

		cleanup_close(&fd);
		return r;
	}
	while (length + 1 < size && fgets(buffer + length, (int)(size - length), file)) {
		piece = strlen(buffer + length);
		if (begins)
			skipped = !strncmp(buffer + length, GROUPS, strlen(GROUPS));
		begins = piece && buffer[length + piece - 1] == '\n';
		length += skipped ? 0 : piece;
	}
	buffer[length] = '\0';
	fclose(file);
	return (ssize_t)length;
}

uint64_t procdir_tick(void)
{
	return 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

bool procdir_same_start(uint64_t one, uint64_t other)
{
	return one / procdir_tick() == other / procdir_tick();
}

bool procdir_started(int folder, uint64_t start_time)
{
	char text[STAT_MAX];
	const char *field;
	uint64_t ticks;

	if (procdir_read(folder, "stat", text, sizeof(text)) < 0)
		return false;
	field = strrchr(text, ')'); /* the name before it may hold anything */
	for (int i = 2; field && i < START_FIELD; i++)
		field = strchr(field + 1, ' ');
	return field && sscanf(field, " %" SCNu64, &ticks) == 1 &&
	       ticks == start_time / procdir_tick();
}
