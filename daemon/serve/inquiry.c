// SPDX-License-Identifier: BSD-2-Clause
#include "serve/inquiry.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/json.h"

struct inquiry {
	struct writer body; /* the thread's until it is done */
	uint64_t id;        /* asked for; 0: all */
	bool done;
	bool dropped;
	bool found;
	int result;
	void (*woken)(void *data);
	void *data;
};

/* In the store's thread. */
static void on_found(const struct incident *incident, const char *box, size_t length, void *data)
{
	struct inquiry *q = data;

	q->found = true;
	write_open(&q->body, NULL, '{');
	json_incident(&q->body, incident);
	if (q->id)
		json_black_box(&q->body, box, length);
	write_close(&q->body, '}');
}

static void inquiry_free(struct inquiry *q)
{
	writer_free(&q->body);
	free(q);
}

static void on_done(int result, void *data)
{
	struct inquiry *q = data;

	q->done = true;
	q->result = result;
	if (q->dropped)
		inquiry_free(q);
	else
		q->woken(q->data);
}

struct inquiry *inquiry_new(const struct serve_source *source, const struct peer *peer,
			    const struct route *route, size_t most_bytes, void (*woken)(void *data),
			    void *data)
{
	struct inquiry *q = calloc(1, sizeof(*q));
	struct incident_reading reading = {
		.query = {.id = route->incident,
			  .limit = route->limit ?: ROUTE_INCIDENTS_MOST,
			  .all = peer->sees_all,
			  .uid = peer->uid},
		.found = on_found,
		.done = on_done,
		.data = q,
	};

	if (!q)
		return NULL;
	q->id = route->incident;
	q->body.limit = most_bytes;
	q->woken = woken;
	q->data = data;
	if (!q->id) {
		write_open(&q->body, NULL, '{');
		write_open(&q->body, "incidents", '[');
	}
	q->result = source->incidents ? source->incidents(&reading, source->data) : -ENOSYS;
	q->done = q->result < 0;
	return q;
}

static unsigned refuse(struct writer *body, unsigned status, const char *text)
{
	json_error(body, text);
	return status;
}

/* The same words for one that is another's and one that is not there. */
static unsigned not_there(const struct inquiry *q, struct writer *body)
{
	char text[128];

	snprintf(text, sizeof(text), "no incident %llu that you may see",
		 (unsigned long long)q->id);
	return refuse(body, MHD_HTTP_NOT_FOUND, text);
}

unsigned inquiry_answer(struct inquiry *q, bool late, struct writer *body)
{
	char text[160];

	if (!q->done)
		return late ? refuse(body, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "incidents can't be read now: their disk keeps them waiting")
			    : 0;
	if (q->result == -ENOBUFS)
		return refuse(body, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "too many questions about incidents wait for their disk, yours or "
			      "all together: try again later");
	if (q->result < 0) {
		snprintf(text, sizeof(text),
			 "incidents can't be read now: %s; the daemon's log says more",
			 strerror(-q->result));
		return refuse(body, MHD_HTTP_SERVICE_UNAVAILABLE, text);
	}
	if (q->id && !q->found)
		return not_there(q, body);
	if (!q->id) {
		write_close(&q->body, ']');
		write_close(&q->body, '}');
	}
	write_line_end(&q->body);
	writer_free(body);
	*body = q->body;
	q->body = (struct writer){};
	return MHD_HTTP_OK;
}

void inquiry_drop(struct inquiry *q)
{
	if (!q)
		return;
	q->dropped = true;
	if (q->done)
		inquiry_free(q);
}
