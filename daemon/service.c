// SPDX-License-Identifier: BSD-2-Clause
/* Start-up reads as a list, then one event loop. */
#include "service.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>
#include <systemd/sd-event.h>

#include "cleanup.h"
#include "clock.h"
#include "commands.h"
#include "config/reload.h"
#include "exporter.h"
#include "incidents/incidents.h"
#include "ingest/procfs.h"
#include "listener.h"
#include "log.h"
#include "serve/serve.h"
#include "supervisor.h"
#include "tracking/sites.h"
#include "users.h"
#include "watch.h"

struct daemon {
	int argc;
	char **argv;
	struct config config;
	struct status status;
	struct watch watch;
	struct commands *commands;
	struct reload *reload;
	struct incidents *incidents;
	struct listener listener;
	struct recall *recall; /* until the sites take it over */
	struct sites *sites;
	struct server *server;
	struct exporter exporter;
	sd_event *loop;
	sd_event_source *timer;
	struct supervisor supervisor;
	bool keep; /* at the end, leave the pins for the next daemon */
	bool poll_failed;
};

static uint64_t interval_usec(const struct daemon *d)
{
	return (uint64_t)(d->config.interval * 1e6);
}

#define RESUME_AT 2 /* good polls: with what the first one found in /proc alone */

/* A reading that fails is said once, and tried again at the next poll. */
static void poll_now(struct daemon *d)
{
	int r = watch_poll(&d->watch);

	if (r < 0 && !d->poll_failed)
		log_error("processes can't be read: %s", strerror(-r));
	d->poll_failed = r < 0;
	incidents_polled(d->incidents);
	if (r >= 0 && d->watch.status->polls == RESUME_AT)
		incidents_resume(d->incidents);
	if (r >= 0 && d->sites)
		sites_poll(d->sites, d->watch.now);
	server_polled(d->server);
}

#define PROGRAMS_MOST 256   /* whose leaks are remembered */
#define REFRESH_USEC 100000 /* clients make no more polls than ten a second */

/* A client asks: what it is shown is of now and not of the last interval. */
static void refresh(void *data)
{
	struct daemon *d = data;

	if (watch_age(&d->watch) >= REFRESH_USEC)
		poll_now(d);
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	struct daemon *d = data;
	uint64_t now;

	watch_drain(&d->watch);
	poll_now(d);
	/* Keeps the pace, but never hurries after polls that a suspended host has missed. */
	due += interval_usec(d);
	sd_event_now(d->loop, CLOCK_MONOTONIC, &now);
	if (due < now)
		due = now + interval_usec(d);
	sd_event_source_set_time(source, due);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct daemon *d = data;

	(void)source, (void)fd, (void)events;
	watch_drain(&d->watch);
	incidents_drained(d->incidents);
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *d = data;

	(void)source;
	d->keep = info->ssi_signo == SIGUSR2;
	return sd_event_exit(d->loop, 0);
}

/* All of it or, where a line is wrong, nothing. */
static void on_reloaded(const struct config *fresh, const struct failure *failure, void *data)
{
	struct daemon *d = data;
	struct failure wrong;
	struct config config;
	char fixed[128];

	if (!fresh) {
		log_error("the configuration stays as it is: %s", failure->text);
		supervisor_tell(&d->supervisor, "READY=1");
		return;
	}
	config = *fresh;
	if (incidents_configure(d->incidents, &config, &wrong)) {
		log_error("the configuration stays as it is: %s", wrong.text);
		config_free(&config);
		supervisor_tell(&d->supervisor, "READY=1");
		return;
	}
	reload_keep_fixed(&config, &d->config, fixed, sizeof(fixed));
	if (fixed[0])
		log_notice("a change of %s takes a restart", fixed);
	watch_set_policies(&d->watch, config.policies);
	config_free(&d->config);
	d->config = config;
	d->status.interval_seconds = config.interval;
	log_notice("the configuration was read anew");
	supervisor_tell(&d->supervisor, "READY=1");
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *d = data;
	char begun[64];
	int r;

	(void)source, (void)info;
	snprintf(begun, sizeof(begun), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 clock_usec(CLOCK_MONOTONIC));
	supervisor_tell(&d->supervisor, begun);
	r = reload_begin(d->reload);
	if (r < 0) {
		log_error("the configuration stays as it is, it can't be read: %s", strerror(-r));
		supervisor_tell(&d->supervisor, "READY=1");
	}
	return 0;
}

