// SPDX-License-Identifier: BSD-2-Clause
#include "serve/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "model/forecast.h"

static void write_group_label(struct exposition *e, const struct group *group)
{
	exposition_open(e);
	exposition_label(e, "group", group->name);
}

/* One family with one figure of each group, a 64-bit count at `offset` of struct group. */
static void write_group_counts(struct exposition *e, const struct groups *groups, size_t offset)
{
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		write_group_label(e, g);
		exposition_count(e, *(const uint64_t *)((const char *)g + offset));
	}
}

static void write_refusals(struct exposition *e, const struct groups *groups)
{
	exposition_begin(e, "fdwatch_group_fd_refusals_total", EXPOSITION_COUNTER, NULL,
			 "Descriptors the kernel refused, by the limit that refused.");
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		for (int cause = 0; cause < CAUSE_COUNT; cause++) {
			/* The process's own limit is always told: rate() wants its first step. */
			if (!g->refusals[cause] && cause != CAUSE_NOFILE)
				continue;
			write_group_label(e, g);
			exposition_label(e, "cause", refusal_cause_name((enum refusal_cause)cause));
			exposition_count(e, g->refusals[cause]);
		}
	}
}

static void write_states(struct exposition *e, const struct groups *groups)
{
	exposition_begin(e, "fdwatch_group_state", EXPOSITION_GAUGE, NULL,
			 "1 for the state that the group's worst process is in, 0 for the others.");
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		for (int state = 0; state < STATE_COUNT; state++) {
			write_group_label(e, g);
			exposition_label(e, "state", process_state_name((enum process_state)state));
			exposition_count(e, (int)g->state == state);
		}
	}
}

/* Series that are there for few groups only: a fleet's rules need not read all to find them. */
static void write_alarms(struct exposition *e, const struct groups *groups)
{
	exposition_begin(e, "fdwatch_group_alarm", EXPOSITION_GAUGE, NULL,
			 "1 with the state of the group's worst process, absent while that is ok.");
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		if (g->state == STATE_OK)
			continue;
		write_group_label(e, g);
		exposition_label(e, "state", process_state_name(g->state));
		exposition_count(e, 1);
	}
}

static void write_worst(struct exposition *e, const struct groups *groups)
{
	exposition_begin(e, "fdwatch_group_worst_fd_ratio", EXPOSITION_GAUGE, "ratio",
			 "Descriptors over soft limit of the process that is nearest to it.");
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		write_group_label(e, g);
		exposition_value(e, g->worst_ratio);
	}
	exposition_begin(e, "fdwatch_group_time_to_exhaustion_seconds", EXPOSITION_GAUGE, "seconds",
			 "Forecast for the process that runs out first; absent while none grows.");
	for (const struct group *g = groups_next(groups, NULL); g; g = groups_next(groups, g)) {
		if (isnan(g->eta))
			continue;
		write_group_label(e, g);
		exposition_value(e, g->eta);
	}
}

static void write_groups(struct exposition *e, const struct groups *groups)
{
	exposition_begin(e, "fdwatch_group_open_fds", EXPOSITION_GAUGE, "fds",
			 "Descriptors open in all processes of the group.");
	write_group_counts(e, groups, offsetof(struct group, fds));
	exposition_begin(e, "fdwatch_group_processes", EXPOSITION_GAUGE, "processes",
			 "Processes of the group.");
	write_group_counts(e, groups, offsetof(struct group, processes));
	exposition_begin(e, "fdwatch_group_fds_opened_total", EXPOSITION_COUNTER, NULL,
			 "Descriptors opened, by ended processes too.");
	write_group_counts(e, groups, offsetof(struct group, opened));
	exposition_begin(e, "fdwatch_group_fds_closed_total", EXPOSITION_COUNTER, NULL,
			 "Descriptors closed, by ended processes too.");
	write_group_counts(e, groups, offsetof(struct group, closed));
	write_refusals(e, groups);
	write_worst(e, groups);
	write_states(e, groups);
	write_alarms(e, groups);
}

/* One figure without a label. */
static void write_gauge(struct exposition *e, const char *name, const char *unit, const char *help,
			double value)
{
	exposition_begin(e, name, EXPOSITION_GAUGE, unit, help);
	exposition_open(e);
	exposition_value(e, value);
}

static void write_counter(struct exposition *e, const char *name, const char *unit,
			  const char *help, double value)
{
	exposition_begin(e, name, EXPOSITION_COUNTER, unit, help);
	exposition_open(e);
	exposition_value(e, value);
}

static void write_host(struct exposition *e, const struct status *status)
{
	write_gauge(e, "fdwatch_system_allocated_fds", "fds",
		    "Open files of the host (fs.file-nr), which count against fs.file-max.",
		    (double)status->allocated);
	write_gauge(e, "fdwatch_system_maximum_fds", "fds",
		    "Open files that the host allows (fs.file-max).", (double)status->maximum);
}

