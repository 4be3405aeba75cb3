// SPDX-License-Identifier: BSD-2-Clause
#include "itself.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "ingest/procfs.h"

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void read_memory(struct metrics_itself *itself)
{
	unsigned long long virtual_pages, resident_pages;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *file = fopen(PROCFS "/self/statm", "re");

	if (!file)
		return;
	if (fscanf(file, "%llu %llu", &virtual_pages, &resident_pages) == 2) {
		itself->virtual_bytes = virtual_pages * page;
		itself->resident_bytes = resident_pages * page;
	}
	fclose(file);
}

static void count_descriptors(struct metrics_itself *itself)
{
	_closedir_ DIR *folder = opendir(PROCFS "/self/fd");
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		itself->open_fds += entry->d_name[0] != '.';
	itself->open_fds -= folder != NULL; /* the one that counts */
}

void itself_read(struct metrics_itself *itself)
{
	struct rlimit limit;
	struct rusage usage;

	if (!getrusage(RUSAGE_SELF, &usage))
		itself->cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		itself->max_fds = limit.rlim_cur;
	read_memory(itself);
	count_descriptors(itself);
}
