// SPDX-License-Identifier: BSD-2-Clause
#include "notify/hook.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "clock.h"
#include "model/text.h"
#include "notify/command.h"
#include "notify/run.h"

#define ATTEMPTS 5       /* then it is given up */
#define BACKOFF_MOST 16  /* times the first pause */
#define OUTPUT_SHOWN 200 /* bytes of what a command said, in the log */

struct hook {
	struct channel *channel;
	struct spawner *spawner;
	struct command command;
	uint64_t deadline, retry; /* microseconds */
	unsigned at_once, running;
	sd_event_source *timer; /* the next attempt */
};

int hook_check(const struct notify_config *config, struct failure *failure)
{
	struct command command;

	if (!*config->hook.command)
		return 0;
	if (command_parse(&command, config->hook.command, failure))
		return -EINVAL;
	if (!(config->hook.deadline >= 1 && config->hook.deadline <= NOTIFY_SECONDS_MOST))
		return fail(failure, -EINVAL, "deadline must be 1 to %d seconds",
			    NOTIFY_SECONDS_MOST);
	if (!(config->hook.retry >= 0.1 && config->hook.retry <= NOTIFY_SECONDS_MOST))
		return fail(failure, -EINVAL, "retry must be 0.1 to %d seconds",
			    NOTIFY_SECONDS_MOST);
	if (config->hook.at_once < 1 || config->hook.at_once > NOTIFY_AT_ONCE_MOST)
		return fail(failure, -EINVAL, "at_once must be 1 to %d", NOTIFY_AT_ONCE_MOST);
	return 0;
}

