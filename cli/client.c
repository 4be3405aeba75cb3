// SPDX-License-Identifier: BSD-2-Clause
#include "client.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "safe.h"

/* A process can hold a million descriptors, and each takes some 400 bytes. */
#define BODY_MAX ((size_t)512 << 20)
#define LINE_BYTES_MAX ((size_t)1 << 20)
#define ERROR_BODY_MAX ((size_t)64 << 10)

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

#define CONNECT_SECONDS 5
#define RETRY_MILLISECONDS 20
#define RETRIES (CONNECT_SECONDS * 1000 / RETRY_MILLISECONDS)
#define SILENCE_SECONDS 20L
#define POLL_MILLISECONDS 1000
#define WATCH_MAX 4

struct exchange {
	CURL *easy;
	CURLM *multi;
	struct response *response;
	const struct stream *stream; /* NULL: the whole body is kept */
	size_t capacity;             /* of the response's body */
	int error;                   /* why this side ended it */
};

/* libcurl counts these calls, before 7.84 without a lock. */
static pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;

/* No TLS is spoken here: it is not set up. */
static bool begin_curl(void)
{
	CURLcode result;

	pthread_mutex_lock(&global_lock);
	result = curl_global_init(CURL_GLOBAL_NOTHING);
	pthread_mutex_unlock(&global_lock);
	return result == CURLE_OK;
}

static void exchange_clear(struct exchange *exchange)
{
	curl_easy_cleanup(exchange->easy);
	curl_multi_cleanup(exchange->multi);
	pthread_mutex_lock(&global_lock);
	curl_global_cleanup();
	pthread_mutex_unlock(&global_lock);
}

void response_clear(struct response *response)
{
	free(response->body);
	*response = (struct response){0};
}

static int append(struct exchange *exchange, const char *data, size_t length, size_t most)
{
	struct response *response = exchange->response;
	size_t need = response->length + length + 1;

	if (length > most || response->length > most - length)
		return -EFBIG;
	if (need > exchange->capacity) {
		size_t capacity = need * 2;
		char *body = realloc(response->body, capacity);

		if (!body)
			return -ENOMEM;
		response->body = body;
		exchange->capacity = capacity;
	}
	memcpy(response->body + response->length, data, length);
	response->length += length;
	response->body[response->length] = '\0';
	return 0;
}

/* Hands over the whole lines that are there and keeps what follows them. */
static int hand_over(struct exchange *exchange)
{
	struct response *response = exchange->response;
	char *start = response->body;
	char *end = response->body + response->length;
	char *newline;

	while ((newline = memchr(start, '\n', (size_t)(end - start)))) {
		size_t length = (size_t)(newline + 1 - start);
		int error = exchange->stream->line(start, length, exchange->stream->data);

		if (error < 0)
			return error;
		start = newline + 1;
	}
	response->length = (size_t)(end - start);
	memmove(response->body, start, response->length + 1);
	return 0;
}

/* A last line that has no newline. */
static int hand_over_rest(struct exchange *exchange)
{
	const struct response *response = exchange->response;

	if (response->length == 0)
		return 0;
	return exchange->stream->line(response->body, response->length, exchange->stream->data);
}

static size_t take(char *data, size_t size, size_t count, void *argument)
{
	struct exchange *exchange = argument;
	size_t length = size * count;
	long status = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && exchange->stream && exchange->stream->piece) {
		exchange->error = exchange->stream->piece(data, length, exchange->stream->data);
		return exchange->error == 0 ? length : 0;
	}
	if (status != 200)
		exchange->error = append(exchange, data, length, ERROR_BODY_MAX);
	else if (!exchange->stream || !exchange->stream->line)
		exchange->error = append(exchange, data, length, BODY_MAX);
	else
		exchange->error = append(exchange, data, length, LINE_BYTES_MAX);
	if (exchange->error == 0 && status == 200 && exchange->stream && exchange->stream->line)
		exchange->error = hand_over(exchange);
	return exchange->error == 0 ? length : 0;
}

