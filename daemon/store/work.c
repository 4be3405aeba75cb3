// SPDX-License-Identifier: BSD-2-Clause
/* The thread's side: it opens the files, writes what waits, and answers questions. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "store/outbox.h"
#include "store/retention.h"
#include "store/state.h"

#define LOCK_FILE "lock"
#define BATCH 256 /* jobs of one transaction */
#define SECOND 1000000ULL
#define SWEEP_AFTER (600 * SECOND)
#define ASIDE_AGAIN_AFTER (3600 * SECOND) /* a disk that damages all it holds fills no folder */

static uint64_t uptime(void)
{
	return clock_usec(CLOCK_BOOTTIME);
}

/* Says what is wrong once, and again only after it was well. With the lock held. */
static void say_failure(struct store *s, int error, const char *reason)
{
	s->retry_at = uptime() + s->config.retry * SECOND;
	if (s->said == error)
		return;
	s->said = error;
	if (s->refused)
		store_say(s, LOG_ERR, "%s: no incident is kept: give another --state-dir", reason);
	else
		store_say(s, LOG_ERR,
			  "incidents can't be kept: %s; watching goes on, and it is tried again "
			  "every %u s",
			  reason, s->config.retry);
}

static void say_well(struct store *s)
{
	if (s->said)
		store_say(s, LOG_NOTICE, "incidents are kept again in %s", s->config.folder);
	s->said = 0;
	s->retry_at = 0;
}

/* One daemon to a folder: two would overwrite one another. */
static int lock_folder(struct store *s, struct failure *failure)
{
	const char *folder = s->config.folder;
	char path[sizeof(s->config.folder) + 8];

	if (s->lock >= 0)
		return 0;
	if (mkdir(folder, 0700) && errno != EEXIST)
		return fail(failure, -errno, "%s: %s", folder, strerror(errno));
	snprintf(path, sizeof(path), "%s/" LOCK_FILE, folder);
	_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(failure, -errno, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		return fail(failure, -EADDRINUSE, "another fdwatchd uses %s", folder);
	s->lock = TAKE_FD(fd);
	return 0;
}

/*
 * Puts a damaged file aside, so that the next opening begins a new one. With the lock held, which
 * it gives up meanwhile.
 */
static int replace(struct store *s, struct failure *failure)
{
	char aside[sizeof(s->database.path) + 64];
	uint64_t now = uptime();
	int r;

	if (s->aside_at && now < s->aside_at + ASIDE_AGAIN_AFTER)
		return fail(failure, -EUCLEAN, "%s is damaged again: is its disk well?",
			    s->database.path);
	pthread_mutex_unlock(&s->worker.lock);
	database_close(&s->database);
	r = database_put_aside(&s->database, clock_usec(CLOCK_REALTIME) / SECOND, aside,
			       sizeof(aside));
	pthread_mutex_lock(&s->worker.lock);
	if (r < 0)
		return fail(failure, r, "%s is damaged and can't be put aside: %s",
			    s->database.path, strerror(-r));
	s->aside_at = now;
	s->renewed = true;
	store_say(s, LOG_ERR,
		  "%s is damaged or another program's: it was put aside as %s, and a "
		  "new one begun",
		  s->database.path, aside);
	return 0;
}

/* Nobody waits for what is found now: what was open then is over for us. */
static int end_forgotten(struct store *s)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "UPDATE incident SET ended = %" PRIu64 ", \"end\" = %d WHERE ended = 0",
		 clock_usec(CLOCK_REALTIME), INCIDENT_AWAY);
	return database_run(&s->database, sql);
}

/* Without the lock. */
static int open_once(struct store *s, struct store_found *found, bool late, struct failure *failure)
{
	int r = lock_folder(s, failure);

	if (!r)
		r = database_open(&s->database, s->config.folder, failure);
	if (r < 0)
		return r;
	if (found)
		r = load_incidents(&s->database, s->boot, clock_usec(CLOCK_REALTIME), found);
	else if (late)
		r = end_forgotten(s);
	if (r < 0) {
		database_close(&s->database);
		fail(failure, r, "%s: %s", s->database.path, strerror(-r));
	}
	return r;
}

