// SPDX-License-Identifier: BSD-2-Clause
/* libmicrohttpd on the daemon's one loop: no threads, every connection through the acceptor. */
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fdwatch/api.h"
#include "serve/acceptor.h"
#include "serve/answer.h"
#include "serve/http.h"
#include "serve/inquiry.h"
#include "serve/json.h"
#include "serve/metrics_cache.h"
#include "serve/router.h"
#include "serve/rows.h"
#include "serve/samples.h"
#include "serve/stream.h"
#include "serve/waiter.h"

#define ANSWER_SECONDS 60U /* in which nothing of an answer is read: the client is stuck */
#define CONNECTION_MEMORY (32U * 1024) /* four times the longest head (head.h) */

/* For who does not see all: some 60,000 descriptors. Beside it stands the list it is made from. */
#define ANSWER_MAX (32U << 20)

#define CONTENT_TOO_LARGE 413 /* the library has had three names for it */

#define NEW_PROCESS_USEC 110000     /* until another poll may be made */
#define PATIENCE_USEC 1000000       /* for frames that are being resolved */
#define DISK_PATIENCE_USEC 15000000 /* for incidents, whose disk may be slow */

#define LINES_TYPE "application/x-ndjson"

struct server {
	struct serve_source source;
	struct quota quota;
	struct feeds events;  /* woken at each */
	struct feeds samples; /* woken after each poll */
	struct waiters waiters;
	struct rows_cache rows;
	struct acceptor *acceptor;
	struct http http;
	const struct peer *entering; /* on its way into the library */
	bool stopping;
};

/* One connection that has come through the acceptor; it serves one request. */
struct connection {
	struct peer peer;
	struct waiter waiter;
	struct inquiry *inquiry; /* what is asked of the store, or NULL */
	bool soon;               /* it waits for a poll */
	bool waited;             /* it has */
	size_t bytes;            /* of its answer, in the user's quota */
	size_t body_size;
	char body[ROUTE_BODY_MAX]; /* of the request; what is longer is refused */
	int fd;
};

static void work_soon(void *data)
{
	struct server *server = data;

	http_work_soon(&server->http);
}

static void on_event_added(void *data)
{
	struct server *server = data;

	feeds_wake(&server->events);
}

void server_polled(struct server *server)
{
	if (server)
		feeds_wake(&server->samples);
}

/* Where the library refuses the descriptor it closes it, maybe without a word to on_connection().
 */
static void on_admitted(int fd, const struct peer *peer, void *data)
{
	struct server *server = data;
	struct sockaddr address = {.sa_family = AF_UNIX};

	server->entering = peer;
	if (MHD_add_connection(server->http.daemon, fd, &address, sizeof(address)) != MHD_YES &&
	    server->entering)
		quota_disconnect(&server->quota, peer);
	server->entering = NULL;
	work_soon(server);
}

static void start_connection(struct server *server, struct MHD_Connection *http, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *connection = calloc(1, sizeof(*connection));

	*context = connection;
	if (!connection) {
		quota_disconnect(&server->quota, server->entering);
	} else {
		connection->peer = *server->entering;
		connection->fd = info->connect_fd;
	}
	server->entering = NULL;
}

static void end_connection(struct server *server, struct connection *connection)
{
	if (!server->stopping)
		acceptor_linger(server->acceptor, connection->fd);
	waiter_end(&connection->waiter);
	inquiry_drop(connection->inquiry);
	quota_end_bytes(&server->quota, &connection->peer, connection->bytes);
	quota_disconnect(&server->quota, &connection->peer);
	free(connection);
}

static void on_connection(void *data, struct MHD_Connection *http, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		start_connection(data, http, context);
	else if (*context)
		end_connection(data, *context);
}

/* Takes `response` over; MHD_NO drops the connection. */
static enum MHD_Result send_response(struct MHD_Connection *http, unsigned status,
				     struct MHD_Response *response, const char *type)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	/* Where a body was taken in, the library would wait for another request. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	result = MHD_queue_response(http, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Takes the text over. */
static enum MHD_Result send_body(struct MHD_Connection *http, unsigned status, struct writer *body)
{
	struct MHD_Response *response;

	if (body->failed)
		return MHD_NO;
	response = MHD_create_response_from_buffer(body->length, body->data, MHD_RESPMEM_MUST_FREE);
	if (response)
		body->data = NULL;
	return send_response(http, status, response, "application/json");
}

static enum MHD_Result send_error(struct MHD_Connection *http, unsigned status, const char *text)
{
	_cleanup_(writer_free) struct writer body = {};

	json_error(&body, text);
	return send_body(http, status, &body);
}

static enum MHD_Result send_not_allowed(struct MHD_Connection *http, const char *allow,
					const char *text)
{
	_cleanup_(writer_free) struct writer body = {};
	struct MHD_Response *response;

	json_error(&body, text);
	if (body.failed)
		return MHD_NO;
	response = MHD_create_response_from_buffer(body.length, body.data, MHD_RESPMEM_MUST_COPY);
	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
	return send_response(http, MHD_HTTP_METHOD_NOT_ALLOWED, response, "application/json");
}

