// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/elf_file.h"

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __x86_64__
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_NONE
#endif

#define FILE_MAX (8ll << 30) /* bytes */
#define SECTIONS_MAX 4096
#define SECTION_MAX (64 * 1024 * 1024) /* bytes of one that is read as a whole */

/*
 * Read and not mapped: whoever owns a mapped file can cut it short, and reading it then is the
 * reader's end.
 */
static Elf *begin(int fd)
{
	GElf_Ehdr header;
	struct stat st;
	Elf *elf;

	/* libelf takes memory for all of a file that says its tables are out of reach. */
	if (fstat(fd, &st) || st.st_size > FILE_MAX)
		return NULL;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return NULL;
	if (elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS64 &&
	    gelf_getehdr(elf, &header) && header.e_machine == MACHINE)
		return elf;
	elf_end(elf);
	return NULL;
}

void elf_file_init(struct elf_file *file, int fd)
{
	*file = (struct elf_file){.fd = fd, .debug_fd = -1, .alt_fd = -1};
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_debug(struct elf_file *file)
{
	free(file->lines);
	free(file->units);
	file->lines = NULL;
	file->units = NULL;
	file->unit_count = 0;
	file->units_tried = file->lines_tried = false;
	if (file->dwarf)
		dwarf_end(file->dwarf);
	if (file->alt)
		dwarf_end(file->alt);
	if (file->debug_elf)
		elf_end(file->debug_elf);
	file->dwarf = file->alt = NULL;
	file->debug_elf = NULL;
	close_fd(&file->alt_fd);
	close_fd(&file->debug_fd);
}

static void drop_symbols(struct elf_file *file)
{
	free(file->symbols);
	free(file->names);
	file->symbols = NULL;
	file->names = NULL;
	file->symbol_count = file->names_size = 0;
	file->symbols_tried = false;
}

void elf_file_close(struct elf_file *file)
{
	drop_symbols(file);
	if (file->eh_frames)
		dwarf_cfi_end(file->eh_frames);
	drop_debug(file);
	if (file->elf)
		elf_end(file->elf);
	close_fd(&file->fd);
	elf_file_init(file, -1);
}

static bool read_segments(struct elf_file *file)
{
	size_t count;

	if (elf_getphdrnum(file->elf, &count))
		return false;
	for (size_t i = 0; i < count && i < 256 && file->segment_count < ELF_FILE_SEGMENTS; i++) {
		GElf_Phdr header;

		if (!gelf_getphdr(file->elf, (int)i, &header))
			return false;
		if (header.p_type != PT_LOAD || !header.p_filesz)
			continue;
		file->segments[file->segment_count].offset = header.p_offset;
		file->segments[file->segment_count].address = header.p_vaddr;
		file->segments[file->segment_count++].size = header.p_filesz;
	}
	return file->segment_count > 0;
}

static void read_build_id(struct elf_file *file)
{
	const void *id;
	ssize_t size = dwelf_elf_gnu_build_id(file->elf, &id);

	if (size <= 0 || size > ELF_FILE_BUILD_ID)
		return;
	memcpy(file->build_id, id, (size_t)size);
	file->build_id_size = (size_t)size;
}

bool elf_file_open(struct elf_file *file)
{
	if (file->opened)
		return !file->broken;
	file->opened = true;
	file->elf = file->fd >= 0 ? begin(file->fd) : NULL;
	file->broken = !file->elf || !read_segments(file);
	if (!file->broken)
		read_build_id(file);
	return !file->broken;
}

bool elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *address)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		uint64_t page = file->segments[i].offset & 4095; /* mapped with what precedes it */
		uint64_t begin_at = file->segments[i].offset - page;

		if (offset < begin_at || offset - begin_at >= file->segments[i].size + page)
			continue;
		*address = file->segments[i].address - page + (offset - begin_at);
		return true;
	}
	return false;
}

Dwarf_Frame *elf_file_frame(struct elf_file *file, uint64_t address)
{
	Dwarf_Frame *frame = NULL;
	Dwarf_CFI *more;
	Dwarf *dwarf;

	if (!elf_file_open(file))
		return NULL;
	if (!file->frames_tried)
		file->eh_frames = dwarf_getcfi_elf(file->elf);
	file->frames_tried = true;
	if (file->eh_frames && !dwarf_cfi_addrframe(file->eh_frames, address, &frame))
		return frame;
	dwarf = elf_file_dwarf(file);
	more = dwarf ? dwarf_getcfi(dwarf) : NULL;
	return more && !dwarf_cfi_addrframe(more, address, &frame) ? frame : NULL;
}

static bool same_build_id(const struct elf_file *file, Elf *other)
{
	const void *id;
	ssize_t size = dwelf_elf_gnu_build_id(other, &id);

	return size > 0 && (size_t)size == file->build_id_size &&
	       !memcmp(id, file->build_id, (size_t)size);
}

