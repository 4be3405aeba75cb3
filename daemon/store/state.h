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

enum job_kind {
	JOB_INCIDENT,
	JOB_BOX,
	JOB_NOTICE,
	JOB_STEP,
	JOB_TOLD,
	JOB_READ,
	JOB_HISTORY,
	JOB_SITES
};

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
			struct incident incident; /* of JOB_STEP */
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
	uint64_t puts;      /* writes that were ever taken */
	uint64_t overflows; /* not said yet */
	struct store_config config;
	struct store_found *found; /* until it is taken */
	bool loaded;               /* the first attempt is over */
	bool late;                 /* nobody waits for what is found any more */
	bool renewed;              /* to be told */
	uint64_t put_id, kept_id;  /* the last notice that was put; and that is kept */
	uint64_t told_kept_id;     /* as the loop was told */
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
	bool reads_turn;   /* all else has every other one */
	bool refused;      /* a newer file: not to be written by this daemon */
	bool forget;       /* what was found came too late */
	bool checked;      /* the whole file was looked through */
	uint64_t check_at; /* then it is tried again */
	uint64_t check_pause;
	uint64_t retry_at; /* CLOCK_BOOTTIME, microseconds; 0: at once */
	uint64_t sweep_at;
	uint64_t calendar;  /* see retention_calendar() */
	uint64_t turned_at; /* CLOCK_MONOTONIC, microseconds; 0: not read yet */
	uint64_t looked_at; /* whether the files are there still */
	uint64_t aside_at;  /* a damaged file was last put aside; 0: never */
};

/* Microseconds since boot. */
uint64_t store_uptime(void);

/* The thread's own. With the lock held, which they give up while they are at the disk: */

/* Opens what incidents and notices are in; NULL: nobody waits for what is found. */
void store_open_files(struct store *store, struct store_found *found);

/* The same with histories and call sites. Before anybody is told that all is loaded. */
void store_open_others(struct store *store, struct store_found *found);

/* What went wrong with the file, -ESTALE: is_lost. It is opened anew where that may help. */
void store_meet_failure(struct store *store, int error);

/* Each says what is wrong once, and again only after it was well; 0: it is well. */
void store_say_well(struct store *store);
void store_say_history(struct store *store, int error);
void store_say_sites(struct store *store, int error);

/* Without the lock: whether files were removed under us. Looks once a second at most. */
bool store_is_lost(struct store *store);

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

/* The notice's id, 0 where the job has none. */
static inline uint64_t job_event(const struct job *job)
{
	return job->kind == JOB_NOTICE || job->kind == JOB_STEP ? job->notice.notice.event_id : 0;
}

/* When both sides have left. */
void store_destroy(struct store *store);

#endif
