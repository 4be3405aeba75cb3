// SPDX-License-Identifier: BSD-2-Clause
#include "serve/samples.h"

#include <errno.h>
#include <stdlib.h>

#include "serve/json.h"
#include "serve/look.h"

struct sampler {
	const struct serve_source *source;
	struct peer peer;
	uint64_t start_time;
	uint64_t told; /* the poll that was told last */
	int32_t pid;
};

static void write_sample(struct writer *line, const struct process *process, uint64_t polled)
{
	const struct process_sample *sample = &process->sample;

	write_open(line, NULL, '{');
	write_double(line, "t_seconds", (double)polled / 1e6);
	write_unsigned(line, "live", sample->fds);
	json_limit(line, "limit", process_limit(process));
	if (sample->uncounted) {
		write_null(line, "opened");
		write_null(line, "closed");
	} else {
		write_unsigned(line, "opened", sample->opened);
		write_unsigned(line, "closed", sample->closed);
	}
	write_close(line, '}');
	write_line_end(line);
}

static enum feed_line next_sample(void *data, struct writer *line)
{
	struct sampler *sampler = data;
	uint64_t polled = sampler->source->status->polled;
	const struct process *process;

	if (polled == sampler->told)
		return FEED_WAIT;
	process = look_find(sampler->source, &sampler->peer, sampler->pid);
	if (!process || process->sample.start_time != sampler->start_time)
		return FEED_END;
	write_sample(line, process, polled);
	sampler->told = polled;
	return FEED_LINE;
}

int samples_new(struct feeds *feeds, const struct serve_source *source,
		struct MHD_Connection *connection, int fd, const struct peer *peer, int32_t pid,
		bool follow, struct MHD_Response **response)
{
	const struct process *process = look_find(source, peer, pid);
	struct sampler *sampler = process ? calloc(1, sizeof(*sampler)) : NULL;
	const struct feed_source lines = {.next = next_sample, .free = free, .data = sampler};

	if (!sampler)
		return process ? -ENOMEM : -ESRCH;
	sampler->source = source;
	sampler->peer = *peer;
	sampler->start_time = process->sample.start_time;
	sampler->pid = pid;
	return feed_new(feeds, connection, fd, peer, follow, &lines, response);
}
