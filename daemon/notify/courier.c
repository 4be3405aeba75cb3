// SPDX-License-Identifier: BSD-2-Clause
#include "notify/courier.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker.h"

/* Shared with the thread. */
struct courier {
	struct worker worker;
	pthread_cond_t wake;
	struct courier_work work;
	sd_event_source *source; /* the owner's, as `busy` is */
	bool busy;
	void *job; /* not NULL from sent to back; carried is set in between */
	bool carried;
	int result;
	int ready; /* an eventfd: a job is carried */
};

static void destroy(struct courier *c)
{
	if (c->job && c->work.free_job)
		c->work.free_job(c->job);
	if (c->work.tool && c->work.free_tool)
		c->work.free_tool(c->work.tool);
	if (c->ready >= 0)
		close(c->ready);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->worker.lock);
	free(c);
}

/* With the lock held, which it gives up while it carries. */
static void carry(struct courier *c)
{
	uint64_t one = 1;
	int result;

	pthread_mutex_unlock(&c->worker.lock);
	result = c->work.carry(c->job, c->work.tool);
	pthread_mutex_lock(&c->worker.lock);
	c->result = result;
	c->carried = true;
	while (write(c->ready, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *work(void *data)
{
	struct courier *c = data;

	pthread_mutex_lock(&c->worker.lock);
	while (!c->worker.stop) {
		if (c->job && !c->carried)
			carry(c);
		else
			pthread_cond_wait(&c->wake, &c->worker.lock);
	}
	if (worker_leave(&c->worker))
		destroy(c);
	return NULL;
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct courier *c = data;
	uint64_t count;
	void *job = NULL;
	int result;

	(void)source, (void)events;
	if (read(fd, &count, sizeof(count)) < 0)
		return 0;
	pthread_mutex_lock(&c->worker.lock);
	result = c->result;
	if (c->carried) {
		job = c->job;
		c->job = NULL;
		c->carried = false;
	}
	pthread_mutex_unlock(&c->worker.lock);
	if (!job)
		return 0;
	c->busy = false;
	c->work.back(result, job, c->work.data);
	return 0;
}

int courier_new(struct courier **courier, sd_event *loop, const struct courier_work *w)
{
	struct courier *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		if (w->tool && w->free_tool)
			w->free_tool(w->tool);
		return -ENOMEM;
	}
	c->work = *w;
	pthread_cond_init(&c->wake, NULL);
	c->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->ready < 0) {
		r = -errno;
		pthread_mutex_init(&c->worker.lock, NULL);
		destroy(c);
		return r;
	}
	r = worker_start(&c->worker, work, c);
	if (r) {
		destroy(c);
		return -r;
	}
	r = sd_event_add_io(loop, &c->source, c->ready, EPOLLIN, on_ready, c);
	if (r < 0) {
		courier_free(c);
		return r;
	}
	*courier = c;
	return 0;
}

void courier_free(struct courier *c)
{
	pthread_t thread;

	if (!c)
		return;
	sd_event_source_disable_unref(c->source);
	thread = c->worker.thread;
	pthread_mutex_lock(&c->worker.lock);
	c->worker.stop = true;
	pthread_cond_signal(&c->wake);
	if (worker_leave(&c->worker))
		destroy(c);
	worker_join(thread);
}

bool courier_busy(const struct courier *c)
{
	return c->busy;
}

void courier_send(struct courier *c, void *job)
{
	c->busy = true;
	pthread_mutex_lock(&c->worker.lock);
	c->job = job;
	c->carried = false;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->worker.lock);
}
