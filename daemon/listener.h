/* SPDX-License-Identifier: BSD-2-Clause */
/* The Unix socket that clients connect to. */
#ifndef FDWATCH_LISTENER_H
#define FDWATCH_LISTENER_H

#include <sys/types.h>

#include "failure.h"

/* A socket, and which one of those that may come to stand at its path. */
struct listener {
	int fd; /* -1: none, or handed on */
	dev_t device;
	ino_t inode; /* 0: none */
};

/*
 * Listens at `path`, for everybody: who sees what is decided by who connects. A socket that nobody
 * answers at is replaced; anything else there is left alone.
 * Returns 0, or -errno with the line.
 */
int listener_open(struct listener *listener, const char *path, struct failure *failure);

/* Closes what is not handed on and removes the socket at `path`, unless it is a successor's. */
void listener_close(struct listener *listener, const char *path);

/*
 * Listens at ADDRESS:PORT, or [ADDRESS]:PORT. Returns the descriptor, or -errno with the line.
 */
int listener_open_tcp(const char *address, struct failure *failure);

#endif
