// SPDX-License-Identifier: BSD-2-Clause
#include "top/orders.h"

#include <string.h>

#define BELIEVED_SECONDS 5 /* a daemon may poll this seldom */

static void remove_at(struct orders *orders, size_t at)
{
	orders->count--;
	memmove(&orders->list[at], &orders->list[at + 1],
		(orders->count - at) * sizeof(orders->list[0]));
}

void orders_drop(struct orders *orders, int32_t pid)
{
	for (size_t i = orders->count; i-- > 0;)
		if (orders->list[i].pid == pid)
			remove_at(orders, i);
}

void orders_add(struct orders *orders, int32_t pid, bool track, double now)
{
	orders_drop(orders, pid);
	if (orders->count == ORDERS_KEPT)
		remove_at(orders, 0);
	orders->list[orders->count].pid = pid;
	orders->list[orders->count].track = track;
	orders->list[orders->count++].until = now + BELIEVED_SECONDS;
}

void orders_apply(struct orders *orders, struct rows *rows, double now)
{
	for (size_t i = orders->count; i-- > 0;) {
		const struct row *row = rows_find(rows, (uint64_t)(uint32_t)orders->list[i].pid);

		/* A list that agrees may be of before an order that this one took back. */
		if (!row || now > orders->list[i].until)
			remove_at(orders, i);
		else
			rows->list[row - rows->list].tracked = orders->list[i].track;
	}
}