/* SIGUSR2 is systemd's RestartKillSignal: another daemon follows. */
static int watch_signals(struct daemon *d)
{
	static const int stops[] = {SIGTERM, SIGINT, SIGUSR2};
	sigset_t set;
	int r = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaddset(&set, stops[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	for (size_t i = 0; r >= 0 && i < sizeof(stops) / sizeof(stops[0]); i++)
		r = sd_event_add_signal(d->loop, NULL, stops[i], on_stop, d);
	return r < 0 ? r : sd_event_add_signal(d->loop, NULL, SIGHUP, on_hangup, d);
}

static int list_descriptors(int32_t pid, uint64_t start_time, struct descriptor_list **list,
			    void *data)
{
	struct daemon *d = data;

	return watch_list(&d->watch, pid, start_time, list);
}

static int list_tracked(void (*take)(int32_t pid, uint64_t start_time, struct descriptor_list *list,
				     void *data),
			void *taken, void *data)
{
	struct daemon *d = data;

	return kernel_list_tracked(d->watch.kernel, take, taken);
}

static bool owned_by(int32_t pid, uint64_t start_time, uint32_t uid, void *data)
{
	(void)data;
	return procfs_owned_by(PROCFS, pid, start_time, uid);
}

static int command_line(int32_t pid, uint64_t start_time, char *buffer, size_t size, void *data)
{
	struct daemon *d = data;

	return commands_read(d->commands, pid, start_time, buffer, size);
}

static int read_incidents(const struct incident_reading *reading, void *data)
{
	struct daemon *d = data;

	return incidents_read(d->incidents, reading);
}

static const char *user_name(uint32_t uid, void *data)
{
	struct daemon *d = data;

	return users_name(d->watch.users, uid);
}

static void raise_failed(const struct process *process, int error, void *data)
{
	(void)data;
	log_error("the limit of process %d can't be raised: %s%s", process->sample.pid,
		  strerror(-error),
		  error == -EPERM ? ": other users' take CAP_SYS_RESOURCE, see raise_limit in the "
				    "documentation"
				  : "");
}

static int make_loop(struct daemon *d, struct failure *failure)
{
	int r = sd_event_new(&d->loop);

	if (r >= 0)
		r = watch_signals(d);
	if (r >= 0)
		r = supervisor_open(&d->supervisor, d->loop);
	return r < 0 ? fail(failure, r, "no event loop: %s", strerror(-r)) : 0;
}

static void describe(struct daemon *d)
{
	struct utsname host;

	d->status.started = clock_usec(CLOCK_BOOTTIME);
	d->status.started_real = clock_usec(CLOCK_REALTIME);
	d->status.interval_seconds = d->config.interval;
	if (!uname(&host))
		snprintf(d->status.kernel, sizeof(d->status.kernel), "%s", host.release);
}

static int make_model(struct daemon *d, struct failure *failure)
{
	d->watch.table = table_new();
	d->watch.groups = groups_new(d->config.groups, d->config.group_by);
	d->watch.events = event_log_new();
	d->watch.status = &d->status;
	d->watch.raise_failed = raise_failed;
	d->watch.shared = shared_new();
	d->watch.policies = d->config.policies;
	d->watch.users = users_new();
	d->watch.history = history_new(PROGRAMS_MOST);
	d->commands = commands_new(PROCFS);
	d->reload = reload_new(d->loop, d->argc, d->argv, on_reloaded, d);
	if (!d->watch.table || !d->watch.groups || !d->watch.events || !d->watch.users ||
	    !d->watch.shared || !d->watch.history || !d->commands || !d->reload)
		return fail(failure, -ENOMEM, "out of memory");
	describe(d);
	return 0;
}

static int open_kernel(struct daemon *d, struct failure *failure)
{
	int r = kernel_open(&d->watch.kernel, d->config.pin_dir, d->config.backend, failure);

	if (r < 0)
		return r;
	if (!kernel_persistent(d->watch.kernel))
		log_notice("no bpffs for %s and no right to mount one: totals end with this daemon",
			   d->config.pin_dir);
	return 0;
}

static void on_sites(void *data)
{
	struct daemon *d = data;

	server_wake(d->server);
}

static void on_sites_log(const char *line, void *data)
{
	(void)data;
	log_notice("%s", line);
}

/* Without it all else goes on. */
static void start_sites(struct daemon *d)
{
	struct sites_source source = {
		.kernel = d->watch.kernel,
		.table = d->watch.table,
		.status = &d->status,
		.proc = PROCFS,
		.program = "/proc/self/exe",
		.changed = on_sites,
		.log = on_sites_log,
		.list = list_descriptors,
		.owned_by = owned_by,
		.recall = TAKE_PTR(d->recall),
		.data = d,
	};
	int r = sites_new(&d->sites, d->loop, &source);
	struct serve_tracking tracking = sites_serving(d->sites);

	if (r < 0)
		log_error("nothing is tracked: %s", strerror(-r));
	else
		sites_poll(d->sites, d->watch.now);
	incidents_track(d->incidents, &tracking);
}

static int start_serving(struct daemon *d, struct failure *failure)
{
	struct serve_source source = {
		.table = d->watch.table,
		.events = d->watch.events,
		.shared = d->watch.shared,
		.status = &d->status,
		.metrics = &d->exporter.metrics,
		.refresh = refresh,
		.list_descriptors = list_descriptors,
		.list_tracked = d->sites ? list_tracked : NULL,
		.owned_by = owned_by,
		.command_line = command_line,
		.incidents = read_incidents,
		.user_name = user_name,
		.tracking = sites_serving(d->sites),
		.data = d,
	};
	int r = server_start(&d->server, d->loop, d->listener.fd, &source);

	if (r < 0)
		return fail(failure, r, "can't serve at %s: %s", d->config.socket, strerror(-r));
	TAKE_FD(d->listener.fd);
	return 0;
}

static void say(const char *line)
{
	log_notice("%s", line);
}

static int start_exporter(struct daemon *d, struct failure *failure)
{
	struct metrics_source source = {
		.table = d->watch.table,
		.groups = d->watch.groups,
		.status = &d->status,
		.processes = d->config.processes,
	};
	struct exporter_options options = {
		.address = d->config.metrics_listen,
		.web_config = d->config.web_config,
		.say = say,
	};

	return exporter_start(&d->exporter, d->loop, &options, &source, failure);
}

static int start_polling(struct daemon *d, struct failure *failure)
{
	int ring = kernel_events_fd(d->watch.kernel);
	int r = sd_event_add_io(d->loop, NULL, ring, EPOLLIN, on_ring, d);

	d->recall = incidents_recall(d->incidents);
	for (int i = 0; i < RESUME_AT; i++)
		poll_now(d);
	if (r >= 0)
		r = sd_event_add_time_relative(d->loop, &d->timer, CLOCK_MONOTONIC,
					       interval_usec(d), 1000, on_timer, d);
	return r < 0 ? fail(failure, r, "no timer: %s", strerror(-r)) : 0;
}

/* A line of a part that runs by itself; its level is syslog(3)'s. */
static void log_for(int level, const char *line, void *data)
{
	char prefix[8];

	(void)data;
	snprintf(prefix, sizeof(prefix), "<%d>", level);
	log_line(prefix, "%s", line);
}

/* The lock on the pins comes before the socket: of two that start at once one touches nothing. */
static int start(struct daemon *d, struct failure *failure)
{
	int r = make_loop(d, failure);

	if (!r)
		r = make_model(d, failure);
	if (!r)
		r = open_kernel(d, failure);
	if (!r)
		r = listener_open(&d->listener, d->config.socket, failure);
	if (!r)
		r = incidents_open(&d->incidents, d->loop, &d->watch, &d->config, log_for, failure);
	if (!r)
		r = start_polling(d, failure);
	if (!r)
		start_sites(d);
	if (!r)
		r = start_exporter(d, failure);
	if (!r)
		r = start_serving(d, failure);
	return r;
}

/* What was not started is NULL or -1, and stopping that is well. */
static void stop(struct daemon *d)
{
	server_stop(d->server);
	sites_free(d->sites);
	recall_free(d->recall);
	exporter_stop(&d->exporter);
	listener_close(&d->listener, d->config.socket);
	reload_free(d->reload);
	sd_event_source_unref(d->timer);
	incidents_close(d->incidents);
	kernel_close(d->watch.kernel, d->keep);
	commands_free(d->commands);
	users_free(d->watch.users);
	event_log_free(d->watch.events);
	table_free(d->watch.table);
	shared_free(d->watch.shared);
	history_free(d->watch.history);
	groups_free(d->watch.groups);
	supervisor_close(&d->supervisor);
	sd_event_unref(d->loop);
	config_free(&d->config);
}

int service_run(const struct config *config, int argc, char *argv[], struct failure *failure)
{
	struct daemon d = {.argc = argc,
			   .argv = argv,
			   .config = *config,
			   .listener.fd = -1,
			   .supervisor.fd = -1};
	int r = start(&d, failure);

	if (!r) {
		supervisor_tell(&d.supervisor, "READY=1\nSTATUS=watching");
		log_notice("watching every process%s, answering at %s",
			   kernel_found(d.watch.kernel) ? " with the totals so far" : "",
			   d.config.socket);
		r = sd_event_loop(d.loop);
		supervisor_tell(&d.supervisor, "STOPPING=1");
		if (r < 0)
			fail(failure, r, "the event loop broke: %s", strerror(-r));
	} else {
		d.keep = kernel_found(d.watch.kernel);
	}
	stop(&d);
	return r;
}
