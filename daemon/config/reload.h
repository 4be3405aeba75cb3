/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration read anew while the daemon runs: by a thread, since a disk may keep it waiting,
 * and handed over on the event loop.
 */
#ifndef FDWATCH_CONFIG_RELOAD_H
#define FDWATCH_CONFIG_RELOAD_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "failure.h"

struct reload;

/*
 * `config` is what was read, the caller's from then on, or NULL where something is wrong with it,
 * which `failure` tells in a line.
 */
typedef void reload_done(const struct config *config, const struct failure *failure, void *data);

/* `argv` names the file and what wins over it, and must stay. NULL without memory. */
struct reload *reload_new(sd_event *loop, int argc, char **argv, reload_done *done, void *data);

/* NULL is well; a thread that waits for its disk ends by itself. */
void reload_free(struct reload *reload);

/*
 * Reads now, or once more after the reading under way, once a second at most: however often it is
 * asked for, there is a line a second in the log. 0; -errno, and `done` will not be called for
 * this.
 */
int reload_begin(struct reload *reload);

/*
 * Makes in `fresh` what can't change while the daemon runs as it is in `now`. Writes the names of
 * the keys that want a restart, ", " between them, into `names`; "" where there is none.
 */
void reload_keep_fixed(struct config *fresh, const struct config *now, char *names, size_t size);

#endif
