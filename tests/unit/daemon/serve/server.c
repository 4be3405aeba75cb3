// SPDX-License-Identifier: BSD-2-Clause
/*
 * The whole server on a socket of its own, with a table of hand-made processes, in a child that
 * runs an event loop; its clients write and read bytes.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
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
#define ADD_EVENT 'e'     /* of root's process */
#define ADD_OWN_EVENT 'o' /* of the stranger's */
#define ADD_FLOOD 'f'     /* more than the history keeps */
#define COUNT_FDS 'c'     /* answers with the child's descriptors */
#define TURN_SETUID 's'   /* process 2000 stops being the stranger's */
#define QUIT 'q'

struct world {
	sd_event *loop;
	struct table *table;
	struct event_log *events;
	struct status status;
	struct server *server;
	bool turned;
	int control;
};

struct fixture {
	char folder[64];
	char path[96];
	int control;
	pid_t child;
};

static int list_descriptors(int32_t pid, uint64_t start_time, struct descriptor_list **list,
			    void *data)
{
	(void)start_time, (void)data;
	if (pid == 3000)
		return -ESRCH;
	*list = calloc(1, sizeof(**list));
	(*list)->count = pid == 1000 ? 2 : 1;
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

static bool owned_by(int32_t pid, uint64_t start_time, uint32_t uid, void *data)
{
	const struct world *world = data;

	(void)start_time;
	return pid == 2000 && uid == STRANGER && !world->turned;
}

static int command_line(int32_t pid, uint64_t start_time, char *buffer, size_t size, void *data)
{
	(void)start_time, (void)data;
	snprintf(buffer, size, "program --of %d", pid);
	return 0;
}

static void add_process(struct world *world, int32_t pid, uint32_t uid, uint32_t fds)
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
		.comm = "program",
	};
	struct process *process;

	table_update(world->table, &sample, &process, NULL);
}

static void add_event(struct world *world, int32_t pid, uint32_t uid)
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

static int32_t count_fds(void)
{
	int32_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int on_control(sd_event_source *source, int fd, uint32_t events, void *data)
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
	case COUNT_FDS:
		count = count_fds();
		return write(fd, &count, sizeof(count)) == sizeof(count) ? 0 : -EIO;
	}
	return 0;
}

/* The child; its exit status is 0 only where all was well, leaks included. */
static int serve(int listening, int control)
{
	struct world world = {.control = control};
	struct serve_source source = {
		.events = world.events = event_log_new(),
		.table = world.table = table_new(),
		.status = &world.status,
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

static int start(void **state)
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

static void order(const struct fixture *fixture, char what)
{
	assert_int_equal(write(fixture->control, &what, 1), 1);
}

/* Returns the child's exit status; nothing where it has ended already. */
static int end_child(struct fixture *fixture)
{
	int status = -1;

	if (fixture->child == 0)
		return 0;
	order(fixture, QUIT);
	waitpid(fixture->child, &status, 0);
	fixture->child = 0;
	return status;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;
	int status = end_child(fixture);

	close(fixture->control);
	unlink(fixture->path);
	rmdir(fixture->folder);
	return status;
}

static int connect_to(const struct fixture *fixture)
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
static bool put(int fd, const char *bytes, size_t size)
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
static char *get_all(int fd)
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
static void get_until(int fd, const char *wanted)
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

static char *exchange(const struct fixture *fixture, const char *bytes, size_t size)
{
	_close_ int fd = connect_to(fixture);

	assert_true(put(fd, bytes, size));
	return get_all(fd);
}

static char *request(const struct fixture *fixture, const char *method, const char *target)
{
	char text[256];
	int size = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: fdwatch\r\n\r\n", method,
			    target);

	return exchange(fixture, text, (size_t)size);
}

static json_t *body_of(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");
	json_t *json = body ? json_loads(body + 4, 0, NULL) : NULL;

	if (!json)
		fail_msg("no JSON in the answer: %s", answer);
	return json;
}

static void expect_error(const char *answer, unsigned status)
{
	char line[32];
	json_t *body = body_of(answer);

	snprintf(line, sizeof(line), "HTTP/1.1 %u ", status);
	if (strncmp(answer, line, strlen(line)))
		fail_msg("not %u: %s", status, answer);
	assert_non_null(json_string_value(json_object_get(body, "error")));
	json_decref(body);
}

static void expect_refusal(const struct fixture *fixture, const char *text, unsigned status)
{
	_free_ char *answer = exchange(fixture, text, strlen(text));

	expect_error(answer, status);
}

static json_t *fetch(const struct fixture *fixture, const char *target)
{
	_free_ char *answer = request(fixture, "GET", target);

	if (strncmp(answer, "HTTP/1.1 200 ", 13))
		fail_msg("not well: %s", answer);
	return body_of(answer);
}

static int32_t server_fds(const struct fixture *fixture)
{
	int32_t count = 0;

	order(fixture, COUNT_FDS);
	assert_int_equal(read(fixture->control, &count, sizeof(count)), sizeof(count));
	return count;
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits until the server has as many descriptors as before. */
static void expect_fds(const struct fixture *fixture, int32_t wanted)
{
	double deadline = now_seconds() + WAIT_SECONDS;
	int32_t count;

	while ((count = server_fds(fixture)) != wanted)
		if (now_seconds() > deadline)
			fail_msg("%d descriptors, not %d", count, wanted);
}

static void test_answers(void **state)
{
	json_t *status = fetch(*state, "/v1/status");
	json_t *list = fetch(*state, "/v1/processes?sort=fds&limit=2");
	json_t *show = fetch(*state, "/v1/processes/1000");
	json_t *processes = json_object_get(list, "processes");

	assert_int_equal(json_integer_value(json_object_get(status, "processes")), 3);
	assert_int_equal(json_array_size(processes), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(processes, 0), "pid")),
			 3000);
	assert_int_equal(json_array_size(json_object_get(show, "descriptors")), 2);
	assert_int_equal(json_integer_value(json_object_get(show, "fds")), 3);
	assert_int_equal(json_integer_value(json_object_get(show, "reserved")), 1);
	assert_string_equal(json_string_value(json_object_get(show, "command")),
			    "program --of 1000");
	json_decref(status);
	json_decref(list);
	json_decref(show);
}