void elf_file_set_debug(struct elf_file *file, int fd)
{
	Elf *elf = NULL;

	file->debug_asked = true;
	if (fd < 0)
		return;
	if (!file->debug_elf && elf_file_open(file))
		elf = begin(fd);
	if (!elf || !same_build_id(file, elf)) {
		if (elf)
			elf_end(elf);
		close(fd);
		return;
	}
	drop_debug(file);
	drop_symbols(file);
	file->debug_fd = fd;
	file->debug_elf = elf;
}

static bool is_alt_of(Dwarf *dwarf, Dwarf *alt)
{
	const void *wanted, *id;
	const char *name;
	ssize_t size = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &wanted);

	return size > 0 && dwelf_elf_gnu_build_id(dwarf_getelf(alt), &id) == size &&
	       !memcmp(id, wanted, (size_t)size);
}

void elf_file_set_alt(struct elf_file *file, int fd)
{
	Dwarf *alt = NULL;

	file->alt_asked = true;
	if (fd < 0)
		return;
	if (file->dwarf && !file->alt)
		alt = dwarf_begin(fd, DWARF_C_READ);
	if (!alt || !is_alt_of(file->dwarf, alt)) {
		if (alt)
			dwarf_end(alt);
		close(fd);
		return;
	}
	file->alt = alt;
	file->alt_fd = fd;
	dwarf_setalt(file->dwarf, file->alt);
}

Dwarf *elf_file_dwarf(struct elf_file *file)
{
	if (file->lines_tried || !elf_file_open(file))
		return file->dwarf;
	file->lines_tried = true;
	file->dwarf = dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
	if (!file->dwarf && file->debug_elf)
		file->dwarf = dwarf_begin_elf(file->debug_elf, DWARF_C_READ, NULL);
	return file->dwarf;
}

static bool find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name,
			  struct elf_symbol *found)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;

	for (size_t i = 0; i < count; i++) {
		const char *other;
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
		    !symbol.st_value)
			continue;
		other = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (other && !strcmp(other, name)) {
			found->address = symbol.st_value;
			found->size = symbol.st_size < UINT32_MAX ? (uint32_t)symbol.st_size : 0;
			return true;
		}
	}
	return false;
}

static bool find_in_tables(Elf *elf, uint32_t type, const char *name, struct elf_symbol *found)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	for (int i = 0; i < SECTIONS_MAX && (section = elf_nextscn(elf, section)); i++)
		if (gelf_getshdr(section, &header) && header.sh_type == type &&
		    find_in_table(elf, section, &header, name, found))
			return true;
	return false;
}

bool elf_file_find_extent(struct elf_file *file, const char *name, struct elf_symbol *found)
{
	return elf_file_open(file) && (find_in_tables(file->elf, SHT_DYNSYM, name, found) ||
				       find_in_tables(file->elf, SHT_SYMTAB, name, found));
}

bool elf_file_find_symbol(struct elf_file *file, const char *name, uint64_t *address)
{
	struct elf_symbol found;

	if (!elf_file_find_extent(file, name, &found))
		return false;
	*address = found.address;
	return true;
}

static size_t copy_text(const char *at, const char *end, char *buffer, size_t size)
{
	size_t length = strnlen(at, (size_t)(end - at));

	if (length >= size)
		length = size - 1;
	memcpy(buffer, at, length);
	buffer[length] = '\0';
	return length;
}

/* The section of that name, or of one that closes with it. */
static Elf_Scn *find_section(struct elf_file *file, const char *wanted, GElf_Shdr *header)
{
	Elf_Scn *section = NULL;
	size_t strings, length = strlen(wanted);

	if (!elf_file_open(file) || elf_getshdrstrndx(file->elf, &strings))
		return NULL;
	for (int i = 0; i < SECTIONS_MAX && (section = elf_nextscn(file->elf, section)); i++) {
		const char *name;
		size_t size;

		if (!gelf_getshdr(section, header) || header->sh_type != SHT_PROGBITS ||
		    header->sh_size > SECTION_MAX)
			continue;
		name = elf_strptr(file->elf, strings, header->sh_name);
		size = name ? strlen(name) : 0;
		if (size >= length && !strcmp(name + size - length, wanted))
			return section;
	}
	return NULL;
}

size_t elf_file_find_text(struct elf_file *file, const char *text, char *buffer, size_t size)
{
	GElf_Shdr header;
	Elf_Scn *section = find_section(file, ".rodata", &header);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	const char *at =
		data && data->d_buf ? memmem(data->d_buf, data->d_size, text, strlen(text)) : NULL;

	return at ? copy_text(at, (char *)data->d_buf + data->d_size, buffer, size) : 0;
}

const void *elf_file_section(struct elf_file *file, const char *name, size_t *size,
			     uint64_t *address)
{
	GElf_Shdr header;
	Elf_Scn *section = find_section(file, name, &header);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;

	if (!data || !data->d_buf)
		return NULL;
	*size = data->d_size;
	*address = header.sh_addr;
	return data->d_buf;
}
