// SPDX-License-Identifier: BSD-2-Clause
#include "exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "itself.h"
#include "listener.h"
#include "serve/web_certificate.h"

#define LOOK_USEC 10000000ULL /* a certificate is renewed weeks before it ends */

/* The TCP socket that systemd hands over, or -1. */
static int inherited_socket(void)
{
	int count = sd_listen_fds(0);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0 &&
		    sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0) {
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
			return fd;
		}
	}
	return -1;
}

/* Serves by `web`, which is the exporter's then; what it served by before is freed. */
static int serve(struct exporter *e, struct web_config *web, struct failure *failure)
{
	_close_ int fd = fcntl(e->fd, F_DUPFD_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return fail(failure, -errno, "metrics can't be served: %s", strerror(errno));
	scrape_stop(e->scrape);
	e->scrape = NULL;
	r = scrape_start(&e->scrape, e->loop, fd, &e->metrics, web, failure);
	if (r < 0)
		return r;
	TAKE_FD(fd);
	web_config_free(e->web);
	e->web = web;
	return 0;
}

/* What the files say now, which the caller frees; why it can't be served by is the failure. */
static int load_web(const struct exporter *e, struct web_config **web, struct failure *failure)
{
	struct failure late;
	int r = web_config_load(web, e->options.web_config, failure);

	if (r < 0)
		return r;
	r = web_certificate_check(*web, failure);
	if (r < 0) {
		web_config_free(*web);
		*web = NULL;
		return r;
	}
	if (web_certificate_check_dates(*web, time(NULL), &late) < 0)
		e->options.say(late.text); /* and goes on: a clock may be wrong */
	return 0;
}

static void say_former(const struct exporter *e, const struct failure *failure)
{
	struct failure line;

	fail(&line, 0, "the former certificates and passwords of the metrics port hold: %s",
	     failure->text);
	e->options.say(line.text);
}

/* Serves by the files as they are now; where they are broken, by what they were. */
static void serve_anew(struct exporter *e)
{
	struct web_config *web = NULL, *before = e->web;
	struct failure failure = {};

	if (load_web(e, &web, &failure) < 0) {
		if (strcmp(failure.text, e->said.text) != 0)
			say_former(e, &failure);
		e->said = failure;
		return;
	}
	e->said = failure;
	if (!serve(e, web, &failure)) {
		e->options.say("certificates and passwords of the metrics port were read anew");
		return;
	}
	e->options.say(failure.text);
	web_config_free(web);
	e->web = NULL;
	if (serve(e, before, &failure) < 0) {
		e->options.say(failure.text);
		e->web = before;
	}
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct exporter *e = data;

	(void)due;
	if (web_config_changed(e->web))
		serve_anew(e);
	sd_event_source_set_time_relative(source, LOOK_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int start_with_web(struct exporter *e, struct failure *failure)
{
	struct web_config *web = NULL;
	int r = load_web(e, &web, failure);

	if (r < 0)
		return r;
	r = serve(e, web, failure);
	if (r < 0) {
		web_config_free(web);
		return r;
	}
	r = sd_event_add_time_relative(e->loop, &e->timer, CLOCK_MONOTONIC, LOOK_USEC, 0, on_timer,
				       e);
	return r < 0 ? fail(failure, r, "no timer: %s", strerror(-r)) : 0;
}

int exporter_start(struct exporter *e, sd_event *loop, const struct exporter_options *options,
		   const struct metrics_source *source, struct failure *failure)
{
	e->metrics.source = *source;
	e->metrics.source.itself = itself_read;
	e->options = *options;
	e->loop = loop;
	e->fd = inherited_socket();
	if (e->fd < 0 && !options->address[0])
		return 0;
	if (e->fd < 0)
		e->fd = listener_open_tcp(options->address, failure);
	if (e->fd < 0)
		return e->fd;
	return options->web_config[0] ? start_with_web(e, failure) : serve(e, NULL, failure);
}

void exporter_stop(struct exporter *e)
{
	sd_event_source_disable_unref(e->timer);
	scrape_stop(e->scrape);
	web_config_free(e->web);
	metrics_cache_clear(&e->metrics);
	if (e->loop)
		cleanup_close(&e->fd);
}
