// SPDX-License-Identifier: BSD-2-Clause
#include "model/process.h"

const char *process_state_name(enum process_state state)
{
	static const char *const names[STATE_COUNT] = {
		[STATE_OK] = "ok",
		[STATE_GROWING] = "growing",
		[STATE_WARNING] = "warning",
		[STATE_CRITICAL] = "critical",
		[STATE_EXHAUSTED] = "exhausted",
	};

	return names[state];
}

const char *refusal_cause_name(enum refusal_cause cause)
{
	static const char *const names[CAUSE_COUNT] = {
		[CAUSE_NOFILE] = "RLIMIT_NOFILE",
		[CAUSE_FILE_MAX] = "fs.file-max",
		[CAUSE_PIPE] = "fs.file-max or fs.pipe-user-pages-hard",
		[CAUSE_INOTIFY] = "fs.inotify.max_user_instances",
		[CAUSE_FANOTIFY] = "fs.fanotify.max_user_groups",
		[CAUSE_MQUEUE] = "RLIMIT_MSGQUEUE",
		[CAUSE_OTHER] = "other",
	};

	return names[cause];
}

uint64_t process_limit(const struct process *process)
{
	if (process->sample.fds > process->sample.soft_limit)
		return LIMIT_INFINITY;
	return process->ceiling ?: process->sample.soft_limit;
}

uint64_t process_age(const struct process *process, uint64_t now)
{
	uint64_t from = process->sample.start_time + process->slept;

	return now > from ? now - from : 0;
}

double process_usage(const struct process *process)
{
	uint64_t limit = process_limit(process);

	if (limit == LIMIT_INFINITY)
		return 0;
	if (limit == 0)
		return 1; /* it has none and may open none */
	return (double)process->sample.fds / (double)limit;
}

int process_compare_danger(const void *left, const void *right)
{
	const struct process *a = *(const struct process *const *)left;
	const struct process *b = *(const struct process *const *)right;
	double use_a = process_usage(a), use_b = process_usage(b);

	if (a->state != b->state)
		return (int)b->state - (int)a->state;
	return use_a < use_b ? 1 : use_a > use_b ? -1 : a->sample.pid - b->sample.pid;
}
