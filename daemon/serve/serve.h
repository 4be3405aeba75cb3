/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP on the Unix socket: who may see what, as JSON. Reads the model, and reaches the kernel only
 * through the functions that service hands over.
 */
#ifndef FDWATCH_SERVE_SERVE_H
#define FDWATCH_SERVE_SERVE_H

#include <systemd/sd-event.h>

#include "model/descriptor.h"
#include "model/event.h"
#include "model/incident.h"
#include "model/run.h"
#include "model/site_rank.h"
#include "model/status.h"
#include "model/system.h"
#include "model/table.h"

struct metrics_cache;

/* On whose behalf something is done. */
struct serve_user {
	uint32_t uid;
	bool sees_all; /* and has no quota */
};

/* Where descriptors are opened; all NULL where nothing can be tracked. */
struct serve_tracking {
	/*
	 * Tracks a process on behalf of a user, or ends that. 0; -ESRCH; -EDQUOT: it would be more
	 * than the user may have; -ENOTSUP: this kernel can't; another -errno.
	 */
	int (*track)(int32_t pid, uint64_t start_time, const struct serve_user *user, bool on,
		     void *data);
	/* Whether it was looked at since, so that what it opens from now on is understood. */
	bool (*looked)(int32_t pid, uint64_t start_time, void *data);
	/* Ranks the list's places into *ranking (the caller frees). 0; -ENOENT: not tracked. */
	int (*rank)(int32_t pid, uint64_t start_time, const struct descriptor_list *list,
		    struct ranking *ranking, void *data);
	/* The name of the program that executed what a process runs; "" where unknown. */
	void (*executed_from)(int32_t pid, uint64_t start_time, char *name, size_t size,
			      void *data);
	/* Follows a process and what it forks to its end; as track(), with *id set. */
	int (*run_start)(int32_t pid, uint64_t start_time, const struct serve_user *user,
			 uint64_t *id, void *data);
	/*
	 * Whether all that was seen of a process of the run is resolved; true where there is none
	 * of that pid. serve asks again when something has changed.
	 */
	bool (*run_settled)(uint64_t id, int32_t pid, void *data);
	/* NULL: there is none, or none any more. */
	const struct run *(*run_find)(uint64_t id, void *data);
	void *data;
};

struct serve_source {
	struct table *table;
	struct event_log *events;
	const struct status *status;
	const struct shared_limits *shared; /* may be NULL */
	struct metrics_cache *metrics;      /* NULL: none are told here */
	/* Reads the processes anew, unless they have been just now. May be NULL. */
	void (*refresh)(void *data);
	/* Lists a process's descriptors into *list (the caller frees). 0, -ESRCH or another -errno.
	 */
	int (*list_descriptors)(int32_t pid, uint64_t start_time, struct descriptor_list **list,
				void *data);
	/*
	 * Lists every tracked process at once; `take` frees each list, and may get one twice. 0 or
	 * -errno. NULL where nothing can be tracked.
	 */
	int (*list_tracked)(void (*take)(int32_t pid, uint64_t start_time,
					 struct descriptor_list *list, void *data),
			    void *taken, void *data);
	/* Looks anew whether a process is all of `uid` and dumpable now. */
	bool (*owned_by)(int32_t pid, uint64_t start_time, uint32_t uid, void *data);
	/*
	 * Writes a process's command line, its NULs as spaces, NUL-terminated and cut to fit. 0 or
	 * -errno; never waits for the process. May be NULL.
	 */
	int (*command_line)(int32_t pid, uint64_t start_time, char *buffer, size_t size,
			    void *data);
	struct serve_tracking tracking;
	/* Asks for incidents; 0, or -errno, then nothing is called. NULL: none are kept. */
	int (*incidents)(const struct incident_reading *reading, void *data);
	/* A user's name, or NULL while it is not known; never blocks. */
	const char *(*user_name)(uint32_t uid, void *data);
	void *data;
};

struct server;

/*
 * Takes over the listening Unix socket `fd` and answers on `loop`.
 * Returns 0 with *server set, or -errno (the descriptor is then still the caller's).
 */
int server_start(struct server **server, sd_event *loop, int fd, const struct serve_source *source);

/* Sites were resolved, or a run has ended: whoever waits for that is answered. */
void server_wake(struct server *server);

/* To be called after each poll: those who follow a process's samples are woken. NULL is well. */
void server_polled(struct server *server);

/* Ends every connection and closes the socket; NULL is well. */
void server_stop(struct server *server);

#endif