static void test_errors(void **state)
{
	static const struct {
		const char *method;
		const char *target;
		unsigned status;
	} cases[] = {
		{"GET", "/", 404},
		{"GET", "/v1/nothing", 404},
		{"GET", "/v1/processes/0", 400},
		{"GET", "/v1/processes/-1", 400},
		{"GET", "/v1/processes/99999999999999999999", 400},
		{"GET", "/v1/processes/4000", 404},
		{"GET", "/v1/processes/3000", 404}, /* ended while it was read */
		{"GET", "/v1/processes?limit=0", 400},
		{"GET", "/v1/processes?limit=many", 400},
		{"GET", "/v1/processes?sort=beauty", 400},
		{"GET", "/v1/events?follow=perhaps", 400},
		{"POST", "/v1/status", 405},
		{"DELETE", "/v1/processes/1000", 405},
		{"BREW", "/v1/status", 405},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_free_ char *answer = request(*state, cases[i].method, cases[i].target);

		expect_error(answer, cases[i].status);
		if (cases[i].status == 405)
			assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
	}
}

static void test_head_request(void **state)
{
	_free_ char *answer = request(*state, "HEAD", "/v1/status");
	_free_ char *events = request(*state, "HEAD", "/v1/events?follow=1");

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
	assert_memory_equal(events, "HTTP/1.1 200 ", 13);
	assert_string_equal(strstr(events, "\r\n\r\n"), "\r\n\r\n");
}

static void test_malformed(void **state)
{
	expect_refusal(*state, "garbage\r\n\r\n", 400);
	expect_refusal(*state, "GET\r\n\r\n", 400);
	expect_refusal(*state, "\r\n\r\n", 400);
	expect_refusal(*state, "\x01\xff", 400);
	expect_refusal(*state, "GET /v1/status\r\n\r\n", 400);
	expect_refusal(*state, "GET /v1/status HTTP/9.9\r\n\r\n", 505);
	expect_refusal(*state, "GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n", 400);
	expect_refusal(*state, "GET /v1/status HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400);
}

static void test_cut_short(void **state)
{
	_close_ int fd = connect_to(*state);

	assert_true(put(fd, "GET /v1/sta", 11));
	shutdown(fd, SHUT_WR);
	_free_ char *answer = get_all(fd);

	expect_error(answer, 400);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] = "GET /v1/status HTTP/1.1\r\nHost: fdwatch\r\n\r\n";
	_close_ int fd = connect_to(*state);

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_true(put(fd, text + i, 1));
	_free_ char *answer = get_all(fd);

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
}

/* All of it is taken in, so that the client sees the answer and no broken pipe. */
static void test_long_line(void **state)
{
	size_t size = 1 << 20;
	_free_ char *text = malloc(size + 64);

	memset(text, 'a', size + 64);
	memcpy(text, "GET /", 5);
	memcpy(text + size, " HTTP/1.1\r\n\r\n", 13);
	_free_ char *answer = exchange(*state, text, size + 13);

	expect_error(answer, 414);
	memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
	_free_ char *other = exchange(*state, text, size + 13);

	expect_error(other, 431);
}

