/* SPDX-License-Identifier: BSD-2-Clause */
/* What every command is given, and what it answers to the shell. */
#ifndef FDWATCH_COMMAND_H
#define FDWATCH_COMMAND_H

#include <stdbool.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNREACHABLE = 3,
};

struct context {
	const char *socket_path;
	bool json; /* print what the socket answered */
};

/* argv[0] is the command's own name. Each returns an exit status and has told of any error. */
int command_top(struct context *context, int argc, char **argv);
int command_ps(struct context *context, int argc, char **argv);
int command_show(struct context *context, int argc, char **argv);
int command_status(struct context *context, int argc, char **argv);
int command_events(struct context *context, int argc, char **argv);
int command_leaks(struct context *context, int argc, char **argv);
int command_track(struct context *context, int argc, char **argv);
int command_untrack(struct context *context, int argc, char **argv);
int command_run(struct context *context, int argc, char **argv);
int command_record(struct context *context, int argc, char **argv);
int command_check(struct context *context, int argc, char **argv);
int command_incidents(struct context *context, int argc, char **argv);

#endif
