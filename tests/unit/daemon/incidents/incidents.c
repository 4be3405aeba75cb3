// SPDX-License-Identifier: BSD-2-Clause
/* With the real store in a folder of its own, and a table of hand-made processes. */
#include "incidents/state.h"
#include "model/event.h"
#include "store/state.h"

/* Behind failure.h: cmocka has a fail() of its own. */
#include "daemon/store/kept.h"

#define SECOND 1000000ULL
#define PID 4711

/* The daemon's own part, beside what kept.h looks at the same files with. */
struct daemon {
	sd_event *loop;
	struct status status;
	struct watch watch;
	struct incidents *incidents;
	struct process *p;
};

static void ignore_log(int level, const char *line, void *data)
{
	(void)level, (void)line, (void)data;
}

static void set_up(struct daemon *d, const struct kept *k)
{
	struct process_sample sample = {
		.pid = PID, .start_time = 7, .soft_limit = 1024, .fds = 900, .comm = "leak"};
	struct failure failure;
	struct config config;

	*d = (struct daemon){};
	config_defaults(&config);
	config.notify.journal = false;
	config.incidents = k->config;
	snprintf(config.state_dir, sizeof(config.state_dir), "%s", k->config.folder);
	assert_true(sd_event_new(&d->loop) >= 0);
	d->watch = (struct watch){
		.status = &d->status,
		.users = users_new(),
		.table = table_new(),
		.shared = shared_new(),
		.history = history_new(4),
		.now = 100 * SECOND,
	};
	assert_int_equal(
		incidents_open(&d->incidents, d->loop, &d->watch, &config, ignore_log, &failure),
		0);
	table_begin_poll(d->watch.table);
	assert_int_equal(table_update(d->watch.table, &sample, &d->p, NULL), TABLE_NEW);
	incidents_resume(d->incidents);
}

static void tear_down(struct daemon *d)
{
	incidents_close(d->incidents);
	history_free(d->watch.history);
	shared_free(d->watch.shared);
	table_free(d->watch.table);
	users_free(d->watch.users);
	sd_event_unref(d->loop);
}

static void set_state(struct daemon *d, enum process_state state)
{
	struct event event = {.type = EVENT_STATE};

	d->p->state = state;
	d->watch.hooks.event(d->p, &event, d->watch.hooks.data);
}

/* What the daemon that follows finds. */
static struct store_found *found_after(struct daemon *d, struct kept *k)
{
	struct store_found *found;

	tear_down(d);
	found = begin(k);
	assert_non_null(found);
	end(k);
	return found;
}

/* What a poll puts meets a file that is gone, and then a new one. */
static bool is_made_anew(struct daemon *d, const struct kept *k)
{
	d->watch.now += 11 * SECOND;
	d->p->sample.fds++;
	incidents_polled(d->incidents);
	return access(path_in(k, "incidents.db"), F_OK) == 0;
}

/* Nothing else is told of: the store has begun anew, and an alarm stands. */
static void an_alarm_is_put_anew(void **state)
{
	struct kept *k = *state;
	struct store_found *found;
	struct daemon d;

	set_up(&d, k);
	set_state(&d, STATE_WARNING);
	assert_int_equal(run_shell("rm -r %s", k->config.folder), 0);
	k->store = d.incidents->store;
	await(k, is_made_anew(&d, k));
	found = found_after(&d, k);
	assert_int_equal(found->incident_count, 1);
	assert_int_equal(found->notice_count, 1);
	assert_true(found->notices[0].last);
	assert_int_equal(found->notices[0].channels, 0);
	assert_int_equal(found->notices[0].notice.state, STATE_WARNING);
	store_found_free(found);
}

/* In a queue that is full; the next polls find it empty. */
static void set_state_unkept(struct daemon *d, struct kept *k, enum process_state state)
{
	struct incident filling = an_incident(ID);
	int hold;

	k->store = d->incidents->store;
	hold = hold_the_thread(k);
	filling.ended = ID;
	while (!store_put(k->store, &filling))
		;
	set_state(d, state);
	close(hold);
	await(k, k->store->write_count == 0);
	incidents_polled(d->incidents);
}

/* So Alertmanager is neither told for ever of what is over, nor never again of what stands. */
static void steps_come_after_a_full_queue(void **state)
{
	struct kept *k = *state;
	struct store_found *found;
	struct daemon d;

	set_up(&d, k);
	set_state_unkept(&d, k, STATE_WARNING);
	found = found_after(&d, k);
	assert_int_equal(found->incident_count, 1);
	assert_int_equal(found->notice_count, 1);
	assert_true(found->notices[0].last);
	store_found_free(found);
	set_up(&d, k);
	d.watch.now += 100 * SECOND; /* that the alarm stands is not doubted any more */
	set_state_unkept(&d, k, STATE_OK);
	found = found_after(&d, k);
	assert_int_equal(found->incident_count + found->notice_count, 0);
	store_found_free(found);
}

/* However long a disk takes nothing, each alarm's counts wait there once. */
static void counts_wait_once(void **state)
{
	struct kept *k = *state;
	struct daemon d;
	int hold;

	set_up(&d, k);
	set_state(&d, STATE_WARNING);
	k->store = d.incidents->store;
	hold = hold_the_thread(k);
	for (int i = 0; i < 50; i++) {
		d.watch.now += 11 * SECOND;
		d.p->sample.fds++;
		incidents_polled(d.incidents);
	}
	assert_in_range(k->store->write_count, 1, 4); /* what holds it, the step, the counts */
	close(hold);
	await(k, k->store->write_count == 0);
	d.watch.now += 11 * SECOND;
	incidents_polled(d.incidents); /* and then what is newest */
	assert_int_equal(ask_all(k).incidents[0].fds_highest, 950);
	tear_down(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEPT(an_alarm_is_put_anew),
		KEPT(steps_come_after_a_full_queue),
		KEPT(counts_wait_once),
	};

	return RUN_TESTS(tests);
}
