/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration: defaults, then the file, then the command line. */
#ifndef FDWATCH_CONFIG_H
#define FDWATCH_CONFIG_H

#include <stddef.h>

struct config {
	char socket[108]; /* what a Unix socket's address holds */
	char metrics_listen[64]; /* ADDR:PORT, or "none" */
	char state_dir[256];
	char pin_dir[200]; /* leaves room for the pins' names */
	double interval; /* seconds from poll to poll, 0.01 to 60 */
};

void config_defaults(struct config *config);

/*
 * Sets one key of a section. 0, or -EINVAL with `error` saying what is wrong; config is then as it
 * was.
 */
int config_set(struct config *config, const char *section, const char *key, const char *value,
	       char *error, size_t size);

/*
 * Reads a file into `config`, all or nothing. `path` NULL: the default file, which may be missing.
 * 0, or -errno with `error` naming file, line and what is wrong.
 */
int config_load(struct config *config, const char *path, char *error, size_t size);

#endif
