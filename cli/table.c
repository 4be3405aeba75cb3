// SPDX-License-Identifier: BSD-2-Clause
#include "table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "safe.h"

#define GAP 2
#define COLUMNS_MAX 24

#define PAGE_BYTES ((size_t)64 << 10)

/* Text of many cells, one after the other; a table of a million cells is few allocations. */
struct page {
	struct page *next;
	size_t used;
	size_t size;
	char bytes[];
};

struct cell {
	const char *text; /* safe, in a page; no NUL */
	size_t length;
	size_t width;
	enum tone tone;
};

struct table {
	const struct column *columns;
	size_t column_count;
	struct cell *cells;
	size_t count;
	size_t capacity;
	struct page *pages;
	bool failed;
};

/* How the columns are printed. */
struct layout {
	size_t width[COLUMNS_MAX];
	bool shown[COLUMNS_MAX];
};

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *table;

	if (count == 0 || count > COLUMNS_MAX)
		return NULL;
	table = calloc(1, sizeof(*table));
	if (table) {
		table->columns = columns;
		table->column_count = count;
	}
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	while (table->pages) {
		struct page *page = table->pages;

		table->pages = page->next;
		free(page);
	}
	free(table->cells);
	free(table);
}

/* Room for `length` more bytes of text, or NULL. */
static char *text_room(struct table *table, size_t length)
{
	struct page *page = table->pages;
	size_t size = length > PAGE_BYTES ? length : PAGE_BYTES;

	if (page && page->size - page->used >= length)
		return page->bytes + page->used;
	page = malloc(sizeof(*page) + size);
	if (!page)
		return NULL;
	page->next = table->pages;
	page->used = 0;
	page->size = size;
	table->pages = page;
	return page->bytes;
}

static struct cell *new_cell(struct table *table)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 64;
		struct cell *cells = reallocarray(table->cells, capacity, sizeof(*cells));

		if (!cells)
			return NULL;
		table->cells = cells;
		table->capacity = capacity;
	}
	return &table->cells[table->count];
}

void table_add(struct table *table, enum tone tone, const char *bytes, size_t length)
{
	struct cell *cell;
	char *text;

	if (!table || table->failed)
		return;
	cell = new_cell(table);
	text = length < SIZE_MAX / SAFE_EXPANSION / 2 ? text_room(table, length * SAFE_EXPANSION)
						      : NULL;
	if (!cell || !text) {
		table->failed = true;
		return;
	}
	cell->text = text;
	cell->length = safe_write(text, bytes, length);
	cell->width = safe_width(text, cell->length);
	cell->tone = tone;
	table->pages->used += cell->length;
	table->count++;
}

void table_fail(struct table *table)
{
	if (table)
		table->failed = true;
}

void table_put(struct table *table, enum tone tone, const char *string)
{
	table_add(table, tone, string, strlen(string));
}

void table_format(struct table *table, enum tone tone, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		table_fail(table);
		return;
	}
	table_add(table, tone, text, (size_t)length);
	free(text);
}

void table_json(struct table *table, enum tone tone, const json_t *value)
{
	if (json_is_string(value))
		table_add(table, tone, json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		table_format(table, tone, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		table_put(table, tone, "-");
}

static size_t larger(size_t one, size_t other)
{
	return one > other ? one : other;
}

/* The width that nothing needs to be cut for. */
static void natural_widths(const struct table *table, size_t *widths)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const char *heading = table->columns[i].heading;

		widths[i] = larger(table->columns[i].least, heading ? strlen(heading) : 0);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t *width = &widths[i % table->column_count];

		*width = larger(*width, table->cells[i].width);
	}
}

static bool is_known(const struct cell *cell)
{
	return cell->length > 1 || (cell->length == 1 && *cell->text != '-');
}

static bool any_known(const struct table *table, size_t column)
{
	for (size_t i = column; i < table->count; i += table->column_count)
		if (is_known(&table->cells[i]))
			return true;
	return false;
}

