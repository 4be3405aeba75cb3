/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resolving process as the daemon sees it: started, told things without ever waiting, ended,
 * and mourned. For the event loop's thread.
 */
#ifndef FDWATCH_RESOLVE_LINK_H
#define FDWATCH_RESOLVE_LINK_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "resolve/wire.h"

struct link_handlers {
	/* A message from it; its size is that of the body. */
	void (*received)(const struct wire_message *message, size_t size, void *data);
	/* It has ended; `status` is waitpid's. Everything it was told is lost. */
	void (*ended)(int status, void *data);
	void *data;
};

struct link;

/* 0 or -errno. Nothing runs yet. */
int link_new(struct link **link, sd_event *loop, const char *program,
	     const struct link_handlers *handlers);

/* Ends the process and waits for that, which is at once. NULL is well. */
void link_free(struct link *link);

/* Starts the process. 0 or -errno. */
int link_start(struct link *link);

/* Its pid, 0: none runs. */
int32_t link_pid(const struct link *link);

/* Queues a message; the descriptor is the link's now. -ENOMEM, -ENOTCONN where none runs. */
int link_send(struct link *link, const struct wire_head *head, const void *body, size_t size,
	      int fd);

/* Its end follows by the handler. */
void link_kill(struct link *link);

#endif
