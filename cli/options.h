/* SPDX-License-Identifier: BSD-2-Clause */
/* Options and operands, with one clear line for what is wrong. */
#ifndef FDWATCH_OPTIONS_H
#define FDWATCH_OPTIONS_H

#include <getopt.h>
#include <stdint.h>

#include "command.h"

enum options_result {
	OPTIONS_END = -1,
	OPTIONS_HELP = 1000, /* the help is printed: nothing else is to be done */
	OPTIONS_WRONG,       /* the user is told */
	OPTIONS_SOCKET,
	OPTIONS_JSON,
};

/* What stands in every list of long options. */
/* clang-format off */
#define OPTIONS_COMMON \
	{"socket", required_argument, NULL, OPTIONS_SOCKET}, \
	{"json", no_argument, NULL, OPTIONS_JSON}, \
	{"help", no_argument, NULL, OPTIONS_HELP}, \
	{NULL, 0, NULL, 0}
/* clang-format on */

struct options {
	const struct option *list; /* ends in OPTIONS_COMMON */
	const char *stop;          /* "+": end at the first operand; "" */
	const char *help;
};

/*
 * The next option that is the command's own, its argument in optarg, or enum options_result. Those
 * that all commands share are taken into the context.
 */
int options_next(struct context *context, int argc, char **argv, const struct options *options);

/* Complains unless optind leaves `count` operands, named in `what`. Returns an exit status. */
int options_operands(int argc, char **argv, int count, const char *what);

/* Reads a PID, or complains. Returns an exit status. */
int options_pid(const char *text, int64_t *pid);

/*
 * The command line of a command that takes a PID and only the options that all share. OPTIONS_END
 * with the PID, or the exit status to leave with.
 */
int options_only_pid(struct context *context, int argc, char **argv, const char *help,
		     int64_t *pid);

/* A whole number from 1 to `most`, digits only; 0 where it is none. */
int64_t options_number(const char *text, int64_t most);

#endif
