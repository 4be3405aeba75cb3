// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/space.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct code {
	uint64_t number;
	const char *file; /* the site set's */
	const char *name;
	int32_t first_line;
	uint32_t size;
	bool cut;
	UT_hash_handle hh;
	unsigned char lines[];
};

struct space *space_new(const struct tracked *process, struct site_set *sites)
{
	struct space *space = sites ? calloc(1, sizeof(*space)) : NULL;

	if (!space) {
		site_set_unref(sites);
		return NULL;
	}
	space->sites = sites;
	site_set_name(sites, process->space);
	space->references = 1;
	space->number = process->space;
	space->pid = process->pid;
	space->start_time = process->start_time;
	return space;
}

struct space *space_ref(struct space *space)
{
	space->references++;
	return space;
}

void space_unref(struct space *space)
{
	struct code *code, *next;

	if (!space || --space->references)
		return;
	HASH_ITER (hh, space->codes, code, next) {
		HASH_DEL(space->codes, code);
		free(code);
	}
	site_set_unref(space->sites);
	free(space);
}

static struct code *find(const struct space *space, uint64_t number)
{
	struct code *code;

	HASH_FIND(hh, space->codes, &number, sizeof(number), code);
	return code;
}

void space_add_code(struct space *space, const struct code_sighting *seen)
{
	size_t size = sizeof(struct code) + seen->line_size;
	struct code *code;

	if (find(space, seen->code) || HASH_COUNT(space->codes) >= SPACE_CODES_MAX ||
	    size > SPACE_CODE_BYTES - space->code_bytes)
		return;
	code = calloc(1, size);
	if (!code)
		return;
	code->number = seen->code;
	code->file = site_set_keep(space->sites, seen->file);
	code->name = site_set_keep(space->sites, seen->name);
	code->first_line = seen->first_line;
	code->size = seen->line_size;
	code->cut = seen->cut;
	memcpy(code->lines, seen->lines, seen->line_size);
	HASH_ADD(hh, space->codes, number, sizeof(code->number), code);
	if (!code->hh.tbl)
		free(code);
	else
		space->code_bytes += size;
}

const struct code *space_find_code(const struct space *space, uint64_t number)
{
	return find(space, number);
}

struct code_view code_view(const struct code *code)
{
	return (struct code_view){
		.file = code->file,
		.name = code->name,
		.lines = code->lines,
		.size = code->size,
		.first_line = code->first_line,
		.cut = code->cut,
	};
}
