/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling people: the journal, a command of theirs, Alertmanager. Notices are held in memory until
 * they are done; what must outlive the daemon is the caller's to keep, who forgets a notice's
 * channel when `done` is called and hands over the rest after a restart. So each channel is told at
 * least once, and a repeat has the same event_id. Nothing here blocks the event loop.
 */
#ifndef FDWATCH_NOTIFY_NOTIFY_H
#define FDWATCH_NOTIFY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "failure.h"
#include "model/notice.h"
#include "model/status.h"
#include "notify/settings.h"

enum notify_channel { NOTIFY_JOURNAL, NOTIFY_HOOK, NOTIFY_ALERTMANAGER, NOTIFY_CHANNELS };

#define NOTIFY_BIT(channel) (1U << (channel))
#define NOTIFY_QUEUE 256 /* notices that each channel holds in memory */

/* What the channels ask of the caller; none of it may call notify_free(). */
struct notify_calls {
	/* The channel needs the notice no more: it was told, or, as the log says, given up. */
	void (*done)(uint64_t event_id, enum notify_channel channel, void *data);
	/* The channel, having refused a notice before, has room again. */
	void (*room)(enum notify_channel channel, void *data);
	/* A line for the daemon's log, with a level of syslog(3). */
	void (*log)(int level, const char *line, void *data);
	void *data;
};

struct notify;

/*
 * Whether the channels can be opened so; reads the files that it names, and may be held up by that.
 * 0 or -errno with the reason, which names the key. For a configuration that is being read: the
 * functions below read no file.
 */
int notify_check(const struct notify_config *config, struct failure *failure);

/* 0, or -errno with the reason. `calls` is copied. */
int notify_new(struct notify **notify, sd_event *loop, const struct notify_config *config,
	       const struct notify_calls *calls, struct failure *failure);
void notify_free(struct notify *notify);

/*
 * Takes over another configuration: all of it, or nothing and -errno with the reason. What a
 * channel that is now shut still held is done.
 */
int notify_configure(struct notify *notify, const struct notify_config *config,
		     struct failure *failure);

/* NOTIFY_BIT() of each channel that is open. */
unsigned notify_channels(const struct notify *notify);

/*
 * Queues a copy for the channels of the mask, in the order of the calls: hand over by rising
 * event_id. For a channel that is shut it is done at once. Returns the mask of those that had no
 * room: for each `room` will be called, and then hand over, in order, all that is not done (what a
 * channel holds already it does not take twice). Alertmanager alone wants each alarm that is not
 * over again after a restart: its last notice, done or not.
 */
unsigned notify_tell(struct notify *notify, const struct notice *notice, unsigned channels);

/* How the channels do that are open. */
void notify_status(const struct notify *notify, struct status *status);

#endif
