// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/unseen.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "ingest/procfs.h"

#define LOOK_EVERY 60000000ULL /* microseconds: a folder of 10,000 names costs milliseconds */

static void look_at(struct unseen *u, const char *root, int32_t pid)
{
	struct process_sample sample;

	if (u->count == UNSEEN_MAX || procfs_sample(root, pid, &sample))
		return;
	u->process[u->count].pid = pid;
	u->process[u->count++].peak = 0;
}

void unseen_look(struct unseen *u, const char *root, uint64_t now,
		 bool (*seen)(int32_t pid, void *data), void *data)
{
	_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (u->looked && now < u->looked + LOOK_EVERY)
		return;
	u->looked = now;
	dir = opendir(root);
	while (dir && (entry = readdir(dir))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && pid <= INT32_MAX && !*end && !seen((int32_t)pid, data))
			look_at(u, root, (int32_t)pid);
	}
}

void unseen_forget(struct unseen *u, int32_t pid)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->process[i].pid == pid)
			u->process[i] = u->process[--u->count];
}

int unseen_read(struct unseen *u, const char *root,
		int (*take)(const struct process_sample *sample, void *data), void *data)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; !r && i < u->count; i++) {
		struct process_sample sample;

		if (procfs_sample(root, u->process[i].pid, &sample))
			continue;
		if (sample.fds > u->process[i].peak)
			u->process[i].peak = sample.fds;
		sample.peak = u->process[i].peak;
		u->process[kept++] = u->process[i];
		r = take(&sample, data);
	}
	u->count = kept;
	return r;
}
