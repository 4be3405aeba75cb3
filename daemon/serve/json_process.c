// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdio.h>

#include "model/forecast.h"
#include "model/policy.h"
#include "model/text.h"
#include "serve/json.h"

void json_limit(struct writer *writer, const char *key, uint64_t limit)
{
	if (limit == LIMIT_INFINITY)
		write_null(writer, key);
	else
		write_unsigned(writer, key, limit);
}

/* A 32-bit program's calls fire no hook, so what they would add up to is not known. */
static void write_total(struct writer *writer, const char *key, uint64_t total, bool known)
{
	if (known)
		write_unsigned(writer, key, total);
	else
		write_null(writer, key);
}

void json_user(struct writer *writer, const char *key, uint32_t uid, const char *user)
{
	char number[12];

	snprintf(number, sizeof(number), "%u", uid);
	write_string(writer, key, user ? user : number);
}

static void write_counts(struct writer *writer, const struct process *process)
{
	const struct process_sample *sample = &process->sample;

	write_unsigned(writer, "fds", sample->fds);
	write_total(writer, "reserved", sample->reserved, sample->reserved_known);
	json_limit(writer, "soft_limit", sample->soft_limit);
	json_limit(writer, "hard_limit", sample->hard_limit);
	write_double(writer, "usage", process_usage(process));
	write_unsigned(writer, "peak", sample->peak);
	write_total(writer, "opened_total", sample->opened, !sample->uncounted);
	write_total(writer, "closed_total", sample->closed, !sample->uncounted);
	write_total(writer, "unattributed_total", sample->unattributed, !sample->uncounted);
	write_unsigned(writer, "drift_total", sample->drift);
}

static void write_refusals(struct writer *writer, const struct process_sample *sample,
			   uint64_t boot_time)
{
	char time[TEXT_TIME_SIZE] = "";

	write_total(writer, "emfile_total", sample->refusals[CAUSE_NOFILE], !sample->uncounted);
	write_open(writer, "refusals", '{');
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		if (sample->refusals[cause])
			write_unsigned(writer, refusal_cause_name((enum refusal_cause)cause),
				       sample->refusals[cause]);
	write_close(writer, '}');
	if (sample->last_refusal)
		text_time(time, boot_time + sample->last_refusal);
	write_known(writer, "last_refusal_time", time);
}

void json_outlook(struct writer *writer, const struct forecast *forecast, bool named)
{
	struct forecast_eta eta = {NAN, NAN, NAN};

	if (forecast)
		eta = forecast_eta(forecast);
	write_double(writer, named ? "growth_per_second" : NULL,
		     forecast ? forecast_growth(forecast) : NAN);
	write_double(writer, named ? "eta_seconds" : NULL, eta.eta);
	write_double(writer, named ? "eta_low_seconds" : NULL, eta.low);
	write_double(writer, named ? "eta_high_seconds" : NULL, eta.high);
}

void json_process(struct writer *writer, const struct process *process,
		  const struct json_process_extras *extras)
{
	const struct process_sample *sample = &process->sample;

	write_signed(writer, "pid", sample->pid);
	write_unsigned(writer, "start_time", sample->start_time);
	write_string(writer, "comm", sample->comm);
	write_signed(writer, "parent_pid", sample->parent_pid);
	write_unsigned(writer, "threads", sample->threads);
	write_unsigned(writer, "uid", sample->uid);
	json_user(writer, "user", sample->uid, extras->user);
	write_known(writer, "unit", process->identity.unit);
	write_known(writer, "container", process->identity.container);
	write_counts(writer, process);
	write_refusals(writer, sample, extras->boot_time);
	json_outlook(writer, process->forecast, true);
	write_string(writer, "state", process_state_name(process->state));
	write_bool(writer, "silenced", process->policy && process->policy->silence);
	write_known(writer, "mark", process->policy ? process->policy->mark : NULL);
	write_bool(writer, "tracked", sample->space != 0);
}
