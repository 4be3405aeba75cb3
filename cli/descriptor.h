/* SPDX-License-Identifier: BSD-2-Clause */
/* One descriptor, and the table of a process's descriptors. */
#ifndef FDWATCH_DESCRIPTOR_H
#define FDWATCH_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"
#include "text.h"

enum field {
	FIELD_FD,
	FIELD_KIND,
	FIELD_FLAGS,
	FIELD_CLOEXEC,
	FIELD_DEVICE,
	FIELD_INODE,
	FIELD_OFFSET,
	FIELD_PATH,
	FIELD_SOCKET, /* told by the bool below, and what it is by those that follow */
	FIELD_FAMILY,
	FIELD_TYPE,
	FIELD_PROTOCOL,
	FIELD_STATE,
	FIELD_LOCAL,
	FIELD_REMOTE,
	FIELD_PEER_INODE,
	FIELD_COUNT,
	FIELD_NONE = FIELD_COUNT,
};

/* All zero is one of which nothing is known. */
struct descriptor {
	struct text text; /* the fields, one behind the other; the caller frees it */
	struct {
		size_t start;  /* in text */
		size_t length; /* 0: unknown */
	} fields[FIELD_COUNT];
	bool socket;
};

/* Forgets all, but for the memory. */
void descriptor_clear(struct descriptor *descriptor);

/* Any bytes: they are made safe on their way into the table. */
void descriptor_put(struct descriptor *descriptor, enum field field, const char *bytes,
		    size_t length);

/* The next of the flags, such as O_APPEND. */
void descriptor_put_flag(struct descriptor *descriptor, const char *flag, size_t length);

struct table *descriptor_table(void);

/* A row; memory that ran out in one of the above is remembered in the table. */
void descriptor_add(struct table *table, struct descriptor *descriptor);

#endif