static void test_body(void **state)
{
	static const char head[] =
		"POST /v1/status HTTP/1.1\r\nHost: fdwatch\r\nContent-Length: 1000000\r\n\r\n";
	size_t size = sizeof(head) - 1 + 1000000;
	_free_ char *text = calloc(1, size);

	memcpy(text, head, sizeof(head) - 1);
	_free_ char *answer = exchange(*state, text, size);

	expect_error(answer, 405);
}

static void test_idle_connections(void **state)
{
	int idle[200];
	int32_t before = server_fds(*state);

	for (size_t i = 0; i < 200; i++)
		idle[i] = connect_to(*state);
	json_decref(fetch(*state, "/v1/status"));
	for (size_t i = 0; i < 200; i++)
		close(idle[i]);
	expect_fds(*state, before);
}

/* More than there is room for, and still the next request is answered. */
static void test_crowd(void **state)
{
	int idle[QUOTA_CONNECTIONS + 50];
	size_t count = sizeof(idle) / sizeof(idle[0]);
	int32_t before = server_fds(*state);

	if (getuid() != 0) {
		skip();
		return;
	}
	for (size_t i = 0; i < count; i++)
		idle[i] = connect_to(*state);
	json_decref(fetch(*state, "/v1/status"));
	for (size_t i = 0; i < count; i++)
		close(idle[i]);
	expect_fds(*state, before);
}

static void test_history(void **state)
{
	order(*state, ADD_EVENT);
	order(*state, ADD_OWN_EVENT);
	server_fds(*state); /* both are there now */
	_free_ char *answer = request(*state, "GET", "/v1/events");

	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(answer, "\"pid\":1000"));
	assert_non_null(strstr(answer, "\"pid\":2000"));
}

static int follow(const struct fixture *fixture)
{
	static const char text[] = "GET /v1/events?follow=1 HTTP/1.1\r\nHost: fdwatch\r\n\r\n";
	int fd = connect_to(fixture);

	assert_true(put(fd, text, sizeof(text) - 1));
	return fd;
}

static void test_follow(void **state)
{
	int32_t before = server_fds(*state);
	int fd = follow(*state);

	get_until(fd, "\r\n\r\n"); /* before there is any event */
	for (int i = 0; i < 50; i++) {
		double sent = now_seconds();

		order(*state, i % 2 ? ADD_EVENT : ADD_OWN_EVENT);
		get_until(fd, i % 2 ? "\"pid\":1000" : "\"pid\":2000");
		assert_true(now_seconds() - sent < 0.1);
	}
	close(fd);
	expect_fds(*state, before); /* noticed though there was nothing to send */
}

static void test_slow_follower(void **state)
{
	_close_ int fd = follow(*state);

	get_until(fd, "\r\n\r\n");
	for (int i = 0; i < 20; i++)
		order(*state, ADD_FLOOD);
	server_fds(*state);
	get_until(fd, "\"type\":\"lost\",\"count\":");
	order(*state, ADD_OWN_EVENT);
	get_until(fd, "\"pid\":2000");
}

/* Ends with a follower that sleeps and one that is in the middle of its answer. */
static void test_stop_while_followed(void **state)
{
	int sleeper = follow(*state), busy;

	get_until(sleeper, "\r\n\r\n");
	for (int i = 0; i < 4; i++)
		order(*state, ADD_FLOOD);
	busy = follow(*state);
	get_until(busy, "\r\n\r\n");
	assert_int_equal(end_child(*state), 0);
	free(get_all(sleeper));
	close(sleeper);
	close(busy);
}

static void test_descriptors_stay_flat(void **state)
{
	int32_t before = server_fds(*state);

	for (int i = 0; i < 500; i++) {
		json_decref(fetch(*state, "/v1/processes"));
		json_decref(fetch(*state, "/v1/processes/1000"));
		expect_refusal(*state, "garbage\r\n\r\n", 400);
	}
	expect_fds(*state, before);
}

/* Runs a test as another user, in a process of its own. */
static void as_stranger(void **state, void (*test)(const struct fixture *fixture))
{
	int status = -1;
	pid_t child;

	if (getuid() != 0) {
		skip();
		return;
	}
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (setgroups(0, NULL) || setgid(STRANGER) || setuid(STRANGER))
			_exit(2);
		test(*state);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

/* A failed assertion in that process must end it there. */
#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "# line %d: " #condition "\n", __LINE__); \
			_exit(1); \
		} \
	} while (0)

