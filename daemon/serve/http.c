// SPDX-License-Identifier: BSD-2-Clause
#include <microhttpd.h>
#include <stdbool.h>
#include <sys/epoll.h>

#include "serve/http.h"

/* The library takes a handshake that waits for bytes for one that has some: then it gets a rest. */
#define BUSY_MAX 500
#define REST_MSEC 10

void http_work_soon(struct http *http)
{
	sd_event_source_set_enabled(http->work, SD_EVENT_ONESHOT);
}

static int set_timer(struct http *http, uint64_t milliseconds)
{
	int r = sd_event_source_set_time_relative(http->timer, milliseconds * 1000);

	return r < 0 ? r : sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT);
}

static int work(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG milliseconds = 0;
	bool waits;

	MHD_run(http->daemon);
	waits = MHD_get_timeout(http->daemon, &milliseconds) == MHD_YES;
	if (waits && !milliseconds && http->busy < BUSY_MAX) {
		http->busy++;
		http_work_soon(http);
		return 0;
	}
	if (waits && !milliseconds)
		return set_timer(http, REST_MSEC);
	http->busy = 0;
	return waits ? set_timer(http, milliseconds)
		     : sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct http *http = data;

	(void)source, (void)fd, (void)events;
	http->busy = 0;
	return work(http);
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	(void)source, (void)now;
	return work(data);
}

static int on_work(sd_event_source *source, void *data)
{
	(void)source;
	return work(data);
}

int http_join(struct http *http, sd_event *loop)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int r = sd_event_add_io(loop, &http->io, info->epoll_fd, EPOLLIN, on_io, http);

	if (r >= 0)
		r = sd_event_add_time_relative(loop, &http->timer, CLOCK_MONOTONIC, 0, 1000,
					       on_timer, http);
	if (r >= 0)
		r = sd_event_add_defer(loop, &http->work, on_work, http);
	/* As it is always pending, it would have its turn before all others. */
	if (r >= 0)
		r = sd_event_source_set_priority(http->work, SD_EVENT_PRIORITY_NORMAL + 1);
	return r;
}

void http_stop(struct http *http)
{
	if (http->daemon)
		MHD_stop_daemon(http->daemon);
	sd_event_source_disable_unref(http->io);
	sd_event_source_disable_unref(http->timer);
	sd_event_source_disable_unref(http->work);
	*http = (struct http){};
}
