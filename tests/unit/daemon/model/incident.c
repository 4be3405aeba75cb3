// SPDX-License-Identifier: BSD-2-Clause
#include "model/incident.h"

#include <string.h>

#include "check.h"

static struct process a_process(enum process_state state, uint32_t fds)
{
	struct process p = {
		.state = state,
		.sample = {.pid = 7,
			   .start_time = 70,
			   .fds = fds,
			   .soft_limit = 1024,
			   .uid = 5,
			   .euid = 5,
			   .suid = 5,
			   .dumpable = true,
			   .comm = "leak"},
		.identity = {.unit = "leak.service"},
	};

	return p;
}

static enum incident_step step(struct incident *i, const struct process *p, uint64_t now)
{
	return incident_update(i, p, 60, now, now);
}

static struct incident opened(enum process_state state, uint64_t now)
{
	struct process growing = a_process(STATE_GROWING, 100), p = a_process(state, 500);
	struct incident i;

	incident_watch(&i, &growing, now - 50);
	assert_int_equal(step(&i, &growing, now - 20), INCIDENT_SAME);
	assert_int_equal(i.id, 0);
	assert_int_equal(step(&i, &p, now), INCIDENT_OPENED);
	return i;
}

static void opens_with_its_first_sign(void **state)
{
	struct incident i = opened(STATE_WARNING, 1000);

	(void)state;
	assert_int_equal(i.id, 1000);
	assert_int_equal(i.began, 950);
	assert_int_equal(i.opened, 1000);
	assert_int_equal(i.ended, 0);
	assert_int_equal(i.previous, STATE_GROWING);
	assert_int_equal(i.fds, 500);
	assert_string_equal(i.comm, "leak");
	assert_string_equal(i.unit, "leak.service");
}

static void without_a_sign_it_begins_when_it_opens(void **state)
{
	struct process p = a_process(STATE_EXHAUSTED, 1024);
	struct incident i;

	(void)state;
	incident_watch(&i, &p, 0);
	assert_int_equal(step(&i, &p, 1000), INCIDENT_OPENED);
	assert_int_equal(i.began, 1000);
	assert_int_equal(i.previous, STATE_OK);
	incident_watch(&i, &p, 2000); /* the clock was put back */
	assert_int_equal(step(&i, &p, 1000), INCIDENT_OPENED);
	assert_int_equal(i.began, 1000);
}

static void follows_the_state_and_ends(void **state)
{
	static const enum process_state ends[] = {STATE_OK, STATE_GROWING};

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct incident i = opened(STATE_WARNING, 1000);
		struct process critical = a_process(STATE_CRITICAL, 900),
			       warning = a_process(STATE_WARNING, 700),
			       over = a_process(ends[n], 300);

		assert_int_equal(step(&i, &critical, 1010), INCIDENT_CHANGED);
		assert_int_equal(step(&i, &critical, 1020), INCIDENT_SAME);
		assert_int_equal(i.changed, 1010);
		assert_int_equal(step(&i, &warning, 1030), INCIDENT_CHANGED);
		assert_int_equal(i.previous, STATE_CRITICAL);
		assert_int_equal(step(&i, &over, 1040), INCIDENT_ENDED);
		assert_int_equal(i.ended, 1040);
		assert_int_equal(i.end, INCIDENT_RECOVERED);
		assert_int_equal(i.worst, STATE_CRITICAL);
		assert_int_equal(i.fds_highest, 900);
		assert_int_equal(i.fds, 300);
		assert_int_equal(step(&i, &critical, 1050), INCIDENT_SAME);
		incident_finish(&i, INCIDENT_EXITED, 1060);
		assert_int_equal(i.end, INCIDENT_RECOVERED);
	}
}

static void the_clock_is_set(void **state)
{
	struct process over = a_process(STATE_OK, 300);
	struct incident i = opened(STATE_WARNING, 10000), latent;

	(void)state;
	incident_shift(&i, -4000);
	assert_int_equal(i.began, 5950);
	assert_int_equal(i.opened, 6000);
	assert_int_equal(i.changed, 6000);
	assert_int_equal(i.id, 10000);
	assert_int_equal(i.ended, 0);
	incident_shift(&i, 3000);
	assert_int_equal(i.opened, 9000);
	assert_int_equal(step(&i, &over, 9100), INCIDENT_ENDED);
	assert_int_equal(i.ended, 9100);
	incident_shift(&i, 500); /* what is over stays */
	assert_int_equal(i.opened, 9000);
	assert_int_equal(i.ended, 9100);
	incident_watch(&latent, &over, 0);
	incident_shift(&latent, 500);
	assert_int_equal(latent.began, 0);
	latent.began = 400;
	incident_shift(&latent, -500); /* it is bytes from a disk, maybe */
	assert_int_equal(latent.began, 400);
}

