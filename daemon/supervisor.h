/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What systemd is told, sd_notify(3)'s protocol: by one socket for the whole life, since none can
 * be had where the host is out of descriptors, and it is then that the watcher must not be killed.
 */
#ifndef FDWATCH_SUPERVISOR_H
#define FDWATCH_SUPERVISOR_H

#include <sys/un.h>
#include <systemd/sd-event.h>

struct supervisor {
	int fd; /* -1: nobody is to be told, or libsystemd does it */
	struct sockaddr_un address;
	socklen_t length;
	sd_event_source *timer;
	uint64_t period; /* of the watchdog's feeding, microseconds */
};

/*
 * By NOTIFY_SOCKET and WATCHDOG_USEC; where these are not set, nothing is told. From then on the
 * loop feeds the watchdog, as long as it goes round. 0 or -errno; close it after a failure, too.
 */
int supervisor_open(struct supervisor *supervisor, sd_event *loop);
void supervisor_close(struct supervisor *supervisor);

/* Lines such as "READY=1". What can't be told is not an error: who is not told acts himself. */
void supervisor_tell(const struct supervisor *supervisor, const char *lines);

#endif
