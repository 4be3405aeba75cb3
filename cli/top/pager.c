// SPDX-License-Identifier: BSD-2-Clause
#include "top/pager.h"

#include <stdlib.h>
#include <string.h>

void pager_free(struct pager *pager)
{
	free(pager->text);
	free(pager->all);
	free(pager->shown);
	free(pager->marks);
	*pager = (struct pager){0};
}

static size_t count_lines(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '\n';
	return count + (length > 0 && text[length - 1] != '\n');
}

static void split(struct pager *pager, size_t length)
{
	size_t start = 0;

	for (size_t i = 0; i < pager->total; i++) {
		const char *end = memchr(pager->text + start, '\n', length - start);
		size_t stop = end ? (size_t)(end - pager->text) : length;

		pager->all[i] = (struct page_line){.start = start, .length = stop - start};
		start = stop + 1;
	}
}

void pager_take(struct pager *pager, char *text, size_t length, size_t headings)
{
	size_t total = text ? count_lines(text, length) : 0;
	const struct page_mark *mark = pager_marked(pager);

	pager->cursor.id = mark ? mark->key : 0;
	free(pager->marks);
	pager->marks = NULL;
	free(pager->text);
	free(pager->all);
	free(pager->shown);
	pager->text = text;
	pager->all = calloc(total + 1, sizeof(*pager->all));
	pager->shown = calloc(total + 1, sizeof(*pager->shown));
	pager->failed = !text || !pager->all || !pager->shown;
	pager->total = pager->failed ? 0 : total;
	pager->headings = headings < pager->total ? headings : pager->total;
	pager->count = 0;
	if (pager->failed)
		return;
	split(pager, length);
	pager_update(pager, pager->cursor.page);
}

const struct page_mark *pager_marked(const struct pager *pager)
{
	const struct page_mark *mark;

	if (!pager->marks || pager->cursor.at >= pager->count)
		return NULL;
	mark = &pager->marks[pager->shown[pager->cursor.at]];
	return mark->key ? mark : NULL;
}

/* The shown line with this key, of key 0 the first that has any; SIZE_MAX: none. */
static size_t find_key(const struct pager *pager, uint64_t key)
{
	for (size_t i = 0; i < pager->count; i++) {
		uint64_t found = pager->marks[pager->shown[i]].key;

		if (key ? found == key : found != 0)
			return i;
	}
	return SIZE_MAX;
}

void pager_mark(struct pager *pager, struct page_mark *marks)
{
	size_t line;

	if (pager->failed || !marks) {
		free(marks);
		return;
	}
	pager->marks = marks;
	if (pager->cursor.id == 0 && pager->cursor.at > 0)
		return;
	line = find_key(pager, pager->cursor.id);
	if (line != SIZE_MAX)
		cursor_set(&pager->cursor, line);
}

void pager_take_table(struct pager *pager, const struct table *table, size_t width, size_t headings)
{
	struct terminal terminal = {.width = width};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out || table_print(table, out, &terminal) < 0) {
		if (out)
			fclose(out);
		free(text);
		pager_take(pager, NULL, 0, 0);
		return;
	}
	if (fclose(out) != 0) {
		free(text);
		text = NULL;
	}
	pager_take(pager, text, length, headings);
}

/* Whatever the case of its letters; the bytes are no string. */
static bool contains(const char *bytes, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
		if (strncasecmp(bytes + i, word, size) == 0)
			return true;
	return false;
}

void pager_update(struct pager *pager, size_t page)
{
	pager->count = 0;
	for (size_t i = pager->headings; i < pager->total; i++)
		if (!pager->find[0] ||
		    contains(pager->text + pager->all[i].start, pager->all[i].length, pager->find))
			pager->shown[pager->count++] = i;
	cursor_fit(&pager->cursor, pager->count, page);
}

static const char *line_at(const struct pager *pager, size_t line, size_t *length)
{
	*length = pager->all[line].length;
	return pager->text + pager->all[line].start;
}

const char *pager_line(const struct pager *pager, size_t line, size_t *length)
{
	*length = 0;
	return line < pager->count ? line_at(pager, pager->shown[line], length) : "";
}

const char *pager_heading(const struct pager *pager, size_t line, size_t *length)
{
	*length = 0;
	return line < pager->headings ? line_at(pager, line, length) : "";
}
