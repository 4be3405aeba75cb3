// SPDX-License-Identifier: BSD-2-Clause
#include "model/text.h"
#include "serve/json.h"

static void write_time(struct writer *writer, uint64_t real_time)
{
	char time[TEXT_TIME_SIZE];

	text_time(time, real_time);
	write_string(writer, "time", time);
}

/* What only one type of event has; the others say null. */
static void write_particulars(struct writer *writer, const struct event *event)
{
	bool refusal = event->type == EVENT_EMFILE || event->type == EVENT_ENFILE;

	write_string(writer, "previous",
		     event->type == EVENT_STATE ? process_state_name(event->previous) : NULL);
	write_string(writer, "cause", refusal ? refusal_cause_name(event->cause) : event->reason);
	if (event->type == EVENT_THRESHOLD)
		write_unsigned(writer, "percent", event->percent);
	else
		write_null(writer, "percent");
	if (event->type == EVENT_LIMIT)
		json_limit(writer, "previous_limit", event->previous_limit);
	else
		write_null(writer, "previous_limit");
}

/* A process, or what several share. */
static void write_whom(struct writer *writer, const struct event *event)
{
	bool shared = event->subject[0];

	write_string(writer, "scope", shared ? "system" : "process");
	write_known(writer, "subject", event->subject);
	if (shared) {
		write_null(writer, "pid");
		write_null(writer, "start_time");
	} else {
		write_signed(writer, "pid", event->pid);
		write_unsigned(writer, "start_time", event->start_time);
	}
	write_string(writer, "comm", shared ? NULL : event->comm);
}

void json_event(struct writer *writer, const struct event *event)
{
	write_open(writer, NULL, '{');
	write_time(writer, event->real_time);
	write_string(writer, "type", event_type_name(event->type));
	write_whom(writer, event);
	write_known(writer, "unit", event->unit);
	write_unsigned(writer, "fds", event->fds);
	json_limit(writer, "soft_limit", event->soft_limit);
	write_string(writer, "state", process_state_name(event->state));
	write_particulars(writer, event);
	write_double(writer, "eta_seconds", event->eta);
	if (event->incident)
		write_unsigned(writer, "incident", event->incident);
	else
		write_null(writer, "incident");
	write_close(writer, '}');
	write_line_end(writer);
}

void json_lost(struct writer *writer, uint64_t real_time, uint64_t count)
{
	write_open(writer, NULL, '{');
	write_time(writer, real_time);
	write_string(writer, "type", "lost");
	if (count)
		write_unsigned(writer, "count", count);
	else
		write_null(writer, "count");
	write_close(writer, '}');
	write_line_end(writer);
}
