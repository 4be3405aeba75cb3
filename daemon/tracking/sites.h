/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is tracked, on whose behalf, and what the kernel tells of them: the sites of their
 * descriptors, and what programs that are followed to their end have left open.
 */
#ifndef FDWATCH_TRACKING_SITES_H
#define FDWATCH_TRACKING_SITES_H

#include <systemd/sd-event.h>

#include "model/status.h"
#include "model/table.h"
#include "serve/serve.h"

#define SITES_USER_PROCESSES 64  /* that one ordinary user may have tracked, forked ones too */
#define SITES_USER_RECORDS 20000 /* descriptors of those together */

struct kernel;
struct recall;
struct sites;

struct sites_source {
	struct kernel *kernel;
	struct table *table;
	struct status *status;
	const char *proc;    /* "/proc" */
	const char *program; /* that is executed to resolve: "/proc/self/exe" */
	/* Sites became known, or a run has ended. */
	void (*changed)(void *data);
	void (*log)(const char *line, void *data);
	/* As serve_source.list_descriptors. */
	int (*list)(int32_t pid, uint64_t start_time, struct descriptor_list **list, void *data);
	/* As serve_source.owned_by. */
	bool (*owned_by)(int32_t pid, uint64_t start_time, uint32_t uid, void *data);
	struct recall *recall; /* taken over; NULL: nothing outlives the daemon */
	void *data;
};

/* 0 or -errno; -ENOTSUP where the kernel can't. Takes the recall over in any case. */
int sites_new(struct sites **sites, sd_event *loop, const struct sites_source *source);

/* What is tracked stays so in the kernel. NULL is well. */
void sites_free(struct sites *sites);

/* After each poll: begins to track who is to be, by state and configuration, and ends others. */
void sites_poll(struct sites *sites, uint64_t now);

/* What the server asks; good until sites_free(). */
struct serve_tracking sites_serving(struct sites *sites);

#endif