int hook_check_program(const struct notify_config *config, struct failure *failure)
{
	struct command command;
	struct stat st;

	if (!*config->hook.command)
		return 0;
	if (command_parse(&command, config->hook.command, failure))
		return -EINVAL;
	if (stat(command.words[0], &st))
		return fail(failure, -errno, "[hook] command: %s: %s", command.words[0],
			    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(failure, -EACCES, "[hook] command: %s is no file", command.words[0]);
	if (!(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return fail(failure, -EACCES,
			    "[hook] command: %s can't be executed: chmod +x may be missing",
			    command.words[0]);
	return 0;
}

int hook_configure(struct hook *hook, const struct notify_config *config, struct failure *failure)
{
	if (hook_check(config, failure))
		return -EINVAL;
	command_parse(&hook->command, config->hook.command, failure);
	hook->deadline = (uint64_t)(config->hook.deadline * 1e6);
	hook->retry = (uint64_t)(config->hook.retry * 1e6);
	hook->at_once = config->hook.at_once;
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t due, void *data)
{
	(void)source, (void)due;
	hook_advance(data);
	return 0;
}

/* "exit status 1, having said: no route to host" */
static void describe(const struct run_end *end, char *buffer, size_t size)
{
	char said[OUTPUT_SHOWN], line[RUN_OUTPUT_SIZE], how[96];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(end->output, "\n"), end->output);
	text_spell(said, sizeof(said), line);
	if (end->overdue)
		snprintf(how, sizeof(how), "it took too long");
	else if (end->error)
		snprintf(how, sizeof(how), "it can't be started: %s", strerror(end->error));
	else if (end->signal)
		snprintf(how, sizeof(how), "signal %d", end->signal);
	else
		snprintf(how, sizeof(how), "exit status %d", end->status);
	snprintf(buffer, size, "%s%s%s", how, *said ? ", having said: " : "", said);
}

/* Nothing is wrong with the hook: that no file is left may be just what is to be told. */
static bool is_want(int error)
{
	return error == ENFILE || error == EMFILE || error == EAGAIN || error == ENOMEM;
}

/*
 * With a positive errno, or 0. True where it is tried again later; false where it is given up, and
 * gone.
 */
static bool take_failure(struct hook *hook, struct pending *pending, const char *why, int error)
{
	uint64_t event_id = pending->notice.event_id, pause;

	hook->channel->status.failed_total++;
	if (!is_want(error) || pending->attempts < ATTEMPTS - 1)
		pending->attempts++;
	if (pending->attempts == ATTEMPTS) {
		channel_log(hook->channel, LOG_ERR,
			    "the hook failed %d times for event %" PRIu64
			    ", which is given up: %s: %s",
			    ATTEMPTS, event_id, hook->command.words[0], why);
		channel_done(hook->channel, pending, false);
		return false;
	}
	pause = backoff_usec(pending->attempts, hook->retry, hook->retry * BACKOFF_MOST);
	pending->due = clock_usec(CLOCK_MONOTONIC) + pause;
	if (!pending->complained)
		channel_log(hook->channel, LOG_WARNING,
			    "the hook failed for event %" PRIu64 " and is tried again: %s: %s",
			    event_id, hook->command.words[0], why);
	pending->complained = true;
	return true;
}

static void on_end(const struct run_end *end, void *data)
{
	struct pending *pending = data;
	struct hook *hook = pending->hook;
	char why[OUTPUT_SHOWN + 128];

	run_free(pending->run);
	pending->run = NULL;
	hook->running--;
	if (!end->overdue && !end->signal && end->status == 0) {
		channel_done(hook->channel, pending, true);
	} else {
		describe(end, why, sizeof(why));
		take_failure(hook, pending, why, end->error);
	}
	hook_advance(hook);
}

/* 0 or -errno. */
static int start(struct hook *hook, struct pending *pending)
{
	char **environment = command_environment(&pending->notice);
	int r;

	if (!environment)
		return -ENOMEM;
	pending->hook = hook;
	r = run_start(&pending->run, hook->spawner, hook->channel->loop, hook->command.words,
		      environment, hook->deadline, on_end, pending);
	command_environment_free(environment);
	return r;
}

/* An earlier notice of the same incident comes first. */
static bool has_its_turn(const struct channel *channel, const struct pending *pending)
{
	const struct pending *earlier;

	TAILQ_FOREACH(earlier, &channel->queue, link)
	{
		if (earlier == pending)
			return true;
		if (earlier->notice.incident == pending->notice.incident)
			return false;
	}
	return true;
}

void hook_advance(struct hook *hook)
{
	uint64_t now = clock_usec(CLOCK_MONOTONIC), next = UINT64_MAX;
	struct pending *pending, *following;
	int r;

	/* Of what is walked over none but `pending` itself can leave the queue. */
	for (pending = TAILQ_FIRST(&hook->channel->queue); pending; pending = following) {
		following = TAILQ_NEXT(pending, link);
		if (hook->running >= hook->at_once)
			return; /* the next end comes back here */
		if (pending->run || !has_its_turn(hook->channel, pending))
			continue;
		r = pending->due > now ? 0 : start(hook, pending);
		if (pending->run) {
			hook->running++;
			continue;
		}
		if (r < 0 && !take_failure(hook, pending, strerror(-r), -r))
			continue;
		if (pending->due < next)
			next = pending->due;
	}
	if (next != UINT64_MAX)
		timer_set(hook->channel->loop, &hook->timer, next > now ? next - now : 0, on_timer,
			  hook);
}

int hook_new(struct hook **hook, struct channel *channel, const struct notify_config *config,
	     struct failure *failure)
{
	struct hook *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return fail(failure, -ENOMEM, "out of memory");
	h->channel = channel;
	r = hook_configure(h, config, failure);
	if (!r) {
		r = spawner_new(&h->spawner, channel->loop);
		if (r < 0)
			fail(failure, r, "no thread for the hook: %s", strerror(-r));
	}
	if (r < 0)
		free(h);
	else
		*hook = h;
	return r;
}

void hook_free(struct hook *hook)
{
	struct pending *pending;

	if (!hook)
		return;
	TAILQ_FOREACH(pending, &hook->channel->queue, link)
	{
		run_free(pending->run);
		pending->run = NULL;
	}
	spawner_free(hook->spawner);
	sd_event_source_disable_unref(hook->timer);
	free(hook);
}
