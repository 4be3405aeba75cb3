/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"

static int mount_detached(void)
{
	_close_ int context = fsopen("tracefs", FSOPEN_CLOEXEC);

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	int root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	return root < 0 ? -errno : root;
}

int tracefs_open(void)
{
	int root = mount_detached();

	if (root >= 0)
		return root;
	root = open("/sys/kernel/tracing", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -errno : root;
}

int tracefs_event_id(int tracefs, const char *group, const char *name)
{
	char path[128], text[16] = "";
	int length = snprintf(path, sizeof(path), "events/%s/%s/id", group, name);

	if (length < 0 || (size_t)length >= sizeof(path))
		return -ENAMETOOLONG;
	_close_ int fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	long id = strtol(text, NULL, 10);

	return id > 0 && id <= INT_MAX ? (int)id : -EBADMSG;
}
