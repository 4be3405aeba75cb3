// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whatever the resolving process is told, and whatever it answers, neither side crashes or leaks.
 * ELF files are left to libelf and libdw: the unit tests give them broken ones.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utlist.h>

#include "model/jit_name.h"
#include "resolve/child.h"
#include "resolve/code_walk.h"
#include "resolve/go_table.h"
#include "resolve/maps.h"
#include "resolve/python.h"
#include "resolve/questions.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct holdings holdings;
static struct wire_message message, answer;
static size_t answers;

static int file_of(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, bytes, size) != (ssize_t)size)
		abort();
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void unwound(uint64_t id, int error, const struct unwound *u, void *data)
{
	(void)id, (void)data;
	answers++;
	if (!error && (u->count > UNWIND_FRAMES_MAX))
		abort();
}

static void symbolized(uint64_t id, int error, const struct symbolized *s, void *data)
{
	size_t length = 0;

	(void)id, (void)data;
	answers++;
	for (size_t i = 0; !error && i < s->count; i++)
		length += strlen(s->symbols[i].function) + strlen(s->symbols[i].file) +
			  strlen(s->symbols[i].build_id) + strlen(s->symbols[i].module);
	if (length > 2 * WIRE_MAX)
		abort();
}

static void found(uint64_t id, int error, const struct python_layout *layout, void *data)
{
	(void)id, (void)data;
	answers++;
	if (!error != !!layout)
		abort();
}

static void line(uint64_t id, int error, uint32_t number, void *data)
{
	(void)id, (void)error, (void)number, (void)data;
	answers++;
}

/* As an answer to each kind of question. */
static void deliver(const uint8_t *bytes, size_t size)
{
	static struct resolver resolver = {.handlers = {unwound, symbolized, found, line}};
	struct wire_symbolize symbolize = {.exact = 1, .count = UNWIND_FRAMES_MAX};
	struct question question = {.body = (uint8_t *)&symbolize, .size = sizeof(symbolize)};

	answers = 0;
	for (question.type = WIRE_UNWIND; question.type <= WIRE_LINE; question.type++)
		answer_deliver(&resolver, &question, 0, bytes, size);
	if (answers != 4)
		abort();
}

static void read_texts(const uint8_t *bytes, size_t size)
{
	struct python_layout layout;
	struct go_place place;
	struct unwind_rule rule;
	struct frame frame = {};
	char name[64] = "", buffer[64];
	struct perf_map perf_map;
	struct maps maps = {};
	int fd = file_of(bytes, size);

	maps_read(&maps, fd);
	for (size_t i = 0; i < maps.count; i++)
		if (maps_find(&maps, maps.lines[i].start) != &maps.lines[i])
			abort();
	maps_drop(&maps);
	perf_map_init(&perf_map, fd);
	perf_map_read(&perf_map);
	for (size_t i = 0; i < perf_map.count; i++)
		perf_map_name(&perf_map, perf_map.entries[i].start, buffer, sizeof(buffer));
	perf_map_drop(&perf_map);
	memcpy(name, bytes, size < sizeof(name) ? size : sizeof(name) - 1);
	python_version_of_name(name);
	if (go_table_find(bytes, size, 0, size * 37 % 4096, &place) &&
	    strlen(place.function) + (place.file ? strlen(place.file) : 0) > 2 * size)
		abort();
	jit_name_parse(name, &frame);
	if (code_walk_rule(bytes, size, size / 2, &rule) && rule.cfa == UNWIND_CFA_UNKNOWN)
		abort();
	code_walk_is_call(bytes, size);
	for (uint16_t version = 0x0308; version <= 0x030f; version++)
		python_layout_make(version, 1, bytes, size, &layout);
}

/* Messages one behind the other: type, slot, a size of two bytes, and the body. */
static void tell(const uint8_t *bytes, size_t size)
{
	while (size >= 4) {
		size_t body = bytes[2] | (size_t)bytes[3] << 8, answer_size;
		int fd = -1;

		message.head =
			(struct wire_head){.type = bytes[0] % (WIRE_NEED + 2), .slot = bytes[1]};
		bytes += 4, size -= 4;
		body = body > size ? size : body;
		memcpy(message.body, bytes, body);
		if (message.head.type == WIRE_PERF_MAP)
			fd = file_of(bytes, body);
		if (child_handle(&holdings, &message, body, fd, &answer, &answer_size) &&
		    answer_size > sizeof(answer.body))
			abort();
		bytes += body, size -= body;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (!size)
		return 0;
	holdings_init(&holdings);
	switch (bytes[0] % 3) {
	case 0:
		tell(bytes + 1, size - 1);
		break;
	case 1:
		deliver(bytes + 1, size - 1);
		break;
	default:
		read_texts(bytes + 1, size - 1);
	}
	holdings_drop(&holdings);
	return 0;
}
