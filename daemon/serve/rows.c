// SPDX-License-Identifier: BSD-2-Clause
#include "serve/rows.h"

#include <stdlib.h>

#include "cleanup.h"
#include "clock.h"
#include "serve/json.h"

/* The poll that made the table is too old. */
static bool is_stale(const struct serve_source *source, uint64_t max_age)
{
	return max_age && clock_usec(CLOCK_BOOTTIME) - source->status->polled > max_age;
}

static int compare_pids(const void *left, const void *right)
{
	const struct process *const *a = left, *const *b = right;

	return (*a)->sample.pid - (*b)->sample.pid;
}

/* Returns how many, or -1 without memory. */
static ssize_t sorted(const struct serve_source *source, const struct process ***list)
{
	size_t count = 0;

	*list = calloc(table_size(source->table) + 1, sizeof(**list));
	if (!*list)
		return -1;
	for (struct process *process = table_next(source->table, NULL); process;
	     process = table_next(source->table, process))
		(*list)[count++] = process;
	qsort(*list, count, sizeof(**list), compare_pids);
	return (ssize_t)count;
}

static void write_rows(struct writer *body, const struct serve_source *source,
		       const struct peer *peer)
{
	_free_ const struct process **list = NULL;
	ssize_t count = sorted(source, &list);

	if (count < 0) {
		body->failed = true;
		return;
	}
	write_open(body, NULL, '{');
	write_double(body, "polled_seconds", (double)source->status->polled / 1e6);
	json_row_columns(body);
	write_open(body, "rows", '[');
	for (ssize_t i = 0; i < count; i++) {
		const struct process_sample *sample = &list[i]->sample;

		if (peer && !peer_sees_process(peer, sample, source))
			continue;
		json_row(body, list[i],
			 source->user_name ? source->user_name(sample->uid, source->data) : NULL);
	}
	write_close(body, ']');
	write_close(body, '}');
	write_line_end(body);
}

unsigned answer_rows(const struct serve_source *source, const struct peer *peer,
		     struct writer *body)
{
	write_rows(body, source, peer);
	return MHD_HTTP_OK;
}

static struct MHD_Response *make(const struct serve_source *source)
{
	_cleanup_(writer_free) struct writer body = {};
	struct MHD_Response *response;

	write_rows(&body, source, NULL);
	if (body.failed)
		return NULL;
	response = MHD_create_response_from_buffer(body.length, body.data, MHD_RESPMEM_MUST_FREE);
	if (!response)
		return NULL;
	body.data = NULL;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	return response;
}

struct MHD_Response *rows_cached(struct rows_cache *cache, const struct serve_source *source,
				 uint64_t max_age)
{
	if (source->refresh && is_stale(source, max_age))
		source->refresh(source->data);
	if (!cache->response || cache->polls != source->status->polls ||
	    cache->orders != source->status->track_orders) {
		rows_cache_clear(cache);
		cache->response = make(source);
		cache->polls = source->status->polls;
		cache->orders = source->status->track_orders;
	}
	return cache->response;
}

void rows_cache_clear(struct rows_cache *cache)
{
	if (cache->response)
		MHD_destroy_response(cache->response);
	cache->response = NULL;
}
