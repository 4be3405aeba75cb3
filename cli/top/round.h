/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of one round, each answered or not. */
#ifndef FDWATCH_TOP_ROUND_H
#define FDWATCH_TOP_ROUND_H

#include "client.h"
#include "top/fetch.h"

struct asker {
	const char *socket_path;
	struct pollfd stop; /* ends what is under way */
};

/* Each returns 0 or -errno; what was answered stands in the news. */
int round_make(const struct asker *asker, const struct wish *wish, struct news *news);
int round_rows(const struct asker *asker, double max_age, struct rows **rows);
int round_sites(const struct asker *asker, const struct rows *processes, struct rows **sites);
int round_track(const struct asker *asker, int32_t pid, bool track, struct news *news);

/* Each line of the events so far. */
int round_history(const struct asker *asker,
		  int (*line)(const char *line, size_t length, void *data), void *data);

#endif
