// SPDX-License-Identifier: BSD-2-Clause
#include "model/verdict.h"

#include <stdbool.h>

#define QUARTERS 4

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {"unknown", "holds", "leak"};

	return names[verdict];
}

static enum verdict reached(enum verdict verdict, const char *text, const char **reason)
{
	*reason = text;
	return verdict;
}

static uint64_t begin_of(const struct evidence *e)
{
	return e->times[0] < e->since || !e->since ? e->times[0] : e->since;
}

/* How many were opened in each quarter of the time, the oldest first. */
static void count_quarters(const struct evidence *e, size_t quarters[QUARTERS])
{
	uint64_t begin = begin_of(e);
	uint64_t span = e->now - begin;

	for (size_t i = 0; i < e->live; i++) {
		uint64_t at = e->times[i] - begin;
		size_t quarter = (size_t)((double)at * QUARTERS / ((double)span + 1));

		quarters[quarter < QUARTERS ? quarter : QUARTERS - 1]++;
	}
}

static bool is_even(const struct evidence *e, const size_t quarters[QUARTERS])
{
	for (size_t i = 0; i < QUARTERS; i++)
		if (quarters[i] == 0 || quarters[i] * 16 < e->live)
			return false;
	return true;
}

/* Some were closed, or some are missing in a quarter. */
static enum verdict reach_uneven(const struct evidence *e, const size_t quarters[QUARTERS],
				 const char **reason)
{
	if (quarters[QUARTERS - 1] * 16 < e->live)
		return reached(VERDICT_HOLDS, "opened early and kept: hardly any since", reason);
	if (e->opened > e->live && quarters[0] * 16 < e->live)
		return reached(VERDICT_HOLDS, "in use: none stays open for long", reason);
	return reached(VERDICT_UNKNOWN, "opened in bursts: time will tell", reason);
}

/* Who closes is who forgets to: those that get it from where it was opened, or the place itself. */
static const char *some_closed(const struct evidence *e)
{
	return e->elsewhere * 2 > e->opened - e->live
		       ? "opened all along, not always closed by the threads that get it"
		       : "opened all along, some never closed";
}

enum verdict verdict_reach(const struct evidence *e, const char **reason)
{
	size_t quarters[QUARTERS] = {};
	uint64_t span;

	if (e->live && e->listening * 2 > e->live)
		return reached(VERDICT_HOLDS, "sockets that listen", reason);
	if (e->live < VERDICT_LIVE_MIN)
		return reached(VERDICT_UNKNOWN, "too few to tell", reason);
	if (e->held * 2 > e->live)
		return reached(VERDICT_HOLDS, "connections that the other ends keep open", reason);
	if (e->now <= begin_of(e) + VERDICT_SPAN_MIN)
		return reached(VERDICT_UNKNOWN, "too early to tell", reason);
	span = e->now - begin_of(e);
	count_quarters(e, quarters);
	if (!is_even(e, quarters))
		return reach_uneven(e, quarters, reason);
	if ((e->opened - e->live) * VERDICT_NEVER_CLOSED <= e->opened)
		return reached(VERDICT_LEAK, "opened all along, never closed", reason);
	if (span < VERDICT_MIXED_MIN)
		return reached(VERDICT_UNKNOWN, "some are closed: too early to tell", reason);
	if (quarters[0] * QUARTERS * 2 >= e->live)
		return reached(VERDICT_LEAK, some_closed(e), reason);
	return reached(VERDICT_HOLDS, "in use: few stay open for long", reason);
}
