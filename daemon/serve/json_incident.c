// SPDX-License-Identifier: BSD-2-Clause
#include "model/text.h"
#include "serve/json.h"
#include "serve/json_copy.h"

static void write_time(struct writer *writer, const char *key, uint64_t real_time)
{
	char time[TEXT_TIME_SIZE];

	if (!real_time) {
		write_null(writer, key);
		return;
	}
	text_time(time, real_time);
	write_string(writer, key, time);
}

static void write_refusals(struct writer *writer, const struct incident *i)
{
	write_open(writer, "refusals", '{');
	for (int cause = 0; cause < CAUSE_COUNT; cause++)
		if (i->refusals[cause])
			write_unsigned(writer, refusal_cause_name((enum refusal_cause)cause),
				       i->refusals[cause]);
	write_close(writer, '}');
}

static void write_subject(struct writer *writer, const struct incident *i)
{
	if (i->type == INCIDENT_SYSTEM) {
		write_null(writer, "pid");
		write_null(writer, "start_time");
		write_null(writer, "comm");
	} else {
		write_signed(writer, "pid", i->pid);
		write_unsigned(writer, "start_time", i->start_time);
		write_string(writer, "comm", i->comm);
	}
	write_known(writer, "subject", i->subject);
	write_known(writer, "unit", i->unit);
	write_known(writer, "container", i->container);
	if (i->uid == UINT32_MAX)
		write_null(writer, "uid");
	else
		write_unsigned(writer, "uid", i->uid);
}

void json_incident(struct writer *writer, const struct incident *i)
{
	write_unsigned(writer, "id", i->id);
	write_time(writer, "time", i->opened);
	write_string(writer, "type", incident_type_name(i->type));
	write_subject(writer, i);
	write_unsigned(writer, "fds", i->fds);
	write_unsigned(writer, "fds_highest", i->fds_highest);
	json_limit(writer, "soft_limit", i->soft_limit);
	write_string(writer, "state", process_state_name(i->state));
	write_string(writer, "worst_state", process_state_name(i->worst));
	write_time(writer, "began_time", i->began);
	write_time(writer, "changed_time", i->changed);
	write_time(writer, "ended_time", i->ended);
	write_string(writer, "ended_by", incident_end_name(i->end));
	write_refusals(writer, i);
}

/* What is not there, or not as we wrote it, is unknown. */
void json_black_box(struct writer *writer, const char *text, size_t length)
{
	if (text && json_copy_members(writer, text, length) == 0)
		return;
	write_null(writer, "box_time");
	write_null(writer, "box_reason");
	write_null(writer, "process");
	write_null(writer, "trend");
	write_null(writer, "kinds");
	write_null(writer, "descriptors");
	write_null(writer, "sites");
}
