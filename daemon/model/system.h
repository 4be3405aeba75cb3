/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits that processes share: fs.file-max by the whole host, fs.inotify.max_user_instances by all
 * processes of a user. Each is forecast and judged as a process's own limit is.
 */
#ifndef FDWATCH_MODEL_SYSTEM_H
#define FDWATCH_MODEL_SYSTEM_H

#include <stddef.h>

#include "model/alarm.h"
#include "model/process.h"

#define SHARED_LIMITS_MAX 1024 /* users with inotify instances, about: more are not judged */
#define SHARED_NAME_SIZE 96

enum shared_kind { SHARED_FILE_MAX, SHARED_INOTIFY };

struct shared_limit {
	enum shared_kind kind;
	uint32_t uid;     /* SHARED_INOTIFY: whose; else UINT32_MAX */
	uint32_t user_ns; /* inode of the user namespace that counts; 0: of none */
	uint64_t used;
	uint64_t most;             /* LIMIT_INFINITY: none */
	uint64_t exhausted_at;     /* it last refused somebody, microseconds since boot; 0: never */
	struct forecast *forecast; /* NULL without memory */
	enum process_state state;
};

struct shared_limits;

/* NULL without memory. */
struct shared_limits *shared_new(void);
void shared_free(struct shared_limits *limits);

/* One poll: begin, what is seen, end. A limit that nobody is seen to use is at 0. */
void shared_begin(struct shared_limits *limits);
void shared_see_files(struct shared_limits *limits, uint64_t used, uint64_t most);
void shared_see_inotify(struct shared_limits *limits, const struct inotify_use *use);

/* Somebody was refused by the limit at `now`; `use` is SHARED_INOTIFY's, else NULL. */
void shared_refused(struct shared_limits *limits, const struct inotify_use *use, uint64_t now);

typedef void shared_changed(const struct shared_limit *limit, enum process_state previous,
			    void *data);

/* Judges all at `now`, tells which have another state, and forgets those that nobody uses. */
void shared_end(struct shared_limits *limits, uint64_t now,
		const struct alarm_thresholds *thresholds, shared_changed *changed, void *data);

/* In place of the end, where a poll could see nothing: only refusals change something. */
void shared_end_blind(struct shared_limits *limits, uint64_t now, shared_changed *changed,
		      void *data);

/* Walks all: NULL is before the first and after the last. */
const struct shared_limit *shared_next(const struct shared_limits *limits,
				       const struct shared_limit *limit);

/* The sysctl: "fs.file-max", "fs.inotify.max_user_instances". */
const char *shared_resource(const struct shared_limit *limit);

/* The same by what shared_name() wrote. */
const char *shared_resource_of_name(const char *name);

/*
 * "fs.file-max", "inotify:alice", in another user namespace than the host's
 * "inotify:alice@4026532567". `user` is the name of its uid, NULL: not known.
 */
void shared_name(const struct shared_limit *limit, const char *user, char name[SHARED_NAME_SIZE]);

#endif
