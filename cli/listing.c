// SPDX-License-Identifier: BSD-2-Clause
#include "listing.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "command.h"
#include "descriptor.h"
#include "safe.h"

/* How many brackets stand open: {"descriptors":[{"fd":3,"flags":["O_RDWR"],"socket":{…}}]} */
enum { IN_NOTHING, IN_PROCESS, IN_LIST, IN_DESCRIPTOR, IN_FIELD };

struct listing {
	yajl_handle parser;
	const char *json;
	size_t done; /* bytes of json that are in `rest`, or were descriptors */
	struct text *rest;
	struct table *table;
	struct descriptor descriptor;
	size_t depth;
	bool announced;      /* the value that comes is the list */
	bool listed;         /* within the list */
	enum field field;    /* whose value comes; FIELD_NONE: no matter */
	enum field compound; /* at IN_FIELD: FIELD_FLAGS, FIELD_SOCKET or FIELD_NONE */
};

/* With its length: they are compared for each of millions of keys. */
struct name {
	const char *text;
	size_t length;
};

#define NAME(text) \
	{ \
		(text), sizeof(text) - 1 \
	}

static const struct name descriptors_name = NAME("descriptors");

static const struct name names[FIELD_COUNT] = {
	[FIELD_FD] = NAME("fd"),
	[FIELD_KIND] = NAME("kind"),
	[FIELD_FLAGS] = NAME("flags"),
	[FIELD_CLOEXEC] = NAME("cloexec"),
	[FIELD_DEVICE] = NAME("device"),
	[FIELD_INODE] = NAME("inode"),
	[FIELD_OFFSET] = NAME("offset"),
	[FIELD_PATH] = NAME("path"),
	[FIELD_SOCKET] = NAME("socket"),
	/* of the socket */
	[FIELD_FAMILY] = NAME("family"),
	[FIELD_TYPE] = NAME("type"),
	[FIELD_PROTOCOL] = NAME("protocol"),
	[FIELD_STATE] = NAME("state"),
	[FIELD_LOCAL] = NAME("local"),
	[FIELD_REMOTE] = NAME("remote"),
	[FIELD_PEER_INODE] = NAME("peer_inode"),
};

static bool is_name(const struct name *name, const unsigned char *key, size_t length)
{
	return name->length == length && memcmp(name->text, key, length) == 0;
}

static enum field find_field(const struct listing *listing, const unsigned char *key, size_t length)
{
	bool of_socket = listing->depth == IN_FIELD && listing->compound == FIELD_SOCKET;
	enum field end = of_socket ? FIELD_COUNT : FIELD_FAMILY;

	if (!listing->listed || (listing->depth != IN_DESCRIPTOR && !of_socket))
		return FIELD_NONE;
	for (enum field field = of_socket ? FIELD_FAMILY : FIELD_FD; field < end; field++)
		if (is_name(&names[field], key, length))
			return field;
	return FIELD_NONE;
}

static int on_key(void *data, const unsigned char *key, size_t length)
{
	struct listing *listing = data;

	listing->announced =
		listing->depth == IN_PROCESS && is_name(&descriptors_name, key, length);
	listing->field = find_field(listing, key, length);
	return 1;
}

/* The rest goes on behind the last that was taken, up to what was just read. */
static void copy_rest(struct listing *listing)
{
	size_t end = yajl_get_bytes_consumed(listing->parser);

	text_add(listing->rest, listing->json + listing->done, end - listing->done);
}

static int on_array(void *data)
{
	struct listing *listing = data;

	listing->depth++;
	if (listing->announced) {
		listing->announced = false;
		listing->listed = true;
		copy_rest(listing);
	} else if (listing->listed && listing->depth == IN_FIELD) {
		listing->compound = listing->field == FIELD_FLAGS ? FIELD_FLAGS : FIELD_NONE;
		listing->field = FIELD_NONE;
	} else if (listing->depth == IN_PROCESS) {
		return 0;
	}
	return !listing->listed || listing->depth != IN_DESCRIPTOR;
}

static int on_array_end(void *data)
{
	struct listing *listing = data;

	if (listing->listed && listing->depth == IN_LIST) {
		listing->listed = false;
		listing->done = yajl_get_bytes_consumed(listing->parser) - 1;
	}
	listing->depth--;
	return 1;
}

static int on_object(void *data)
{
	struct listing *listing = data;

	listing->depth++;
	if (listing->listed && listing->depth == IN_DESCRIPTOR) {
		descriptor_clear(&listing->descriptor);
	} else if (listing->listed && listing->depth == IN_FIELD) {
		listing->compound = listing->field == FIELD_SOCKET ? FIELD_SOCKET : FIELD_NONE;
		listing->descriptor.socket |= listing->compound == FIELD_SOCKET;
	}
	return !listing->announced;
}

static int on_object_end(void *data)
{
	struct listing *listing = data;

	if (listing->listed && listing->depth == IN_DESCRIPTOR)
		descriptor_add(listing->table, &listing->descriptor);
	listing->depth--;
	return 1;
}

/* Of the process itself nothing is wanted here, and a list has nothing but objects. */
static int on_value(struct listing *listing, const char *value, size_t length)
{
	if (!listing->listed)
		return listing->depth != IN_NOTHING && !listing->announced;
	if (listing->depth == IN_FIELD && listing->compound == FIELD_FLAGS)
		descriptor_put_flag(&listing->descriptor, value, length);
	else if (listing->field != FIELD_NONE && listing->depth <= IN_FIELD)
		descriptor_put(&listing->descriptor, listing->field, value, length);
	return listing->depth != IN_LIST;
}

static int on_null(void *data)
{
	return on_value(data, "", 0);
}

static int on_boolean(void *data, int value)
{
	return on_value(data, value ? "yes" : "no", value ? 3 : 2);
}

static int on_number(void *data, const char *digits, size_t length)
{
	return on_value(data, digits, length);
}

static int on_string(void *data, const unsigned char *string, size_t length)
{
	return on_value(data, (const char *)string, length);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/* yajl does not look whether it was given the memory it asked for. */
static void *given(void *memory)
{
	if (memory)
		return memory;
	complain("out of memory");
	exit(EXIT_FAILED);
}

static void *allocate(void *context, size_t size)
{
	(void)context;
	return given(malloc(size));
}

static void *reallocate(void *context, void *memory, size_t size)
{
	(void)context;
	return given(realloc(memory, size));
}

static void release(void *context, void *memory)
{
	(void)context;
	free(memory);
}

bool listing_read(const char *json, size_t length, struct table *table, struct text *rest)
{
	yajl_alloc_funcs memory = {.malloc = allocate, .realloc = reallocate, .free = release};
	struct listing listing = {.json = json, .rest = rest, .table = table, .field = FIELD_NONE};
	bool read;

	listing.parser = yajl_alloc(&callbacks, &memory, &listing);
	read = yajl_parse(listing.parser, (const unsigned char *)json, length) == yajl_status_ok &&
	       yajl_complete_parse(listing.parser) == yajl_status_ok;
	yajl_free(listing.parser);
	text_free(&listing.descriptor.text);
	if (read)
		text_add(rest, json + listing.done, length - listing.done);
	return read;
}
