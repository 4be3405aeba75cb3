/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "fdwatch/record.h"
#include "lock.h"

#define BPFFS "/sys/fs/bpf"
#define META "meta"
#define OWN_SOURCE "fdwatch" /* marks a bpffs that fdwatch mounted, and may unmount */

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

static int mount_bpffs(const char *path, const char *source, const char *options)
{
	return mount(source, path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) ? -errno : 0;
}

static void cleanup_mounts(FILE **mounts)
{
	if (*mounts)
		endmntent(*mounts);
}

static int make_folder(const char *path, mode_t mode)
{
	return mkdir(path, mode) && errno != EEXIST ? -errno : 0;
}

int pins_prepare(const char *folder)
{
	bool standard = !strncmp(folder, BPFFS "/", strlen(BPFFS "/"));
	int r = 0;

	if (on_bpffs(folder))
		return 0; /* above it there may be what only others may see */
	if (standard && !on_bpffs(BPFFS))
		r = mount_bpffs(BPFFS, "bpf", "mode=0755");
	if (!r)
		r = make_folder(folder, 0700);
	if (!r && !on_bpffs(folder)) {
		r = mount_bpffs(folder, OWN_SOURCE, "mode=0700");
		if (r)
			rmdir(folder);
	}
	return r;
}

int pins_lock(const char *folder, struct failure *failure)
{
	int r;
	_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(failure, -errno, "%s can't be opened: %s", folder, strerror(errno));
	r = lock_alone(fd);
	if (!r)
		return TAKE_FD(fd);
	if (r == -EWOULDBLOCK)
		return fail(failure, -EBUSY,
			    "another fdwatchd uses %s: stop it, or give this one --pin-dir",
			    folder);
	return fail(failure, r, "%s can't be locked: %s", folder, strerror(-r));
}

int pins_path(char path[static 256], const char *folder, const char *name)
{
	int length = snprintf(path, 256, "%s/%s", folder, name);

	return length < 0 || length >= 256 ? -ENAMETOOLONG : 0;
}

int pins_get(const char *folder, const char *name)
{
	char path[256];
	int r = pins_path(path, folder, name);

	if (r < 0)
		return r;
	int fd = bpf_obj_get(path);

	return fd < 0 ? -errno : fd;
}

bool pins_has(const char *folder, const char *name)
{
	char path[256];

	return !pins_path(path, folder, name) && !access(path, F_OK);
}

bool pins_complete(const char *folder, struct fdw_meta *meta)
{
	_close_ int map = pins_get(folder, META);
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return map >= 0 && !bpf_obj_get_info_by_fd(map, &info, &size) &&
	       info.value_size == sizeof(*meta) && !bpf_map_lookup_elem(map, &(__u32){0}, meta);
}

int pins_finish(const char *folder, const struct fdw_meta *meta)
{
	_close_ int map =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, META, sizeof(__u32), sizeof(*meta), 1, NULL);
	char path[256];
	int r = pins_path(path, folder, META);

	if (r < 0)
		return r;
	if (map < 0 || bpf_map_update_elem(map, &(__u32){0}, meta, BPF_ANY) ||
	    bpf_obj_pin(map, path))
		return -errno;
	return 0;
}

/* Calls `f` for each entry until it fails. A dot is in no pin's name: bpffs keeps those for its
 * own. */
static int each_entry(int folder_fd, int (*f)(int folder_fd, const char *name, void *data),
		      void *data)
{
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (!r && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.'))
			r = f(folder_fd, entry->d_name, data);
	return r;
}

static int drop_entry(int folder_fd, const char *name, void *data)
{
	bool (**drop)(const char *name) = data;

	if (!(*drop)(name))
		return 0;
	return unlinkat(folder_fd, name, 0) && errno != ENOENT ? -errno : 0;
}

/* The marker goes first: what is half removed must not look complete. */
int pins_clear(int folder_fd, bool (*drop)(const char *name))
{
	if (unlinkat(folder_fd, META, 0) && errno != ENOENT)
		return -errno;
	return each_entry(folder_fd, drop_entry, &drop);
}

struct owner {
	uid_t uid;
	gid_t gid;
};

static int give_entry(int folder_fd, const char *name, void *data)
{
	const struct owner *owner = data;

	return fchownat(folder_fd, name, owner->uid, owner->gid, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

int pins_give(int folder_fd, uid_t uid, gid_t gid)
{
	struct owner owner = {uid, gid};
	int r = each_entry(folder_fd, give_entry, &owner);

	if (!r && fchown(folder_fd, uid, gid))
		r = -errno;
	return r;
}

/* Whether a bpffs of fdwatch's own making is mounted there. */
static bool is_own_mount(const char *folder)
{
	_cleanup_(cleanup_mounts) FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool own = false;

	while (mounts && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_dir, folder)) /* the last one there is the one on top */
			own = !strcmp(entry->mnt_fsname, OWN_SOURCE);
	return own;
}

void pins_remove(const char *folder)
{
	char path[PATH_MAX];

	if (!realpath(folder, path))
		return;
	if (is_own_mount(path))
		umount2(path, UMOUNT_NOFOLLOW);
	rmdir(path);
}
