// SPDX-License-Identifier: BSD-2-Clause
/* The thread's side: it writes what waits, and answers questions. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "cleanup.h"
#include "clock.h"
#include "store/outbox.h"
#include "store/retention.h"
#include "store/state.h"

#define BATCH 256 /* jobs of one transaction */
#define SECOND 1000000ULL
#define SWEEP_AFTER (600 * SECOND)
#define CHECK_PAUSE (SECOND / 2) /* doubled each time that it is broken off */

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
	case JOB_STEP:
		r = rows_put(d, &job->notice.incident, s->boot);
		return r ?: outbox_put(d, &job->notice.notice, job->notice.channels);
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

static void take_batch(struct store *s, struct jobs *batch)
{
	struct job *job;

	for (int i = 0; i < BATCH && (job = STAILQ_FIRST(&s->writes)); i++) {
		STAILQ_REMOVE_HEAD(&s->writes, next);
		STAILQ_INSERT_TAIL(batch, job, next);
	}
}

/* With the lock held: the loop may tell what was put up to this one. */
static void announce(struct store *s, uint64_t event_id)
{
	if (event_id <= s->kept_id)
		return;
	s->kept_id = event_id;
	eventfd_write(s->wake, 1);
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
	r = store_is_lost(s) ? -ESTALE : write_batch(s, &batch);
	pthread_mutex_lock(&s->worker.lock);
	if (r < 0) { /* back to where it was */
		STAILQ_CONCAT(&batch, &s->writes);
		STAILQ_CONCAT(&s->writes, &batch);
		store_meet_failure(s, r);
		return;
	}
	while ((job = STAILQ_FIRST(&batch))) {
		STAILQ_REMOVE_HEAD(&batch, next);
		s->write_count--;
		s->write_bytes -= job->bytes;
		if (job->kind == JOB_BOX)
			s->sweep_at = 0; /* maybe it made the file too large */
		announce(s, job_event(job));
		job_free(job);
	}
	store_say_well(s);
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
		store_meet_failure(s, r);
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
		if (store_is_lost(s))
			r = -ESTALE;
		else
			r = history_write(&s->history, &job->history.key, job + 1,
					  job->history.size);
		pthread_mutex_lock(&s->worker.lock);
		if (r == -ESTALE)
			store_meet_failure(s, r);
		else
			store_say_history(s, r);
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
		store_say_sites(s, r);
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
	if (!s->checked) { /* who asks all the time has it read the file again and again */
		s->check_pause = s->check_pause ? s->check_pause * 2 : CHECK_PAUSE;
		if (s->check_pause > SWEEP_AFTER)
			s->check_pause = SWEEP_AFTER;
		s->check_at = store_uptime() + s->check_pause;
	}
	if (r == -EUCLEAN)
		store_meet_failure(s, r);
}

/* What age is counted to. The time of the lock's file keeps the calendar for the next daemon. */
static uint64_t turn_calendar(struct store *s)
{
	uint64_t now = clock_usec(CLOCK_REALTIME), at = clock_usec(CLOCK_MONOTONIC);
	struct timespec kept[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat st;

	if (!s->turned_at) {
		if (fstat(s->lock, &st))
			return 0;
		s->calendar = timespec_usec(&st.st_mtim);
		s->turned_at = at;
	}
	s->calendar = retention_calendar(s->calendar, now, at - s->turned_at);
	s->turned_at = at;
	kept[1] = (struct timespec){(time_t)(s->calendar / SECOND),
				    (long)(s->calendar % SECOND * 1000)};
	futimens(s->lock, kept); /* else it starts further back, and more is kept */
	return now < s->calendar ? now : s->calendar;
}

static void sweep(struct store *s)
{
	uint64_t kept = (uint64_t)(s->config.retention * 1e6), now;
	struct retention retention = {.bytes = s->config.max_bytes};
	int r;

	pthread_mutex_unlock(&s->worker.lock);
	now = turn_calendar(s);
	retention.before = now > kept ? now - kept : 0;
	r = retention_sweep(&s->database, &retention);
	pthread_mutex_lock(&s->worker.lock);
	if (r != 1)
		s->sweep_at = store_uptime() + SWEEP_AFTER;
	if (r < 0)
		store_meet_failure(s, r);
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
	uint64_t now = store_uptime();
	bool waits = s->retry_at > now;
	bool opens = !s->database.db && !waits && !s->refused && !s->worker.stop && !s->forget;
	bool reads = !STAILQ_EMPTY(&s->reads) && !opens;

	*until = s->retry_at;
	if (s->database.db && !waits && !STAILQ_EMPTY(&s->writes)) {
		write_some(s);
	} else if (reads && (s->reads_turn = !s->reads_turn)) {
		answer_one(s); /* which sees what was put before it */
	} else if (!STAILQ_EMPTY(&s->histories)) {
		write_history(s);
	} else if (!STAILQ_EMPTY(&s->sites)) {
		write_sites(s);
	} else if (s->refused || s->worker.stop || waits) {
		if (s->refused)
			drop_writes(s);
		return reads;
	} else if (s->forget) {
		s->forget = false;
		database_close(&s->database); /* opening it anew ends what was open */
	} else if (opens) {
		store_open_files(s, NULL);
		if (s->database.db && s->history.fd < 0)
			store_open_others(s, NULL);
	} else if (now >= s->sweep_at) {
		sweep(s);
	} else if (!s->checked && now >= s->check_at) { /* last, as whoever asks breaks it off */
		check_file(s);
	} else {
		*until = s->checked || s->check_at > s->sweep_at ? s->sweep_at : s->check_at;
		return reads;
	}
	return true;
}

static void wait_until(struct store *s, uint64_t until)
{
	uint64_t now = store_uptime();
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

	store_open_files(s, found);
	store_open_others(s, found);
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
		announce(s, s->put_id); /* what is not written by now waits for its disk */
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
