/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the daemon: HTTP over its Unix socket. */
#ifndef FDWATCH_CLIENT_H
#define FDWATCH_CLIENT_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "command.h"

struct response {
	long status; /* of HTTP */
	char *body;  /* NUL-terminated; NULL where there is none */
	size_t length;
};

/* Lines that are handed over as they come. */
struct stream {
	/* Called with each line, its newline included; less than 0 ends the stream with that error.
	 */
	int (*line)(const char *line, size_t length, void *data);
	/* Instead of `line`: is called with each piece as it comes, however long the lines are. */
	int (*piece)(const char *bytes, size_t length, void *data);
	void *data;
	/* Any event on these ends the stream with -ECANCELED; without them a silence ends it. */
	const struct pollfd *watch;
	size_t watch_count;
	bool ends; /* by itself, so that a silence ends it although something is watched */
};

/*
 * Gets `path`. Returns 0 with the response filled, whatever its status, or -errno: -ENOENT,
 * -ECONNREFUSED, -EACCES … from connect(), -ECONNRESET where the daemon went away, -ETIMEDOUT,
 * -EPROTO where it is no HTTP server, -EFBIG. The caller clears the response in any case.
 */
int client_get(const char *socket_path, const char *path, struct response *response);

/* The same, but the body of a good answer goes to the stream line by line. */
int client_stream(const char *socket_path, const char *path, const struct stream *stream,
		  struct response *response);

/* The same with another method than GET; `stream` NULL: the body is kept. */
int client_send(const char *socket_path, const char *method, const char *path,
		const struct stream *stream, struct response *response);

/*
 * The same for a stream that may have no end: until SIGINT, SIGTERM, or the reader of standard
 * output is gone, which is -ECANCELED.
 */
int client_follow(const char *socket_path, const char *path,
		  int (*line)(const char *line, size_t length, void *data), void *data,
		  struct response *response);

void response_clear(struct response *response);

/* Tells the user why there is no answer; returns the exit status that says so. */
int client_failed(int error, const char *socket_path);

/* Returns 0 where the answer is a good one; else tells the user and returns the exit status. */
int response_check(const struct response *response);

/* As JSON; NULL, and the user is told, where it is none. The caller drops the reference. */
json_t *response_json(const struct response *response);

/* Tells the user that the answer is none that this client knows; returns the exit status. */
int response_strange(void);

/*
 * The whole of a command that asks once: gets `path`, and prints the answer as it came with --json,
 * else hands it to `show`, which returns an exit status. Returns an exit status; the user is told.
 */
int client_ask(const struct context *context, const char *path,
	       int (*show)(const struct response *response));

#endif
