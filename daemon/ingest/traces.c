/* SPDX-License-Identifier: BSD-2-Clause */
/* Draining what the kernel tells of tracked processes. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "cleanup.h"
#include "ingest/decode_trace.h"
#include "ingest/state.h"
#include "ingest/track.h"

#define DRAIN_MAX 1024 /* records at once: then the loop has its turn, and comes back */
#define SLICE_WEIGHT 8

struct trace_drain {
	const struct trace_handlers *handlers;
	size_t count;
};

static void take_life(const struct trace_handlers *h, int type, const void *bytes, size_t size)
{
	struct tracked tracked;

	if (decode_life(bytes, size, &tracked))
		return;
	if (type == FDW_TRACE_FORKED && h->tracked)
		h->tracked(&tracked, h->data);
	else if (type == FDW_TRACE_EXECUTED && h->executed)
		h->executed(&tracked, h->data);
	else if (type == FDW_TRACE_EXITED && h->exited)
		h->exited(&tracked, h->data);
}

static void take_left(const struct trace_handlers *h, const void *bytes, size_t size)
{
	struct descriptor_list *list = NULL;
	struct tracked tracked;

	if (h->left && !decode_left(bytes, size, &tracked, &list) && list->count)
		h->left(&tracked, &list->items[0], h->data);
	descriptor_list_free(list);
}

static void take_record(const struct trace_handlers *h, const void *bytes, size_t size)
{
	static struct trace_texts texts;
	struct site_sighting site;
	struct code_sighting code;
	struct stack_slice slice;
	int type = trace_type(bytes, size);

	switch (type) {
	case FDW_TRACE_FORKED:
	case FDW_TRACE_EXECUTED:
	case FDW_TRACE_EXITED:
		take_life(h, type, bytes, size);
		break;
	case FDW_TRACE_LEFT:
		take_left(h, bytes, size);
		break;
	case FDW_TRACE_SITE:
		if (h->site && !decode_site(bytes, size, &site))
			h->site(&site, h->data);
		break;
	case FDW_TRACE_CODE:
		if (h->code && !decode_code(bytes, size, &texts, &code))
			h->code(&code, h->data);
		break;
	case FDW_TRACE_SLICE:
		if (h->slice && !decode_slice(bytes, size, &slice))
			h->slice(&slice, h->data);
		break;
	default:
		break;
	}
}

static int take_trace(void *context, void *bytes, size_t size)
{
	const struct kernel *k = context;

	if (!k->trace_drain)
		return 0;
	take_record(k->trace_drain->handlers, bytes, size);
	return ++k->trace_drain->count < DRAIN_MAX ? 0 : -EAGAIN;
}

/* Code objects were told before the slices that have them, but through another ring. */
static int take_slice(void *context, void *bytes, size_t size)
{
	const struct kernel *k = context;

	if (!k->trace_drain)
		return 0;
	if (ring_buffer__consume(k->traces) == -EAGAIN)
		k->trace_drain->count = 0; /* … and this one is not to wait for the next turn */
	take_record(k->trace_drain->handlers, bytes, size);
	k->trace_drain->count += SLICE_WEIGHT;
	return k->trace_drain->count < DRAIN_MAX ? 0 : -EAGAIN;
}

/* A new daemon knows nothing of what was told before. */
static int begin_era(struct kernel *k)
{
	uint32_t era = 0;

	bpf_map_lookup_elem(k->handles[HANDLE_ERA], &(uint32_t){0}, &era);
	era = era == UINT32_MAX ? 1 : era + 1;
	return bpf_map_update_elem(k->handles[HANDLE_ERA], &(uint32_t){0}, &era, BPF_ANY) ? -errno
											  : 0;
}

static int watch_ring(int epoll, struct ring_buffer *ring)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, ring_buffer__epoll_fd(ring), &event) ? -errno : 0;
}

static int open_rings(struct kernel *k)
{
	int r;

	k->traces = ring_buffer__new(k->handles[HANDLE_TRACES], take_trace, k, NULL);
	if (!k->traces)
		return -errno;
	k->slices = ring_buffer__new(k->handles[HANDLE_SLICES], take_slice, k, NULL);
	if (!k->slices)
		return -errno;
	k->traces_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (k->traces_epoll < 0)
		return -errno;
	r = watch_ring(k->traces_epoll, k->traces);
	return r ? r : watch_ring(k->traces_epoll, k->slices);
}

int traces_open(struct kernel *k, struct failure *failure)
{
	int r = begin_era(k);

	if (r < 0)
		return fail(failure, r, "the pinned maps can't be written: %s", strerror(-r));
	r = open_rings(k);
	return r < 0 ? fail(failure, r, "the ring buffers can't be mapped: %s", strerror(-r)) : 0;
}

void traces_close(struct kernel *k)
{
	cleanup_close(&k->traces_epoll);
	ring_buffer__free(k->slices);
	ring_buffer__free(k->traces);
}

int kernel_traces_fd(const struct kernel *k)
{
	return k->traces_epoll;
}

int kernel_drain_traces(struct kernel *k, const struct trace_handlers *handlers)
{
	struct trace_drain drain = {.handlers = handlers};
	int r;

	k->trace_drain = &drain;
	r = ring_buffer__consume(k->traces);
	if (r >= 0)
		r = ring_buffer__consume(k->slices);
	k->trace_drain = NULL;
	return r < 0 && r != -EAGAIN ? r : 0;
}
