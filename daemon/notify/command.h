/* SPDX-License-Identifier: BSD-2-Clause */
/* The hook's command line and environment. */
#ifndef FDWATCH_NOTIFY_COMMAND_H
#define FDWATCH_NOTIFY_COMMAND_H

#include "failure.h"
#include "model/notice.h"

#define COMMAND_WORDS 64
#define COMMAND_SIZE 1024

/* A command line, taken apart. All zero is an empty one; it is not to be copied. */
struct command {
	char *words[COMMAND_WORDS + 1]; /* NULL behind the last; they stand in `text` */
	char text[COMMAND_SIZE];
};

/*
 * Takes a line apart: words with blanks or tabs between them, every other character stands for
 * itself, the first word is an absolute path. 0 or -EINVAL with the reason.
 */
int command_parse(struct command *command, const char *line, struct failure *failure);

/*
 * The environment for a notice: PATH, LANG, FDWATCH_SUMMARY and the fields, whose values are UTF-8
 * on one line. NULL without memory; the caller calls command_environment_free().
 */
char **command_environment(const struct notice *notice);
void command_environment_free(char **environment);

#endif