static size_t total_width(const struct layout *layout, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		if (layout->shown[i])
			total += layout->width[i] + (total ? GAP : 0);
	return total;
}

/* Hides the column that is missed least; false when all that is left stays. */
static bool drop_one(const struct table *table, struct layout *layout)
{
	size_t worst = 0;
	unsigned int drop = 0;

	for (size_t i = 0; i < table->column_count; i++) {
		if (layout->shown[i] && table->columns[i].drop > drop) {
			drop = table->columns[i].drop;
			worst = i;
		}
	}
	if (drop > 0)
		layout->shown[worst] = false;
	return drop > 0;
}

/* As many columns as fit at their narrowest; then the room that is left widens them in order. */
static void lay_out(const struct table *table, size_t room, struct layout *layout)
{
	size_t natural[COLUMNS_MAX] = {0};
	size_t count = table->column_count;
	size_t total;

	natural_widths(table, natural);
	for (size_t i = 0; i < count; i++) {
		size_t shrink = table->columns[i].shrink;

		layout->shown[i] = !table->columns[i].rare || any_known(table, i);
		layout->width[i] = shrink && shrink < natural[i] ? shrink : natural[i];
	}
	do {
		total = total_width(layout, count);
	} while (total > room && drop_one(table, layout));
	for (size_t i = 0; i < count && total < room; i++) {
		size_t more = natural[i] - layout->width[i];

		if (!layout->shown[i])
			continue;
		if (more > room - total)
			more = room - total;
		layout->width[i] += more;
		total += more;
	}
}

static void print_blanks(FILE *out, size_t count)
{
	while (count-- > 0)
		fputc_unlocked(' ', out);
}

/* Returns the columns printed. */
static size_t print_cell(FILE *out, const struct cell *cell, size_t room, bool colour)
{
	enum tone tone = colour ? cell->tone : TONE_PLAIN;
	size_t width = cell->width;

	fputs_unlocked(tone_begin(tone), out);
	if (width > room)
		width = safe_print_cut(out, cell->text, cell->length, room);
	else
		fwrite_unlocked(cell->text, 1, cell->length, out);
	fputs_unlocked(tone_end(tone), out);
	return width;
}

static void print_row(const struct table *table, const struct layout *layout,
		      const struct cell *cells, FILE *out, bool colour)
{
	size_t blanks = 0; /* printed only before text, so that no line ends in them */

	for (size_t i = 0; i < table->column_count; i++) {
		size_t room = layout->width[i];

		if (!layout->shown[i])
			continue;
		if (table->columns[i].right && cells[i].width < room) {
			blanks += room - cells[i].width;
			room = cells[i].width;
		}
		if (cells[i].width > 0) {
			print_blanks(out, blanks);
			blanks = 0;
			room -= print_cell(out, &cells[i], room, colour);
		}
		blanks += room + GAP;
	}
	fputc_unlocked('\n', out);
}

static void print_headings(const struct table *table, const struct layout *layout, FILE *out)
{
	struct cell cells[COLUMNS_MAX];

	for (size_t i = 0; i < table->column_count; i++) {
		const char *heading = table->columns[i].heading;

		cells[i] = (struct cell){
			.text = heading, .length = strlen(heading), .width = strlen(heading)};
	}
	print_row(table, layout, cells, out, false);
}

int table_print(const struct table *table, FILE *out, const struct terminal *terminal)
{
	struct layout layout = {0};

	if (!table || table->failed)
		return -ENOMEM;
	lay_out(table, terminal->width, &layout);
	if (table->columns[0].heading)
		print_headings(table, &layout, out);
	for (size_t i = 0; i + table->column_count <= table->count; i += table->column_count)
		print_row(table, &layout, &table->cells[i], out, terminal->colour);
	return 0;
}

int table_show(const struct table *table, const struct terminal *terminal)
{
	if (table_print(table, stdout, terminal) == 0)
		return EXIT_DONE;
	complain("out of memory");
	return EXIT_FAILED;
}