static bool is_error(const struct fixture *fixture, const char *target, const char *start)
{
	_free_ char *answer = request(fixture, "GET", target);

	return !strncmp(answer, start, strlen(start)) && strstr(answer, "{\"error\":");
}

static void stranger_sees_own(const struct fixture *fixture)
{
	json_t *list = fetch(fixture, "/v1/processes");
	json_t *processes = json_object_get(list, "processes");
	_free_ char *other = request(fixture, "GET", "/v1/processes/1000");
	_free_ char *absent = request(fixture, "GET", "/v1/processes/1001");
	char *number;

	EXPECT(json_array_size(processes) == 1);
	EXPECT(json_integer_value(json_object_get(json_array_get(processes, 0), "pid")) == 2000);
	json_decref(list);
	json_decref(fetch(fixture, "/v1/processes/2000"));
	json_decref(fetch(fixture, "/v1/status"));
	/* Another's and nobody's answers differ in the number alone. */
	EXPECT(!strncmp(other, "HTTP/1.1 404 ", 13));
	number = strstr(strstr(other, "\r\n\r\n"), "1000");
	EXPECT(number);
	number[3] = '1';
	EXPECT(!strcmp(strstr(other, "\r\n\r\n"), strstr(absent, "\r\n\r\n")));
}

static void stranger_sees_own_events(const struct fixture *fixture)
{
	_close_ int fd = follow(fixture);

	get_until(fd, "\r\n\r\n");
	order(fixture, ADD_EVENT);
	order(fixture, ADD_FLOOD);
	order(fixture, ADD_OWN_EVENT);
	server_fds(fixture);
	_free_ char *answer = request(fixture, "GET", "/v1/events");

	EXPECT(strstr(answer, "\"pid\":2000"));
	EXPECT(!strstr(answer, "\"pid\":1000"));
	EXPECT(!strstr(answer, "\"count\":4"));
}

static void stranger_has_a_quota(const struct fixture *fixture)
{
	int fds[QUOTA_USER_CONNECTIONS];

	for (size_t i = 0; i < QUOTA_USER_STREAMS; i++) {
		fds[i] = follow(fixture);
		get_until(fds[i], "HTTP/1.1 200 ");
	}
	EXPECT(is_error(fixture, "/v1/events?follow=1", "HTTP/1.1 429 "));
	for (size_t i = QUOTA_USER_STREAMS; i < QUOTA_USER_CONNECTIONS; i++)
		fds[i] = connect_to(fixture);
	EXPECT(is_error(fixture, "/v1/status", "HTTP/1.1 429 "));
	for (size_t i = 0; i < QUOTA_USER_CONNECTIONS; i++)
		close(fds[i]);
	/* The server may not have seen all of them go yet. */
	for (double deadline = now_seconds() + WAIT_SECONDS;;) {
		_free_ char *answer = request(fixture, "GET", "/v1/status");

		if (!strncmp(answer, "HTTP/1.1 200 ", 13))
			break;
		EXPECT(now_seconds() < deadline);
	}
}

static void stranger_is_looked_at_anew(const struct fixture *fixture)
{
	order(fixture, TURN_SETUID);
	server_fds(fixture);
	EXPECT(is_error(fixture, "/v1/processes/2000", "HTTP/1.1 404 "));
}

static void test_stranger_sees_own(void **state)
{
	as_stranger(state, stranger_sees_own);
}

static void test_stranger_sees_own_events(void **state)
{
	as_stranger(state, stranger_sees_own_events);
}

static void test_stranger_has_a_quota(void **state)
{
	int32_t before = server_fds(*state);

	as_stranger(state, stranger_has_a_quota);
	json_decref(fetch(*state, "/v1/status"));
	expect_fds(*state, before);
}

static void test_stranger_is_looked_at_anew(void **state)
{
	as_stranger(state, stranger_is_looked_at_anew);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(test_answers),
		SERVED(test_errors),
		SERVED(test_head_request),
		SERVED(test_malformed),
		SERVED(test_cut_short),
		SERVED(test_byte_by_byte),
		SERVED(test_long_line),
		SERVED(test_body),
		SERVED(test_idle_connections),
		SERVED(test_crowd),
		SERVED(test_history),
		SERVED(test_follow),
		SERVED(test_slow_follower),
		SERVED(test_stop_while_followed),
		SERVED(test_descriptors_stay_flat),
		SERVED(test_stranger_sees_own),
		SERVED(test_stranger_sees_own_events),
		SERVED(test_stranger_has_a_quota),
		SERVED(test_stranger_is_looked_at_anew),
	};

	return RUN_TESTS(tests);
}
