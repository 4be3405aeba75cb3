// SPDX-License-Identifier: BSD-2-Clause
#include "top/cursor.h"

static size_t last_top(const struct cursor *cursor)
{
	return cursor->count > cursor->page ? cursor->count - cursor->page : 0;
}

static size_t moved(size_t from, long by, size_t most)
{
	if (by < 0)
		return from > (size_t)-by ? from - (size_t)-by : 0;
	return most - from > (size_t)by ? from + (size_t)by : most;
}

static void show(struct cursor *cursor)
{
	if (cursor->at < cursor->top)
		cursor->top = cursor->at;
	else if (cursor->page > 0 && cursor->at >= cursor->top + cursor->page)
		cursor->top = cursor->at - cursor->page + 1;
	if (cursor->top > last_top(cursor))
		cursor->top = last_top(cursor);
}

void cursor_fit(struct cursor *cursor, size_t count, size_t page)
{
	cursor->count = count;
	cursor->page = page;
	if (cursor->at >= count)
		cursor->at = count > 0 ? count - 1 : 0;
	show(cursor);
}

void cursor_set(struct cursor *cursor, size_t line)
{
	if (cursor->count == 0)
		return;
	cursor->at = line < cursor->count ? line : cursor->count - 1;
	show(cursor);
}

void cursor_move(struct cursor *cursor, long lines)
{
	if (cursor->count > 0)
		cursor_set(cursor, moved(cursor->at, lines, cursor->count - 1));
}

void cursor_scroll(struct cursor *cursor, long lines)
{
	if (cursor->count == 0 || cursor->page == 0)
		return;
	if (cursor->top > last_top(cursor))
		cursor->top = last_top(cursor);
	cursor->top = moved(cursor->top, lines, last_top(cursor));
	if (cursor->at < cursor->top)
		cursor->at = cursor->top;
	else if (cursor->at >= cursor->top + cursor->page)
		cursor->at = cursor->top + cursor->page - 1;
}
