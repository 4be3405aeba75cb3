// SPDX-License-Identifier: BSD-2-Clause
#include "top/group.h"

#include <math.h>
#include <string.h>

#include "top/column.h"

struct context {
	const struct rows *rows;
	bool by_container;
};

static uint32_t key_of(const struct row *row, bool by_container)
{
	return by_container ? row->container : row->unit;
}

static int compare_keys(const void *left, const void *right, void *data)
{
	const struct row *a = *(const struct row *const *)left;
	const struct row *b = *(const struct row *const *)right;
	const struct context *context = data;
	uint32_t one = key_of(a, context->by_container);
	uint32_t other = key_of(b, context->by_container);

	if (one == other)
		return 0;
	return strcmp(rows_string(context->rows, one), rows_string(context->rows, other));
}

/* What is unknown of one is left out of the sum of all. */
static double sum(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

static uint64_t sum_total(uint64_t a, uint64_t b)
{
	return a == ROWS_UNKNOWN ? b : b == ROWS_UNKNOWN ? a : a + b;
}

static void add_member(struct row *group, const struct row *row)
{
	group->members++;
	group->fds = group->fds > UINT32_MAX - row->fds ? UINT32_MAX : group->fds + row->fds;
	group->peak = row->peak > group->peak ? row->peak : group->peak;
	group->opened = sum_total(group->opened, row->opened);
	group->closed = sum_total(group->closed, row->closed);
	group->refused = sum_total(group->refused, row->refused);
	group->growth = sum(group->growth, row->growth);
	group->open_rate = (float)sum(group->open_rate, row->open_rate);
	group->close_rate = (float)sum(group->close_rate, row->close_rate);
	group->tracked |= row->tracked;
}

static uint32_t copy_string(struct rows *to, const struct rows *from, uint32_t offset)
{
	const char *string = rows_string(from, offset);

	return rows_keep(to, string, strlen(string));
}

static void describe(struct rows *groups, struct row *group, const struct rows *rows,
		     const struct row *worst, bool by_container)
{
	const char *key = rows_string(rows, key_of(worst, by_container));

	group->id = rows_hash(key, strlen(key));
	group->pid = worst->pid;
	group->limit = worst->limit;
	group->usage = worst->usage;
	group->eta = worst->eta;
	group->eta_low = worst->eta_low;
	group->eta_high = worst->eta_high;
	group->state = worst->state;
	group->comm = copy_string(groups, rows, worst->comm);
	group->user = copy_string(groups, rows, worst->user);
	if (by_container)
		group->container = copy_string(groups, rows, worst->container);
	else
		group->unit = copy_string(groups, rows, worst->unit);
}

static void fill(struct rows *groups, const struct row **sorted, size_t count,
		 struct context *context)
{
	for (size_t begin = 0, end; begin < count; begin = end) {
		const struct row *worst = sorted[begin];
		struct row *group = rows_add(groups);

		if (!group)
			return;
		for (end = begin;
		     end < count && compare_keys(&sorted[begin], &sorted[end], context) == 0;
		     end++) {
			add_member(group, sorted[end]);
			if (column_compare(COLUMN_STATE, context->rows, sorted[end], worst) < 0)
				worst = sorted[end];
		}
		describe(groups, group, context->rows, worst, context->by_container);
	}
}

struct rows *group_rows(const struct rows *processes, bool by_container)
{
	struct context context = {.rows = processes, .by_container = by_container};
	const struct row **sorted = calloc(processes->count + 1, sizeof(*sorted));
	struct rows *groups = calloc(1, sizeof(*groups));
	size_t count = 0;

	if (sorted && groups) {
		for (size_t i = 0; i < processes->count; i++) {
			const struct row *row = &processes->list[i];

			/* Who is in no container is no container. */
			if (!by_container || row->container)
				sorted[count++] = row;
		}
		qsort_r(sorted, count, sizeof(*sorted), compare_keys, &context);
		groups->polled = processes->polled;
		fill(groups, sorted, count, &context);
		rows_sort(groups);
	}
	free(sorted);
	if (groups && groups->strings.failed)
		rows_freep(&groups);
	return groups;
}
