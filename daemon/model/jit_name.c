// SPDX-License-Identifier: BSD-2-Clause
#include "model/jit_name.h"

#include <stdlib.h>
#include <string.h>

/* Takes ":NUMBER" off the end of the text; 0 where there is none. */
static uint32_t take_number(char *text)
{
	char *colon = strrchr(text, ':');
	unsigned long number;
	char *end;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return 0;
	number = strtoul(colon + 1, &end, 10);
	if (*end || number > UINT32_MAX)
		return 0;
	*colon = '\0';
	return (uint32_t)number;
}

/* V8: "JS:*function file:line:column"; before the function stands how well it is compiled. */
static void parse_v8(char *text, struct frame *frame)
{
	char *name = strchr(text, ':') + 1;
	char *file = strchr(name, ' ');
	uint32_t column, line;

	while (*name && strchr("~*^+'", *name))
		name++;
	frame->function = *name && *name != ' ' ? name : "(anonymous)";
	if (!file)
		return;
	*file++ = '\0';
	column = take_number(file);
	line = take_number(file);
	frame->line = line ? line : column;
	if (!strncmp(file, "file://", 7))
		file += 7;
	if (*file)
		frame->file = file;
}

static void parse_python(char *text, struct frame *frame)
{
	char *name = text + strlen("py::");
	char *colon = strchr(name, ':');

	frame->function = name;
	if (!colon)
		return;
	*colon = '\0';
	frame->file = colon + 1;
}

/* HotSpot: "type package.Class.method(types)"; the type tells nothing. */
static void parse_java(char *text, struct frame *frame)
{
	size_t length = strlen(text);
	char *open = strchr(text, '(');

	if (!open || text[length - 1] != ')')
		return;
	for (char *at = open; at > text; at--)
		if (at[-1] == ' ') {
			if (at != open)
				frame->function = at;
			return;
		}
}

void jit_name_parse(char *text, struct frame *frame)
{
	static const char *const v8[] = {"JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};

	frame->function = text;
	if (!strncmp(text, "py::", 4)) {
		parse_python(text, frame);
		return;
	}
	for (size_t i = 0; i < sizeof(v8) / sizeof(v8[0]); i++)
		if (!strncmp(text, v8[i], strlen(v8[i]))) {
			parse_v8(text, frame);
			return;
		}
	parse_java(text, frame);
}