static bool is_inquiry(const struct route *route)
{
	return route->kind == ROUTE_INCIDENT || route->kind == ROUTE_INCIDENTS;
}

/* A poll is made for a client once a tenth of a second at most. */
static enum MHD_Result send_soon(struct server *server, struct connection *connection,
				 struct MHD_Connection *http)
{
	connection->soon = true;
	if (connection->waiter.gone || waiter_sleep(&server->waiters, &connection->waiter, http,
						    connection->fd, NEW_PROCESS_USEC) < 0)
		return MHD_NO;
	return MHD_YES;
}

/* Until then nothing is sent; for those who end a run it may be long. */
static enum MHD_Result send_later(struct server *server, struct connection *connection,
				  struct MHD_Connection *http, const struct route *route)
{
	uint64_t usec = is_inquiry(route)                             ? DISK_PATIENCE_USEC
			: route->kind == ROUTE_RUN && !route->settles ? 0
								      : PATIENCE_USEC;

	if (connection->waiter.gone)
		return MHD_NO;
	return waiter_sleep(&server->waiters, &connection->waiter, http, connection->fd, usec) < 0
		       ? MHD_NO
		       : MHD_YES;
}

static void on_inquiry_done(void *data)
{
	struct server *server = data;

	waiters_wake(&server->waiters);
}

