/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line asks for. */
#ifndef FDWATCH_CONFIG_OPTIONS_H
#define FDWATCH_CONFIG_OPTIONS_H

#include "config/config.h"
#include "failure.h"

enum action {
	ACTION_RUN,
	ACTION_LOAD,
	ACTION_UNLOAD,
	ACTION_CHECK_CONFIG,
	ACTION_BACKTEST,
	ACTION_HELP,
	ACTION_VERSION,
};

struct options {
	enum action action;
	const char *user;    /* --user, or NULL */
	const char *trace;   /* --backtest's */
	const char *checked; /* --check-config's */
};

/*
 * May be called again, to read the file anew. `config` is to be freed by config_free().
 *
 * Reads the command line and the configuration file that it names (or the default one) into
 * `config`; options win over the file. Returns 0, or -errno with the line.
 */
int options_read(struct options *options, struct config *config, int argc, char *argv[],
		 struct failure *failure);

extern const char options_help[];

#endif
