// SPDX-License-Identifier: BSD-2-Clause
#include "model/policy.h"
#include "serve/json.h"

void json_row_columns(struct writer *writer)
{
	static const char *const names[] = {
		"pid",
		"start_time",
		"parent_pid",
		"comm",
		"uid",
		"user",
		"unit",
		"container",
		"fds",
		"soft_limit",
		"peak",
		"opened_total",
		"closed_total",
		"emfile_total",
		"growth_per_second",
		"eta_seconds",
		"eta_low_seconds",
		"eta_high_seconds",
		"state",
		"tracked",
		"silenced",
		"mark",
	};

	write_open(writer, "columns", '[');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		write_string(writer, NULL, names[i]);
	write_close(writer, ']');
}

static void write_identity(struct writer *writer, const struct process *process, const char *user)
{
	const struct process_sample *sample = &process->sample;

	write_signed(writer, NULL, sample->pid);
	write_unsigned(writer, NULL, sample->start_time);
	write_signed(writer, NULL, sample->parent_pid);
	write_string(writer, NULL, sample->comm);
	write_unsigned(writer, NULL, sample->uid);
	json_user(writer, NULL, sample->uid, user);
	write_known(writer, NULL, process->identity.unit);
	write_known(writer, NULL, process->identity.container);
}

/* Where its calls can't be hooked, they are not known. */
static void write_total(struct writer *writer, const struct process_sample *sample, uint64_t total)
{
	if (sample->uncounted)
		write_null(writer, NULL);
	else
		write_unsigned(writer, NULL, total);
}

void json_row(struct writer *writer, const struct process *process, const char *user)
{
	const struct process_sample *sample = &process->sample;

	write_open(writer, NULL, '[');
	write_identity(writer, process, user);
	write_unsigned(writer, NULL, sample->fds);
	json_limit(writer, NULL, sample->soft_limit);
	write_unsigned(writer, NULL, sample->peak);
	write_total(writer, sample, sample->opened);
	write_total(writer, sample, sample->closed);
	write_total(writer, sample, sample->refusals[CAUSE_NOFILE]);
	json_outlook(writer, process->forecast, false);
	write_string(writer, NULL, process_state_name(process->state));
	write_bool(writer, NULL, sample->space != 0);
	write_bool(writer, NULL, process->policy && process->policy->silence);
	write_known(writer, NULL, process->policy ? process->policy->mark : NULL);
	write_close(writer, ']');
}
