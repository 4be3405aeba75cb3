/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole store in a folder of its own. */
#ifndef TESTS_UNIT_STORE_KEPT_H
#define TESTS_UNIT_STORE_KEPT_H

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define WAIT_MSEC 20000
#define BOOT "11111111-2222-3333-4444-555555555555"
#define OTHER_BOOT "99999999-2222-3333-4444-555555555555"
#define ID 1700000000000000ULL

/* A store and what it has said. */
struct kept {
	char folder[128];
	struct store_config config;
	struct store *store;
	char said[8192];
	int renewed;
	uint64_t kept_id; /* the last that was said to be kept */
};

static inline void on_log(int level, const char *line, void *data)
{
	struct kept *k = data;
	size_t length = strlen(k->said);

	snprintf(k->said + length, sizeof(k->said) - length, "<%d>%s\n", level, line);
}

static inline void on_renewed(void *data)
{
	((struct kept *)data)->renewed++;
}

static inline void on_kept(uint64_t event_id, void *data)
{
	((struct kept *)data)->kept_id = event_id;
}

static inline struct store_found *begin_boot(struct kept *k, const char *boot)
{
	const struct store_calls calls = {on_log, on_renewed, on_kept, k};
	struct store_found *found;

	k->store = store_new(&k->config, boot, &calls);
	assert_non_null(k->store);
	found = store_load(k->store, WAIT_MSEC);
	store_dispatch(k->store);
	return found;
}

static inline struct store_found *begin(struct kept *k)
{
	return begin_boot(k, BOOT);
}

static inline void end(struct kept *k)
{
	store_free(k->store);
	k->store = NULL;
}

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Lets the store speak until the condition holds; fails at the deadline. */
#define await(k, condition) \
	do { \
		double until_ = seconds() + WAIT_MSEC / 1e3; \
		while (!(condition)) { \
			struct pollfd wake_ = {.fd = store_fd((k)->store), .events = POLLIN}; \
			if (seconds() > until_) \
				fail_msg("never: %s; it said: %s", #condition, (k)->said); \
			poll(&wake_, 1, 20); \
			store_dispatch((k)->store); \
		} \
	} while (0)

static inline const char *path_in(const struct kept *k, const char *name)
{
	static char path[320];

	snprintf(path, sizeof(path), "%s/%s", k->config.folder, name);
	return path;
}

static inline int make_folder(void **state)
{
	static struct kept kept;

	kept = (struct kept){
		.config = {.retention = 1e9, .max_bytes = STORE_MAX_BYTES, .retry = 1}};
	PUT_TEXT(kept.folder, "/tmp/fdwatch-store-XXXXXX");
	if (!mkdtemp(kept.folder))
		return -1;
	snprintf(kept.config.folder, sizeof(kept.config.folder), "%s/state", kept.folder);
	*state = &kept;
	return 0;
}

static inline int remove_folder(void **state)
{
	const struct kept *k = *state;

	return run_shell("rm -rf %s", k->folder);
}

static inline struct incident an_incident(uint64_t id)
{
	struct incident i = {
		.id = id,
		.began = id - 5,
		.opened = id,
		.changed = id,
		.start_time = 77,
		.fds = 900,
		.fds_highest = 901,
		.soft_limit = 1024,
		.refusals = {3, [CAUSE_OTHER] = 1},
		.refusals_before = {[CAUSE_INOTIFY] = 9},
		.eta = NAN,
		.state = STATE_CRITICAL,
		.previous = STATE_WARNING,
		.worst = STATE_CRITICAL,
		.pid = 4711,
		.uid = 1000,
		.euid = 1000,
		.suid = 1000,
		.dumpable = true,
		.comm = "le\xff\nak",
		.unit = "leak.service",
	};

	return i;
}

/* What came of a question. */
struct answer {
	struct incident incidents[64];
	char *box;
	size_t count, length;
	int result; /* 1: not yet */
};

static inline void on_found(const struct incident *incident, const char *box, size_t length,
			    void *data)
{
	struct answer *a = data;

	if (a->count < 64)
		a->incidents[a->count] = *incident;
	a->count++;
	if (box) {
		a->box = strdup(box);
		a->length = length;
	}
}

static inline void on_done(int result, void *data)
{
	((struct answer *)data)->result = result;
}

static inline struct answer ask(struct kept *k, struct incident_query query)
{
	struct answer answer = {.result = 1};
	struct incident_reading reading = {query, on_found, on_done, &answer};

	assert_int_equal(store_read(k->store, &reading), 0);
	await(k, answer.result != 1);
	return answer;
}

static inline struct answer ask_all(struct kept *k)
{
	return ask(k, (struct incident_query){.all = true, .limit = 100});
}

static inline int make_text(const void *data, char **text, size_t *length)
{
	*text = strdup(data);
	*length = strlen(data);
	return *text ? 0 : -ENOMEM;
}

static inline void put_box(struct kept *k, uint64_t id, const char *text)
{
	struct store_box box = {id, strlen(text), make_text, free, strdup(text)};

	assert_int_equal(store_put_box(k->store, &box), 0);
}

/* The store's thread stands still until the pipe's other end is closed. */
static inline int make_wait(const void *data, char **text, size_t *length)
{
	char byte;

	assert_int_equal(read(*(const int *)data, &byte, 1), 0);
	return make_text("", text, length);
}

static inline void drop_pipe(void *data)
{
	close(*(int *)data);
}

/* Until the descriptor that it returns is closed. */
static inline int hold_the_thread(struct kept *k)
{
	static int ends[2];
	struct store_box box = {ID, 1, make_wait, drop_pipe, ends};

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(store_put_box(k->store, &box), 0);
	return ends[1];
}

static inline void run_sql(const struct kept *k, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path_in(k, "incidents.db"), &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static inline void fill(struct kept *k, uint64_t count, bool over)
{
	for (uint64_t i = 0; i < count; i++) {
		struct incident incident = an_incident(ID + i);

		if (over)
			incident.ended = ID + i;
		assert_int_equal(store_put(k->store, &incident), 0);
	}
}

#define KEPT(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
