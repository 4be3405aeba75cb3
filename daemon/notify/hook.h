/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of the administrator's is run for each notice: those of one incident one after the
 * other and in order, those of several side by side. One that fails is tried again a few times.
 */
#ifndef FDWATCH_NOTIFY_HOOK_H
#define FDWATCH_NOTIFY_HOOK_H

#include "notify/channel.h"

struct hook;

/* 0 or -errno. The channel is the caller's and outlives it. */
int hook_new(struct hook **hook, struct channel *channel, const struct notify_config *config,
	     struct failure *failure);

/* Kills what runs; its notices still wait in the channel. */
void hook_free(struct hook *hook);

/* For the runs that follow. 0, or -EINVAL with the reason and nothing changed. */
int hook_configure(struct hook *hook, const struct notify_config *config, struct failure *failure);

/* There is something new in the channel. */
void hook_advance(struct hook *hook);

/* Whether the [hook] section is well. 0 or -EINVAL with the reason. */
int hook_check(const struct notify_config *config, struct failure *failure);

/* Whether its program is there and can be run, as far as who asks can tell. 0 or -errno. */
int hook_check_program(const struct notify_config *config, struct failure *failure);

#endif
