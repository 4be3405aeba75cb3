// SPDX-License-Identifier: BSD-2-Clause
/* With the real store, in a folder of its own. */
#include "incidents/histories.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "model/forecast.h"

#define SECOND 1000000ULL
#define BOOT "11111111-2222-3333-4444-555555555555"
#define WAIT_MSEC 20000
#define LIMIT 1000

struct world {
	char folder[64];
	struct store_config config;
	struct store *store;
	struct store_found *found;
	struct table *table;
	struct histories *histories;
	struct history *programs;
};

static void ignore(int level, const char *line, void *data)
{
	(void)level, (void)line, (void)data;
}

static void ignore_renewal(void *data)
{
	(void)data;
}

static void begin(struct world *w)
{
	const struct store_calls calls = {.log = ignore, .renewed = ignore_renewal};

	w->store = store_new(&w->config, BOOT, &calls);
	assert_non_null(w->store);
	w->found = store_load(w->store, WAIT_MSEC);
	assert_non_null(w->found);
	w->programs = history_new(4);
	w->histories = histories_new(w->store, w->found, w->programs);
	w->table = table_new();
	table_begin_poll(w->table);
}

static void end(struct world *w)
{
	store_free(w->store);
	histories_free(w->histories);
	history_free(w->programs);
	store_found_free(w->found);
	table_free(w->table);
}

static int make_folder(void **state)
{
	static struct world world;

	world = (struct world){.config = {.retention = 1e9, .max_bytes = 1 << 20, .retry = 1}};
	PUT_TEXT(world.folder, "/tmp/fdwatch-histories-XXXXXX");
	if (!mkdtemp(world.folder))
		return -1;
	snprintf(world.config.folder, sizeof(world.config.folder), "%s", world.folder);
	*state = &world;
	return 0;
}

static int remove_folder(void **state)
{
	const struct world *w = *state;

	return run_shell("rm -r %s", w->folder);
}

static struct process *add(struct world *w, int32_t pid)
{
	struct process_sample sample = {.pid = pid, .start_time = 7, .soft_limit = LIMIT};
	struct process *p;

	assert_int_equal(table_update(w->table, &sample, &p, NULL), TABLE_NEW);
	return p;
}

/* Feeds its forecast a count a second: steady for 0 a second. */
static void feed(struct process *p, uint32_t first, uint32_t a_second, unsigned int seconds)
{
	if (!p->forecast)
		p->forecast = forecast_new();
	for (unsigned int i = 0; i < seconds; i++) {
		struct forecast_sample sample = {
			.t = (i + 1) * SECOND,
			.live = first + i * a_second,
			.limit = LIMIT,
		};

		assert_int_equal(forecast_add(p->forecast, &sample, NULL), 0);
	}
	p->state = forecast_state(p->forecast);
}

static void a_forecast_goes_on(void **state)
{
	struct world *w = *state;
	const struct forecast_sample next = {.t = 43 * SECOND, .live = 850, .limit = LIMIT};
	struct process *growing, *quiet, *other;
	double eta;

	begin(w);
	growing = add(w, 10);
	quiet = add(w, 20);
	feed(growing, 10, 20, 42);
	feed(quiet, 5, 0, 35);
	assert_true(growing->state >= STATE_WARNING);
	eta = forecast_eta(growing->forecast).eta;
	histories_save(w->histories, w->table, 42 * SECOND, false);
	end(w);

	begin(w);
	assert_int_equal(w->found->history_count, 1); /* the quiet one's turn has not come */
	growing = add(w, 10);
	other = add(w, 11);
	histories_recall(w->histories, growing);
	histories_recall(w->histories, other);
	assert_true(growing->history.recalled);
	assert_false(other->history.recalled);
	assert_null(other->forecast);
	assert_int_equal(forecast_add(growing->forecast, &next, NULL), 0);
	assert_true(fabs(forecast_eta(growing->forecast).eta - (eta - 1)) < 1);
	assert_true(forecast_state(growing->forecast) >= STATE_WARNING);
	histories_settle(w->histories);
	end(w);
}

