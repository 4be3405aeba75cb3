// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/http.h"
#include "serve/page.h"
#include "serve/patience.h"
#include "serve/scrape.h"
#include "serve/web_auth.h"

#define CONNECTIONS 128U /* fifty scrapers at once, and those who hold on */
#define ROOM 112         /* of them: beyond it one has to go for each that comes */
#define IDLE_SECONDS 30U
#define CONNECTION_MEMORY (16U * 1024)

#define READY_INTERVALS 10 /* without a poll: something is wrong */

#define PATH_HEALTHY "/-/healthy"
#define PATH_READY "/-/ready"

#define OPTIONS_MAX 12
#define VERSIONS_SIZE 96

struct scrape {
	struct http http;
	struct patience *patience;
	struct metrics_cache *metrics;
	const struct web_config *web; /* NULL: everybody is answered */
	struct web_auth *auth;
};

/* One request on its way. */
struct visit {
	struct scrape *scrape;
	struct MHD_Connection *http;
	bool checked; /* its password */
	bool allowed;
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

static enum MHD_Result send_what(struct scrape *scrape, struct MHD_Connection *http,
				 const char *path, const char *method)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_line(http, MHD_HTTP_METHOD_NOT_ALLOWED,
				 "only GET and HEAD are known here\n");
	if (!strcmp(path, "/metrics"))
		return send_metrics(scrape, http);
	if (!strcmp(path, "/"))
		return send_page(scrape, http);
	if (!strcmp(path, PATH_HEALTHY))
		return send_line(http, MHD_HTTP_OK, "healthy\n");
	if (!strcmp(path, PATH_READY))
		return send_ready(scrape, http);
	return send_line(http, MHD_HTTP_NOT_FOUND,
			 "there are /metrics, " PATH_HEALTHY ", " PATH_READY " and /\n");
}

/* Whether the client's certificate is what the configuration wants. */
static bool is_trusted(const struct scrape *scrape, struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *info;
	gnutls_session_t session;
	unsigned int status = 0, count = 0;

	if (!scrape->web || scrape->web->client_auth == WEB_CLIENT_NONE)
		return true;
	info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	session = info ? info->tls_session : NULL;
	if (!session)
		return false;
	if (!gnutls_certificate_get_peers(session, &count) || !count)
		return scrape->web->client_auth == WEB_CLIENT_IF_GIVEN;
	return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}

static void on_password(void *request, bool allowed)
{
	struct visit *visit = request;

	visit->checked = true;
	visit->allowed = allowed;
	MHD_resume_connection(visit->http);
	http_work_soon(&visit->scrape->http);
}

static enum MHD_Result send_denied(struct MHD_Connection *http)
{
	static const char line[] = "a user and password of basic_auth_users are wanted\n";
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(line), (void *)(uintptr_t)line, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	result = MHD_queue_basic_auth_fail_response(http, "fdwatch", response);
	MHD_destroy_response(response);
	return result;
}

static enum web_verdict check_password(struct visit *visit)
{
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(visit->http, &password);
	enum web_verdict verdict = WEB_DENIED;

	if (user && password)
		verdict = web_auth_check(visit->scrape->auth, visit->scrape->web, user, password,
					 visit);
	if (password)
		explicit_bzero(password, strlen(password));
	MHD_free(password);
	MHD_free(user);
	return verdict;
}

/* Answered to everybody: kubelets have no password, and guesses must not make a probe wait. */
static bool is_probe(const char *path)
{
	return !strcmp(path, PATH_HEALTHY) || !strcmp(path, PATH_READY);
}

/* Answers where it is known who asks, and else waits for that. */
static enum MHD_Result answer(struct visit *visit, const char *path, const char *method)
{
	enum web_verdict verdict = WEB_ALLOWED;

	if (is_probe(path))
		return send_what(visit->scrape, visit->http, path, method);
	if (!is_trusted(visit->scrape, visit->http))
		return send_line(visit->http, MHD_HTTP_FORBIDDEN,
				 "a certificate that client_ca_file vouches for is wanted\n");
	if (visit->checked)
		verdict = visit->allowed ? WEB_ALLOWED : WEB_DENIED;
	else if (visit->scrape->auth)
		verdict = check_password(visit);
	switch (verdict) {
	case WEB_ALLOWED:
		return send_what(visit->scrape, visit->http, path, method);
	case WEB_PENDING:
		MHD_suspend_connection(visit->http);
		return MHD_YES;
	case WEB_BUSY:
		return send_line(visit->http, MHD_HTTP_SERVICE_UNAVAILABLE,
				 "too many passwords are being checked: try again\n");
	case WEB_DENIED:
		break;
	}
	return send_denied(visit->http);
}

