/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One ELF file of somebody's, by its descriptor: segments, symbols, call frames, lines. Hostile
 * input, so for the resolving process only. Addresses are as the file numbers them.
 */
#ifndef FDWATCH_RESOLVE_ELF_FILE_H
#define FDWATCH_RESOLVE_ELF_FILE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_FILE_SEGMENTS 32
#define ELF_FILE_BUILD_ID 32

struct elf_symbol {
	uint64_t address;
	uint32_t size;
	uint32_t name; /* offset in `names` */
};

struct elf_unit {
	uint64_t start, end;
	Dwarf_Off offset; /* of the compilation unit's entry */
};

struct elf_file {
	int fd; /* -1: there is none */
	bool opened, broken;
	Elf *elf;
	size_t segment_count;
	struct {
		uint64_t offset, address, size; /* size in the file */
	} segments[ELF_FILE_SEGMENTS];
	size_t build_id_size;
	uint8_t build_id[ELF_FILE_BUILD_ID];

	bool frames_tried, symbols_tried, lines_tried, units_tried;
	bool debug_asked, alt_asked; /* the daemon has answered, with a file or without */
	Dwarf_CFI *eh_frames;
	bool python_tried;
	uint64_t python_runtime, python_version; /* _PyRuntime and Py_Version, 0: not here */
	uint64_t python_loop, python_loop_end;   /* _PyEval_EvalFrameDefault's code */

	bool go_tried;
	const void *go_table; /* .gopclntab, NULL: none */
	size_t go_table_size;
	uint64_t text; /* address of .text, where there is that table */

	struct elf_symbol *symbols; /* by rising address */
	size_t symbol_count;
	char *names;
	size_t names_size;

	Dwarf *dwarf; /* of the file itself or of its debug file */
	int debug_fd; /* -1: there is none */
	Elf *debug_elf;
	int alt_fd;
	Dwarf *alt;
	struct line_memo *lines; /* those told before: see lines.c */
	struct elf_unit *units;  /* where .debug_aranges tells nothing; by rising start */
	size_t unit_count;
};

/* Takes the descriptor; nothing is read yet. */
void elf_file_init(struct elf_file *file, int fd);

void elf_file_close(struct elf_file *file);

/* Reads the head, once. False where this is no ELF file of this machine's kind. */
bool elf_file_open(struct elf_file *file);

/* The address of what stands at an offset of the file; false where no segment loads that. */
bool elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *address);

/* The call frame at an address, to be freed with free(); NULL where none is told. */
Dwarf_Frame *elf_file_frame(struct elf_file *file, uint64_t address);

/*
 * Takes a debug file's descriptor, or -1 for there is none. One whose build-id is another's is
 * left aside.
 */
void elf_file_set_debug(struct elf_file *file, int fd);
void elf_file_set_alt(struct elf_file *file, int fd);

/* The DWARF data, NULL where there is none. */
Dwarf *elf_file_dwarf(struct elf_file *file);

/* The address of a symbol by its name, in the dynamic or the whole table; false: none. */
bool elf_file_find_symbol(struct elf_file *file, const char *name, uint64_t *address);

/* The same with its size; `name` of what is found is left alone. */
bool elf_file_find_extent(struct elf_file *file, const char *name, struct elf_symbol *found);

/* The first place of `text` in read-only data, and what follows it there; its length or 0. */
size_t elf_file_find_text(struct elf_file *file, const char *text, char *buffer, size_t size);

/*
 * What a section holds, and its address; by its name or the end of that. Good until the file is
 * closed; NULL where there is none.
 */
const void *elf_file_section(struct elf_file *file, const char *name, size_t *size,
			     uint64_t *address);

#endif
