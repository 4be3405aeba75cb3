/* SPDX-License-Identifier: BSD-2-Clause */
/* What the store's two sides share. */
#ifndef FDWATCH_STORE_STATE_H
#define FDWATCH_STORE_STATE_H

#include <sys/eventfd.h>
#include <sys/queue.h>

#include "failure.h"
#include "store/database.h"
#include "store/history.h"
#include "store/ledger.h"
#include "store/rows.h"
#include "store/store.h"
#include "worker.h"

enum job_kind { JOB_INCIDENT, JOB_BOX, JOB_NOTICE, JOB_TOLD, JOB_READ, JOB_HISTORY, JOB_SITES };

struct job {
	STAILQ_ENTRY(job) next;
	enum job_kind kind;
	size_t bytes; /* that it holds */
	int result;   /* of JOB_READ */
	union {
		struct incident incident;
		struct store_box box;
		struct {
			struct notice notice;
			uint32_t channels;
		} notice;
		struct {
			uint64_t event_id;
			uint32_t channels;
		} told;
		struct incident_reading reading;
		struct {
			struct history_key key;
			size_t size;
		} history; /* its bytes follow the job */
		struct {
			enum store_sites what;
			size_t size;
		} sites; /* the same */
	};
};

STAILQ_HEAD(jobs, job);

/* A line that waits to be logged. */
struct saying {
	STAILQ_ENTRY(saying) next;
	int level;
	char *line;
};

struct store {
	struct worker worker;
	/* Under its lock: */
	pthread_cond_t wanted;  /* there is work, or an end */
	pthread_cond_t reached; /* loaded or ended */
	struct jobs writes;     /* kept until they are written */
	struct jobs reads;
	struct jobs histories;
	struct jobs sites;
	struct jobs finished; /* reads */
	STAILQ_HEAD(, saying) sayings;
	size_t write_count, write_bytes, history_bytes, sites_bytes;
	uint64_t overflows; /* not said yet */
	struct store_config config;
	struct store_found *found; /* until it is taken */
	bool loaded;               /* the first attempt is over */
	bool late;                 /* nobody waits for what is found any more */
	bool renewed;              /* to be told */
	bool ended;
	int wake; /* eventfd towards the loop */
	/* The loop's alone: */
	struct store_calls calls;
	/* The thread's alone: */
	char boot[STORE_BOOT_SIZE];
	struct database database;
	struct history history;
	struct ledger ledger;
	int lock; /* the folder's; -1 */
	int said; /* the error that the log knows, 0: none */
	int history_said;
	int sites_said;
	bool refused;      /* a newer file: not to be written by this daemon */
	bool forget;       /* what was found came too late */
	bool checked;      /* the whole file was looked through */
	uint64_t retry_at; /* CLOCK_BOOTTIME, microseconds; 0: at once */
	uint64_t sweep_at;
	uint64_t aside_at; /* a damaged file was last put aside; 0: never */
};

/* The thread: `data` is a struct store. */
void *store_work(void *data);

/* With the lock held: a line for the log, and the loop is woken. */
__attribute__((format(printf, 3, 4))) void store_say(struct store *store, int level,
						     const char *format, ...);

/* Reads what the files hold, without the lock. 0 or -errno; *found is NULL without memory. */
int load_incidents(struct database *database, const char *boot, uint64_t now,
		   struct store_found *found);
int load_histories(struct history *history, struct store_found *found);

void job_free(struct job *job);

/* When both sides have left. */
void store_destroy(struct store *store);

#endif
