// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a label come back from a reader of the format as they went in, those that are no
 * UTF-8 as \xNN; any bytes as an Accept header are read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "serve/exposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What a reader has to see. */
static void expect(const char *text, char *expected)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		size_t step = text_character(text + at, length - at);

		if (step)
			memcpy(expected, text + at, step);
		else
			snprintf(expected, 5, "\\x%02x", (unsigned char)text[at]);
		expected += step ? step : 4;
		at += step ? step : 1;
	}
	*expected = '\0';
}

/* Reads `name{key="…"} 1` as the format is described; aborts where it is something else. */
static void take(const char *line, char *value)
{
	static const char head[] = "name{key=\"";

	if (strncmp(line, head, strlen(head)) != 0)
		abort();
	for (line += strlen(head); *line && *line != '"'; line++) {
		if (*line == '\n')
			abort();
		if (*line != '\\') {
			*value++ = *line;
			continue;
		}
		line++;
		if (!*line || !strchr("\\n\"", *line))
			abort();
		*value++ = *line == 'n' ? '\n' : *line;
	}
	*value = '\0';
	if (strcmp(line, "\"} 1\n") != 0)
		abort();
}

static void check(const char *text, size_t size)
{
	struct exposition e = {.name = "name"};
	char *line = NULL, *value, *expected = malloc(4 * size + 1);
	size_t length;

	e.out = open_memstream(&line, &length);
	if (!expected || !e.out)
		abort();
	exposition_open(&e);
	exposition_label(&e, "key", text);
	exposition_count(&e, 1);
	if (fclose(e.out))
		abort();
	value = malloc(length + 1);
	if (!value)
		abort();
	take(line, value);
	expect(text, expected);
	if (strcmp(value, expected) != 0)
		abort();
	free(value);
	free(expected);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, bytes, size);
	text[size] = '\0';
	check(text, size);
	if (exposition_accepted(text) >= EXPOSITION_FORMATS)
		abort();
	free(text);
	return 0;
}
