/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator may choose. */
#ifndef FDWATCH_CONFIG_H
#define FDWATCH_CONFIG_H

#include <stddef.h>

#include "model/group.h"
#include "model/policy.h"
#include "model/status.h"
#include "notify/settings.h"
#include "store/store.h"

struct config {
	char socket[108];        /* as long as a Unix socket's path may be */
	char metrics_listen[64]; /* ADDRESS:PORT; "" for none */
	char state_dir[256];
	char pin_dir[256];
	enum backend backend;   /* what counts in the kernel */
	enum group_by group_by; /* what names the metrics' groups */
	size_t groups;          /* at most, beside `other` */
	size_t processes;       /* with series of their own, at most */
	char web_config[256];   /* of the metrics port; "" for none */
	double interval;        /* seconds from poll to poll */
	struct policy all;      /* of every process, where no section says otherwise */
	struct notify_config notify;
	struct store_config incidents; /* but for its folder */
	struct policies *policies;     /* with the sections; NULL before config_load() */
	size_t keys, sections;         /* that the file has set */
};

/* No memory is taken. */
void config_defaults(struct config *config);

/* Frees what config_load() made. */
void config_free(struct config *config);

/*
 * Sets one key. 0; -ENOENT for a key that there is not, or -EINVAL, with the reason in `error`:
 * thresholds that contradict each other are set all the same.
 */
int config_set(struct config *config, const char *section, const char *key, const char *value,
	       char *error, size_t size);

/*
 * Takes over what the file at `path` sets: all of it or, in case of an error, nothing. NULL is the
 * default file, which need not exist. Into a `config` whose policies are NULL; they are set then.
 * 0, or -errno with a line in `error` that names file and line.
 */
int config_load(struct config *config, const char *path, char *error, size_t size);

#endif
