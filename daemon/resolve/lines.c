// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/lines.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/resolve.h"

#define LINES_KEPT 512         /* a power of two */
#define UNITS_MAX (256 * 1024) /* ranges of compilation units */

static int by_start(const void *left, const void *right)
{
	const struct elf_unit *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

static bool add_unit(struct elf_file *file, size_t *room, const struct elf_unit *unit)
{
	if (file->unit_count == *room) {
		size_t more = *room ? 2 * *room : 256;
		struct elf_unit *larger =
			more > UNITS_MAX ? NULL : reallocarray(file->units, more, sizeof(*larger));

		if (!larger)
			return false;
		file->units = larger;
		*room = more;
	}
	file->units[file->unit_count++] = *unit;
	return true;
}

static bool add_ranges(struct elf_file *file, size_t *room, Dwarf_Die *die)
{
	struct elf_unit unit = {.offset = dwarf_dieoffset(die)};
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		unit.start = start;
		unit.end = end;
		if (start < end && !add_unit(file, room, &unit))
			return false;
	}
	return true;
}

/* Many compilers write no .debug_aranges: then each unit is asked for its ranges, once. */
static void find_units(struct elf_file *file)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	size_t room = 0;
	uint8_t type;

	file->units_tried = true;
	while (!dwarf_get_units(file->dwarf, unit, &unit, NULL, &type, &die, NULL))
		if (type == DW_UT_compile && !add_ranges(file, &room, &die))
			break;
	if (file->unit_count)
		qsort(file->units, file->unit_count, sizeof(*file->units), by_start);
}

static bool unit_at(struct elf_file *file, uint64_t address, Dwarf_Die *die)
{
	size_t low = 0, high;

	if (dwarf_addrdie(file->dwarf, address, die))
		return true;
	if (!file->units_tried)
		find_units(file);
	high = file->unit_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->units[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < file->units[low - 1].end &&
	       dwarf_offdie(file->dwarf, file->units[low - 1].offset, die);
}

static void take_line(Dwarf_Die *unit, uint64_t address, struct line_place *place)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	int number;

	if (!line)
		return;
	place->file = dwarf_linesrc(line, NULL, NULL);
	if (!dwarf_lineno(line, &number) && number > 0)
		place->line = (uint32_t)number;
}

/* Where the function that was inlined is called from. */
static void take_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct line_place *place)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word number;
	size_t count;

	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) &&
	    !dwarf_getsrcfiles(unit, &files, &count) && number < count)
		place->file = dwarf_filesrc(files, number, NULL, NULL);
	if (!dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) &&
	    number <= INT32_MAX)
		place->line = (uint32_t)number;
}

/* The scopes around the address, innermost first, as the code is and not as it was written. */
static int scopes_at(Dwarf_Die *unit, uint64_t address, Dwarf_Die **scopes)
{
	Dwarf_Die *innermost = NULL;
	int count = dwarf_getscopes(unit, address, &innermost);

	if (count > 0)
		count = dwarf_getscopes_die(&innermost[0], scopes);
	free(innermost);
	return count;
}

static size_t take_scopes(Dwarf_Die *unit, uint64_t address, struct line_place *places, size_t max)
{
	Dwarf_Die *scopes = NULL;
	int count = scopes_at(unit, address, &scopes);
	size_t found = 0;

	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram &&
		    tag != DW_TAG_entry_point)
			continue;
		places[found].inlined = tag == DW_TAG_inlined_subroutine;
		places[found++].function = dwarf_diename(&scopes[i]);
		if (tag != DW_TAG_inlined_subroutine || found == max)
			break;
		take_call(unit, &scopes[i], &places[found]);
	}
	free(scopes);
	return found;
}

static size_t find_lines(struct elf_file *file, uint64_t address, struct line_place *places,
			 size_t max)
{
	Dwarf_Die unit;
	size_t found;

	for (size_t i = 0; i < max; i++)
		places[i] = (struct line_place){};
	if (!unit_at(file, address, &unit))
		return 0;
	take_line(&unit, address, &places[0]);
	found = take_scopes(&unit, address, places, max);
	return found ? found : places[0].line || places[0].file;
}

/*
 * What was found at an address: finding it goes through all of its compilation unit, and a
 * program's places have most of their callers in common.
 */
struct line_memo {
	uint64_t address;
	size_t count;
	bool known;
	struct line_place places[RESOLVER_INLINED_MAX];
};

static struct line_memo *memo_of(struct elf_file *file, uint64_t address)
{
	if (!file->lines)
		file->lines = calloc(LINES_KEPT, sizeof(*file->lines));
	return file->lines ? &file->lines[(address ^ address >> 9) % LINES_KEPT] : NULL;
}

size_t lines_at(struct elf_file *file, uint64_t address, struct line_place *places, size_t max)
{
	struct line_memo *memo = elf_file_dwarf(file) ? memo_of(file, address) : NULL;

	if (!memo)
		return 0;
	if (!memo->known || memo->address != address) {
		memo->count = find_lines(file, address, memo->places, RESOLVER_INLINED_MAX);
		memo->address = address;
		memo->known = true;
	}
	if (max > memo->count)
		max = memo->count;
	memcpy(places, memo->places, max * sizeof(*places));
	return max;
}
