// SPDX-License-Identifier: BSD-2-Clause
/* What outlives the daemon, and what edited files do. */
#include "daemon/store/kept.h"

static void keeps_over_a_restart(void **state)
{
	struct kept *k = *state;
	struct incident open = an_incident(ID), over = an_incident(ID + 1);
	struct store_found *found = begin(k);
	struct answer answer;
	struct stat st;

	assert_non_null(found);
	assert_int_equal(found->incident_count + found->notice_count + found->history_count, 0);
	assert_int_equal(stat(k->config.folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	store_found_free(found);
	over.ended = ID + 9;
	over.end = INCIDENT_EXITED;
	over.soft_limit = LIMIT_INFINITY;
	assert_int_equal(store_put(k->store, &open), 0);
	assert_int_equal(store_put(k->store, &over), 0);
	put_box(k, ID, "{\"kinds\":{}}");
	end(k);
	assert_int_equal(stat(path_in(k, "incidents.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	found = begin(k);
	assert_int_equal(found->incident_count, 1);
	assert_int_equal(found->last_id, ID + 1);
	assert_true(found->incidents[0].same_boot);
	open.eta = found->incidents[0].incident.eta = 0;
	assert_memory_equal(&found->incidents[0].incident, &open, sizeof(open));
	store_found_free(found);
	answer = ask_all(k);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.incidents[0].id, ID + 1); /* the newest first */
	assert_int_equal(answer.incidents[0].soft_limit, LIMIT_INFINITY);
	assert_int_equal(answer.incidents[0].end, INCIDENT_EXITED);
	assert_null(answer.box);
	answer = ask(k, (struct incident_query){.all = true, .limit = 1, .id = ID});
	assert_int_equal(answer.count, 1);
	assert_string_equal(answer.box, "{\"kinds\":{}}");
	free(answer.box);
	end(k);
	assert_string_equal(k->said, "");

	found = begin_boot(k, OTHER_BOOT);
	assert_int_equal(found->incident_count, 1);
	assert_false(found->incidents[0].same_boot);
	store_found_free(found);
	end(k);
}

static void shows_users_their_own(void **state)
{
	struct kept *k = *state;
	struct incident mine = an_incident(ID), hidden = an_incident(ID + 1),
			setuid = an_incident(ID + 2);
	struct answer answer;

	store_found_free(begin(k));
	hidden.dumpable = false;
	setuid.euid = 0;
	store_put(k->store, &mine);
	store_put(k->store, &hidden);
	store_put(k->store, &setuid);
	answer = ask(k, (struct incident_query){.limit = 100, .uid = 1000});
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.incidents[0].id, ID);
	assert_int_equal(ask(k, (struct incident_query){.limit = 9, .uid = 0}).count, 0);
	assert_int_equal(
		ask(k, (struct incident_query){.limit = 9, .uid = 1000, .id = ID + 1}).count, 0);
	assert_int_equal(ask_all(k).count, 3);
	assert_int_equal(ask(k, (struct incident_query){.limit = 2, .all = true}).count, 2);
	end(k);
}

static struct notice a_notice(uint64_t event, enum notice_step step)
{
	struct notice n;

	memset(&n, 0, sizeof(n));
	n.event_id = event;
	n.incident = ID;
	n.step = step;
	n.cause = CAUSE_COUNT;
	PUT_TEXT(n.comm, "leak");
	return n;
}

static void keeps_what_is_untold(void **state)
{
	struct kept *k = *state;
	struct notice raised = a_notice(ID + 1, NOTICE_RAISED),
		      changed = a_notice(ID + 2, NOTICE_CHANGED),
		      ended = a_notice(ID + 3, NOTICE_ENDED);
	struct store_found *found;

	store_found_free(begin(k));
	fill(k, 1, false);
	store_put_notice(k->store, &raised, 3);
	store_put_notice(k->store, &changed, 3);
	await(k, k->kept_id == ID + 2);
	store_told(k->store, ID + 1, 1);
	store_told(k->store, ID + 2, 1);
	store_told(k->store, ID + 2, 2);
	end(k);
	found = begin(k);
	assert_int_equal(found->notice_count, 2);
	assert_int_equal(found->last_id, ID + 2);
	assert_int_equal(found->notices[0].channels, 2);
	assert_memory_equal(&found->notices[0].notice, &raised, sizeof(raised));
	assert_false(found->notices[0].last);
	assert_int_equal(found->notices[1].channels, 0); /* told */
	assert_true(found->notices[1].last);
	store_found_free(found);
	store_told(k->store, ID + 1, 2);
	store_put_notice(k->store, &ended, 0);
	end(k);
	found = begin(k);
	assert_int_equal(found->notice_count, 0);
	store_found_free(found);
	end(k);
}

/* What ended without a word of it, as while its disk took nothing, is not told to stand. */
static void no_alarm_outlives_its_incident(void **state)
{
	struct kept *k = *state;
	struct notice raised = a_notice(ID + 1, NOTICE_RAISED),
		      changed = a_notice(ID + 2, NOTICE_CHANGED),
		      ended = a_notice(ID + 3, NOTICE_ENDED);
	struct store_found *found;

	store_found_free(begin(k));
	fill(k, 1, false);
	store_put_notice(k->store, &raised, 1);
	store_put_notice(k->store, &changed, 0);
	fill(k, 1, true);
	end(k);
	found = begin(k);
	assert_int_equal(found->incident_count + found->notice_count, 0);
	store_found_free(found);
	store_put_notice(k->store, &raised, 1);
	store_put_notice(k->store, &ended, 1);
	end(k);
	found = begin(k);
	assert_int_equal(found->notice_count, 2); /* of a whole one all is told that waits */
	assert_false(found->notices[0].last || found->notices[1].last);
	store_found_free(found);
	end(k);
}

/* A step's incident and its notice; who waits for it is told where there is no disk, too. */
static void keeps_steps_whole(void **state)
{
	struct kept *k = *state;
	struct incident incident = an_incident(ID);
	struct notice raised = a_notice(ID, NOTICE_RAISED),
		      changed = a_notice(ID + 1, NOTICE_CHANGED);
	struct store_found *found;

	store_found_free(begin(k));
	store_put_step(k->store, &incident, &raised, 3);
	await(k, k->kept_id == ID);
	end(k);
	found = begin(k);
	assert_int_equal(found->incident_count, 1);
	assert_int_equal(found->notice_count, 1);
	store_found_free(found);
	end(k);
	snprintf(k->config.folder, sizeof(k->config.folder), "%s/not/there", k->folder);
	store_found_free(begin(k));
	store_put_step(k->store, &incident, &changed, 3);
	await(k, k->kept_id == ID + 1);
	end(k);
}

/* Each in a row of its own, which is left out; the others stay. */
static void edited_rows_are_left_out(void **state)
{
	static const char *const edits[] = {
		"state = 99",
		"type = -1",
		"comm = 'longer than a name may be'",
		"unit = CAST(x'6100ff' AS TEXT)",
		"pid = 4294967296",
		"fds = 'many'",
		"dumpable = 2",
		"refusals = '1 2 3'",
		"refusals = '1 2 3 4 5 6 7 8'",
		"refusals = NULL",
		"began = -1",
		"boot = zeroblob(1000000)",
	};
	size_t count = sizeof(edits) / sizeof(edits[0]);
	struct kept *k = *state;
	struct notice notice = a_notice(ID + 500, NOTICE_RAISED);
	struct store_found *found;
	struct answer answer;
	char sql[256];

	store_found_free(begin(k));
	for (size_t i = 0; i <= count; i++) {
		struct incident incident = an_incident(ID + i);

		store_put(k->store, &incident);
	}
	put_box(k, ID + count, "text");
	store_put_notice(k->store, &notice, 1);
	end(k);
	for (size_t i = 0; i < count; i++) {
		snprintf(sql, sizeof(sql), "UPDATE incident SET %s WHERE id = %llu", edits[i],
			 ID + i);
		run_sql(k, sql);
	}
	run_sql(k, "UPDATE box SET size = 999999999999");
	run_sql(k, "UPDATE notice SET body = zeroblob(length(body))");
	run_sql(k, "CREATE TRIGGER t AFTER UPDATE ON incident BEGIN DELETE FROM box; END;"
		   "INSERT INTO notice (event, incident, waiting, body) "
		   "VALUES (9000000000000000000, 1, 1, 'x')");
	found = begin(k);
	assert_int_equal(found->incident_count, 1);
	assert_int_equal(found->notice_count, 0);
	assert_true(found->last_id < ID + 1000); /* no id to come is above what it may be */
	store_found_free(found);
	answer = ask_all(k);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.incidents[0].id, ID + count);
	answer = ask(k, (struct incident_query){.id = ID + count, .all = true, .limit = 1});
	assert_int_equal(answer.count, 1);
	assert_null(answer.box);
	end(k);
}

/* Until it is killed: where the queue is full, what is put next is not kept, and that is well. */
static void write_on(struct kept *k, int told)
{
	struct incident incident;

	store_found_free(begin(k));
	fill(k, 10, false);
	assert_int_equal(ask_all(k).count, 10);
	assert_int_equal(write(told, "x", 1), 1);
	for (uint64_t i = 0;; i++) {
		incident = an_incident(ID + i % 100);
		store_put(k->store, &incident);
	}
}

static void killed_while_it_writes(void **state)
{
	struct kept *k = *state;
	struct store_found *found;
	int told[2], status;
	pid_t child;
	char byte;

	assert_int_equal(pipe(told), 0);
	child = fork_test();
	if (child == 0) {
		close(told[0]);
		write_on(k, told[1]);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &byte, 1), 1);
	close(told[0]);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_int_equal(status, SIGKILL); /* no assertion's abort() */
	found = begin(k);
	assert_true(found->incident_count >= 10);
	assert_string_equal(k->said, "");
	store_found_free(found);
	end(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEPT(keeps_over_a_restart),           KEPT(shows_users_their_own),
		KEPT(keeps_what_is_untold),           KEPT(keeps_steps_whole),
		KEPT(no_alarm_outlives_its_incident), KEPT(edited_rows_are_left_out),
		KEPT(killed_while_it_writes),
	};

	return RUN_TESTS(tests);
}