/* With the lock held, which it gives up while it reads. */
static void open_files(struct store *s, struct store_found *found)
{
	struct failure failure = {};
	bool late = s->late;
	int r;

	pthread_mutex_unlock(&s->worker.lock);
	r = open_once(s, found, late, &failure);
	pthread_mutex_lock(&s->worker.lock);
	if (r == -EUCLEAN) {
		r = replace(s, &failure);
		pthread_mutex_unlock(&s->worker.lock);
		r = r ?: open_once(s, NULL, late, &failure);
		pthread_mutex_lock(&s->worker.lock);
	}
	s->refused = r == -EPROTONOSUPPORT;
	if (r < 0) {
		say_failure(s, r, failure.text);
		return;
	}
	s->renewed = s->renewed || late;
	say_well(s);
}

static void say_history(struct store *s, int error)
{
	if (s->history_said == error)
		return;
	s->history_said = error;
	if (error && error != s->said)
		store_say(s, LOG_WARNING,
			  "the history in %s can't be kept: %s: after a kill forecasts begin anew",
			  s->config.folder, strerror(-error));
}

static void say_sites(struct store *s, int error)
{
	if (s->sites_said == error)
		return;
	s->sites_said = error;
	if (error && error != s->said)
		store_say(s, LOG_WARNING,
			  "call sites in %s can't be kept: %s: after a kill what is open by then "
			  "has none",
			  s->config.folder, strerror(-error));
}

/* The boot's id folded into as many bytes as the files have for it. */
static void fold_boot(const struct store *s, uint8_t boot[HISTORY_BOOT])
{
	memset(boot, 0, HISTORY_BOOT);
	for (size_t i = 0; i < sizeof(s->boot); i++)
		boot[i % HISTORY_BOOT] ^= (uint8_t)(s->boot[i] << (i / HISTORY_BOOT));
}

_Static_assert(HISTORY_BOOT == LEDGER_BOOT, "one id for both files");

/* With the lock held; before anybody is told that all is loaded. */
static void open_history(struct store *s, struct store_found *found)
{
	uint8_t boot[HISTORY_BOOT];
	int history = s->lock < 0 ? s->said : 0, sites = history;

	fold_boot(s, boot);
	pthread_mutex_unlock(&s->worker.lock);
	if (!history)
		history = history_open(&s->history, s->config.folder, boot);
	if (!history && found)
		history = load_histories(&s->history, found);
	if (!sites && s->ledger.fd < 0)
		sites = ledger_open(&s->ledger, s->config.folder, boot);
	if (!sites && found)
		sites = ledger_read(&s->ledger, &found->sites, &found->sites_size);
	pthread_mutex_lock(&s->worker.lock);
	say_history(s, history);
	say_sites(s, sites);
}

/* What the database says to one job; what is wrong with the job alone does not hold up others. */
static int write_one(struct store *s, const struct job *job)
{
	struct database *d = &s->database;
	char *text = NULL;
	size_t length;
	int r;

	switch (job->kind) {
	case JOB_INCIDENT:
		return rows_put(d, &job->incident, s->boot);
	case JOB_NOTICE:
		return outbox_put(d, &job->notice.notice, job->notice.channels);
	case JOB_TOLD:
		return outbox_done(d, job->told.event_id, job->told.channels);
	case JOB_BOX:
		r = job->box.make(job->box.data, &text, &length);
		if (!r)
			r = rows_put_box(d, job->box.incident, text, length);
		free(text);
		return r == -ENOMEM ? -EINVAL : r; /* nothing that waiting would heal */
	default:
		return 0;
	}
}

static int write_batch(struct store *s, const struct jobs *batch)
{
	const struct job *job;
	int r = database_run(&s->database, "BEGIN IMMEDIATE");

	STAILQ_FOREACH(job, batch, next)
	{
		if (!r)
			r = write_one(s, job);
		if (r == -EINVAL)
			r = 0;
	}
	if (!r)
		r = database_run(&s->database, "COMMIT");
	if (r < 0 && s->database.db && !sqlite3_get_autocommit(s->database.db))
		database_run(&s->database, "ROLLBACK");
	return r;
}

/* With the lock held: what went wrong with the file. It is opened anew where that may help. */
static void meet_failure(struct store *s, int error)
{
	struct failure failure = {};

	if (error == -EUCLEAN) {
		if (!replace(s, &failure))
			return;
		database_close(&s->database);
	} else {
		fail(&failure, error, "%s: %s", s->database.path, strerror(-error));
		if (error != -ENOSPC && error != -EFBIG && error != -EBUSY)
			database_close(&s->database);
	}
	say_failure(s, error, failure.text);
}

