/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole server on a socket of its own, with a table of hand-made processes, in a child that
 * runs an event loop; its clients write and read bytes.
 */
#ifndef TESTS_UNIT_SERVE_SERVED_H
#define TESTS_UNIT_SERVE_SERVED_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "serve/quota.h"
#include "serve/serve.h"

#define STRANGER 12345 /* a user who owns process 2000 */
#define WAIT_SECONDS 10

/* What the client asks of the child, one byte each. */
#define ADD_EVENT 'e'       /* of root's process */
#define ADD_OWN_EVENT 'o'   /* of the stranger's */
#define ADD_FLOOD 'f'       /* more than the history keeps */
#define COUNT_FDS 'c'       /* answers with the child's descriptors */
#define TURN_SETUID 's'     /* process 2000 stops being the stranger's */
#define TURN_AT_COMMAND 'a' /* it does so while its command line is read */
#define EXEC_IN_LIST 'x'    /* it runs another program while its descriptors are listed */
#define GROW 'g'            /* it has very many descriptors */
#define QUIT 'q'

struct world {
	sd_event *loop;
	struct table *table;
	struct event_log *events;
	struct status status;
	struct server *server;
	bool turned;
	bool turns_at_command;
	bool execs_in_list;
	size_t descriptors; /* of process 2000 */
	uint64_t execs;     /* of that too */
	int control;
};

struct fixture {
	char folder[64];
	char path[96];
	int control;
	pid_t child;
};

static inline int list_descriptors(int32_t pid, uint64_t start_time, struct descriptor_list **list,
				   void *data)
{
	struct world *world = data;

	(void)start_time;
	if (pid == 3000)
		return -ESRCH;
	if (pid == 2000 && world->execs_in_list)
		world->execs++;
	*list = calloc(1, sizeof(**list));
	(*list)->count = pid == 1000 ? 2 : world->descriptors;
	(*list)->items = calloc((*list)->count, sizeof(struct descriptor));
	for (size_t i = 0; i < (*list)->count; i++)
		(*list)->items[i] = (struct descriptor){
			.fd = (int32_t)i,
			.kind = FDW_KIND_FILE,
			.name = strdup("/tmp/secret"),
		};
	(*list)->kinds[FDW_KIND_FILE] = (*list)->count;
	(*list)->taken = (uint32_t)(*list)->count + 1;
	(*list)->reserved = 1;
	return 0;
}

static inline bool owned_by(int32_t pid, uint64_t start_time, uint32_t uid, void *data)
{
	const struct world *world = data;

	(void)start_time;
	return pid == 2000 && uid == STRANGER && !world->turned;
}

static inline int command_line(int32_t pid, uint64_t start_time, char *buffer, size_t size,
			       void *data)
{
	struct world *world = data;

	(void)start_time;
	if (world->turns_at_command)
		world->turned = true;
	snprintf(buffer, size, "program --of %d", pid);
	return 0;
}

static inline void add_process(struct world *world, int32_t pid, uint32_t uid, uint32_t fds)
{
	struct process_sample sample = {
		.pid = pid,
		.start_time = 1,
		.uid = uid,
		.euid = uid,
		.suid = uid,
		.fds = fds,
		.soft_limit = 1024,
		.hard_limit = LIMIT_INFINITY,
		.dumpable = true,
		.execs = pid == 2000 ? world->execs : 0,
		.comm = "program",
	};
	struct process *process;

	table_update(world->table, &sample, &process, NULL);
}

static inline void refresh(void *data)
{
	add_process(data, 2000, STRANGER, 20);
}

static inline void add_event(struct world *world, int32_t pid, uint32_t uid)
{
	struct event event = {
		.type = EVENT_EMFILE,
		.pid = pid,
		.uid = uid,
		.euid = uid,
		.suid = uid,
		.dumpable = true,
		.comm = "program",
	};

	event_log_add(world->events, &event);
}

static inline int32_t count_fds(void)
{
	int32_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static inline int on_control(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct world *world = data;
	char order = QUIT;
	int32_t count;

	(void)source, (void)events;
	if (read(fd, &order, 1) != 1 || order == QUIT)
		return sd_event_exit(world->loop, 0);
	switch (order) {
	case ADD_EVENT:
		add_event(world, 1000, 0);
		break;
	case ADD_OWN_EVENT:
		add_event(world, 2000, STRANGER);
		break;
	case ADD_FLOOD:
		for (int i = 0; i < EVENT_LOG_CAPACITY * 2; i++)
			add_event(world, 1000, 0);
		break;
	case TURN_SETUID:
		world->turned = true;
		break;
	case TURN_AT_COMMAND:
		world->turns_at_command = true;
		break;
	case EXEC_IN_LIST:
		world->execs_in_list = true;
		break;
	case GROW:
		world->descriptors = 300000;
		break;
	case COUNT_FDS:
		count = count_fds();
		return write(fd, &count, sizeof(count)) == sizeof(count) ? 0 : -EIO;
	}
	return 0;
}

/* The child; its exit status is 0 only where all was well, leaks included. */
static inline int serve(int listening, int control)
{
	struct world world = {.control = control, .descriptors = 1};
	struct serve_source source = {
		.events = world.events = event_log_new(),
		.table = world.table = table_new(),
		.status = &world.status,
		.refresh = refresh,
		.list_descriptors = list_descriptors,
		.owned_by = owned_by,
		.command_line = command_line,
		.data = &world,
	};
	int r;

	table_begin_poll(world.table);
	add_process(&world, 1000, 0, 10);
	add_process(&world, 2000, STRANGER, 20);
	add_process(&world, 3000, 0, 30);
	sd_event_new(&world.loop);
	sd_event_add_io(world.loop, NULL, control, POLLIN, on_control, &world);
	r = server_start(&world.server, world.loop, listening, &source);
	if (r >= 0)
		r = sd_event_loop(world.loop);
	server_stop(world.server);
	sd_event_unref(world.loop);
	event_log_free(world.events);
	table_free(world.table);
	return r < 0;
}

static inline int start(void **state)
{
	static struct fixture one; /* no heap: the child would have lost it */
	struct fixture *fixture = &one;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int pair[2];

	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/fdwatch-serve-XXXXXX");
	if (!mkdtemp(fixture->folder))
		return -1;
	chmod(fixture->folder, 0755);
	snprintf(fixture->path, sizeof(fixture->path), "%.63s/sock", fixture->folder);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) ||
	    chmod(fixture->path, 0666) || listen(listening, 1024) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	fflush(NULL);
	fixture->child = fork();
	if (fixture->child == 0) {
		close(pair[0]);
		exit(serve(listening, pair[1]));
	}
	close(listening);
	close(pair[1]);
	fixture->control = pair[0];
	*state = fixture;
	return 0;
}

