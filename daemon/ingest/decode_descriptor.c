// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "fdwatch/record.h"
#include "ingest/decode.h"
#include "ingest/decode_kind.h"
#include "ingest/decode_socket.h"

#define DESCRIPTORS_MAX (1U << 20) /* fs.nr_open's default: some 150 MiB */
#define NAMES_MAX (16U << 20)      /* bytes; a leak of many thousand needs 2 MiB */
#define RECORD_ALIGN 8

struct descriptor_decoder {
	struct descriptor_list *list;
	size_t room;            /* of list->items */
	size_t names;           /* bytes of all names so far */
	uint64_t start_time_ns; /* of the process, once begun */
	int32_t pid;
	bool begun;
	descriptor_name_fn name; /* NULL: none is asked for */
	descriptors_take *take;
	void *data;
	size_t held; /* bytes of the record under way */
	union {
		struct fdw_descriptor record;
		char bytes[sizeof(struct fdw_descriptor) + FDW_NAME_MAX];
	};
};

struct descriptor_decoder *descriptor_decoder_new(descriptors_take *take, void *data)
{
	struct descriptor_decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->take = take;
	d->data = data;
	d->list = calloc(1, sizeof(*d->list));
	if (!d->list) {
		free(d);
		return NULL;
	}
	return d;
}

void descriptor_decoder_free(struct descriptor_decoder *d)
{
	if (!d)
		return;
	descriptor_list_free(d->list);
	free(d);
}

void descriptor_decoder_names(struct descriptor_decoder *d, descriptor_name_fn name)
{
	d->name = name;
}

/* Bytes of the record under way, as far as they are known; 0 for what is no record. */
static size_t record_size(const struct descriptor_decoder *d)
{
	if (d->held < sizeof(d->record))
		return sizeof(d->record);
	if (d->record.name_len > FDW_NAME_MAX)
		return 0;
	return sizeof(d->record) +
	       (d->record.name_len + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

/* "pipe:[123]": what readlink(2) says of things without a path. */
static char *bracketed(const char *what, __u64 inode)
{
	char *name;

	return asprintf(&name, "%s:[%llu]", what, inode) < 0 ? NULL : name;
}

/* An abstract Unix name begins with NUL; NULs are shown as @, as /proc/net/unix does. */
static char *abstract_name(const char *name, size_t length)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < length; i++)
		copy[i] = name[i] ? name[i] : '@';
	copy[length] = '\0';
	return copy;
}

/* The name as readlink(2) of /proc/PID/fd/N has it, and a bound Unix socket's own; NULL: no memory.
 */
static char *name_of(const struct fdw_descriptor *record, enum fdw_kind kind, const char *raw,
		     const char *name)
{
	char *text;

	if (record->type == FDW_DESCRIPTOR_SOCKET && record->socket.family == AF_UNIX &&
	    record->name_len && !raw[0])
		return abstract_name(raw, record->name_len);
	if (record->magic == ANON_INODE_FS_MAGIC && strncmp(name, "anon_inode:", 11) != 0)
		return asprintf(&text, "anon_inode:%s", name) < 0 ? NULL : text;
	if (kind == FDW_KIND_SOCKET && !name[0])
		return bracketed("socket", record->inode);
	if (kind == FDW_KIND_PIPE && !name[0])
		return bracketed("pipe", record->inode);
	return strdup(name);
}

/* The same, unless it would be too much of all names together. */
static int take_name(struct descriptor_decoder *d, struct descriptor *item, const char *raw,
		     const char *name)
{
	if (d->names + d->record.name_len > NAMES_MAX) {
		d->list->names_cut++;
		return 0;
	}
	d->names += d->record.name_len;
	item->name = name_of(&d->record, item->kind, raw, name);
	return item->name ? 0 : -ENOMEM;
}

static struct descriptor *next_item(struct descriptor_decoder *d)
{
	struct descriptor_list *list = d->list;

	if (list->count == d->room) {
		size_t room = d->room ? d->room * 2 : 64;
		struct descriptor *items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return NULL;
		list->items = items;
		d->room = room;
	}
	return &list->items[list->count];
}