static bool is_endless(const struct stream *stream)
{
	return stream && stream->watch_count > 0 && !stream->ends;
}

static int set_options(struct exchange *exchange, const char *socket_path, const char *method,
		       const char *path)
{
	bool endless = is_endless(exchange->stream);
	CURL *easy = exchange->easy;
	char url[512];
	bool set;

	if (strlen(socket_path) > SOCKET_PATH_MAX)
		return -ENAMETOOLONG;
	if (snprintf(url, sizeof(url), "http://fdwatch%s", path) >= (int)sizeof(url))
		return -ENAMETOOLONG;
	/* No proxy, whatever the environment says. */
	set = curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
	      (!method || curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK) &&
	      curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path) == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_USERAGENT, "fdwatch/" FDW_VERSION) == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	      curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK;
	if (set && !endless)
		set = curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
		      curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS) == CURLE_OK;
	return set ? 0 : -ENOMEM;
}

static bool watch_fired(const struct stream *stream)
{
	struct pollfd watch[WATCH_MAX];

	if (!stream || stream->watch_count == 0)
		return false;
	memcpy(watch, stream->watch, stream->watch_count * sizeof(*watch));
	return poll(watch, stream->watch_count, 0) > 0;
}

/* Runs until the answer is whole, the other side ends, or something watched happens. */
static int run(struct exchange *exchange, CURLcode *result)
{
	const struct stream *stream = exchange->stream;
	size_t watched = stream ? stream->watch_count : 0;
	struct curl_waitfd extra[WATCH_MAX] = {0};
	CURLMsg *message;
	int running = 1;
	int queued;

	if (watched > WATCH_MAX)
		return -EINVAL;
	for (size_t i = 0; i < watched; i++) {
		extra[i].fd = stream->watch[i].fd;
		extra[i].events = stream->watch[i].events & POLLIN ? CURL_WAIT_POLLIN : 0;
	}
	while (running) {
		if (curl_multi_perform(exchange->multi, &running) != CURLM_OK)
			return -EIO;
		if (!running)
			break;
		if (watch_fired(stream))
			return -ECANCELED;
		if (curl_multi_poll(exchange->multi, extra, (unsigned int)watched,
				    POLL_MILLISECONDS, NULL) != CURLM_OK)
			return -EIO;
	}
	message = curl_multi_info_read(exchange->multi, &queued);
	if (!message || message->msg != CURLMSG_DONE)
		return -EIO;
	*result = message->data.result;
	return 0;
}

