// SPDX-License-Identifier: BSD-2-Clause
#include "block.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_SHRINK 20
#define WORDS_WIDTH 60 /* fits 80 columns beside any label */

static const struct column columns[] = {{.heading = NULL}, {.shrink = VALUE_SHRINK}};

struct table *block_new(void)
{
	return table_new(columns, sizeof(columns) / sizeof(columns[0]));
}

void block_json(struct table *block, const char *label, const json_t *value)
{
	table_put(block, TONE_PLAIN, label);
	table_json(block, TONE_PLAIN, value);
}

void block_format(struct table *block, const char *label, enum tone tone, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	table_put(block, TONE_PLAIN, label);
	table_format(block, tone, "%s", text ? text : "-");
	free(text);
}

/* A line that grows until the next word would make it too wide. */
struct line {
	struct table *block;
	const char *label; /* of the first line only */
	char text[WORDS_WIDTH * 2];
	size_t length;
};

static void end_line(struct line *line)
{
	if (line->length == 0)
		return;
	block_format(line->block, line->label, TONE_PLAIN, "%s", line->text);
	line->label = "";
	line->length = 0;
}

static void add_word(struct line *line, const char *word)
{
	if (line->length > 0 && line->length + 2 + strlen(word) > WORDS_WIDTH)
		end_line(line);
	line->length +=
		(size_t)snprintf(line->text + line->length, sizeof(line->text) - line->length,
				 "%s%s", line->length > 0 ? ", " : "", word);
	if (line->length >= sizeof(line->text))
		line->length = sizeof(line->text) - 1;
}

void block_words(struct table *block, const char *label, json_t *words)
{
	struct line line = {.block = block, .label = label};
	char number[FORMAT_SIZE];
	char word[WORDS_WIDTH];
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach (words, i, value)
		add_word(&line, block_value(value, number));
	json_object_foreach (words, key, value) {
		snprintf(word, sizeof(word), "%s %s", key, block_value(value, number));
		add_word(&line, word);
	}
	end_line(&line);
}

const char *block_value(const json_t *value, char text[static FORMAT_SIZE])
{
	if (json_is_string(value))
		return json_string_value(value);
	if (!json_is_integer(value))
		return "-";
	snprintf(text, FORMAT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return text;
}