static unsigned answer_inquiry(struct server *server, struct connection *connection,
			       const struct route *route, struct writer *body)
{
	const struct peer *peer = &connection->peer;

	if (!connection->inquiry)
		connection->inquiry =
			inquiry_new(&server->source, peer, route, peer->sees_all ? 0 : ANSWER_MAX,
				    on_inquiry_done, server);
	if (!connection->inquiry) {
		body->failed = true;
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return inquiry_answer(connection->inquiry, route->impatient, body) ?: ANSWER_LATER;
}

static enum MHD_Result send_answer(struct server *server, struct connection *connection,
				   struct MHD_Connection *http, const struct route *route)
{
	const struct peer *peer = &connection->peer;
	_cleanup_(writer_free) struct writer body = {.limit = peer->sees_all ? 0 : ANSWER_MAX};
	unsigned status = is_inquiry(route) ? answer_inquiry(server, connection, route, &body)
					    : answer_route(&server->source, peer, route, &body);

	if (status == ANSWER_SOON)
		return send_soon(server, connection, http);
	if (status == ANSWER_LATER)
		return send_later(server, connection, http, route);
	if (body.too_long)
		return send_error(
			http, CONTENT_TOO_LARGE,
			"the answer is too long for you: root and members of group " FDW_GROUP
			" get it");
	if (body.failed)
		return send_error(http, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "the daemon is short of memory: try again later");
	if (!quota_bytes(&server->quota, peer, body.length))
		return send_error(http, MHD_HTTP_TOO_MANY_REQUESTS,
				  "too much that you asked for is unread: read it first");
	connection->bytes = body.length;
	return send_body(http, status, &body);
}

static int make_lines(struct server *server, struct connection *connection,
		      struct MHD_Connection *http, const struct route *route,
		      struct MHD_Response **response)
{
	if (route->kind == ROUTE_SAMPLES)
		return samples_new(&server->samples, &server->source, http, connection->fd,
				   &connection->peer, route->pid, route->follow, response);
	return stream_new(&server->events, server->source.events, http, connection->fd,
			  &connection->peer, route->follow, response);
}

static enum MHD_Result send_lines(struct server *server, struct connection *connection,
				  struct MHD_Connection *http, const struct route *route)
{
	struct MHD_Response *response;
	int r = make_lines(server, connection, http, route, &response);

	if (r == -ESRCH)
		return send_error(http, MHD_HTTP_NOT_FOUND,
				  "no such process that you may see; a new one shows within one "
				  "interval");
	if (r == -EDQUOT)
		return send_error(http, MHD_HTTP_TOO_MANY_REQUESTS,
				  "you follow as many streams as a user may: end one first");
	if (r < 0)
		return MHD_NO;
	/* Who follows may pause as long as they like: they hold no memory. */
	if (route->follow)
		MHD_set_connection_option(http, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	return send_response(http, MHD_HTTP_OK, response, LINES_TYPE);
}

static enum MHD_Result send_metrics(struct server *server, struct MHD_Connection *http)
{
	struct MHD_Response *response =
		server->source.metrics ? metrics_cache_get(server->source.metrics, http) : NULL;

	return response ? MHD_queue_response(http, MHD_HTTP_OK, response) : MHD_NO;
}

/* The library would end a stream that is not to be sent with the end of its last chunk. */
static enum MHD_Result send_head_of_lines(struct MHD_Connection *http)
{
	return send_response(http, MHD_HTTP_OK,
			     MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT),
			     LINES_TYPE);
}

/* Everybody who sees all is sent the same text. */
static enum MHD_Result send_rows(struct server *server, struct MHD_Connection *http,
				 const struct route *route)
{
	struct MHD_Response *response = rows_cached(&server->rows, &server->source, route->max_age);

	return response ? MHD_queue_response(http, MHD_HTTP_OK, response) : MHD_NO;
}

struct arguments {
	struct route *route;
	char *error;
	unsigned status;
};

static enum MHD_Result take_argument(void *data, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	struct arguments *arguments = data;

	(void)kind;
	arguments->status = route_argument(arguments->route, key, value, arguments->error);
	return arguments->status ? MHD_NO : MHD_YES;
}

static unsigned read_route(struct MHD_Connection *http, const char *path, const char *method,
			   struct route *route, char error[ROUTE_ERROR_SIZE])
{
	struct arguments arguments = {.route = route, .error = error};
	unsigned status = route_path(route, path, error);

	if (status)
		return status;
	status = route_method(route, method, error);
	if (status)
		return status;
	MHD_get_connection_values(http, MHD_GET_ARGUMENT_KIND, take_argument, &arguments);
	return arguments.status;
}

static void take_body(struct connection *connection, const char *upload, size_t *size)
{
	for (; *size; --*size, upload++)
		if (connection->body_size < sizeof(connection->body))
			connection->body[connection->body_size++] = *upload;
}

/*
 * Answers at the first call, when the head is read, but for those few with a body: the library then
 * takes no body in and closes the connection after the answer, so that every request passes the
 * acceptor.
 */
static enum MHD_Result on_request(void *data, struct MHD_Connection *http, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **request)
{
	struct server *server = data;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *connection = info->socket_context;
	char error[ROUTE_ERROR_SIZE];
	struct route route;
	unsigned status;

	(void)version;
	if (!connection)
		return MHD_NO;
	if (*request && *upload_size) {
		take_body(connection, upload, upload_size);
		return MHD_YES;
	}
	status = read_route(http, path, method, &route, error);
	if (!status && route.kind == ROUTE_RUNS && !route.pid) {
		if (!*request) {
			*request = connection;
			return MHD_YES;
		}
		status = route_body(&route, connection->body, connection->body_size, error);
	}
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		return send_not_allowed(http, route_allow(&route), error);
	if (status)
		return send_error(http, status, error);
	if (connection->soon && connection->waiter.late) {
		connection->soon = false;
		connection->waited = true;
	} else {
		route.impatient |= connection->waiter.late;
	}
	route.waited = connection->waited;
	if (route.kind == ROUTE_METRICS)
		return send_metrics(server, http);
	if (route.kind == ROUTE_ROWS && connection->peer.sees_all)
		return send_rows(server, http, &route);
	if (route.kind != ROUTE_EVENTS && route.kind != ROUTE_SAMPLES)
		return send_answer(server, connection, http, &route);
	if (!strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_head_of_lines(http);
	return send_lines(server, connection, http, &route);
}

/* The library's own invariants are broken: nothing it says after that could be trusted. */
static void on_panic(void *data, const char *file, unsigned line, const char *reason)
{
	(void)data;
	fprintf(stderr, "<2>fdwatchd: libmicrohttpd gave up at %s:%u: %s\n", file, line,
		reason ? reason : "unknown");
	abort();
}

/* Without MHD_USE_ERROR_LOG it is silent; its clients are told all that matters. */
static int start_http(struct server *server)
{
	MHD_set_panic_func(on_panic, NULL);
	server->http.daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_THREAD_SAFETY,
		0, NULL, NULL, on_request, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)QUOTA_CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, ANSWER_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_END);
	return server->http.daemon ? 0 : errno ? -errno : -ENOMEM;
}

static struct server *server_new(sd_event *loop, const struct serve_source *source)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->source = *source;
	server->waiters.loop = loop;
	server->waiters.woken = work_soon;
	server->waiters.data = server;
	server->events = (struct feeds){
		.loop = loop,
		.quota = &server->quota,
		.woken = work_soon,
		.data = server,
	};
	server->samples = server->events;
	return server;
}

int server_start(struct server **server, sd_event *loop, int fd, const struct serve_source *source)
{
	struct server *s = server_new(loop, source);
	int r;

	if (!s)
		return -ENOMEM;
	r = start_http(s);
	if (r >= 0)
		r = http_join(&s->http, loop);
	if (r >= 0)
		r = acceptor_open(&s->acceptor, loop, fd, &s->quota, on_admitted, s);
	if (r < 0) {
		server_stop(s);
		return r;
	}
	event_log_on_add(source->events, on_event_added, s);
	*server = s;
	return 0;
}

void server_wake(struct server *server)
{
	if (server)
		waiters_wake(&server->waiters);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	server->stopping = true;
	event_log_on_add(server->source.events, NULL, NULL);
	acceptor_close(server->acceptor);
	/* Suspended connections can't be ended. */
	feeds_wake(&server->events);
	feeds_wake(&server->samples);
	waiters_wake(&server->waiters);
	http_stop(&server->http);
	rows_cache_clear(&server->rows);
	free(server);
}
