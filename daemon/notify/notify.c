// SPDX-License-Identifier: BSD-2-Clause
#include "notify/notify.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notify/alertmanager.h"
#include "notify/channel.h"
#include "notify/hook.h"
#include "notify/journal.h"
#include "notify/servers.h"

struct notify {
	struct channel channels[NOTIFY_CHANNELS];
	struct journal *journal; /* NULL where it is shut, as the others */
	struct hook *hook;
	struct alertmanager *alertmanager;
};

static bool is_wanted(const struct notify_config *config, enum notify_channel channel)
{
	switch (channel) {
	case NOTIFY_JOURNAL:
		return config->journal;
	case NOTIFY_HOOK:
		return *config->hook.command;
	case NOTIFY_ALERTMANAGER:
		return *config->alertmanager.url;
	case NOTIFY_CHANNELS:
		break;
	}
	return false;
}

void notify_config_defaults(struct notify_config *config)
{
	*config = (struct notify_config){
		.journal = true,
		.hook = {.deadline = 30, .retry = 5, .at_once = 4},
		.alertmanager.resend = 60,
	};
}

static int judge(const struct notify_config *config, bool files, struct failure *failure)
{
	struct servers servers;
	int r = hook_check(config, failure);

	if (!r && files)
		r = hook_check_program(config, failure);
	if (!r && is_wanted(config, NOTIFY_ALERTMANAGER))
		r = servers_read(&servers, config, failure);
	if (!r && is_wanted(config, NOTIFY_ALERTMANAGER) && files)
		r = servers_check_files(&servers, failure);
	return r;
}

int notify_check(const struct notify_config *config, struct failure *failure)
{
	return judge(config, true, failure);
}

/* What was still to be told there is told to nobody. */
static void shut(struct notify *notify, enum notify_channel number)
{
	struct channel *channel = &notify->channels[number];

	if (number == NOTIFY_JOURNAL) {
		journal_free(notify->journal);
		notify->journal = NULL;
	} else if (number == NOTIFY_HOOK) {
		hook_free(notify->hook);
		notify->hook = NULL;
	} else {
		alertmanager_free(notify->alertmanager);
		notify->alertmanager = NULL;
	}
	while (!TAILQ_EMPTY(&channel->queue))
		channel_done(channel, TAILQ_FIRST(&channel->queue), false);
}

/* Opens what is wanted, and gives what is open its new settings. */
static int open_journal(struct notify *notify, struct failure *failure)
{
	int r;

	if (notify->journal)
		return 0;
	r = journal_new(&notify->journal, &notify->channels[NOTIFY_JOURNAL]);
	return r < 0 ? fail(failure, r, "no thread for the journal: %s", strerror(-r)) : 0;
}

static int open_hook(struct notify *notify, const struct notify_config *config,
		     struct failure *failure)
{
	if (notify->hook)
		return hook_configure(notify->hook, config, failure);
	return hook_new(&notify->hook, &notify->channels[NOTIFY_HOOK], config, failure);
}

static int open_alertmanager(struct notify *notify, const struct notify_config *config,
			     struct failure *failure)
{
	if (notify->alertmanager)
		return alertmanager_configure(notify->alertmanager, config, failure);
	return alertmanager_new(&notify->alertmanager, &notify->channels[NOTIFY_ALERTMANAGER],
				config, failure);
}

/* What can fail comes first, and the hook can't any more: it is checked. */
int notify_configure(struct notify *notify, const struct notify_config *config,
		     struct failure *failure)
{
	unsigned before = notify_channels(notify);
	int r = judge(config, false, failure);

	if (!r && is_wanted(config, NOTIFY_JOURNAL))
		r = open_journal(notify, failure);
	if (!r && is_wanted(config, NOTIFY_HOOK) && !notify->hook)
		r = open_hook(notify, config, failure);
	if (!r && is_wanted(config, NOTIFY_ALERTMANAGER))
		r = open_alertmanager(notify, config, failure);
	for (enum notify_channel i = 0; i < NOTIFY_CHANNELS; i++)
		if (r ? !(before & NOTIFY_BIT(i)) : !is_wanted(config, i))
			shut(notify, i);
	return r || !notify->hook ? r : hook_configure(notify->hook, config, failure);
}

int notify_new(struct notify **notify, sd_event *loop, const struct notify_config *config,
	       const struct notify_calls *calls, struct failure *failure)
{
	struct notify *n;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return fail(failure, -ENOMEM, "libcurl can't be used");
	n = calloc(1, sizeof(*n));
	if (!n)
		return fail(failure, -ENOMEM, "out of memory");
	for (enum notify_channel i = 0; i < NOTIFY_CHANNELS; i++)
		channel_init(&n->channels[i], i, loop, calls);
	r = notify_configure(n, config, failure);
	if (r < 0)
		notify_free(n);
	else
		*notify = n;
	return r;
}

void notify_free(struct notify *notify)
{
	if (!notify)
		return;
	journal_free(notify->journal);
	hook_free(notify->hook);
	alertmanager_free(notify->alertmanager);
	for (enum notify_channel i = 0; i < NOTIFY_CHANNELS; i++)
		channel_close(&notify->channels[i]);
	free(notify);
}

unsigned notify_channels(const struct notify *notify)
{
	return (notify->journal ? NOTIFY_BIT(NOTIFY_JOURNAL) : 0) |
	       (notify->hook ? NOTIFY_BIT(NOTIFY_HOOK) : 0) |
	       (notify->alertmanager ? NOTIFY_BIT(NOTIFY_ALERTMANAGER) : 0);
}

static int tell(struct notify *notify, enum notify_channel number, const struct notice *notice)
{
	struct channel *channel = &notify->channels[number];
	int r;

	if (!(notify_channels(notify) & NOTIFY_BIT(number))) {
		channel->calls.done(notice->event_id, number, channel->calls.data);
		return 0;
	}
	if (number == NOTIFY_ALERTMANAGER)
		return alertmanager_take(notify->alertmanager, notice);
	r = channel_add(channel, notice);
	if (!r && number == NOTIFY_JOURNAL)
		journal_advance(notify->journal);
	else if (!r)
		hook_advance(notify->hook);
	return r;
}

unsigned notify_tell(struct notify *notify, const struct notice *notice, unsigned channels)
{
	unsigned refused = 0;

	for (enum notify_channel i = 0; i < NOTIFY_CHANNELS; i++)
		if (channels & NOTIFY_BIT(i) && tell(notify, i, notice))
			refused |= NOTIFY_BIT(i);
	return refused;
}

void notify_status(const struct notify *notify, struct status *status)
{
	unsigned open = notify_channels(notify);

	_Static_assert(NOTIFY_CHANNELS <= STATUS_CHANNEL_MAX, "each has its place");
	status->channel_count = 0;
	for (enum notify_channel i = 0; i < NOTIFY_CHANNELS; i++)
		if (open & NOTIFY_BIT(i))
			status->channels[status->channel_count++] = notify->channels[i].status;
}
