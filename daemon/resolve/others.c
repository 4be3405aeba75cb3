// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/others.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "procdir.h"

bool others_same_file(const struct file_identity *a, const struct file_identity *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified == b->modified;
}

int others_open(const char *proc, struct resolver_process process)
{
	int fd = procdir_open(proc, process.pid);

	if (fd < 0 || procdir_started(fd, process.start_time))
		return fd;
	close(fd);
	return -ESRCH;
}

int others_maps(int folder, struct maps *maps)
{
	_close_ int fd = openat(folder, "maps", O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : errno == EPERM ? -EACCES : -errno;
	r = maps_read(maps, fd);
	return !r && !maps->count ? -ESRCH : r; /* a zombie's map is empty */
}

static uint64_t modified(const struct stat *file)
{
	return (uint64_t)file->st_mtim.tv_sec * 1000000000 + (uint64_t)file->st_mtim.tv_nsec;
}

/* Of a path's descriptor makes one to read by; what is no regular file is never opened. */
static int open_regular(int path_fd, struct stat *file)
{
	char again[64];
	int fd;

	if (fstat(path_fd, file))
		return -errno;
	if (!S_ISREG(file->st_mode))
		return -EINVAL;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", path_fd);
	fd = open(again, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A path as the process sees it: its links lead nowhere outside its root folder. */
static int open_in_root(int folder, const char *path)
{
	_close_ int root = openat(folder, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	long fd;

	if (root < 0)
		return -errno;
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

static bool is_mapped(const struct stat *file, const struct maps_line *line)
{
	return file->st_ino == line->inode && major(file->st_dev) == line->major &&
	       minor(file->st_dev) == line->minor;
}

int others_mapped_file(int folder, const struct maps *maps, const struct maps_line *line,
		       struct file_identity *identity)
{
	_close_ int path = -1;
	bool exact = true;
	struct stat file;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, line->start, line->end);
	path = openat(folder, name, O_PATH | O_CLOEXEC);
	if (path < 0) {
		exact = false; /* without CAP_CHECKPOINT_RESTORE */
		path = open_in_root(folder, maps_name(maps, line));
	}
	if (path < 0)
		return path;
	fd = open_regular(path, &file);
	if (fd >= 0 && !exact && !is_mapped(&file, line)) {
		close(fd);
		return -ESTALE;
	}
	if (fd >= 0)
		*identity = (struct file_identity){file.st_dev, file.st_ino, (uint64_t)file.st_size,
						   modified(&file)};
	return fd;
}

/* The pid as the process itself sees it, and its users. */
static bool read_status(int folder, uint32_t *pid, uint32_t *uid, uint32_t *euid)
{
	char text[PROCDIR_STATUS];
	const char *line;

	if (procdir_status(folder, text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %" SCNu32 " %" SCNu32, uid, euid) != 2)
		return false;
	line = strstr(text, "\nNSpid:");
	if (!line)
		return false;
	line += strcspn(line + 1, "\n") + 1; /* its last number */
	while (line[-1] >= '0' && line[-1] <= '9')
		line--;
	return sscanf(line, "%" SCNu32, pid) == 1;
}

int others_perf_map(int folder, struct file_identity *identity)
{
	uint32_t pid, uid, euid;
	_close_ int path = -1;
	struct stat file;
	char name[64];
	int fd;

	if (!read_status(folder, &pid, &uid, &euid))
		return -ESRCH;
	snprintf(name, sizeof(name), "/tmp/perf-%" PRIu32 ".map", pid);
	path = open_in_root(folder, name);
	if (path < 0)
		return path;
	fd = open_regular(path, &file);
	if (fd < 0)
		return fd;
	if (file.st_uid && file.st_uid != uid && file.st_uid != euid) {
		close(fd);
		return -EACCES;
	}
	*identity = (struct file_identity){file.st_dev, file.st_ino, (uint64_t)file.st_size,
					   modified(&file)};
	return fd;
}

/* The host's debug file, or the one in the process's root folder. */
static int open_debug(int folder, const char *path)
{
	_close_ int own = open(path, O_PATH | O_CLOEXEC);
	_close_ int theirs = -1;
	struct stat file;
	int fd = own < 0 ? -errno : open_regular(own, &file);

	if (fd >= 0)
		return fd;
	theirs = open_in_root(folder, path);
	return theirs < 0 ? theirs : open_regular(theirs, &file);
}

static int by_build_id(int folder, const struct wire_need *need)
{
	char path[128] = "/usr/lib/debug/.build-id/";
	size_t length = strlen(path);

	if (need->build_id_size < 2 || need->build_id_size > sizeof(need->build_id))
		return -ENOENT;
	for (uint32_t i = 0; i < need->build_id_size; i++)
		length += (size_t)snprintf(path + length, sizeof(path) - length,
					   i ? "%02x" : "%02x/", need->build_id[i]);
	snprintf(path + length, sizeof(path) - length, ".debug");
	return open_debug(folder, path);
}

/* .gnu_debuglink: a name without folders, looked for beside the module and below /usr/lib/debug. */
static int by_link(int folder, const char *module, const char *name)
{
	static const char *const places[] = {"%.*s/.debug/%s", "/usr/lib/debug%.*s/%s", "%.*s/%s"};
	const char *slash = strrchr(module, '/');
	char path[PATH_MAX];
	int fd = -ENOENT;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..") || !slash ||
	    *module != '/')
		return -ENOENT;
	for (size_t i = 0; fd < 0 && i < sizeof(places) / sizeof(places[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		int length = snprintf(path, sizeof(path), places[i], (int)(slash - module), module,
				      name);
#pragma GCC diagnostic pop
		if (length < (int)sizeof(path))
			fd = open_debug(folder, path);
	}
	return fd;
}

/* .gnu_debugaltlink: a path, of which only those are followed that distributions use. */
static int by_alt_link(int folder, const char *name)
{
	static const char top[] = "/usr/lib/debug/";

	return strncmp(name, top, strlen(top)) || strstr(name, "..") ? -ENOENT
								     : open_debug(folder, name);
}

int others_debug_file(int folder, const char *module, const struct wire_need *need)
{
	char name[sizeof(need->name)];
	int fd = by_build_id(folder, need);

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1, need->name);
	if (fd < 0 && need->kind == WIRE_DEBUG_ALT)
		fd = by_alt_link(folder, name);
	else if (fd < 0)
		fd = by_link(folder, module, name);
	return fd;
}

ssize_t others_memory(int folder, const struct wire_piece *pieces, size_t count, void *buffer,
		      size_t size)
{
	_close_ int fd = openat(folder, "mem", O_RDONLY | O_CLOEXEC);
	size_t total = 0;

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].size > size - total || pieces[i].address > INT64_MAX)
			return -EINVAL;
		if (pread(fd, (char *)buffer + total, pieces[i].size, (off_t)pieces[i].address) !=
		    (ssize_t)pieces[i].size)
			return -EIO;
		total += pieces[i].size;
	}
	return (ssize_t)total;
}
