// SPDX-License-Identifier: BSD-2-Clause
/* What the store does when it can't keep anything, and what it forgets. */
#include "daemon/store/kept.h"

static void damage(const struct kept *k, const char *name, off_t from, size_t size)
{
	static const char junk[4096] = "junk";
	int fd = open(path_in(k, name), O_WRONLY | O_CREAT, 0600);

	for (; size; size -= sizeof(junk), from += (off_t)sizeof(junk))
		assert_int_equal(pwrite(fd, junk, sizeof(junk), from), sizeof(junk));
	close(fd);
}

static int count_aside(const struct kept *k)
{
	char command[320], text[16] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "ls %s | grep -c 'db.damaged-[0-9]*$'",
		 k->config.folder);
	pipe = popen(command, "r");
	assert_non_null(fgets(text, sizeof(text), pipe));
	pclose(pipe);
	return atoi(text);
}

/* With `from` and on the file is junk: one message, it is put aside, and a new one works. */
static void is_begun_anew(struct kept *k, off_t from, size_t size)
{
	struct incident incident = an_incident(ID + 9999);

	store_found_free(begin(k));
	fill(k, 2000, false);
	end(k);
	damage(k, "incidents.db", from, size);
	store_found_free(begin(k));
	await(k, strstr(k->said, "put aside"));
	assert_int_equal(store_put(k->store, &incident), 0);
	await(k, ask_all(k).count >= 1);
	assert_int_equal(ask_all(k).incidents[0].id, ID + 9999);
	assert_int_equal(count_aside(k), 1);
	assert_null(strchr(strchr(k->said, '\n') + 1, '\n')); /* one line */
	end(k);
}

static void damaged_head(void **state)
{
	is_begun_anew(*state, 0, 4096);
}

static void damaged_within(void **state)
{
	struct kept *k = *state;

	is_begun_anew(k, 3 * 4096, 20 * 4096);
	assert_true(k->renewed <= 1);
}

static void another_programs_file(void **state)
{
	struct kept *k = *state;
	struct store_found *found;

	mkdir(k->config.folder, 0700);
	run_sql(k, "CREATE TABLE diary (day); INSERT INTO diary VALUES ('mine')");
	found = begin(k);
	store_found_free(found);
	await(k, strstr(k->said, "put aside"));
	fill(k, 1, false);
	assert_int_equal(ask_all(k).count, 1);
	assert_int_equal(count_aside(k), 1);
	end(k);
}

/* The same with the other files: what stood in them stands in what was put aside. */
static void others_in_place_of_ours(void **state)
{
	static const char *const names[] = {"history", "sites"};
	struct kept *k = *state;

	mkdir(k->config.folder, 0700);
	for (size_t i = 0; i < 2; i++)
		damage(k, names[i], 0, 3 * 4096);
	store_found_free(begin(k));
	await(k, strstr(k->said, "history was not fdwatchd's") &&
			 strstr(k->said, "sites was not fdwatchd's"));
	end(k);
	store_found_free(begin(k)); /* and then they are ours */
	end(k);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			run_shell("cd %s; test $(cat %s.damaged-* | tr -d '\\0') = junkjunkjunk",
				  k->config.folder, names[i]),
			0);
	}
	assert_null(strchr(strchr(strchr(k->said, '\n') + 1, '\n') + 1, '\n')); /* two lines */
}

/* All goes on in a new one, with what is open put again. */
static void removed_folder(void **state)
{
	struct kept *k = *state;
	struct incident incident = an_incident(ID + 7);

	store_found_free(begin(k));
	fill(k, 1, false);
	assert_int_equal(ask_all(k).count, 1);
	assert_int_equal(run_shell("rm -r %s", k->config.folder), 0);
	await(k, store_put(k->store, &incident) || k->renewed);
	assert_int_equal(store_put(k->store, &incident), 0);
	assert_int_equal(ask_all(k).incidents[0].id, ID + 7);
	assert_non_null(strstr(k->said, "were removed while they were in use"));
	assert_null(strchr(strchr(k->said, '\n') + 1, '\n')); /* one line */
	end(k);
	store_found_free(begin(k));
	assert_int_equal(ask_all(k).incidents[0].id, ID + 7);
	end(k);
}

