// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/histories.h"

#include <math.h>
#include <stdlib.h>

#include "model/forecast.h"
#include "store/history.h"

#define SECOND 1000000ULL
#define EVERY_QUIET (1800 * SECOND)
#define EVERY_MOVING (300 * SECOND)
#define EVERY_LEAST SECOND
#define LOOKS 20         /* savings in the time that a growing process has left */
#define QUIET_BYTES 4096 /* a forecast that takes less has not moved */

struct histories {
	struct store *store;
	struct store_found *found; /* its histories, until all are recalled */
	uint32_t *free_slots;
	size_t free_count;
	uint32_t slots; /* given out so far */
	struct history *programs;
	uint64_t programs_saved; /* its changes then */
	uint32_t programs_turn;
	uint64_t filled_at;
	uint64_t budget, growing_budget; /* bytes that may be written now */
};

static void recall_programs(struct histories *h, const struct store_found *found)
{
	struct bytes_in in = {found->programs, found->programs_size, false};

	h->programs_turn = found->programs_turn + 1;
	if (history_restore(h->programs, &in))
		h->programs_saved = history_changes(h->programs);
}

struct histories *histories_new(struct store *store, struct store_found *found,
				struct history *programs)
{
	struct histories *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->free_slots = calloc(HISTORY_SLOTS, sizeof(*h->free_slots));
	if (!h->free_slots) {
		free(h);
		return NULL;
	}
	h->store = store;
	h->found = found;
	h->slots = HISTORY_PROGRAMS + 1;
	h->programs = programs;
	if (found && found->programs)
		recall_programs(h, found);
	return h;
}

void histories_free(struct histories *h)
{
	if (!h)
		return;
	free(h->free_slots);
	free(h);
}

void histories_recall(struct histories *h, struct process *p)
{
	struct store_history key = {.pid = p->sample.pid, .start_time = p->sample.start_time};
	struct store_history *found;

	if (!h->found || !h->found->history_count)
		return;
	found = bsearch(&key, h->found->histories, h->found->history_count, sizeof(key),
			store_history_compare);
	if (!found || !found->forecast || p->forecast)
		return;
	p->forecast = found->forecast;
	found->forecast = NULL;
	p->history.slot = found->slot + 1;
	p->history.turn = found->turn + 1;
	p->history.recalled = true;
}

/* Slots that nobody took over are free; new ones come behind the last that was found. */
void histories_settle(struct histories *h)
{
	if (!h->found)
		return;
	for (size_t i = 0; i < h->found->history_count; i++)
		if (h->slots <= h->found->histories[i].slot)
			h->slots = h->found->histories[i].slot + 1;
	for (size_t i = 0; i < h->found->history_count; i++)
		if (h->found->histories[i].forecast && h->free_count < HISTORY_SLOTS)
			h->free_slots[h->free_count++] = h->found->histories[i].slot;
	h->found = NULL;
}

/* False where all are taken. */
static bool give_slot(struct histories *h, struct process *p)
{
	if (p->history.slot)
		return true;
	if (h->free_count)
		p->history.slot = h->free_slots[--h->free_count] + 1;
	else if (h->slots < HISTORY_SLOTS)
		p->history.slot = ++h->slots;
	return p->history.slot;
}

void histories_forget(struct histories *h, struct process *p)
{
	if (p->history.slot && h->free_count < HISTORY_SLOTS)
		h->free_slots[h->free_count++] = p->history.slot - 1;
	p->history.slot = 0;
}

static uint64_t next_due(const struct process *p, uint64_t now)
{
	double eta = forecast_eta(p->forecast).eta;
	double usec;

	if (p->state < STATE_GROWING)
		return now +
		       (forecast_bytes(p->forecast) < QUIET_BYTES ? EVERY_QUIET : EVERY_MOVING);
	if (!isfinite(eta))
		eta = p->state >= STATE_WARNING ? 0 : INFINITY;
	usec = eta / LOOKS * (double)SECOND;
	if (usec < (double)EVERY_LEAST)
		return now + EVERY_LEAST;
	return now + (usec < (double)EVERY_MOVING ? (uint64_t)usec : EVERY_MOVING);
}

static void fill_budgets(struct histories *h, uint64_t now)
{
	uint64_t passed = h->filled_at ? now - h->filled_at : SECOND;

	if (passed > 10 * SECOND)
		passed = 10 * SECOND;
	h->filled_at = now;
	h->budget += passed * HISTORIES_BYTES / SECOND;
	h->growing_budget += passed * HISTORIES_GROWING_BYTES / SECOND;
	if (h->budget > 4 * HISTORIES_BYTES)
		h->budget = 4 * HISTORIES_BYTES;
	if (h->growing_budget > HISTORIES_GROWING_BYTES)
		h->growing_budget = HISTORIES_GROWING_BYTES;
}

static void save(struct histories *h, struct process *p, uint64_t *budget)
{
	static uint8_t bytes[HISTORY_SIZE];
	struct store_history of = {.start_time = p->sample.start_time, .pid = p->sample.pid};
	size_t size = forecast_save(p->forecast, bytes, sizeof(bytes));

	if (!size || !give_slot(h, p))
		return;
	of.slot = p->history.slot - 1;
	of.turn = p->history.turn++;
	store_put_history(h->store, &of, bytes, size);
	*budget -= size < *budget ? size : *budget;
}

/* What earlier processes of programs did changes seldom: with each end of one that leaked. */
static void save_programs(struct histories *h)
{
	static uint8_t bytes[HISTORY_SIZE];
	struct bytes_out out = {bytes, sizeof(bytes), false};
	struct store_history of = {.slot = HISTORY_PROGRAMS, .turn = h->programs_turn};

	if (history_changes(h->programs) == h->programs_saved)
		return;
	history_save(h->programs, &out);
	if (out.failed || store_put_history(h->store, &of, bytes, sizeof(bytes) - out.left) < 0)
		return;
	h->programs_saved = history_changes(h->programs);
	h->programs_turn++;
}

/* A new one is saved for the first time when its turn comes, spread over the time of the quiet. */
static bool is_due(struct process *p, uint64_t now)
{
	if (p->state >= STATE_GROWING && !p->history.growing) {
		p->history.growing = true;
		return true;
	}
	p->history.growing = p->state >= STATE_GROWING;
	if (!p->history.due)
		p->history.due =
			now + EVERY_MOVING +
			(uint64_t)p->sample.pid % 1499 * (EVERY_QUIET - EVERY_MOVING) / 1499;
	return now >= p->history.due;
}

void histories_save(struct histories *h, struct table *table, uint64_t now, bool all)
{
	uint64_t unlimited = UINT64_MAX;

	fill_budgets(h, now);
	save_programs(h);
	for (struct process *p = table_next(table, NULL); p; p = table_next(table, p)) {
		uint64_t *budget = all                         ? &unlimited
				   : p->state >= STATE_GROWING ? &h->growing_budget
							       : &h->budget;

		if (!p->forecast || (!is_due(p, now) && !all) || !*budget)
			continue;
		save(h, p, budget);
		p->history.due = next_due(p, now);
	}
}
