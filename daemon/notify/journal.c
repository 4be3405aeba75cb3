// SPDX-License-Identifier: BSD-2-Clause
#include "notify/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>

#include "cleanup.h"
#include "notify/courier.h"
#include "notify/fields.h"

#define BACKOFF_FIRST 1000000
#define BACKOFF_MOST 60000000
#define OWN_FIELDS 5 /* beside those of fields_each() */

struct journal {
	struct channel *channel;
	struct courier *courier;
	sd_event_source *retry;
	unsigned failed;
};

/* What a notice is about, as the catalogue explains it. */
enum kind { KIND_WARNING, KIND_CRITICAL, KIND_EXHAUSTED, KIND_OVER, KIND_COUNT };

static enum kind kind_of(const struct notice *n)
{
	if (n->step == NOTICE_ENDED)
		return KIND_OVER;
	return n->state == STATE_EXHAUSTED  ? KIND_EXHAUSTED
	       : n->state == STATE_CRITICAL ? KIND_CRITICAL
					    : KIND_WARNING;
}

const char *journal_message_id(const struct notice *notice)
{
	static const char *const ids[NOTICE_SCOPE_COUNT][KIND_COUNT] = {
		[NOTICE_PROCESS] = {[KIND_WARNING] = "6bfcb0d4152c4621a199a2958ce46372",
				    [KIND_CRITICAL] = "aa9ffcd82eea49d4be9535a08f0e3271",
				    [KIND_EXHAUSTED] = "d206133a73844f36b6feba59e163e0df",
				    [KIND_OVER] = "5c84b8c9dac043c195a2d08af238023b"},
		[NOTICE_SYSTEM] = {[KIND_WARNING] = "b13544b9b3764525a11a97d3aa3735d6",
				   [KIND_CRITICAL] = "47276831fe5b49dba4514e138261fc57",
				   [KIND_EXHAUSTED] = "e6cace66a86040cbbda97418e4850023",
				   [KIND_OVER] = "b064f39de67344d89f5ddb0e345946b0"},
	};

	return ids[notice->scope][kind_of(notice)];
}

int journal_priority(const struct notice *notice)
{
	static const int priorities[KIND_COUNT] = {
		[KIND_WARNING] = LOG_WARNING,
		[KIND_CRITICAL] = LOG_ERR,
		[KIND_EXHAUSTED] = LOG_CRIT,
		[KIND_OVER] = LOG_NOTICE,
	};

	return priorities[kind_of(notice)];
}

struct entry {
	struct iovec fields[FIELDS_MAX + OWN_FIELDS];
	int count;
};

static int add_field(const char *name, const char *value, void *data)
{
	struct entry *entry = data;
	char *text;
	int length = asprintf(&text, "%s=%s\n", name, value);

	if (length < 0)
		return -ENOMEM;
	entry->fields[entry->count++] = (struct iovec){.iov_base = text, .iov_len = (size_t)length};
	return 0;
}

/* Values are on one line, all of them. */
static int fill(struct entry *entry, const struct notice *notice)
{
	char text[NOTICE_SUMMARY_SIZE];
	int r;

	notice_summary(notice, text, sizeof(text));
	r = add_field("MESSAGE", text, entry);
	if (!r)
		r = add_field("SYSLOG_IDENTIFIER", "fdwatchd", entry);
	if (!r)
		r = add_field("MESSAGE_ID", journal_message_id(notice), entry);
	snprintf(text, sizeof(text), "%d", journal_priority(notice));
	if (!r)
		r = add_field("PRIORITY", text, entry);
	snprintf(text, sizeof(text), "%" PRId32, notice->pid);
	if (!r && notice->scope == NOTICE_PROCESS && !notice_is_gone(notice))
		r = add_field("OBJECT_PID", text, entry);
	return r ?: fields_each(notice, add_field, entry);
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* 0, also where there is no journal, or -errno. */
static int send_entry(int fd, const struct notice *notice)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	struct entry entry = {};
	int r = fill(&entry, notice);
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = entry.fields,
				 .msg_iovlen = (size_t)entry.count};

	if (!r && sendmsg(fd, &message, MSG_NOSIGNAL) < 0 && errno != ENOENT)
		r = -errno;
	for (int i = 0; i < entry.count; i++)
		free(entry.fields[i].iov_base);
	return r;
}

/* In the thread: a journal that hangs holds up who writes. */
static int carry(void *job, void *tool)
{
	int *fd = tool;

	if (*fd < 0)
		*fd = open_socket();
	return *fd < 0 ? -errno : send_entry(*fd, job);
}

static void free_socket(void *tool)
{
	cleanup_close(tool);
	free(tool);
}

static int on_retry(sd_event_source *source, uint64_t due, void *data)
{
	(void)source, (void)due;
	journal_advance(data);
	return 0;
}

static void retry_later(struct journal *j, int error)
{
	j->channel->status.failed_total++;
	if (!j->failed++)
		channel_log(j->channel, LOG_WARNING,
			    "the journal takes no entry: %s; it is tried again", strerror(-error));
	timer_set(j->channel->loop, &j->retry, backoff_usec(j->failed, BACKOFF_FIRST, BACKOFF_MOST),
		  on_retry, j);
}

static void on_back(int result, void *job, void *data)
{
	struct journal *j = data;
	struct notice *notice = job;
	struct pending *pending = channel_find(j->channel, notice->event_id);

	free(notice);
	if (result < 0) {
		retry_later(j, result);
		return;
	}
	j->failed = 0;
	if (pending)
		channel_done(j->channel, pending, true);
	journal_advance(j);
}

void journal_advance(struct journal *j)
{
	const struct pending *first = TAILQ_FIRST(&j->channel->queue);
	struct notice *job;
	int waits = SD_EVENT_OFF;

	if (j->retry)
		sd_event_source_get_enabled(j->retry, &waits);
	if (!first || courier_busy(j->courier) || waits != SD_EVENT_OFF)
		return;
	job = malloc(sizeof(*job));
	if (!job) {
		retry_later(j, -ENOMEM);
		return;
	}
	*job = first->notice;
	courier_send(j->courier, job);
}

int journal_new(struct journal **journal, struct channel *channel)
{
	struct journal *j = calloc(1, sizeof(*j));
	int *fd = malloc(sizeof(*fd));
	int r;

	if (!j || !fd) {
		free(j);
		free(fd);
		return -ENOMEM;
	}
	/* At the start: what is to be told may be that the host has no descriptor left. libsystemd
	 * would open its own with the first entry. */
	*fd = open_socket();
	j->channel = channel;
	r = courier_new(&j->courier, channel->loop,
			&(struct courier_work){.carry = carry,
					       .back = on_back,
					       .free_job = free,
					       .free_tool = free_socket,
					       .tool = fd,
					       .data = j});
	if (r < 0) {
		free(j);
		return r;
	}
	*journal = j;
	return 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	courier_free(j->courier);
	sd_event_source_disable_unref(j->retry);
	free(j);
}
