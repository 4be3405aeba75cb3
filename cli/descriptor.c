// SPDX-License-Identifier: BSD-2-Clause
#include "descriptor.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

static const struct column columns[] = {
	{.heading = "FD", .right = true},
	{.heading = "KIND", .drop = 1},
	{.heading = "FLAGS", .shrink = 12, .drop = 3},
	{.heading = "CLOEXEC", .drop = 2},
	{.heading = "DEVICE", .drop = 6},
	{.heading = "INODE", .right = true, .drop = 5},
	{.heading = "OFFSET", .right = true, .drop = 4},
	{.heading = "PATH", .shrink = 32},
};

enum member { FD, KIND, FLAGS, CLOEXEC, DEVICE, INODE, OFFSET, PATH, SOCKET, MEMBER_COUNT };

static const char *const members[MEMBER_COUNT] = {
	[FD] = "fd",           [KIND] = "kind",     [FLAGS] = "flags",
	[CLOEXEC] = "cloexec", [DEVICE] = "device", [INODE] = "inode",
	[OFFSET] = "offset",   [PATH] = "path",     [SOCKET] = "socket",
};

enum socket_member {
	FAMILY,
	TYPE,
	PROTOCOL,
	STATE,
	LOCAL,
	REMOTE,
	PEER_INODE,
	SOCKET_MEMBER_COUNT
};

static const char *const socket_members[SOCKET_MEMBER_COUNT] = {
	[FAMILY] = "family", [TYPE] = "type",     [PROTOCOL] = "protocol",     [STATE] = "state",
	[LOCAL] = "local",   [REMOTE] = "remote", [PEER_INODE] = "peer_inode",
};

struct table *descriptor_table(void)
{
	return table_new(columns, sizeof(columns) / sizeof(columns[0]));
}

/* Puts a string resolved, a number as it stands; nothing else. */
static void put_value(struct text *text, struct value value)
{
	size_t start = text->length;

	if (value.type != VALUE_STRING && value.type != VALUE_NUMBER)
		return;
	text_add(text, value.start, value.length);
	if (value.type == VALUE_STRING && !text->failed && value.length > 0 &&
	    memchr(value.start, '\\', value.length))
		text->length = start + value_text(value, text->bytes + start);
}

static bool is_known(struct value value)
{
	return (value.type == VALUE_STRING && value.length > 0) || value.type == VALUE_NUMBER;
}

static bool is_zero(struct value value)
{
	return value.type == VALUE_NUMBER && value.length == 1 && *value.start == '0';
}

/* "rw" for O_RDWR, "nonblock" for O_NONBLOCK. */
static void put_flag(struct text *text, struct value flag)
{
	size_t start = text->length;

	if (value_is(flag, "O_RDONLY")) {
		text_put(text, "r");
	} else if (value_is(flag, "O_WRONLY")) {
		text_put(text, "w");
	} else if (value_is(flag, "O_RDWR")) {
		text_put(text, "rw");
	} else {
		if (flag.length > 2 && memcmp(flag.start, "O_", 2) == 0) {
			flag.start += 2;
			flag.length -= 2;
		}
		put_value(text, flag);
		for (size_t i = start; i < text->length; i++)
			text->bytes[i] = (char)tolower((unsigned char)text->bytes[i]);
	}
}

static void put_flags(struct text *text, struct value flags)
{
	struct reader reader = reader_of(flags);

	if (flags.type != VALUE_ARRAY)
		return;
	reader_enter(&reader, '[');
	while (reader_element(&reader)) {
		if (text->length > 0)
			text_put(text, ",");
		put_flag(text, reader_value(&reader));
	}
}

static void put_word(struct text *text, const char *prefix, struct value word)
{
	if (!is_known(word))
		return;
	text_put(text, prefix);
	put_value(text, word);
}

/* "tcp 127.0.0.1:80 -> 10.0.0.7:4711 ESTABLISHED", "unix stream /run/x.sock CONNECTED -> inode 9"
 */
static void put_socket(struct text *text, struct value socket, struct value path)
{
	struct reader reader = reader_of(socket);
	struct value values[SOCKET_MEMBER_COUNT];
	bool internet;

	reader_members(&reader, socket_members, SOCKET_MEMBER_COUNT, values);
	internet = value_is(values[FAMILY], "inet") || value_is(values[FAMILY], "inet6");
	if (internet && is_known(values[PROTOCOL])) {
		put_value(text, values[PROTOCOL]);
	} else {
		put_value(text, values[FAMILY]);
		put_word(text, " ", values[PROTOCOL]);
		put_word(text, " ", values[TYPE]);
	}
	if (is_known(values[LOCAL]))
		put_word(text, " ", values[LOCAL]);
	else if (!internet)
		put_word(text, " ", path);
	put_word(text, " -> ", values[REMOTE]);
	put_word(text, " ", values[STATE]);
	if (!is_zero(values[PEER_INODE]))
		put_word(text, " -> inode ", values[PEER_INODE]);
}

static void add_cell(struct table *table, struct text *text)
{
	if (text->length > 0)
		table_add(table, TONE_PLAIN, text->bytes, text->length);
	else
		table_put(table, TONE_PLAIN, "-");
	text->length = 0;
}

static void add_value(struct table *table, struct text *text, struct value value)
{
	if (value.type == VALUE_TRUE)
		text_put(text, "yes");
	else if (value.type == VALUE_FALSE)
		text_put(text, "no");
	else
		put_value(text, value);
	add_cell(table, text);
}

static void add_descriptor(struct table *table, struct text *text, const struct value *values)
{
	add_value(table, text, values[FD]);
	add_value(table, text, values[KIND]);
	put_flags(text, values[FLAGS]);
	add_cell(table, text);
	for (enum member member = CLOEXEC; member <= OFFSET; member++)
		add_value(table, text, values[member]);
	if (values[SOCKET].type == VALUE_OBJECT)
		put_socket(text, values[SOCKET], values[PATH]);
	else
		put_value(text, values[PATH]);
	add_cell(table, text);
}

void descriptors_read(struct table *table, struct reader *reader)
{
	__attribute__((cleanup(text_free))) struct text text = {0};
	struct value values[MEMBER_COUNT];

	reader_enter(reader, '[');
	while (reader_element(reader) && reader_members(reader, members, MEMBER_COUNT, values))
		add_descriptor(table, &text, values);
	if (text.failed)
		table_fail(table);
	/* The list is left; what follows it is not its first. */
	reader->first = false;
}
