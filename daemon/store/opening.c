// SPDX-License-Identifier: BSD-2-Clause
/* The thread's side: it opens the files, and meets what is wrong with them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "lock.h"
#include "store/file.h"
#include "store/state.h"

#define LOCK_FILE "lock"
#define SECOND 1000000ULL
#define ASIDE_AGAIN_AFTER (3600 * SECOND) /* a disk that damages all it holds fills no folder */

uint64_t store_uptime(void)
{
	return clock_usec(CLOCK_BOOTTIME);
}

/* Says what is wrong once, and again only after it was well. With the lock held. */
static void say_failure(struct store *s, int error, const char *reason)
{
	s->retry_at = store_uptime() + s->config.retry * SECOND;
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

void store_say_well(struct store *s)
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
	if (lock_alone(fd))
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
	uint64_t now = store_uptime();
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
void store_open_files(struct store *s, struct store_found *found)
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
	store_say_well(s);
}

void store_say_history(struct store *s, int error)
{
	if (s->history_said == error)
		return;
	s->history_said = error;
	if (error && error != s->said)
		store_say(s, LOG_WARNING,
			  "the history in %s can't be kept: %s: after a kill forecasts begin anew",
			  s->config.folder, strerror(-error));
}

void store_say_sites(struct store *s, int error)
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

/* Another program's file in the place of ours, without the lock; false where it can't be moved. */
static bool put_aside(struct store *s, const char *path)
{
	char aside[400];
	int r = file_put_aside(path, "", clock_usec(CLOCK_REALTIME) / SECOND, aside, sizeof(aside));

	if (r < 0)
		return false;
	pthread_mutex_lock(&s->worker.lock);
	store_say(s, LOG_ERR, "%s was not fdwatchd's: it was put aside as %s, and a new one begun",
		  path, aside);
	pthread_mutex_unlock(&s->worker.lock);
	return true;
}

/* With the lock held; before anybody is told that all is loaded. */
void store_open_others(struct store *s, struct store_found *found)
{
	uint8_t boot[HISTORY_BOOT];
	int history = s->lock < 0 ? s->said : 0, sites = history;

	fold_boot(s, boot);
	pthread_mutex_unlock(&s->worker.lock);
	if (!history)
		history = history_open(&s->history, s->config.folder, boot);
	if (history == -EUCLEAN && put_aside(s, s->history.path))
		history = history_open(&s->history, s->config.folder, boot);
	if (!history && found)
		history = load_histories(&s->history, found);
	if (!sites && s->ledger.fd < 0)
		sites = ledger_open(&s->ledger, s->config.folder, boot);
	if (sites == -EUCLEAN && put_aside(s, s->ledger.path))
		sites = ledger_open(&s->ledger, s->config.folder, boot);
	if (!sites && found)
		sites = ledger_read(&s->ledger, &found->sites, &found->sites_size);
	pthread_mutex_lock(&s->worker.lock);
	store_say_history(s, history);
	store_say_sites(s, sites);
}

/* Without the lock, and not at each write. */
bool store_is_lost(struct store *s)
{
	uint64_t now = store_uptime();

	if (now < s->looked_at + SECOND)
		return false;
	s->looked_at = now;
	return database_is_lost(&s->database) ||
	       (s->history.fd >= 0 && file_is_lost(s->history.fd, s->history.path)) ||
	       (s->ledger.fd >= 0 && file_is_lost(s->ledger.fd, s->ledger.path));
}

/* With the lock held: files were removed under us. All is opened and put anew. */
static void begin_anew(struct store *s)
{
	store_say(s, LOG_ERR,
		  "files in %s were removed while they were in use: incidents are kept anew there",
		  s->config.folder);
	s->renewed = true;
	s->checked = false;
	pthread_mutex_unlock(&s->worker.lock);
	database_close(&s->database);
	history_close(&s->history);
	ledger_close(&s->ledger);
	cleanup_close(&s->lock);
	s->lock = -1; /* the folder's is taken anew */
	pthread_mutex_lock(&s->worker.lock);
}

/* With the lock held: what went wrong with the file. It is opened anew where that may help. */
void store_meet_failure(struct store *s, int error)
{
	struct failure failure = {};

	if (error == -ESTALE) {
		begin_anew(s);
		return;
	}
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
