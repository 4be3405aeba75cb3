/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what the kernel sees of a site to frames that people read: asks the resolver, teaches the
 * kernel to unwind, and puts native and Python frames together. For the event loop's thread only.
 */
#ifndef FDWATCH_TRACKING_RESOLUTION_H
#define FDWATCH_TRACKING_RESOLUTION_H

#include <systemd/sd-event.h>

#include "ingest/track.h"
#include "tracking/space.h"

struct resolution;

struct resolution_source {
	struct kernel *kernel;
	const char *proc;    /* "/proc" */
	const char *program; /* that is executed to resolve */
	/* One became known, or has another number beside its own. */
	void (*known)(const struct space *space, const struct site *site, void *data);
	void (*alias)(const struct space *space, uint64_t other, uint64_t id, void *data);
	/* Sites became known, or will never be. */
	void (*changed)(void *data);
	void (*log)(const char *line, void *data);
	void *data;
};

/* 0 or -errno. */
int resolution_new(struct resolution **resolution, sd_event *loop,
		   const struct resolution_source *source);

/* NULL is well. What is open stays pending. */
void resolution_free(struct resolution *resolution);

/* A space is new: opens its files and looks for Python in it, several times while it starts. */
void resolution_begin(struct resolution *resolution, struct space *space);

/* The first process of the space has ended, or runs something else now. */
void resolution_end(struct resolution *resolution, struct space *space);

/*
 * Whether all that was seen in the space is resolved, and it was looked for Python since it was
 * asked so first. A process of it that is held meanwhile has its files mapped still.
 */
bool resolution_settled(struct resolution *resolution, struct space *space);

void resolution_site(struct resolution *resolution, struct space *space,
		     const struct site_sighting *seen);
void resolution_slice(struct resolution *resolution, struct space *space,
		      const struct stack_slice *slice);

#endif
