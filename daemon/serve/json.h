/* SPDX-License-Identifier: BSD-2-Clause */
/* The model as JSON, as the public interface has it. What is unknown is null. */
#ifndef FDWATCH_SERVE_JSON_H
#define FDWATCH_SERVE_JSON_H

#include "model/descriptor.h"
#include "model/event.h"
#include "model/incident.h"
#include "model/inherited.h"
#include "model/process.h"
#include "model/site_rank.h"
#include "model/status.h"
#include "model/system.h"
#include "serve/writer.h"

/* What a process's own record does not say. */
struct json_process_extras {
	const char *user;   /* name; NULL: not known, its number stands for it */
	uint64_t boot_time; /* of the host, microseconds since the epoch */
};

/* The members of P, without the braces. */
void json_process(struct writer *writer, const struct process *process,
		  const struct json_process_extras *extras);

/*
 * The member "past": its count since `polled` (microseconds since boot) back to its start or to
 * where it was first seen, the oldest first, each part of that time with the least and the most.
 */
void json_past(struct writer *writer, const struct process *process, uint64_t polled);

/* The same process as an array, and what stands in it: for who reads all of them each second. */
void json_row(struct writer *writer, const struct process *process, const char *user);
void json_row_columns(struct writer *writer);

/* How fast it grows and what time is left; without their names as elements of an array. */
void json_outlook(struct writer *writer, const struct forecast *forecast, bool named);

/* A user's name, NULL: not known, the number stands for it. */
void json_user(struct writer *writer, const char *key, uint32_t uid, const char *user);

/* A limit: null where there is none. */
void json_limit(struct writer *writer, const char *key, uint64_t limit);

/*
 * `sites` may be NULL. `now`: microseconds since boot.
 * The members "kinds", "descriptors" and "paths_cut": how many paths are null since they, or all of
 * them together, would be too long.
 */
void json_descriptors(struct writer *writer, const struct descriptor_list *list,
		      const struct site_set *sites, uint64_t now);

/* S: one place of a process. */
void json_place(struct writer *writer, int32_t pid, const char *comm, const struct place *place);

/* The members "sites" and "unexplained" of one process. */
void json_ranking(struct writer *writer, int32_t pid, const char *comm,
		  const struct ranking *ranking);

/* An object for each descriptor that came across exec; `from`: the program it came from, or "". */
void json_inherited(struct writer *writer, int32_t pid, const char *comm, const char *from,
		    const struct descriptor_list *list);

/* Where a site is, in few words; null where that is not known. */
void json_site(struct writer *writer, const char *key, const struct site *site);

/* One event as a line. */
void json_event(struct writer *writer, const struct event *event);

/* The line for a reader who was too slow; `count` 0 where it is not to be told. */
void json_lost(struct writer *writer, uint64_t real_time, uint64_t count);

/* Limits that processes share, and who is shown whose. */
struct json_shared {
	const struct shared_limits *limits;
	const char *(*user_name)(uint32_t uid, void *data); /* may be NULL */
	void *data;
	uint32_t uid; /* shown with those of no user */
	bool all;
};

/* `now`: microseconds since boot. `shared` may be NULL. */
void json_status(struct writer *writer, const struct status *status,
		 const struct json_shared *shared, size_t processes, uint64_t now);

/* The members of an incident, and of its black box as it was kept (NULL: unknown). */
void json_incident(struct writer *writer, const struct incident *incident);
void json_black_box(struct writer *writer, const char *text, size_t length);

/* {"error":"…"} and a line end. */
void json_error(struct writer *writer, const char *text);

#endif
