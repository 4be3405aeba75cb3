// SPDX-License-Identifier: BSD-2-Clause
#include "model/table.h"

#include <errno.h>
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1 /* an entry that was not added has no hh.tbl */
#include <uthash.h>

#include "model/forecast.h"

struct entry {
	struct process process; /* first: a process is its entry */
	uint64_t seen;          /* the poll that last updated it */
	struct entry *replaced; /* next in table->replaced */
	UT_hash_handle hh;      /* by sample.pid */
};

struct table {
	struct entry *entries;
	struct entry *replaced; /* their pid was taken over in this poll */
	uint64_t poll;
};

struct table *table_new(void)
{
	return calloc(1, sizeof(struct table));
}

static void entry_free(struct entry *entry)
{
	forecast_free(entry->process.forecast);
	free(entry);
}

static void drop_all(struct table *table)
{
	struct entry *entry, *next;

	HASH_ITER (hh, table->entries, entry, next) {
		HASH_DEL(table->entries, entry);
		entry_free(entry);
	}
	for (entry = table->replaced; entry; entry = next) {
		next = entry->replaced;
		entry_free(entry);
	}
}

void table_free(struct table *table)
{
	if (!table)
		return;
	drop_all(table);
	free(table);
}

void table_begin_poll(struct table *table)
{
	table->poll++;
}

static struct entry *find(const struct table *table, int32_t pid)
{
	struct entry *entry;

	HASH_FIND(hh, table->entries, &pid, sizeof(pid), entry);
	return entry;
}

static int add(struct table *table, const struct process_sample *sample, struct process **process)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->process.sample = *sample;
	entry->seen = table->poll;
	HASH_ADD(hh, table->entries, process.sample.pid, sizeof(sample->pid), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return -ENOMEM;
	}
	*process = &entry->process;
	return TABLE_NEW;
}

int table_update(struct table *table, const struct process_sample *sample, struct process **process,
		 struct process_sample *previous)
{
	struct entry *entry = find(table, sample->pid);
	struct process_sample *known;
	int change = TABLE_SAME;

	if (entry && entry->process.sample.start_time != sample->start_time) {
		HASH_DEL(table->entries, entry);
		entry->replaced = table->replaced;
		table->replaced = entry;
		entry = NULL;
	}
	if (!entry)
		return add(table, sample, process);

	known = &entry->process.sample;
	if (known->execs != sample->execs)
		change = TABLE_EXECUTED;
	else if (known->cgroup_id != sample->cgroup_id)
		change = TABLE_MOVED;
	if (previous)
		*previous = *known;
	*known = *sample;
	entry->seen = table->poll;
	*process = &entry->process;
	return change;
}

void table_end_poll(struct table *table, void (*gone)(struct process *process, void *data),
		    void *data)
{
	struct entry *entry, *next;

	while ((entry = table->replaced)) {
		table->replaced = entry->replaced;
		gone(&entry->process, data);
		entry_free(entry);
	}
	HASH_ITER (hh, table->entries, entry, next) {
		if (entry->seen == table->poll)
			continue;
		HASH_DEL(table->entries, entry);
		gone(&entry->process, data);
		entry_free(entry);
	}
}

struct process *table_find(struct table *table, int32_t pid)
{
	struct entry *entry = find(table, pid);

	return entry ? &entry->process : NULL;
}

size_t table_size(const struct table *table)
{
	return HASH_COUNT(table->entries);
}

struct process *table_next(struct table *table, struct process *process)
{
	struct entry *entry = process ? ((struct entry *)process)->hh.next : table->entries;

	return entry ? &entry->process : NULL;
}