static inline void order(const struct fixture *fixture, char what)
{
	assert_int_equal(write(fixture->control, &what, 1), 1);
}

/* Returns the child's exit status; nothing where it has ended already. */
static inline int end_child(struct fixture *fixture)
{
	int status = -1;

	if (fixture->child == 0)
		return 0;
	order(fixture, QUIT);
	waitpid(fixture->child, &status, 0);
	fixture->child = 0;
	return status;
}

static inline int stop(void **state)
{
	struct fixture *fixture = *state;
	int status = end_child(fixture);

	close(fixture->control);
	unlink(fixture->path);
	rmdir(fixture->folder);
	return status;
}

static inline int connect_to(const struct fixture *fixture)
{
	const struct timeval patience = {.tv_sec = WAIT_SECONDS};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Writes all; false where the other end would not take it. */
static inline bool put(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* Reads until the other end is done; the caller frees. */
static inline char *get_all(int fd)
{
	size_t length = 0, capacity = 65536;
	char *text = malloc(capacity);
	ssize_t size;

	while ((size = recv(fd, text + length, capacity - length - 1, 0)) > 0) {
		length += (size_t)size;
		if (capacity - length < 4096)
			text = realloc(text, capacity *= 2);
	}
	text[length] = '\0';
	return text;
}

/* Reads until `wanted` has come, or fails; what came before it is forgotten. */
static inline void get_until(int fd, const char *wanted)
{
	static char text[1 << 16];
	size_t length = 0;

	text[0] = '\0';
	while (!strstr(text, wanted)) {
		ssize_t size;

		if (length > sizeof(text) / 2) { /* what is wanted is short */
			memmove(text, text + length - 256, 256);
			length = 256;
		}
		size = recv(fd, text + length, sizeof(text) / 4, 0);
		if (size <= 0)
			fail_msg("\"%s\" never came: %s", wanted, strerror(errno));
		length += (size_t)size;
		text[length] = '\0';
	}
}

static inline char *exchange(const struct fixture *fixture, const char *bytes, size_t size)
{
	_close_ int fd = connect_to(fixture);

	assert_true(put(fd, bytes, size));
	return get_all(fd);
}

static inline char *request(const struct fixture *fixture, const char *method, const char *target)
{
	char text[256];
	int size = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: fdwatch\r\n\r\n", method,
			    target);

	return exchange(fixture, text, (size_t)size);
}

static inline json_t *body_of(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");
	json_t *json = body ? json_loads(body + 4, 0, NULL) : NULL;

	if (!json)
		fail_msg("no JSON in the answer: %s", answer);
	return json;
}

static inline void expect_error(const char *answer, unsigned status)
{
	char line[32];
	json_t *body = body_of(answer);

	snprintf(line, sizeof(line), "HTTP/1.1 %u ", status);
	if (strncmp(answer, line, strlen(line)))
		fail_msg("not %u: %s", status, answer);
	assert_non_null(json_string_value(json_object_get(body, "error")));
	json_decref(body);
}

static inline void expect_refusal(const struct fixture *fixture, const char *text, unsigned status)
{
	_free_ char *answer = exchange(fixture, text, strlen(text));

	expect_error(answer, status);
}

static inline json_t *fetch(const struct fixture *fixture, const char *target)
{
	_free_ char *answer = request(fixture, "GET", target);

	if (strncmp(answer, "HTTP/1.1 200 ", 13))
		fail_msg("not well: %s", answer);
	return body_of(answer);
}

static inline int32_t server_fds(const struct fixture *fixture)
{
	int32_t count = 0;

	order(fixture, COUNT_FDS);
	assert_int_equal(read(fixture->control, &count, sizeof(count)), sizeof(count));
	return count;
}

static inline double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits until the server has as many descriptors as before. */
static inline void expect_fds(const struct fixture *fixture, int32_t wanted)
{
	double deadline = now_seconds() + WAIT_SECONDS;
	int32_t count;

	while ((count = server_fds(fixture)) != wanted)
		if (now_seconds() > deadline)
			fail_msg("%d descriptors, not %d", count, wanted);
}

static inline int follow(const struct fixture *fixture)
{
	static const char text[] = "GET /v1/events?follow=1 HTTP/1.1\r\nHost: fdwatch\r\n\r\n";
	int fd = connect_to(fixture);

	assert_true(put(fd, text, sizeof(text) - 1));
	return fd;
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, start, stop)

#endif
