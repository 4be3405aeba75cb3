// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>

#include "model/forecast.h"
#include "serve/json.h"

static uint64_t lost_events(const struct status *status)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < status->loss_count; i++)
		sum += status->losses[i].count;
	return sum;
}

static void write_losses(struct writer *writer, const struct status *status)
{
	write_unsigned(writer, "lost_events_total", lost_events(status));
	write_open(writer, "lost_events", '{');
	for (size_t i = 0; i < status->loss_count; i++)
		write_unsigned(writer, status->losses[i].reason, status->losses[i].count);
	write_close(writer, '}');
	write_unsigned(writer, "drift_total", status->drift);
}

static void write_channels(struct writer *writer, const struct status *status)
{
	write_open(writer, "channels", '{');
	for (size_t i = 0; i < status->channel_count; i++) {
		const struct status_channel *channel = &status->channels[i];

		write_open(writer, channel->name, '{');
		write_unsigned(writer, "waiting", channel->waiting);
		write_unsigned(writer, "told_total", channel->told_total);
		write_unsigned(writer, "failed_total", channel->failed_total);
		write_unsigned(writer, "given_up_total", channel->given_up_total);
		write_close(writer, '}');
	}
	write_close(writer, '}');
}

static void write_skipped(struct writer *writer, const struct status *status)
{
	write_open(writer, "skipped_calls", '[');
	for (size_t i = 0; i < status->skipped_count; i++)
		write_string(writer, NULL, status->skipped[i]);
	write_close(writer, ']');
}

static void write_shared(struct writer *writer, const struct shared_limit *limit,
			 const struct json_shared *shared)
{
	bool named = limit->kind == SHARED_INOTIFY && shared->user_name;
	char name[SHARED_NAME_SIZE];

	shared_name(limit, named ? shared->user_name(limit->uid, shared->data) : NULL, name);
	write_open(writer, NULL, '{');
	write_string(writer, "subject", name);
	write_string(writer, "resource", shared_resource(limit));
	write_unsigned(writer, "used", limit->used);
	json_limit(writer, "maximum", limit->most);
	write_string(writer, "state", process_state_name(limit->state));
	write_double(writer, "growth_per_second",
		     limit->forecast ? forecast_growth(limit->forecast) : NAN);
	write_double(writer, "eta_seconds",
		     limit->forecast ? forecast_eta(limit->forecast).eta : NAN);
	write_close(writer, '}');
}

static void write_system(struct writer *writer, const struct status *status,
			 const struct json_shared *shared)
{
	const struct shared_limit *limit = NULL;

	write_open(writer, "system", '{');
	write_unsigned(writer, "allocated", status->allocated);
	write_unsigned(writer, "maximum", status->maximum);
	if (status->nr_open)
		write_unsigned(writer, "nr_open", status->nr_open);
	else
		write_null(writer, "nr_open");
	write_open(writer, "limits", '[');
	while (shared && shared->limits && (limit = shared_next(shared->limits, limit)))
		if (shared->all || limit->uid == shared->uid || limit->uid == UINT32_MAX)
			write_shared(writer, limit, shared);
	write_close(writer, ']');
	write_close(writer, '}');
}

void json_status(struct writer *writer, const struct status *status,
		 const struct json_shared *shared, size_t processes, uint64_t now)
{
	uint64_t uptime = now > status->started ? now - status->started : 0;

	write_open(writer, NULL, '{');
	write_string(writer, "version", FDW_VERSION);
	write_double(writer, "uptime_seconds", (double)uptime / 1e6);
	write_known(writer, "kernel", status->kernel);
	write_known(writer, "backend", status->backend);
	write_double(writer, "interval_seconds", status->interval_seconds);
	write_double(writer, "poll_seconds", status->poll_seconds);
	write_unsigned(writer, "polls_total", status->polls);
	write_unsigned(writer, "processes", processes);
	write_unsigned(writer, "tracked", status->tracked);
	write_losses(writer, status);
	write_system(writer, status, shared);
	write_bool(writer, "persistent", status->persistent);
	write_skipped(writer, status);
	write_channels(writer, status);
	write_close(writer, '}');
	write_line_end(writer);
}

void json_error(struct writer *writer, const char *text)
{
	write_open(writer, NULL, '{');
	write_string(writer, "error", text);
	write_close(writer, '}');
	write_line_end(writer);
}
