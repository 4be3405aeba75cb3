/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What outlives the daemon: incidents with their black boxes, notices that somebody still waits
 * for, histories of processes, and the sites of tracked ones. A thread of its own does all that
 * touches the disk; what can't be written waits, bounded, and is tried again. All functions are for
 * one thread, the event loop's.
 */
#ifndef FDWATCH_STORE_STORE_H
#define FDWATCH_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/forecast.h"
#include "model/incident.h"
#include "model/notice.h"

#define STORE_JOBS 16384        /* that wait for the disk at most, */
#define STORE_BYTES (48U << 20) /* and what they hold */
#define STORE_HISTORY_BYTES (16U << 20)
#define STORE_SITES_BYTES (40U << 20)
/* Questions that wait: at most, of all ordinary users together, and of one. */
#define STORE_READS 256
#define STORE_ORDINARY_READS 128
#define STORE_USER_READS 32
#define STORE_BOX_MAX (32U << 20) /* bytes of a black box's text */
#define STORE_BOOT_SIZE 40        /* the kernel's id of a boot, as text */

struct store_config {
	char folder[256];
	double retention;   /* seconds that an incident is kept after its end */
	uint64_t max_bytes; /* of the file of incidents */
	unsigned int retry; /* seconds after which what failed is tried again */
};

#define STORE_RETENTION (90.0 * 86400)
#define STORE_MAX_BYTES (256ULL << 20)
#define STORE_RETRY 10

/* What the store says, from store_dispatch(). */
struct store_calls {
	/* A line for the daemon's log, with a level of syslog(3). */
	void (*log)(int level, const char *line, void *data);
	/* The file has been begun anew: what is open and untold is to be put again. */
	void (*renewed)(void *data);
	/* Notices up to this one are kept, or can't be for now: who waits for that waits no more.
	 */
	void (*kept)(uint64_t event_id, void *data);
	void *data;
};

/* What an earlier daemon left. */
struct store_found {
	uint64_t last_id; /* of incidents and notices */
	size_t incident_count, notice_count, history_count;
	struct store_incident {
		struct incident incident;
		bool same_boot;
	} * incidents; /* that were open */
	struct store_notice {
		struct notice notice;
		uint32_t channels; /* that wait */
		bool last;         /* of its alarm, which is not over */
	} * notices;               /* by rising event_id */
	struct store_history {
		struct forecast *forecast; /* NULL: taken */
		uint64_t start_time;
		int32_t pid;
		uint32_t slot;
		uint32_t turn;
	} * histories;  /* of this boot, by pid and start_time */
	void *programs; /* what history_save() wrote in this boot; NULL: nothing */
	size_t programs_size;
	uint32_t programs_turn;
	void *sites; /* of this boot: see ledger_next() */
	size_t sites_size;
};

/* Text that is made when it is written: in the store's thread, maybe again after a failure. */
struct store_box {
	uint64_t incident;
	size_t bytes; /* that `data` takes, about */
	/* The caller frees *text. 0 or -errno. */
	int (*make)(const void *data, char **text, size_t *length);
	void (*drop)(void *data);
	void *data;
};

struct store;

/* NULL without memory or a thread. `boot` is the kernel's id of this boot. */
struct store *store_new(const struct store_config *config, const char *boot,
			const struct store_calls *calls);

/* Writes what waits, for some seconds at most, and ends. NULL is well. */
void store_free(struct store *store);

/* Another retention and size; the folder stays. */
void store_configure(struct store *store, const struct store_config *config);

/* Waits until the files have been read, for so long at most. What was found, or NULL. */
struct store_found *store_load(struct store *store, unsigned int msec);

/* Of two struct store_history, as they stand there: for bsearch(). */
int store_history_compare(const void *left, const void *right);

/* Frees what was found. */
void store_found_free(struct store_found *found);

/* Readable when store_dispatch() has something to do. */
int store_fd(const struct store *store);
void store_dispatch(struct store *store);

/* Each 0, or -ENOBUFS where the queue is full, or -ENOMEM: it is then not kept. */
int store_put(struct store *store, const struct incident *incident);
int store_put_box(struct store *store, const struct store_box *box); /* takes `data` over */
int store_put_notice(struct store *store, const struct notice *notice, uint32_t channels);
/* Both or neither will be there after a kill. */
int store_put_step(struct store *store, const struct incident *incident,
		   const struct notice *notice, uint32_t channels);
int store_told(struct store *store, uint64_t event_id, uint32_t channels);

/* How many of these were put so far; and whether the last of so many still waits for the disk. */
uint64_t store_put_count(struct store *store);
bool store_waits(struct store *store, uint64_t put_count);

/*
 * `done` is called from store_dispatch() or store_free(). 0, or then it is not: -ENOBUFS where too
 * many wait, the user's or all together; -ENOMEM.
 */
int store_read(struct store *store, const struct incident_reading *reading);

/* A process's history into its slot; copies the bytes. */
int store_put_history(struct store *store, const struct store_history *of, const void *bytes,
		      size_t size);

/*
 * A record of sites behind those put before; copies the bytes. Between STORE_SITES_RENEW and
 * STORE_SITES_REPLACE, which have none, those are put that are to be in place of all so far.
 */
enum store_sites { STORE_SITES_ADD, STORE_SITES_RENEW, STORE_SITES_REPLACE };
int store_put_sites(struct store *store, enum store_sites what, const void *bytes, size_t size);

#endif
