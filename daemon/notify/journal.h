/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notices as entries of the system's journal, with fields to search by and a MESSAGE_ID for each
 * kind, which packaging/journal/fdwatch.catalog explains.
 */
#ifndef FDWATCH_NOTIFY_JOURNAL_H
#define FDWATCH_NOTIFY_JOURNAL_H

#include "notify/channel.h"

struct journal;

/* 0 or -errno. The channel is the caller's and outlives it. */
int journal_new(struct journal **journal, struct channel *channel);
void journal_free(struct journal *journal);

/* There is something new in the channel. */
void journal_advance(struct journal *journal);

/* 32 lower-case hex digits: the kind of notice. */
const char *journal_message_id(const struct notice *notice);

/* A level of syslog(3). */
int journal_priority(const struct notice *notice);

#endif
