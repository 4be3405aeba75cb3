// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/http.h"
#include "serve/page.h"
#include "serve/scrape.h"

#define CONNECTIONS 128U /* fifty scrapers at once, and those who hold on */
#define CONNECTIONS_OF_ONE 64U
#define IDLE_SECONDS 30U
#define CONNECTION_MEMORY (16U * 1024)

#define READY_INTERVALS 10 /* without a poll: something is wrong */

struct scrape {
	struct http http;
	struct metrics_cache *metrics;
};

/* Takes `response` over. */
static enum MHD_Result send_response(struct MHD_Connection *http, unsigned status,
				     struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = MHD_queue_response(http, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_line(struct MHD_Connection *http, unsigned status, const char *line)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(line), (void *)(uintptr_t)line, MHD_RESPMEM_PERSISTENT);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return send_response(http, status, response);
}

static enum MHD_Result send_metrics(struct scrape *scrape, struct MHD_Connection *http)
{
	struct MHD_Response *response = metrics_cache_get(scrape->metrics, http);

	return response ? MHD_queue_response(http, MHD_HTTP_OK, response) : MHD_NO;
}

static enum MHD_Result send_page(struct scrape *scrape, struct MHD_Connection *http)
{
	struct metrics_source *source = &scrape->metrics->source;
	struct MHD_Response *response;
	_free_ char *text = NULL;
	size_t length;

	if (page_write(source->table, source->status, &text, &length) < 0)
		return MHD_NO;
	response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	(void)TAKE_PTR(text);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=utf-8");
	/* What processes call themselves stands on it: nothing may be run or loaded from there. */
	MHD_add_response_header(response, "Content-Security-Policy",
				"default-src 'none'; style-src 'unsafe-inline'");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	return send_response(http, MHD_HTTP_OK, response);
}

static enum MHD_Result send_ready(struct scrape *scrape, struct MHD_Connection *http)
{
	const struct status *status = scrape->metrics->source.status;
	double age = (double)(clock_usec(CLOCK_BOOTTIME) - status->polled) / 1e6;

	if (status->polls && age < READY_INTERVALS * status->interval_seconds + 1)
		return send_line(http, MHD_HTTP_OK, "ready\n");
	return send_line(http, MHD_HTTP_SERVICE_UNAVAILABLE, "the processes can't be read now\n");
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *http, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **request)
{
	static int seen; /* its address marks a request whose head was read */
	struct scrape *scrape = data;

	(void)version, (void)upload;
	/* Answered at the second call, or the library would close the connection. */
	if (!*request || *upload_size) {
		*request = &seen;
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_line(http, MHD_HTTP_METHOD_NOT_ALLOWED,
				 "only GET and HEAD are known here\n");
	if (!strcmp(path, "/metrics"))
		return send_metrics(scrape, http);
	if (!strcmp(path, "/"))
		return send_page(scrape, http);
	if (!strcmp(path, "/-/healthy"))
		return send_line(http, MHD_HTTP_OK, "healthy\n");
	if (!strcmp(path, "/-/ready"))
		return send_ready(scrape, http);
	return send_line(http, MHD_HTTP_NOT_FOUND,
			 "there are /metrics, /-/healthy, /-/ready and /\n");
}

static int start_http(struct scrape *scrape, int fd)
{
	errno = 0;
	scrape->http.daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_THREAD_SAFETY, 0, NULL, NULL, on_request, scrape,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_OF_ONE,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_END);
	return scrape->http.daemon ? 0 : errno ? -errno : -ENOMEM;
}

int scrape_start(struct scrape **scrape, sd_event *loop, int fd, struct metrics_cache *metrics)
{
	struct scrape *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->metrics = metrics;
	r = start_http(s, fd);
	if (r >= 0)
		r = http_join(&s->http, loop);
	if (r < 0) {
		if (s->http.daemon)
			MHD_quiesce_daemon(s->http.daemon); /* the socket stays the caller's */
		scrape_stop(s);
		return r;
	}
	*scrape = s;
	return 0;
}

void scrape_stop(struct scrape *scrape)
{
	if (!scrape)
		return;
	http_stop(&scrape->http);
	free(scrape);
}