static int take_descriptor(struct descriptor_decoder *d)
{
	const struct fdw_descriptor *record = &d->record;
	const char *raw = d->bytes + sizeof(*record);
	char name[FDW_NAME_MAX + 1];
	struct descriptor *item;
	bool is_device;
	__u32 device;
	int r;

	if (d->list->count == DESCRIPTORS_MAX)
		return -E2BIG;
	item = next_item(d);
	if (!item)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%.*s", (int)record->name_len, raw);
	*item = (struct descriptor){
		.inode = record->inode,
		.offset = record->offset,
		.fd = (int32_t)record->fd,
		.kind = decode_kind(record, name),
		.flags = record->flags,
		.cloexec = record->cloexec,
		.opened = record->opened_ns / 1000,
		.site = record->site,
		.inherited = record->live_flags & FDW_LIVE_INHERITED,
		.executed = record->live_flags & FDW_LIVE_EXECUTED,
	};
	is_device = item->kind == FDW_KIND_CHARDEV || item->kind == FDW_KIND_BLOCKDEV;
	device = is_device ? record->rdevice : record->device;
	item->device_major = device >> 20;
	item->device_minor = device & 0xfffff;

	r = take_name(d, item, raw, name);
	if (r < 0)
		return r;
	d->list->count++; /* from here on the list frees it */
	d->list->kinds[item->kind]++;
	if (record->type != FDW_DESCRIPTOR_SOCKET)
		return 0;
	item->socket = malloc(sizeof(*item->socket));
	if (!item->socket)
		return -ENOMEM;
	decode_socket(&record->socket, item->socket);
	return 0;
}

/* The table may have changed on the way: what is taken can't be less than what was listed. */
static struct descriptor_list *complete(struct descriptor_decoder *d)
{
	if (d->list->taken < d->list->count)
		d->list->taken = (uint32_t)d->list->count;
	d->list->reserved = d->list->taken - (uint32_t)d->list->count;
	return TAKE_PTR(d->list);
}

/* May come again for the same process, where the kernel's buffer was full. */
static int take_table(struct descriptor_decoder *d)
{
	int32_t pid = (int32_t)d->record.device;

	if (d->begun && d->pid != pid) {
		if (!d->take)
			return -EBADMSG;
		d->take(d->pid, d->start_time_ns / 1000, complete(d), d->data);
		d->list = calloc(1, sizeof(*d->list));
		d->room = d->names = 0;
	}
	if (!d->list)
		return -ENOMEM;
	d->begun = true;
	d->pid = pid;
	d->start_time_ns = d->record.inode;
	d->list->taken = d->record.fd;
	d->list->track = d->record.live_flags;
	d->list->first_site = d->record.site;
	return 0;
}

/* Asks for a missing name, and puts it where the kernel would have. A pipe has none. */
static void find_name(struct descriptor_decoder *d)
{
	struct fdw_descriptor *record = &d->record;
	ssize_t size;

	if (!d->name || record->name_len || record->type != FDW_DESCRIPTOR_FILE ||
	    record->magic == PIPEFS_MAGIC)
		return;
	size = d->name(d->pid, (int32_t)record->fd, d->bytes + sizeof(*record), FDW_NAME_MAX);
	if (size > 0 && size <= FDW_NAME_MAX)
		record->name_len = (__u32)size;
}

static int take_record(struct descriptor_decoder *d)
{
	const struct descriptor_list *list = d->list;

	switch (d->record.type) {
	case FDW_DESCRIPTOR_TABLE:
		return take_table(d);
	case FDW_DESCRIPTOR_FILE:
	case FDW_DESCRIPTOR_SOCKET:
		if (d->record.fd > INT32_MAX)
			return -EBADMSG;
		if (list->count && (int32_t)d->record.fd <= list->items[list->count - 1].fd)
			return -EBADMSG;
		find_name(d);
		return take_descriptor(d);
	default:
		return -EBADMSG;
	}
}

int descriptor_decoder_add(struct descriptor_decoder *d, const void *bytes, size_t size)
{
	const char *from = bytes;

	while (size) {
		size_t wanted = record_size(d) - d->held;
		size_t part = size < wanted ? size : wanted;
		int r;

		memcpy(d->bytes + d->held, from, part);
		d->held += part;
		from += part;
		size -= part;
		wanted = record_size(d);
		if (!wanted)
			return -EBADMSG;
		if (d->held < wanted)
			continue;
		d->held = 0;
		r = take_record(d);
		if (r < 0)
			return r;
	}
	return 0;
}

int descriptor_decoder_finish(struct descriptor_decoder *d, struct descriptor_list **list,
			      uint64_t *start_time)
{
	if (d->held)
		return -EBADMSG;
	if (!d->begun)
		return -ESRCH;
	*start_time = d->start_time_ns / 1000;
	*list = complete(d);
	return 0;
}

int32_t descriptor_decoder_pid(const struct descriptor_decoder *d)
{
	return d->pid;
}
