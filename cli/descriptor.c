// SPDX-License-Identifier: BSD-2-Clause
#include "descriptor.h"

#include <ctype.h>
#include <string.h>

static const struct column columns[] = {
	{.heading = "FD", .right = true},
	{.heading = "KIND", .drop = 2},
	{.heading = "FLAGS", .shrink = 12, .drop = 3},
	{.heading = "CLOEXEC", .drop = 4},
	{.heading = "DEVICE", .drop = 7},
	{.heading = "INODE", .right = true, .drop = 6},
	{.heading = "OFFSET", .right = true, .drop = 5},
	{.heading = "PATH", .shrink = 48},
};

struct table *descriptor_table(void)
{
	return table_new(columns, sizeof(columns) / sizeof(columns[0]));
}

void descriptor_clear(struct descriptor *descriptor)
{
	descriptor->text.length = 0;
	memset(descriptor->fields, 0, sizeof(descriptor->fields));
	descriptor->socket = false;
}

void descriptor_put(struct descriptor *descriptor, enum field field, const char *bytes,
		    size_t length)
{
	descriptor->fields[field].start = descriptor->text.length;
	descriptor->fields[field].length = length;
	text_add(&descriptor->text, bytes, length);
}

/* "rw" for O_RDWR, "nonblock" for O_NONBLOCK. */
static void put_flag_word(struct text *text, const char *flag, size_t length)
{
	static const struct {
		const char *flag;
		const char *word;
	} modes[] = {{"O_RDONLY", "r"}, {"O_WRONLY", "w"}, {"O_RDWR", "rw"}};
	size_t start = text->length;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strlen(modes[i].flag) == length && memcmp(modes[i].flag, flag, length) == 0) {
			text_put(text, modes[i].word);
			return;
		}
	}
	if (length > 2 && memcmp(flag, "O_", 2) == 0)
		text_add(text, flag + 2, length - 2);
	else
		text_add(text, flag, length);
	for (size_t i = start; i < text->length; i++)
		text->bytes[i] = (char)tolower((unsigned char)text->bytes[i]);
}

void descriptor_put_flag(struct descriptor *descriptor, const char *flag, size_t length)
{
	struct text *text = &descriptor->text;
	size_t *start = &descriptor->fields[FIELD_FLAGS].start;
	size_t *size = &descriptor->fields[FIELD_FLAGS].length;

	if (*size == 0)
		*start = text->length;
	else
		text_put(text, ",");
	put_flag_word(text, flag, length);
	*size = text->length - *start;
}

static bool is_known(const struct descriptor *descriptor, enum field field)
{
	return descriptor->fields[field].length > 0;
}

static bool is(const struct descriptor *descriptor, enum field field, const char *string)
{
	size_t length = descriptor->fields[field].length;

	return strlen(string) == length &&
	       memcmp(descriptor->text.bytes + descriptor->fields[field].start, string, length) ==
		       0;
}

/* Adds a field to `text`, behind the prefix; nothing where it is unknown. */
static void put(struct text *text, const char *prefix, const struct descriptor *descriptor,
		enum field field)
{
	if (!is_known(descriptor, field))
		return;
	text_put(text, prefix);
	text_add(text, descriptor->text.bytes + descriptor->fields[field].start,
		 descriptor->fields[field].length);
}

/* "tcp 127.0.0.1:80 -> 10.0.0.7:4711 ESTABLISHED", "unix stream /run/x.sock CONNECTED -> inode 9"
 */
static void put_socket(struct text *text, const struct descriptor *descriptor)
{
	bool internet =
		is(descriptor, FIELD_FAMILY, "inet") || is(descriptor, FIELD_FAMILY, "inet6");

	if (internet && is_known(descriptor, FIELD_PROTOCOL)) {
		put(text, "", descriptor, FIELD_PROTOCOL);
	} else {
		put(text, "", descriptor, FIELD_FAMILY);
		put(text, " ", descriptor, FIELD_PROTOCOL);
		put(text, " ", descriptor, FIELD_TYPE);
	}
	if (is_known(descriptor, FIELD_LOCAL))
		put(text, " ", descriptor, FIELD_LOCAL);
	else if (!internet)
		put(text, " ", descriptor, FIELD_PATH);
	put(text, " -> ", descriptor, FIELD_REMOTE);
	put(text, " ", descriptor, FIELD_STATE);
	if (!is(descriptor, FIELD_PEER_INODE, "0"))
		put(text, " -> inode ", descriptor, FIELD_PEER_INODE);
}

static void add_cell(struct table *table, const char *bytes, size_t length)
{
	if (length > 0)
		table_add(table, TONE_PLAIN, bytes, length);
	else
		table_put(table, TONE_PLAIN, "-");
}

void descriptor_add(struct table *table, struct descriptor *descriptor)
{
	struct text *text = &descriptor->text;
	__attribute__((cleanup(text_free))) struct text socket = {0};

	if (descriptor->socket && !text->failed)
		put_socket(&socket, descriptor);
	if (text->failed || socket.failed) {
		table_fail(table);
		return;
	}
	for (enum field field = FIELD_FD; field < FIELD_PATH; field++)
		add_cell(table, text->bytes + descriptor->fields[field].start,
			 descriptor->fields[field].length);
	if (descriptor->socket)
		add_cell(table, socket.bytes, socket.length);
	else
		add_cell(table, text->bytes + descriptor->fields[FIELD_PATH].start,
			 descriptor->fields[FIELD_PATH].length);
}