static void a_reused_pid_gets_nothing(void **state)
{
	struct world *w = *state;
	struct process_sample sample = {.pid = 10, .start_time = 8};
	struct process *p;

	begin(w);
	feed(add(w, 10), 10, 20, 35);
	histories_save(w->histories, w->table, 35 * SECOND, true);
	end(w);
	begin(w);
	table_update(w->table, &sample, &p, NULL);
	histories_recall(w->histories, p);
	assert_null(p->forecast);
	histories_settle(w->histories);
	end(w);
}

/* A program's two runs that ended badly, each in a daemon of its own. */
static void programs_are_remembered(void **state)
{
	struct world *w = *state;

	for (int run = 0; run < 3; run++) {
		begin(w);
		assert_float_equal(history_sensitivity(w->programs, "a.service", "leaky"),
				   1 + run / 2.0, 0);
		assert_int_equal(w->found->history_count, run > 0);
		feed(add(w, 10), 10, 20, 35);
		history_add(w->programs, "a.service", "leaky", true);
		histories_save(w->histories, w->table, 35 * SECOND, false);
		histories_settle(w->histories);
		end(w);
	}
}

/* All are saved at the end; slots of those that have ended are taken again. */
static void slots_are_used_again(void **state)
{
	struct world *w = *state;
	struct process *p;
	struct stat st;
	char path[96];
	off_t size;

	snprintf(path, sizeof(path), "%s/history", w->folder);
	begin(w);
	for (int32_t pid = 1; pid <= 20; pid++)
		feed(add(w, pid), 5, 0, 5);
	histories_save(w->histories, w->table, SECOND, true);
	end(w);
	assert_int_equal(stat(path, &st), 0);
	size = st.st_size;
	begin(w);
	assert_int_equal(w->found->history_count, 20);
	for (int32_t pid = 11; pid <= 20; pid++)
		histories_recall(w->histories, add(w, pid));
	histories_settle(w->histories);
	for (int32_t pid = 21; pid <= 30; pid++)
		feed(add(w, pid), 5, 0, 5);
	p = table_find(w->table, 30);
	histories_save(w->histories, w->table, SECOND, true);
	histories_forget(w->histories, p);
	assert_int_equal(p->history.slot, 0);
	feed(add(w, 31), 5, 0, 5);
	histories_save(w->histories, w->table, SECOND, true);
	end(w);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= size + 2 * 16384); /* one more lived at once, and halves */
	begin(w);
	for (int32_t pid = 11; pid <= 29; pid++) {
		histories_recall(w->histories, p = add(w, pid));
		assert_true(p->history.recalled);
	}
	end(w);
}

/* Of hundreds that move and do not grow, one poll writes what its share allows. */
static void writing_is_bounded(void **state)
{
	struct world *w = *state;
	size_t saved = 0, before;

	begin(w);
	for (int32_t pid = 1; pid <= 600; pid++) {
		struct process *p = add(w, pid);

		feed(p, 100, 0, 5);
		for (uint64_t t = 6; t < 200; t++) {
			struct forecast_sample sample = {
				.t = t * SECOND, .live = t % 2 ? 100 : 200, .limit = 100000};

			forecast_add(p->forecast, &sample, NULL);
		}
		p->state = STATE_OK;
		p->history.due = 1;
	}
	histories_save(w->histories, w->table, 1000 * SECOND, false);
	for (struct process *p = table_next(w->table, NULL); p; p = table_next(w->table, p))
		saved += p->history.due > 1000 * SECOND;
	assert_in_range(saved, 1, 500);
	for (uint64_t now = 1001; now < 1060 && saved < 600; now++) {
		before = saved;
		histories_save(w->histories, w->table, now * SECOND, false);
		saved = 0;
		for (struct process *p = table_next(w->table, NULL); p; p = table_next(w->table, p))
			saved += p->history.due > 1000 * SECOND;
		assert_true(saved > before);
	}
	assert_int_equal(saved, 600);
	end(w);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_forecast_goes_on),      IN_FOLDER(a_reused_pid_gets_nothing),
		IN_FOLDER(programs_are_remembered), IN_FOLDER(slots_are_used_again),
		IN_FOLDER(writing_is_bounded),
	};

	return RUN_TESTS(tests);
}
