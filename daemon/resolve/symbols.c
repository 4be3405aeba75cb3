// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/symbols.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX (2 * 1000 * 1000)
#define NAMES_MAX (128 * 1024 * 1024) /* bytes */
#define NAME_LENGTH_MAX 4096
#define SECTIONS_MAX 4096

struct builder {
	struct elf_file *file;
	size_t symbols_room, names_room;
};

static bool grow(void **array, size_t *room, size_t wanted, size_t element, size_t max)
{
	size_t more = *room ? *room : 4096;
	void *larger;

	if (wanted <= *room)
		return true;
	if (wanted > max)
		return false;
	while (more < wanted)
		more *= 2;
	larger = reallocarray(*array, more, element);
	if (!larger)
		return false;
	*array = larger;
	*room = more;
	return true;
}

static bool add(struct builder *b, const GElf_Sym *symbol, const char *name)
{
	size_t length = strnlen(name, NAME_LENGTH_MAX - 1);
	struct elf_file *f = b->file;

	if (!grow((void **)&f->symbols, &b->symbols_room, f->symbol_count + 1, sizeof(*f->symbols),
		  SYMBOLS_MAX) ||
	    !grow((void **)&f->names, &b->names_room, f->names_size + length + 1, 1, NAMES_MAX))
		return false;
	f->symbols[f->symbol_count++] = (struct elf_symbol){
		.address = symbol->st_value,
		.size = symbol->st_size > UINT32_MAX ? UINT32_MAX : (uint32_t)symbol->st_size,
		.name = (uint32_t)f->names_size,
	};
	memcpy(f->names + f->names_size, name, length);
	f->names[f->names_size + length] = '\0';
	f->names_size += length + 1;
	return true;
}

static bool is_code(const GElf_Sym *symbol)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	return symbol->st_shndx != SHN_UNDEF && symbol->st_value && symbol->st_name &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC);
}

static void add_table(struct builder *b, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;

	if (count > SYMBOLS_MAX)
		count = SYMBOLS_MAX;
	for (size_t i = 0; i < count; i++) {
		const char *name;
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol) || !is_code(&symbol))
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (name && *name && !add(b, &symbol, name))
			return;
	}
}

static bool add_tables(struct builder *b, Elf *elf, uint32_t type)
{
	size_t before = b->file->symbol_count;
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	for (int i = 0; i < SECTIONS_MAX && (section = elf_nextscn(elf, section)); i++)
		if (gelf_getshdr(section, &header) && header.sh_type == type)
			add_table(b, elf, section, &header);
	return b->file->symbol_count > before;
}

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

/* Of several names for one address the plainest comes first: open before open64, __open. */
static int compare(const void *left, const void *right, void *names)
{
	const struct elf_symbol *a = left, *b = right;
	const char *x = (const char *)names + a->name, *y = (const char *)names + b->name;
	size_t p = underscores(x), q = underscores(y);

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (!a->size != !b->size)
		return a->size ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	p = strlen(x), q = strlen(y);
	if (p != q)
		return p < q ? -1 : 1;
	return strcmp(x, y);
}

static void build(struct elf_file *file)
{
	struct builder b = {.file = file};
	bool whole = add_tables(&b, file->elf, SHT_SYMTAB);

	if (!whole && file->debug_elf)
		whole = add_tables(&b, file->debug_elf, SHT_SYMTAB);
	if (!whole)
		add_tables(&b, file->elf, SHT_DYNSYM);
	if (file->symbol_count)
		qsort_r(file->symbols, file->symbol_count, sizeof(*file->symbols), compare,
			file->names);
}

/* The first of the symbols at the highest address that is not above this one. */
static const struct elf_symbol *at_or_below(const struct elf_file *file, uint64_t address)
{
	size_t low = 0, high = file->symbol_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	low--;
	while (low && file->symbols[low - 1].address == file->symbols[low].address)
		low--;
	return &file->symbols[low];
}

const char *symbols_function(struct elf_file *file, uint64_t address)
{
	const struct elf_symbol *symbol;

	if (!elf_file_open(file))
		return NULL;
	if (!file->symbols_tried)
		build(file);
	file->symbols_tried = true;
	symbol = at_or_below(file, address);
	if (!symbol || (symbol->size && address - symbol->address >= symbol->size))
		return NULL;
	return file->names + symbol->name;
}