/* No file of shared memory: whoever cut it short would end the daemon. */
static void nothing_is_shared(void **state)
{
	struct kept *k = *state;

	store_found_free(begin(k));
	fill(k, 10, false);
	assert_int_equal(ask_all(k).count, 10);
	assert_int_equal(access(path_in(k, "incidents.db-wal"), F_OK), 0);
	assert_int_equal(access(path_in(k, "incidents.db-shm"), F_OK), -1);
	end(k);
}

/* The link is put aside as a damaged file is; what it points to is not touched. */
static void no_link_is_followed(void **state)
{
	struct kept *k = *state;
	char link[512], other[512];

	mkdir(k->config.folder, 0700);
	snprintf(link, sizeof(link), "%s/incidents.db", k->config.folder);
	snprintf(other, sizeof(other), "%s/other", k->config.folder);
	assert_int_equal(symlink(other, link), 0);
	store_found_free(begin(k));
	await(k, strstr(k->said, "put aside"));
	fill(k, 1, false);
	assert_int_equal(ask_all(k).count, 1);
	assert_int_equal(access(other, F_OK), -1);
	end(k);
}

static void a_newer_file_is_left_alone(void **state)
{
	struct kept *k = *state;
	sqlite3_stmt *statement;
	sqlite3 *db;

	store_found_free(begin(k));
	fill(k, 1, true);
	end(k);
	run_sql(k, "PRAGMA user_version = 2");
	store_found_free(begin(k));
	await(k, strstr(k->said, "newer fdwatchd"));
	fill(k, 50, true);
	assert_int_equal(ask_all(k).result, -EPROTONOSUPPORT);
	end(k);
	sqlite3_open(path_in(k, "incidents.db"), &db);
	sqlite3_prepare_v2(db, "SELECT count(*) FROM incident", -1, &statement, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(statement, 0), 1);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

/* In a child with a mount namespace of its own, whose file system holds 512 KiB. */
static void on_a_full_disk(struct kept *k)
{
	char *large = malloc(3 << 20);

	for (size_t i = 0; i < (3 << 20) - 1; i++)
		large[i] = (char)(' ' + rand() % 90);
	large[(3 << 20) - 1] = '\0';
	store_found_free(begin(k));
	fill(k, 1, false);
	put_box(k, ID, large);
	await(k, strstr(k->said, "can't be kept"));
	assert_non_null(strstr(k->said, strerror(ENOSPC)));
	fill(k, 3, false);
	assert_int_equal(ask_all(k).result, 0); /* reading goes on */
	assert_null(strchr(strchr(k->said, '\n') + 1, '\n'));
	/* It is made larger, and all that waited is written. */
	assert_int_equal(mount(NULL, k->config.folder, NULL, MS_REMOUNT, "size=32m"), 0);
	await(k, strstr(k->said, "kept again"));
	assert_int_equal(ask_all(k).count, 3);
	end(k);
	free(large);
}

static void full_disk(void **state)
{
	struct kept *k = *state;
	int status = -1;
	pid_t child;

	if (getuid() != 0) {
		skip();
		return;
	}
	child = fork_test();
	if (child == 0) {
		alarm(60);
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mkdir(k->config.folder, 0700) ||
		    mount("fdwatch", k->config.folder, "tmpfs", 0, "size=512k"))
			_exit(77);
		on_a_full_disk(k);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void no_folder(void **state)
{
	struct kept *k = *state;

	snprintf(k->config.folder, sizeof(k->config.folder), "%s/not/there", k->folder);
	store_found_free(begin(k));
	await(k, strstr(k->said, "can't be kept"));
	assert_non_null(strstr(k->said, strerror(ENOENT)));
	fill(k, 3, false);
	assert_true(ask_all(k).result < 0);
	assert_int_equal(run_shell("mkdir %s/not", k->folder), 0);
	await(k, strstr(k->said, "kept again"));
	assert_int_equal(ask_all(k).count, 3);
	assert_int_equal(k->renewed, 1);
	end(k);
}

static void one_daemon_a_folder(void **state)
{
	struct kept *k = *state, second = {.config = k->config};

	snprintf(second.config.folder, sizeof(second.config.folder), "%s/state", k->folder);
	store_found_free(begin(k));
	store_found_free(begin(&second));
	await(&second, strstr(second.said, "another fdwatchd"));
	end(&second);
	end(k);
}

/* Another program has locked the file: what is put waits, as much as there is room for. */
static void the_queue_is_bounded(void **state)
{
	struct kept *k = *state;
	struct incident incident = an_incident(ID);
	sqlite3 *db;
	int r = 0;

	store_found_free(begin(k));
	fill(k, 1, true);
	end(k);
	sqlite3_open(path_in(k, "incidents.db"), &db);
	sqlite3_busy_timeout(db, WAIT_MSEC);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	store_found_free(begin(k));
	for (size_t i = 0; i < STORE_JOBS + 1000 && !r; i++)
		r = store_put(k->store, &incident);
	assert_int_equal(r, -ENOBUFS);
	await(k, strstr(k->said, "can't be kept"));
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	await(k, strstr(k->said, "1 changes of incidents were not kept"));
	assert_int_equal(ask_all(k).count, 1);
	end(k);
}

static void count_done(int result, void *data)
{
	if (!result)
		++*(size_t *)data;
}

static void ignore(const struct incident *incident, const char *box, size_t length, void *data)
{
	(void)incident, (void)box, (void)length, (void)data;
}

/* How many questions of one who sees all (uid 0) or of a user are taken; at most `most`. */
static size_t ask_often(struct kept *k, uint32_t uid, size_t most, size_t *done)
{
	struct incident_reading reading = {
		{.all = !uid, .uid = uid, .limit = 1}, ignore, count_done, done};
	size_t taken = 0;
	int r = 0;

	while (taken < most && !(r = store_read(k->store, &reading)))
		taken++;
	assert_true(taken == most || r == -ENOBUFS);
	return taken;
}

/* Who asks and goes away leaves the question behind: so many of each wait and no more. */
static void questions_are_bounded(void **state)
{
	struct kept *k = *state;
	size_t done = 0, taken;
	int hold;

	store_found_free(begin(k));
	hold = hold_the_thread(k);
	taken = ask_often(k, 1000, 1000, &done);
	assert_int_equal(taken, STORE_USER_READS);
	for (uint32_t uid = 1001; uid < 1100; uid++)
		taken += ask_often(k, uid, 1000, &done);
	assert_int_equal(taken, STORE_ORDINARY_READS);
	taken += ask_often(k, 0, 1000, &done);
	assert_int_equal(taken, STORE_READS);
	close(hold);
	await(k, done == taken);
	assert_int_equal(ask_often(k, 1000, 1, &done), 1);
	await(k, done == taken + 1);
	end(k);
}

/* How large the file of sites was as each question was answered. */
struct sizes {
	const struct kept *k;
	size_t count, done;
	off_t sizes[10];
};

static void note_size(const struct incident *incident, const char *box, size_t length, void *data)
{
	struct sizes *sizes = data;
	struct stat st = {};

	(void)incident, (void)box, (void)length;
	stat(path_in(sizes->k, "sites"), &st);
	if (sizes->count < 10)
		sizes->sizes[sizes->count++] = st.st_size;
}

static void note_done(int result, void *data)
{
	count_done(result, &((struct sizes *)data)->done);
}

/* However many ask, all else is done as well. */
static void questions_take_turns(void **state)
{
	struct kept *k = *state;
	struct sizes sizes = {.k = k};
	struct incident_reading reading = {{.all = true, .limit = 1}, note_size, note_done, &sizes};
	int hold;

	store_found_free(begin(k));
	fill(k, 1, false);
	hold = hold_the_thread(k);
	for (int i = 0; i < 10; i++)
		assert_int_equal(store_read(k->store, &reading), 0);
	assert_int_equal(store_put_sites(k->store, STORE_SITES_ADD, "one", 3), 0);
	close(hold);
	await(k, sizes.done == 10);
	assert_true(sizes.sizes[9] > sizes.sizes[0]);
	end(k);
}

static int make_noise(const void *data, char **text, size_t *length)
{
	unsigned int seed = *(const unsigned int *)data;

	*length = 100000;
	*text = malloc(*length);
	for (size_t i = 0; i < *length; i++)
		(*text)[i] = (char)rand_r(&seed);
	return 0;
}

/* The oldest that are over go; what is open stays. */
static void size_is_kept(void **state)
{
	struct kept *k = *state;
	struct answer answer;
	struct stat st;

	k->config.max_bytes = 2 << 20;
	store_found_free(begin(k));
	for (unsigned int i = 0; i < 60; i++) {
		struct incident incident = an_incident(ID + i);
		unsigned int *seed = malloc(sizeof(*seed));
		struct store_box box = {ID + i, 100000, make_noise, free, seed};

		*seed = i;
		if (i)
			incident.ended = ID + 100 + i;
		store_put(k->store, &incident);
		store_put_box(k->store, &box);
	}
	await(k, (answer = ask_all(k)).count > 0 && answer.count < 30 &&
			 !stat(path_in(k, "incidents.db"), &st) && st.st_size < 3 << 20);
	assert_true(answer.count > 10);
	assert_int_equal(answer.incidents[0].id, ID + 59);
	assert_int_equal(answer.incidents[answer.count - 1].id, ID); /* open */
	end(k);
}

static void age_is_kept(void **state)
{
	struct kept *k = *state;
	struct timespec now;
	struct incident young;

	clock_gettime(CLOCK_REALTIME, &now);
	k->config.retention = 3600;
	store_found_free(begin(k));
	fill(k, 200, true); /* of another day, whichever it is */
	for (int i = 0; i < 3; i++) {
		young = an_incident((uint64_t)(now.tv_sec - 60 * i) * 1000000);
		young.ended = young.id;
		store_put(k->store, &young);
	}
	end(k);
	store_found_free(begin(k));
	await(k, ask_all(k).count == 3);
	end(k);
}

static int incident_ended(struct kept *k, uint64_t seconds_ago, uint64_t now)
{
	struct incident incident = an_incident((now - seconds_ago) * 1000000);

	incident.ended = incident.id;
	return store_put(k->store, &incident);
}

/* The clock is ahead by ten days, or the host was off: what was kept when it was last right stays.
 */
static void a_clock_that_is_ahead(void **state)
{
	struct kept *k = *state;
	uint64_t now = (uint64_t)time(NULL), last = now - 10 * 86400;
	struct timespec then[2] = {{.tv_sec = (time_t)last}, {.tv_sec = (time_t)last}};
	struct answer answer;
	struct stat st;

	k->config.retention = 3600;
	store_found_free(begin(k));
	end(k);
	assert_int_equal(utimensat(AT_FDCWD, path_in(k, "lock"), then, 0), 0);
	store_found_free(begin(k));
	assert_int_equal(incident_ended(k, 7200, last), 0);
	assert_int_equal(incident_ended(k, 60, last), 0);
	assert_int_equal(incident_ended(k, 0, now), 0);
	end(k);
	store_found_free(begin(k)); /* which sweeps at once */
	await(k, (answer = ask_all(k)).count < 3);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.incidents[1].id, (last - 60) * 1000000);
	end(k);
	assert_int_equal(stat(path_in(k, "lock"), &st), 0);
	assert_in_range(st.st_mtime, last, last + 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEPT(damaged_head),
		KEPT(damaged_within),
		KEPT(another_programs_file),
		KEPT(others_in_place_of_ours),
		KEPT(removed_folder),
		KEPT(nothing_is_shared),
		KEPT(no_link_is_followed),
		KEPT(a_newer_file_is_left_alone),
		KEPT(full_disk),
		KEPT(no_folder),
		KEPT(one_daemon_a_folder),
		KEPT(the_queue_is_bounded),
		KEPT(questions_are_bounded),
		KEPT(questions_take_turns),
		KEPT(size_is_kept),
		KEPT(age_is_kept),
		KEPT(a_clock_that_is_ahead),
	};

	return RUN_TESTS(tests);
}