static void write_daemon(struct exposition *e, const struct status *status)
{
	exposition_begin(e, "fdwatch_build_info", EXPOSITION_INFO, NULL,
			 "What runs: fdwatchd's version, its backend, the kernel.");
	exposition_open(e);
	exposition_label(e, "version", FDW_VERSION);
	exposition_label(e, "backend", status->backend ? status->backend : "");
	exposition_label(e, "kernel", status->kernel);
	exposition_count(e, 1);
	write_gauge(e, "fdwatch_poll_duration_seconds", "seconds",
		    "CPU time of the last look at every process.", status->poll_seconds);
	write_counter(e, "fdwatch_polls_total", NULL, "Looks at every process.",
		      (double)status->polls);
	exposition_begin(e, "fdwatch_lost_events_total", EXPOSITION_COUNTER, NULL,
			 "Events that never reached the daemon, by reason.");
	for (size_t i = 0; i < status->loss_count; i++) {
		exposition_open(e);
		exposition_label(e, "reason", status->losses[i].reason);
		exposition_count(e, status->losses[i].count);
	}
	write_counter(e, "fdwatch_drift_total", NULL,
		      "Descriptors that the hooks had wrong and a look put right.",
		      (double)status->drift);
}

static void write_itself(struct exposition *e, const struct metrics_itself *itself,
			 const struct status *status)
{
	write_counter(e, "process_cpu_seconds_total", "seconds", "CPU time of fdwatchd.",
		      itself->cpu_seconds);
	write_gauge(e, "process_start_time_seconds", "seconds",
		    "When fdwatchd started, since the epoch.", (double)status->started_real / 1e6);
	write_gauge(e, "process_resident_memory_bytes", "bytes", "Memory of fdwatchd in RAM.",
		    (double)itself->resident_bytes);
	write_gauge(e, "process_virtual_memory_bytes", "bytes", "Address space of fdwatchd.",
		    (double)itself->virtual_bytes);
	write_gauge(e, "process_open_fds", "fds", "Descriptors of fdwatchd.",
		    (double)itself->open_fds);
	write_gauge(e, "process_max_fds", "fds", "Its soft limit of them.",
		    (double)itself->max_fds);
}

static void open_process(struct exposition *e, const struct process *p)
{
	char pid[12];

	snprintf(pid, sizeof(pid), "%d", p->sample.pid);
	exposition_open(e);
	exposition_label(e, "pid", pid);
	exposition_label(e, "comm", p->sample.comm);
	exposition_label(e, "group", p->group ? p->group->name : GROUP_OTHER);
}

static void write_process_series(struct exposition *e, struct process *const *all, size_t count)
{
	exposition_begin(e, "fdwatch_process_open_fds", EXPOSITION_GAUGE, "fds",
			 "Descriptors open in the process.");
	for (size_t i = 0; i < count; i++) {
		open_process(e, all[i]);
		exposition_count(e, all[i]->sample.fds);
	}
	exposition_begin(e, "fdwatch_process_max_fds", EXPOSITION_GAUGE, "fds",
			 "The process's soft limit.");
	for (size_t i = 0; i < count; i++) {
		open_process(e, all[i]);
		exposition_value(e, all[i]->sample.soft_limit == LIMIT_INFINITY
					    ? INFINITY
					    : (double)all[i]->sample.soft_limit);
	}
	exposition_begin(e, "fdwatch_process_time_to_exhaustion_seconds", EXPOSITION_GAUGE,
			 "seconds", "Forecast for the process; absent while it does not grow.");
	for (size_t i = 0; i < count; i++) {
		double eta = all[i]->forecast ? forecast_eta(all[i]->forecast).eta : NAN;

		if (!isfinite(eta))
			continue;
		open_process(e, all[i]);
		exposition_value(e, eta);
	}
}

static int write_processes(struct exposition *e, const struct metrics_source *source)
{
	_free_ struct process **all = calloc(table_size(source->table) + 1, sizeof(*all));
	size_t count = 0;

	if (!all)
		return -ENOMEM;
	for (struct process *p = table_next(source->table, NULL); p;
	     p = table_next(source->table, p))
		all[count++] = p;
	qsort(all, count, sizeof(*all), process_compare_danger);
	write_process_series(e, all, count < source->processes ? count : source->processes);
	return 0;
}

static int write_all(struct exposition *e, const struct metrics_source *source)
{
	struct metrics_itself itself = {};
	int r = 0;

	groups_measure(source->groups, source->table);
	write_groups(e, source->groups);
	if (source->processes)
		r = write_processes(e, source);
	write_host(e, source->status);
	write_daemon(e, source->status);
	source->itself(&itself);
	write_itself(e, &itself, source->status);
	exposition_end(e);
	return r;
}

int metrics_write(const struct metrics_source *source, enum exposition_format format, char **text,
		  size_t *length)
{
	struct exposition e = {.format = format};
	int failed;

	*text = NULL;
	e.out = open_memstream(text, length);
	if (!e.out)
		return -ENOMEM;
	failed = write_all(&e, source) < 0 || ferror(e.out);
	if (fclose(e.out) || failed) {
		free(*text);
		*text = NULL;
		return -ENOMEM;
	}
	return 0;
}
