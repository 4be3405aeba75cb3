/* SPDX-License-Identifier: BSD-2-Clause */
/* Draining the ring buffer. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "ingest/decode.h"
#include "ingest/state.h"

#define DRAIN_MAX 4096 /* events at once: then the loop has its turn, and comes back */

struct drain {
	void (*take)(const struct event *event, void *data);
	void *data;
	int64_t boot_to_real; /* microseconds */
	size_t count;
};

static int take_one(void *context, void *bytes, size_t size)
{
	const struct kernel *k = context;
	struct event event;

	if (!k->drain)
		return 0;
	if (!decode_event(bytes, size, k->drain->boot_to_real, &event))
		k->drain->take(&event, k->drain->data);
	return ++k->drain->count < DRAIN_MAX ? 0 : -EAGAIN;
}

int ring_open(struct kernel *k, struct failure *failure)
{
	k->ring = ring_buffer__new(k->handles[HANDLE_EVENTS], take_one, k, NULL);
	if (k->ring)
		return 0;
	return fail(failure, -errno, "the ring buffer can't be mapped: %s", strerror(errno));
}

void ring_close(struct kernel *k)
{
	ring_buffer__free(k->ring);
}

int kernel_events_fd(const struct kernel *k)
{
	return ring_buffer__epoll_fd(k->ring);
}

int kernel_drain(struct kernel *k, void (*take)(const struct event *event, void *data), void *data)
{
	struct drain drain = {
		.take = take,
		.data = data,
		.boot_to_real = (int64_t)(clock_usec(CLOCK_REALTIME) - clock_usec(CLOCK_BOOTTIME)),
	};
	int r;

	k->drain = &drain;
	r = ring_buffer__consume(k->ring);
	k->drain = NULL;
	return r < 0 && r != -EAGAIN ? r : 0;
}