static void take_batch(struct store *s, struct jobs *batch)
{
	struct job *job;

	for (int i = 0; i < BATCH && (job = STAILQ_FIRST(&s->writes)); i++) {
		STAILQ_REMOVE_HEAD(&s->writes, next);
		STAILQ_INSERT_TAIL(batch, job, next);
	}
}

static void say_overflows(struct store *s)
{
	if (s->overflows)
		store_say(s, LOG_ERR,
			  "%" PRIu64 " changes of incidents were not kept: too many "
			  "waited for the disk of %s",
			  s->overflows, s->config.folder);
	s->overflows = 0;
}

/* With the lock held, which it gives up while it writes. */
static void write_some(struct store *s)
{
	struct jobs batch = STAILQ_HEAD_INITIALIZER(batch);
	struct job *job;
	int r;

	take_batch(s, &batch);
	pthread_mutex_unlock(&s->worker.lock);
	r = write_batch(s, &batch);
	pthread_mutex_lock(&s->worker.lock);
	if (r < 0) { /* back to where it was */
		STAILQ_CONCAT(&batch, &s->writes);
		STAILQ_CONCAT(&s->writes, &batch);
		meet_failure(s, r);
		return;
	}
	while ((job = STAILQ_FIRST(&batch))) {
		STAILQ_REMOVE_HEAD(&batch, next);
		s->write_count--;
		s->write_bytes -= job->bytes;
		if (job->kind == JOB_BOX)
			s->sweep_at = 0; /* maybe it made the file too large */
		job_free(job);
	}
	say_well(s);
	say_overflows(s);
}

struct answering {
	struct store *store;
	const struct incident_reading *reading;
};

static int take_row(const struct incident *incident, const char *boot, void *data)
{
	const struct answering *a = data;
	_free_ char *box = NULL;
	size_t length = 0;
	int r = 0;

	(void)boot;
	if (a->reading->query.id)
		r = rows_box(&a->store->database, incident->id, &box, &length);
	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		return r;
	a->reading->found(incident, box, length, a->reading->data);
	return 0;
}

/* With the lock held, which it gives up while it reads. */
static void answer_one(struct store *s)
{
	struct job *job = STAILQ_FIRST(&s->reads);
	struct answering answering = {s, &job->reading};
	int r = s->database.db ? 0 : s->said ?: -EAGAIN;

	STAILQ_REMOVE_HEAD(&s->reads, next);
	pthread_mutex_unlock(&s->worker.lock);
	if (!r)
		r = rows_query(&s->database, &job->reading.query, take_row, &answering);
	pthread_mutex_lock(&s->worker.lock);
	if (r == -EUCLEAN)
		meet_failure(s, r);
	job->result = r;
	STAILQ_INSERT_TAIL(&s->finished, job, next);
	eventfd_write(s->wake, 1);
}

/* With the lock held, which it gives up while it writes. One that fails comes again by itself. */
static void write_history(struct store *s)
{
	struct job *job = STAILQ_FIRST(&s->histories);
	int r = 0;

	STAILQ_REMOVE_HEAD(&s->histories, next);
	s->history_bytes -= job->bytes;
	if (s->history.fd >= 0) {
		pthread_mutex_unlock(&s->worker.lock);
		r = history_write(&s->history, &job->history.key, job + 1, job->history.size);
		pthread_mutex_lock(&s->worker.lock);
		say_history(s, r);
	}
	job_free(job);
}

static int write_to_ledger(struct ledger *ledger, const struct job *job)
{
	switch (job->sites.what) {
	case STORE_SITES_RENEW:
		return ledger_renew(ledger);
	case STORE_SITES_REPLACE:
		return ledger_replace(ledger);
	default:
		return ledger_append(ledger, job + 1, job->sites.size);
	}
}

/* With the lock held, which it gives up while it writes. What is not kept is only not known to the
 * next daemon. */
static void write_sites(struct store *s)
{
	struct job *job = STAILQ_FIRST(&s->sites);
	int r = 0;

	STAILQ_REMOVE_HEAD(&s->sites, next);
	s->sites_bytes -= job->bytes;
	if (s->ledger.fd >= 0) {
		pthread_mutex_unlock(&s->worker.lock);
		r = write_to_ledger(&s->ledger, job);
		pthread_mutex_lock(&s->worker.lock);
		say_sites(s, r);
	}
	job_free(job);
}

