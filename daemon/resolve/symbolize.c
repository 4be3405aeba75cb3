// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/symbolize.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/jit_name.h"
#include "resolve/go_table.h"
#include "resolve/lines.h"
#include "resolve/names.h"
#include "resolve/resolve.h"
#include "resolve/symbols.h"

#define FUNCTION_MAX 400 /* bytes told of a name; 64 addresses have to fit in a packet */
#define FILE_MAX 600

struct writer {
	uint8_t *body;
	size_t size, room;
};

static uint16_t length_of(const char *text, size_t max)
{
	return (uint16_t)(text ? strnlen(text, max) : 0);
}

/* What doesn't fit is left out: the addresses are told as far as there is room. */
static void put(struct writer *w, struct wire_symbol *symbol, const char *function,
		const char *file, const struct elf_file *elf)
{
	char plain[FUNCTION_MAX + 1];
	size_t size;

	if (function && names_is_mangled(function)) {
		names_demangle(function, plain, sizeof(plain));
		function = plain;
	}
	symbol->function_size = length_of(function, FUNCTION_MAX);
	symbol->file_size = length_of(file, FILE_MAX);
	symbol->build_id_size = elf ? (uint16_t)elf->build_id_size : 0;
	size = sizeof(*symbol) + symbol->function_size + symbol->file_size + symbol->build_id_size;
	if (size > w->room - w->size)
		return;
	memcpy(w->body + w->size, symbol, sizeof(*symbol));
	w->size += sizeof(*symbol);
	if (symbol->function_size)
		memcpy(w->body + w->size, function, symbol->function_size);
	w->size += symbol->function_size;
	if (symbol->file_size)
		memcpy(w->body + w->size, file, symbol->file_size);
	w->size += symbol->file_size;
	if (elf && symbol->build_id_size)
		memcpy(w->body + w->size, elf->build_id, symbol->build_id_size);
	w->size += symbol->build_id_size;
}

/*
 * Of a function that was not inlined the table's name is the plainer one, read and not __libc_read;
 * unless the compiler made it up: mangled, or with .cold, .isra.0 and the like.
 */
static const char *choose_name(const char *told, const char *in_table)
{
	bool made_up = in_table && (strchr(in_table, '.') || names_is_mangled(in_table));

	return told && (!in_table || made_up) ? told : in_table;
}

/* A stripped Go program still has its runtime's table. */
static bool find_go(struct elf_file *file, uint64_t address, struct go_place *place)
{
	size_t size;

	if (!file->go_tried) {
		file->go_table =
			elf_file_section(file, ".gopclntab", &file->go_table_size, &file->text);
		if (file->go_table && !elf_file_section(file, ".text", &size, &file->text))
			file->go_table = NULL;
	}
	file->go_tried = true;
	return file->go_table &&
	       go_table_find(file->go_table, file->go_table_size, file->text, address, place);
}

static void put_file(struct writer *w, uint32_t index, struct elf_file *file, uint64_t address,
		     uint64_t look_at)
{
	struct line_place places[RESOLVER_INLINED_MAX];
	size_t count = lines_at(file, look_at, places, RESOLVER_INLINED_MAX);
	struct wire_symbol symbol = {.index = index, .kind = MODULE_FILE, .module_offset = address};
	struct go_place go;
	const char *outermost = symbols_function(file, look_at);

	if (!count && find_go(file, look_at, &go)) {
		symbol.line = go.line;
		put(w, &symbol, go.function, go.file, file);
	} else if (!count) {
		put(w, &symbol, outermost, NULL, file);
	}
	for (size_t i = 0; i < count; i++) {
		symbol.inlined = i < count - 1;
		symbol.line = places[i].line;
		put(w, &symbol,
		    places[i].inlined ? places[i].function
				      : choose_name(places[i].function, outermost),
		    places[i].file, file);
	}
}

static bool ask_for(struct elf_file *file, struct wire_need *need)
{
	bool ask = !file->debug_asked && file->build_id_size && !elf_file_dwarf(file);
	const char *name = NULL;

	if (ask) {
		need->kind = WIRE_DEBUG_FILE;
		need->build_id_size = (uint32_t)file->build_id_size;
		memcpy(need->build_id, file->build_id, file->build_id_size);
		name = dwelf_elf_gnu_debuglink(file->elf, &(GElf_Word){0});
	} else if (!file->alt_asked && elf_file_dwarf(file)) {
		const void *id;
		ssize_t size = dwelf_dwarf_gnu_debugaltlink(file->dwarf, &name, &id);

		ask = size > 0 && size <= (ssize_t)sizeof(need->build_id);
		file->alt_asked = !ask;
		need->kind = WIRE_DEBUG_ALT;
		need->build_id_size = ask ? (uint32_t)size : 0;
		if (ask)
			memcpy(need->build_id, id, (size_t)size);
	}
	if (ask && name)
		snprintf(need->name, sizeof(need->name), "%s", name);
	return ask;
}

/* Debug files of what is asked about come first, one at a time. */
static bool needs(struct holdings *h, const struct space *space,
		  const struct wire_symbolize *question, struct wire_need *need, uint32_t *slot)
{
	memset(need, 0, sizeof(*need));
	for (uint32_t i = 0; i < question->count; i++) {
		uint64_t address;
		struct elf_file *file =
			space_file(h, space, question->pcs[i] - !(question->exact && !i), &address);

		if (file && ask_for(file, need)) {
			*slot = (uint32_t)(file - h->files);
			return true;
		}
	}
	return false;
}

static void put_other(struct writer *w, struct space *space, uint32_t index, uint64_t look_at)
{
	const struct wire_mapping *m = space_find(space, look_at);
	struct wire_symbol symbol = {.index = index, .kind = m ? MODULE_OTHER : MODULE_NONE};
	char name[FUNCTION_MAX + FILE_MAX];
	struct frame frame = {};

	if (space->perf_map.fd >= 0 &&
	    perf_map_name(&space->perf_map, look_at, name, sizeof(name))) {
		jit_name_parse(name, &frame);
		symbol.kind = MODULE_JIT;
		symbol.line = frame.line;
		put(w, &symbol, frame.function, frame.file, NULL);
	} else {
		put(w, &symbol, NULL, NULL, NULL);
	}
}

ssize_t symbolize(struct holdings *h, struct space *space, const void *body, size_t size,
		  void *answer, size_t room, bool *needed, uint32_t *slot)
{
	struct writer w = {.body = answer, .room = room};
	struct wire_symbolize question;

	if (size != sizeof(question))
		return -EBADMSG;
	memcpy(&question, body, sizeof(question));
	if (question.count > UNWIND_FRAMES_MAX)
		return -EBADMSG;
	*needed = needs(h, space, &question, answer, slot);
	if (*needed)
		return sizeof(struct wire_need);
	for (uint32_t i = 0; i < question.count; i++) {
		uint64_t back = !(question.exact && !i), address;
		struct elf_file *file = space_file(h, space, question.pcs[i] - back, &address);

		if (file)
			put_file(&w, i, file, address + back, address);
		else
			put_other(&w, space, i, question.pcs[i] - back);
	}
	return (ssize_t)w.size;
}
