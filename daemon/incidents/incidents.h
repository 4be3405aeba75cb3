/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Incidents as they happen: what the watching sees moves them on, each step is told and kept, and
 * what was open then is put into the black box.
 */
#ifndef FDWATCH_INCIDENTS_H
#define FDWATCH_INCIDENTS_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "failure.h"
#include "model/event.h"
#include "serve/serve.h"
#include "store/store.h"
#include "tracking/recall.h"
#include "watch.h"

struct incidents;

/*
 * Opens the store and the channels, and hooks into `watch` before its first poll. `log` writes a
 * line with a level of syslog(3). 0, or -errno with the reason.
 */
int incidents_open(struct incidents **incidents, sd_event *loop, struct watch *watch,
		   const struct config *config,
		   void (*log)(int level, const char *line, void *data), struct failure *failure);

/* Takes over who is told, and how much is kept how long: all of it, or nothing and -errno with the
 * reason. */
int incidents_configure(struct incidents *incidents, const struct config *config,
			struct failure *failure);

/* Writes what is to outlive the daemon, and ends. NULL is well. */
void incidents_close(struct incidents *incidents);

/* Who knows where descriptors were opened, once there is one. */
void incidents_track(struct incidents *incidents, const struct serve_tracking *tracking);

/* After the first polls: goes on with what an earlier daemon left. */
void incidents_resume(struct incidents *incidents);

/* After each poll: counts, black boxes and what is due to be kept. */
void incidents_polled(struct incidents *incidents);

/* After the kernel's events were taken: black boxes of those who may be gone soon. */
void incidents_drained(struct incidents *incidents);

/* What tracking is to be kept by in the same store. To be asked before the first polls; NULL
 * without memory. */
struct recall *incidents_recall(struct incidents *incidents);

/* Asks the store; see store_read(). */
int incidents_read(struct incidents *incidents, const struct incident_reading *reading);

#endif