/* Nobody saw it set: the times of one incident never go back. */
static void no_end_before_its_beginning(void **state)
{
	struct incident i = opened(STATE_WARNING, 10000);
	struct process critical = a_process(STATE_CRITICAL, 900);

	(void)state;
	assert_int_equal(step(&i, &critical, 7000), INCIDENT_CHANGED);
	assert_int_equal(i.changed, 10000);
	incident_finish(&i, INCIDENT_EXITED, 8000);
	assert_int_equal(i.ended, 10000);
}

static void never_opens_while_it_only_grows(void **state)
{
	struct process growing = a_process(STATE_GROWING, 100), ok = a_process(STATE_OK, 100);
	struct incident i;

	(void)state;
	incident_watch(&i, &growing, 900);
	assert_int_equal(step(&i, &growing, 1000), INCIDENT_SAME);
	assert_int_equal(step(&i, &ok, 1000), INCIDENT_SAME);
	assert_int_equal(i.id, 0);
	incident_refuse(&i, CAUSE_NOFILE);
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_NONE);
}

/* Totals count what happened since its first sign; what is told beside a look is counted once. */
static void counts_refusals(void **state)
{
	struct process p = a_process(STATE_GROWING, 500);
	struct incident i;

	(void)state;
	p.refusals_before[CAUSE_NOFILE] = 8;
	p.refusals_before[CAUSE_INOTIFY] = 2;
	p.sample.refusals[CAUSE_NOFILE] = 10;
	p.sample.refusals[CAUSE_INOTIFY] = 2;
	incident_watch(&i, &p, 0);
	incident_refuse(&i, CAUSE_NOFILE);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 1);
	p.state = STATE_EXHAUSTED;
	step(&i, &p, 1000);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 1);
	p.sample.refusals[CAUSE_NOFILE] = 11;
	incident_count(&i, &p);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 3);
	assert_int_equal(i.refusals[CAUSE_INOTIFY], 0);
	incident_refuse(&i, CAUSE_NOFILE);
	step(&i, &p, 1010);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 3);
	p.sample.refusals[CAUSE_NOFILE] = 3; /* counted anew: what is known stays */
	incident_count(&i, &p);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 3);
	incident_finish(&i, INCIDENT_EXITED, 1020);
	incident_refuse(&i, CAUSE_NOFILE);
	assert_int_equal(i.refusals[CAUSE_NOFILE], 3);
}

static void wants_a_box_at_critical_and_at_a_refusal(void **state)
{
	struct incident i = opened(STATE_WARNING, 1000);
	struct process critical = a_process(STATE_CRITICAL, 900);

	(void)state;
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_NONE);
	step(&i, &critical, 1010);
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_CRITICAL);
	i.box = INCIDENT_BOX_CRITICAL;
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_NONE);
	incident_refuse(&i, CAUSE_NOFILE);
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_REFUSAL);
	i.box = INCIDENT_BOX_REFUSAL;
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_NONE);
	i = opened(STATE_EXHAUSTED, 1000);
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_REFUSAL);
	incident_finish(&i, INCIDENT_EXITED, 1001);
	assert_int_equal(incident_wants_box(&i), INCIDENT_BOX_NONE);
}

/* Who was once another's is not shown to its user any more, whatever it is later. */
static void once_anothers_it_stays_hidden(void **state)
{
	struct incident i = opened(STATE_WARNING, 1000);
	struct process p = a_process(STATE_WARNING, 500);

	(void)state;
	assert_true(i.dumpable);
	p.sample.euid = 0;
	step(&i, &p, 1010);
	assert_false(i.dumpable);
	p.sample.euid = 5;
	step(&i, &p, 1020);
	assert_false(i.dumpable);
	assert_int_equal(i.euid, 5);
}

static void ids_rise(void **state)
{
	(void)state;
	assert_int_equal(incident_next_id(0, 1000), 1000);
	assert_int_equal(incident_next_id(1000, 1000), 1001);
	assert_int_equal(incident_next_id(2000, 1000), 2001);
}

static void every_name_is_there(void **state)
{
	(void)state;
	for (int type = 0; type < INCIDENT_TYPE_COUNT; type++)
		assert_non_null(incident_type_name((enum incident_type)type));
	assert_null(incident_end_name(INCIDENT_OPEN));
	for (int end = INCIDENT_OPEN + 1; end < INCIDENT_END_COUNT; end++)
		assert_non_null(incident_end_name((enum incident_end)end));
	assert_null(incident_box_name(INCIDENT_BOX_NONE));
	assert_string_equal(incident_box_name(INCIDENT_BOX_REFUSAL), "refusal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_with_its_first_sign),
		cmocka_unit_test(without_a_sign_it_begins_when_it_opens),
		cmocka_unit_test(follows_the_state_and_ends),
		cmocka_unit_test(the_clock_is_set),
		cmocka_unit_test(no_end_before_its_beginning),
		cmocka_unit_test(never_opens_while_it_only_grows),
		cmocka_unit_test(counts_refusals),
		cmocka_unit_test(wants_a_box_at_critical_and_at_a_refusal),
		cmocka_unit_test(once_anothers_it_stays_hidden),
		cmocka_unit_test(ids_rise),
		cmocka_unit_test(every_name_is_there),
	};

	return RUN_TESTS(tests);
}
