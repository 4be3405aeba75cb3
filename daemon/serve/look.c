// SPDX-License-Identifier: BSD-2-Clause
#include "serve/look.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "serve/json.h"

const struct process *look_find(const struct serve_source *source, const struct peer *peer,
				int32_t pid)
{
	const struct process *process = table_find(source->table, pid);

	if (!process || !peer_sees_process(peer, &process->sample, source))
		return NULL;
	return process;
}

const struct process *look_again(const struct serve_source *source, const struct peer *peer,
				 const struct process_sample *before)
{
	if (!peer->sees_all && source->refresh)
		source->refresh(source->data);
	return look_still(source, peer, before);
}

const struct process *look_still(const struct serve_source *source, const struct peer *peer,
				 const struct process_sample *before)
{
	const struct process *process = table_find(source->table, before->pid);

	if (!process || process->sample.start_time != before->start_time)
		return NULL;
	if (!peer->sees_all && process->sample.execs != before->execs)
		return NULL;
	return peer_sees_process(peer, &process->sample, source) ? process : NULL;
}

void look_rank(const struct serve_source *source, const struct process_sample *sample,
	       const struct descriptor_list *list, struct ranking *ranking)
{
	if (source->tracking.rank)
		source->tracking.rank(sample->pid, sample->start_time, list, ranking,
				      source->tracking.data);
}

/* The same words for one that is another's and one that is not there. */
unsigned look_no_process(int32_t pid, struct writer *body)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "no process %d that you may see; a new one shows within one interval", pid);
	json_error(body, text);
	return MHD_HTTP_NOT_FOUND;
}

unsigned look_unreadable(int error, struct writer *body)
{
	char text[160];

	snprintf(text, sizeof(text), "its descriptors can't be read now: %s", strerror(-error));
	json_error(body, text);
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
}
