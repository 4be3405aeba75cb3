// SPDX-License-Identifier: BSD-2-Clause
#include "notify/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/fields.h"

#define BLANKS " \t"
#define OWN_VARIABLES 3 /* beside those of fields_each() */

int command_parse(struct command *command, const char *line, struct failure *failure)
{
	size_t count = 0, length = strlen(line);
	char *rest;

	if (length >= sizeof(command->text))
		return fail(failure, -EINVAL, "the command is longer than %zu bytes",
			    sizeof(command->text) - 1);
	memcpy(command->text, line, length + 1);
	rest = command->text;
	for (char *word; (word = strtok_r(rest, BLANKS, &rest));) {
		if (count == COMMAND_WORDS)
			return fail(failure, -EINVAL, "the command has more than %d words",
				    COMMAND_WORDS);
		command->words[count++] = word;
	}
	command->words[count] = NULL;
	if (!count)
		return fail(failure, -EINVAL, "the command is empty");
	if (command->words[0][0] != '/')
		return fail(
			failure, -EINVAL,
			"the command must begin with an absolute path, such as /usr/local/bin/%s",
			command->words[0]);
	return 0;
}

struct environment {
	char **variables;
	size_t count;
};

static int add(const char *name, const char *value, void *data)
{
	struct environment *e = data;

	if (asprintf(&e->variables[e->count], "%s=%s", name, value) < 0) {
		e->variables[e->count] = NULL;
		return -ENOMEM;
	}
	e->count++;
	return 0;
}

char **command_environment(const struct notice *notice)
{
	struct environment e = {.variables =
					calloc(FIELDS_MAX + OWN_VARIABLES + 1, sizeof(char *))};
	char summary[NOTICE_SUMMARY_SIZE];

	if (!e.variables)
		return NULL;
	notice_summary(notice, summary, sizeof(summary));
	if (add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", &e) ||
	    add("LANG", "C.UTF-8", &e) || add("FDWATCH_SUMMARY", summary, &e) ||
	    fields_each(notice, add, &e)) {
		command_environment_free(e.variables);
		return NULL;
	}
	return e.variables;
}

void command_environment_free(char **environment)
{
	for (char **variable = environment; variable && *variable; variable++)
		free(*variable);
	free(environment);
}
