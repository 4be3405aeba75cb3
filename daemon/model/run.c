// SPDX-License-Identifier: BSD-2-Clause
#include "model/run.h"

#include <stdlib.h>

/* What came across exec is told apart. */
static size_t own(const struct descriptor_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += !list->items[i].executed;
	return count;
}

void run_add(struct run *run, const struct run_process *process)
{
	struct run_process *processes = NULL;

	if (run->count < RUN_PROCESSES_MAX)
		processes = reallocarray(run->processes, run->count + 1, sizeof(*processes));
	if (!processes) {
		run->cut++;
		run->unknown += own(process->list);
		descriptor_list_free(process->list);
		return;
	}
	run->processes = processes;
	processes[run->count] = *process;
	site_set_ref(process->set);
	run->count++;
}

size_t run_left_open(const struct run *run)
{
	size_t left = run->unknown;

	for (size_t i = 0; i < run->count; i++)
		left += own(run->processes[i].list);
	return left;
}

size_t run_pending(const struct run *run)
{
	size_t pending = 0;

	for (size_t i = 0; i < run->count; i++)
		pending += site_set_pending(run->processes[i].set);
	return pending;
}

void run_clear(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		descriptor_list_free(run->processes[i].list);
		site_set_unref(run->processes[i].set);
	}
	free(run->processes);
	*run = (struct run){};
}