/* Answered at the second call, or the library would close the connection. */
static enum MHD_Result on_request(void *data, struct MHD_Connection *http, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **request)
{
	struct visit *visit = *request;

	(void)version, (void)upload;
	if (!visit) {
		visit = calloc(1, sizeof(*visit));
		if (!visit)
			return MHD_NO;
		visit->scrape = data;
		visit->http = http;
		*request = visit;
		patience_step(visit->scrape->patience, http);
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	return answer(visit, path, method);
}

static void on_completed(void *data, struct MHD_Connection *http, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct scrape *scrape = data;

	(void)code;
	patience_step(scrape->patience, http);
	if (*request && scrape->auth)
		web_auth_forget(scrape->auth, *request);
	free(*request);
	*request = NULL;
}

static void add_option(struct MHD_OptionItem *options, size_t *count, enum MHD_OPTION option,
		       intptr_t value, const void *pointer)
{
	options[(*count)++] = (struct MHD_OptionItem){option, value, (void *)(uintptr_t)pointer};
}

/* The versions of TLS that the configuration allows. */
static void write_versions(const struct web_config *web, char text[VERSIONS_SIZE])
{
	int length = snprintf(text, VERSIONS_SIZE, "NORMAL:-VERS-ALL");

	for (int version = web->minimum; version <= web->maximum; version++)
		length += snprintf(text + length, VERSIONS_SIZE - (size_t)length, ":+VERS-TLS1.%d",
				   version);
}

static void add_tls(const struct web_config *web, const char *versions,
		    struct MHD_OptionItem *options, size_t *count)
{
	add_option(options, count, MHD_OPTION_HTTPS_PRIORITIES, 0, versions);
	add_option(options, count, MHD_OPTION_HTTPS_MEM_KEY, 0, web->key);
	add_option(options, count, MHD_OPTION_HTTPS_MEM_CERT, 0, web->certificate);
	if (web->client_ca)
		add_option(options, count, MHD_OPTION_HTTPS_MEM_TRUST, 0, web->client_ca);
}

static int start_http(struct scrape *scrape, int fd)
{
	bool tls = scrape->web && scrape->web->certificate;
	struct MHD_OptionItem options[OPTIONS_MAX];
	char versions[VERSIONS_SIZE];
	size_t count = 0;

	add_option(options, &count, MHD_OPTION_LISTEN_SOCKET, fd, NULL);
	add_option(options, &count, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, NULL);
	add_option(options, &count, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	add_option(options, &count, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL);
	add_option(options, &count, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL);
	if (tls) {
		write_versions(scrape->web, versions);
		add_tls(scrape->web, versions, options, &count);
	}
	add_option(options, &count, MHD_OPTION_END, 0, NULL);
	errno = 0;
	scrape->http.daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_THREAD_SAFETY | MHD_ALLOW_SUSPEND_RESUME |
			(tls ? MHD_USE_TLS : 0),
		0, NULL, NULL, on_request, scrape, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		scrape, MHD_OPTION_NOTIFY_CONNECTION, patience_on_connection, scrape->patience,
		MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return scrape->http.daemon ? 0 : errno ? -errno : -EINVAL;
}

int scrape_start(struct scrape **scrape, sd_event *loop, int fd, struct metrics_cache *metrics,
		 const struct web_config *web, struct failure *failure)
{
	struct scrape *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return fail(failure, -ENOMEM, "out of memory");
	s->metrics = metrics;
	s->web = web;
	s->patience = patience_new(loop, ROOM);
	if (!s->patience)
		r = -ENOMEM;
	if (r >= 0 && web && web->user_count)
		r = web_auth_start(&s->auth, loop, on_password);
	if (r >= 0)
		r = start_http(s, fd);
	if (r >= 0)
		r = http_join(&s->http, loop);
	if (r < 0) {
		if (s->http.daemon)
			MHD_quiesce_daemon(s->http.daemon); /* the socket stays the caller's */
		scrape_stop(s);
		return fail(failure, r, "metrics can't be served: %s", strerror(-r));
	}
	*scrape = s;
	return 0;
}

void scrape_stop(struct scrape *scrape)
{
	if (!scrape)
		return;
	web_auth_refuse_all(scrape->auth); /* suspended connections can't be ended */
	http_stop(&scrape->http);
	web_auth_stop(scrape->auth);
	patience_free(scrape->patience);
	free(scrape);
}
