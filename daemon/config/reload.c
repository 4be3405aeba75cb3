/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/reload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "config/options.h"
#include "worker.h"

#define PAUSE 1000000 /* microseconds from one reading to the next */

/* Shared with the thread of one reading. */
struct reading {
	struct worker worker;
	int argc;
	char **argv;
	int done; /* eventfd, the thread's own */
	int result;
	struct config config;
	struct failure failure;
};

struct reload {
	sd_event *loop;
	int argc;
	char **argv;
	reload_done *done;
	void *data;
	struct reading *reading; /* under way, or NULL */
	sd_event_source *source; /* its end */
	sd_event_source *pause;  /* the next one, which waits for its time; or NULL */
	uint64_t begun_at;       /* CLOCK_MONOTONIC, microseconds: the last */
	bool again;
};

static void leave(struct reading *r)
{
	if (!worker_leave(&r->worker))
		return;
	if (!r->result)
		config_free(&r->config);
	close(r->done);
	pthread_mutex_destroy(&r->worker.lock);
	free(r);
}

static void *read_config(void *data)
{
	struct reading *r = data;
	struct options options = {};
	struct failure failure = {};
	struct config config;
	int result = options_read(&options, &config, r->argc, r->argv, &failure);

	pthread_mutex_lock(&r->worker.lock);
	r->result = result;
	r->config = config;
	r->failure = failure;
	eventfd_write(r->done, 1);
	leave(r);
	return NULL;
}

static void end_reading(struct reload *reload)
{
	struct reading *r = reload->reading;
	pthread_t thread;

	sd_event_source_disable_unref(reload->source);
	reload->source = NULL;
	reload->reading = NULL;
	thread = r->worker.thread;
	pthread_mutex_lock(&r->worker.lock);
	leave(r);
	worker_join(thread);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct reload *reload = data;
	struct reading *r = reload->reading;
	struct failure failure;
	struct config config;
	int result;

	(void)source, (void)fd, (void)events;
	pthread_mutex_lock(&r->worker.lock);
	result = r->result;
	config = r->config;
	failure = r->failure;
	r->result = -ECANCELED; /* what was made is handed over */
	pthread_mutex_unlock(&r->worker.lock);
	end_reading(reload);
	reload->done(result < 0 ? NULL : &config, &failure, reload->data);
	if (reload->again) {
		reload->again = false;
		reload_begin(reload);
	}
	return 0;
}

struct reload *reload_new(sd_event *loop, int argc, char **argv, reload_done *done, void *data)
{
	struct reload *reload = calloc(1, sizeof(*reload));

	if (!reload)
		return NULL;
	*reload = (struct reload){
		.loop = loop, .argc = argc, .argv = argv, .done = done, .data = data};
	return reload;
}

void reload_free(struct reload *reload)
{
	if (!reload)
		return;
	if (reload->reading)
		end_reading(reload);
	sd_event_source_disable_unref(reload->pause);
	free(reload);
}

static int begin_reading(struct reload *reload)
{
	struct reading *r;
	int error;

	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	*r = (struct reading){.argc = reload->argc, .argv = reload->argv, .result = -ECANCELED};
	r->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = r->done < 0 ? errno : worker_start(&r->worker, read_config, r);
	if (error) {
		if (r->done >= 0) {
			pthread_mutex_destroy(&r->worker.lock);
			close(r->done);
		}
		free(r);
		return -error;
	}
	reload->reading = r;
	error = sd_event_add_io(reload->loop, &reload->source, r->done, EPOLLIN, on_done, reload);
	if (error < 0)
		end_reading(reload);
	return error < 0 ? error : 0;
}

static int on_pause(sd_event_source *source, uint64_t due, void *data)
{
	struct reload *reload = data;
	struct failure failure = {};
	int r;

	(void)source, (void)due;
	reload->pause = sd_event_source_disable_unref(reload->pause);
	r = reload_begin(reload);
	if (r < 0) {
		fail(&failure, r, "it can't be read: %s", strerror(-r));
		reload->done(NULL, &failure, reload->data);
	}
	return 0;
}

int reload_begin(struct reload *reload)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC), next = reload->begun_at + PAUSE;
	int r;

	if (reload->reading) {
		reload->again = true;
		return 0;
	}
	if (reload->pause)
		return 0;
	if (!reload->begun_at || now >= next) {
		reload->begun_at = now;
		return begin_reading(reload);
	}
	r = sd_event_add_time_relative(reload->loop, &reload->pause, CLOCK_MONOTONIC, next - now, 0,
				       on_pause, reload);
	return r < 0 ? r : 0;
}

#define MEMBER(name) #name, offsetof(struct config, name), sizeof(((struct config *)NULL)->name)

void reload_keep_fixed(struct config *fresh, const struct config *now, char *names, size_t size)
{
	static const struct {
		const char *key;
		size_t offset, size;
		bool text;
	} fixed[] = {
		{MEMBER(socket), true},     {MEMBER(metrics_listen), true},
		{MEMBER(state_dir), true},  {MEMBER(pin_dir), true},
		{MEMBER(group_by), false},  {MEMBER(groups), false},
		{MEMBER(processes), false}, {MEMBER(web_config), true},
		{MEMBER(backend), false},
	};
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		char *mine = (char *)fresh + fixed[i].offset;
		const char *theirs = (const char *)now + fixed[i].offset;

		if (fixed[i].text ? !strcmp(mine, theirs) : !memcmp(mine, theirs, fixed[i].size))
			continue;
		memcpy(mine, theirs, fixed[i].size);
		if (used < size)
			used += (size_t)snprintf(names + used, size - used, "%s%s",
						 used ? ", " : "", fixed[i].key);
	}
}
