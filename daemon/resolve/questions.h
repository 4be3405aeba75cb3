/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver's inside: its open questions and how each comes to its answer. */
#ifndef FDWATCH_RESOLVE_QUESTIONS_H
#define FDWATCH_RESOLVE_QUESTIONS_H

#include "resolve/books.h"
#include "resolve/link.h"
#include "resolve/resolve.h"

#define QUESTION_PREPARE 0 /* beside the questions of enum wire_type */

enum question_state {
	QUESTION_WAITS_MAPS,  /* for its process's mappings */
	QUESTION_WAITS_FETCH, /* for what the resolving process needs */
	QUESTION_READY,
	QUESTION_SENT,
};

struct question {
	struct question *prev, *next; /* by arrival */
	uint64_t id;                  /* the caller's */
	uint64_t ticket;              /* the resolver's own */
	uint32_t type;
	enum question_state state;
	struct resolver_process process; /* pid 0: it takes none */
	uint64_t taken;                  /* monotonic, microseconds */
	uint64_t sent;                   /* order of sending */
	unsigned int rounds;             /* how often something was needed */
	bool looked_again;               /* at its process, after an answer */
	struct wire_need *need;          /* QUESTION_WAITS_FETCH */
	uint32_t need_slot;
	uint64_t need_serial;
	size_t size;
	uint8_t *body;
};

/* What the gathering thread does just now. */
struct gathering {
	bool busy;
	uint64_t since;
	enum gather_kind kind;
	struct resolver_process process;
	uint64_t ticket; /* of the question it is for, but for mappings */
};

#define RESOLVER_STARTS 8          /* a minute */
#define RESOLVER_TIMER_USEC 100000 /* while questions are open */

struct resolver {
	sd_event *loop;
	struct resolver_handlers handlers;
	char *proc;
	struct link *link;
	struct gather *gather;
	sd_event_source *gather_source, *timer, *turn;
	struct gathering gathering;
	struct books books;
	struct question *questions;
	size_t bytes; /* of their bodies */
	uint64_t tickets, sent;
	uint32_t in_flight;
	uint64_t head_since; /* since when it has been at the question sent first */
	uint64_t head_cpu;   /* microseconds of processor time that it had taken then */
	bool overdue;        /* it is being ended for that */
	bool greeted;
	uint64_t started_at[RESOLVER_STARTS];
	struct resolver_status status;
};

/* Answers and drops it. A NULL body stands for the error. */
void question_finish(struct resolver *resolver, struct question *question, int error,
		     const void *body, size_t size);

/* Gives the body of an answer to the handler of its kind, or -EIO where it makes no sense. */
void answer_deliver(struct resolver *resolver, const struct question *question, int error,
		    const void *body, size_t size);

/* Does all that can be done now. */
void questions_pump(struct resolver *resolver);

/* By the link. */
void questions_received(const struct wire_message *message, size_t size, void *resolver);
void questions_ended(int status, void *resolver);

/* By the event loop. */
int questions_gathered(sd_event_source *source, int fd, uint32_t events, void *resolver);
int questions_timer(sd_event_source *source, uint64_t due, void *resolver);

/* Starts a gathering thread. 0 or -errno. */
int questions_start_gather(struct resolver *resolver);

#endif