static int result_error(const struct exchange *exchange, CURLcode result)
{
	long number = 0;

	if (exchange->error < 0)
		return exchange->error;
	switch (result) {
	case CURLE_OK:
		return 0;
	case CURLE_COULDNT_CONNECT:
		/* libcurl takes a full queue for a connection under way: no reason is left. */
		curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
		return number > 0 ? -(int)number : -EAGAIN;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
		return -ECONNRESET;
	case CURLE_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

/* One attempt. */
static int attempt(struct exchange *exchange)
{
	CURLcode result = CURLE_OK;
	int error;

	if (curl_multi_add_handle(exchange->multi, exchange->easy) != CURLM_OK)
		return -ENOMEM;
	error = run(exchange, &result);
	if (error == 0) {
		curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE,
				  &exchange->response->status);
		error = result_error(exchange, result);
	}
	curl_multi_remove_handle(exchange->multi, exchange->easy);
	if (error == 0 && exchange->stream && exchange->stream->line &&
	    exchange->response->status == 200)
		error = hand_over_rest(exchange);
	return error;
}

int client_send(const char *socket_path, const char *method, const char *path,
		const struct stream *stream, struct response *response)
{
	static const struct timespec pause = {.tv_nsec = RETRY_MILLISECONDS * 1000000};
	__attribute__((cleanup(exchange_clear))) struct exchange exchange = {
		.stream = stream,
		.response = response,
	};
	int error;

	*response = (struct response){0};
	if (!begin_curl())
		return -ENOMEM;
	exchange.easy = curl_easy_init();
	exchange.multi = curl_multi_init();
	if (!exchange.easy || !exchange.multi)
		return -ENOMEM;
	error = set_options(&exchange, socket_path, method, path);
	if (error < 0)
		return error;
	error = attempt(&exchange);
	/* The queue of a busy daemon is full: it gets shorter. */
	for (int i = 0; error == -EAGAIN && i < RETRIES; i++) {
		nanosleep(&pause, NULL);
		error = watch_fired(stream) ? -ECANCELED : attempt(&exchange);
	}
	return error == -EAGAIN ? -ETIMEDOUT : error;
}

int client_stream(const char *socket_path, const char *path, const struct stream *stream,
		  struct response *response)
{
	return client_send(socket_path, NULL, path, stream, response);
}

int client_get(const char *socket_path, const char *path, struct response *response)
{
	return client_stream(socket_path, path, NULL, response);
}

int client_failed(int error, const char *socket_path)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		complain("no socket %s: start fdwatchd, or name its socket with --socket",
			 socket_path);
		break;
	case -ECONNREFUSED:
		complain("nobody answers on %s: start fdwatchd, or name its socket with --socket",
			 socket_path);
		break;
	case -EACCES:
	case -EPERM:
		complain("no permission to connect to %s: try as root, or name another with "
			 "--socket",
			 socket_path);
		break;
	case -ECONNRESET:
		complain("fdwatchd closed the connection on %s without a whole answer: "
			 "see its log, then try again",
			 socket_path);
		break;
	case -ETIMEDOUT:
		complain("fdwatchd does not answer on %s in time: see its log, then try again",
			 socket_path);
		break;
	case -EPROTO:
		complain("what answers on %s is not fdwatchd: name its socket with --socket",
			 socket_path);
		break;
	case -EFBIG:
		complain("the answer of fdwatchd is larger than any it should give: "
			 "do client and daemon have the same version?");
		return EXIT_FAILED;
	case -ENOMEM:
		complain("out of memory");
		return EXIT_FAILED;
	default:
		complain("cannot ask fdwatchd on %s: %s", socket_path, strerror(-error));
	}
	return EXIT_UNREACHABLE;
}

int response_check(const struct response *response)
{
	const char *text = NULL;
	json_t *body = NULL;

	if (response->status == 200)
		return EXIT_DONE;
	if (response->body)
		body = json_loadb(response->body, response->length, 0, NULL);
	if (body)
		text = json_string_value(json_object_get(body, "error"));
	if (text)
		complain("%s", text);
	else
		complain("fdwatchd answered with HTTP status %ld and no reason: see its log",
			 response->status);
	json_decref(body);
	return EXIT_FAILED;
}

int response_strange(void)
{
	complain("the answer of fdwatchd is not the JSON expected: "
		 "do client and daemon have the same version?");
	return EXIT_FAILED;
}

json_t *response_json(const struct response *response)
{
	json_t *body = NULL;

	if (response->body)
		body = json_loadb(response->body, response->length, JSON_ALLOW_NUL, NULL);
	if (json_is_object(body))
		return body;
	json_decref(body);
	response_strange();
	return NULL;
}

static void print_body(const struct response *response)
{
	if (response->length == 0)
		return;
	fwrite(response->body, 1, response->length, stdout);
	if (response->body[response->length - 1] != '\n' && isatty(STDOUT_FILENO))
		putchar('\n');
}

int client_ask(const struct context *context, const char *path,
	       int (*show)(const struct response *response))
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	int error = client_get(context->socket_path, path, &response);
	int status;

	if (error < 0)
		return client_failed(error, context->socket_path);
	status = response_check(&response);
	if (status != EXIT_DONE)
		return status;
	if (!context->json)
		return show(&response);
	print_body(&response);
	return EXIT_DONE;
}