static int wants_stop(void *data)
{
	struct store *s = data;
	bool stop;

	pthread_mutex_lock(&s->worker.lock);
	stop = s->worker.stop || !STAILQ_EMPTY(&s->reads) || !STAILQ_EMPTY(&s->writes);
	pthread_mutex_unlock(&s->worker.lock);
	return stop;
}

/* The whole file is looked through once, when nothing else is to be done. */
static void check_file(struct store *s)
{
	int r;

	pthread_mutex_unlock(&s->worker.lock);
	r = database_check(&s->database, wants_stop, s);
	pthread_mutex_lock(&s->worker.lock);
	s->checked = r != -EINTR && r != -EBUSY;
	if (r == -EUCLEAN)
		meet_failure(s, r);
}

static void sweep(struct store *s)
{
	uint64_t kept = (uint64_t)(s->config.retention * 1e6), now = clock_usec(CLOCK_REALTIME);
	struct retention retention = {now > kept ? now - kept : 0, s->config.max_bytes};
	int r;

	pthread_mutex_unlock(&s->worker.lock);
	r = retention_sweep(&s->database, &retention);
	pthread_mutex_lock(&s->worker.lock);
	if (r != 1)
		s->sweep_at = uptime() + SWEEP_AFTER;
	if (r < 0)
		meet_failure(s, r);
}

/* With the lock held: nothing will ever be written. */
static void drop_writes(struct store *s)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&s->writes))) {
		STAILQ_REMOVE_HEAD(&s->writes, next);
		s->write_count--;
		s->write_bytes -= job->bytes;
		job_free(job);
	}
}

/* Does one thing; false where there is nothing to be done before *until (0: ever). */
static bool do_one(struct store *s, uint64_t *until)
{
	uint64_t now = uptime();
	bool waits = s->retry_at > now;

	*until = s->retry_at;
	if (s->database.db && !waits && !STAILQ_EMPTY(&s->writes)) {
		write_some(s);
	} else if (!STAILQ_EMPTY(&s->reads)) { /* which see what was put before them */
		answer_one(s);
	} else if (!STAILQ_EMPTY(&s->histories)) {
		write_history(s);
	} else if (!STAILQ_EMPTY(&s->sites)) {
		write_sites(s);
	} else if (s->refused || s->worker.stop || waits) {
		if (s->refused)
			drop_writes(s);
		return false;
	} else if (s->forget) {
		s->forget = false;
		database_close(&s->database); /* opening it anew ends what was open */
	} else if (!s->database.db) {
		open_files(s, NULL);
		if (s->database.db && s->history.fd < 0)
			open_history(s, NULL);
	} else if (!s->checked) {
		check_file(s);
	} else if (now >= s->sweep_at) {
		sweep(s);
	} else {
		*until = s->sweep_at;
		return false;
	}
	return true;
}

static void wait_until(struct store *s, uint64_t until)
{
	uint64_t now = uptime();
	struct timespec then;

	if (!until || s->refused) {
		pthread_cond_wait(&s->wanted, &s->worker.lock);
		return;
	}
	then = worker_deadline(CLOCK_MONOTONIC, until > now ? (long)((until - now) / 1000 + 1) : 1);
	pthread_cond_timedwait(&s->wanted, &s->worker.lock, &then);
}

/* The first attempt, which the start waits for. With the lock held. */
static void load(struct store *s)
{
	struct store_found *found = calloc(1, sizeof(*found));

	open_files(s, found);
	open_history(s, found);
	if (s->late) /* nobody waited so long: what was open is ended at once */
		store_found_free(found);
	else
		s->found = found;
	s->forget = s->late;
	s->loaded = true;
	pthread_cond_broadcast(&s->reached);
}

void *store_work(void *data)
{
	struct store *s = data;
	uint64_t until;

	pthread_mutex_lock(&s->worker.lock);
	load(s);
	for (;;) {
		if (do_one(s, &until))
			continue;
		if (s->worker.stop)
			break;
		wait_until(s, until);
	}
	pthread_mutex_unlock(&s->worker.lock);
	database_close(&s->database);
	history_close(&s->history);
	ledger_close(&s->ledger);
	cleanup_close(&s->lock);
	pthread_mutex_lock(&s->worker.lock);
	s->ended = true;
	pthread_cond_broadcast(&s->reached);
	if (worker_leave(&s->worker))
		store_destroy(s);
	return NULL;
}
