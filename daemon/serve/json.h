/* SPDX-License-Identifier: BSD-2-Clause */
/* The model as JSON, as the public interface has it. What is unknown is null. */
#ifndef FDWATCH_SERVE_JSON_H
#define FDWATCH_SERVE_JSON_H

#include "model/descriptor.h"
#include "model/event.h"
#include "model/process.h"
#include "model/status.h"
#include "serve/writer.h"

/* What a process's own record does not say. */
struct json_process_extras {
	const char *user;   /* name; NULL: not known, its number stands for it */
	uint64_t boot_time; /* of the host, microseconds since the epoch */
};

/* The members of P, without the braces. */
void json_process(struct writer *writer, const struct process *process,
		  const struct json_process_extras *extras);

/* A limit: null where there is none. */
void json_limit(struct writer *writer, const char *key, uint64_t limit);

/*
 * The members "kinds", "descriptors" and "paths_cut": how many paths are null since they, or all of
 * them together, would be too long.
 */
void json_descriptors(struct writer *writer, const struct descriptor_list *list);

/* One event as a line. */
void json_event(struct writer *writer, const struct event *event);

/* The line for a reader who was too slow; `count` 0 where it is not to be told. */
void json_lost(struct writer *writer, uint64_t real_time, uint64_t count);

/* `now`: microseconds since boot. */
void json_status(struct writer *writer, const struct status *status, size_t processes,
		 uint64_t now);

/* {"error":"…"} and a line end. */
void json_error(struct writer *writer, const char *text);

#endif
