// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/python_find.h"

#include <errno.h>
#include <string.h>

#include "resolve/python.h"

struct found {
	struct elf_file *file;
	uint64_t runtime;
	uint64_t version; /* address of Py_Version, 0: before 3.11 */
	uint64_t loop, loop_end;
};

/* The interpreter's loop: native frames further out are those of Python's own frames. */
static void find_loop(struct elf_file *file)
{
	struct elf_symbol loop;

	if (!elf_file_find_extent(file, "_PyEval_EvalFrameDefault", &loop))
		return;
	file->python_loop = loop.address;
	file->python_loop_end = loop.address + loop.size;
}

/* Symbols are looked for once a file; most files have none. */
static bool has_python(struct elf_file *file)
{
	if (!file->python_tried && elf_file_open(file) &&
	    elf_file_find_symbol(file, "_PyRuntime", &file->python_runtime)) {
		elf_file_find_symbol(file, "Py_Version", &file->python_version);
		find_loop(file);
	}
	file->python_tried = true;
	return file->python_runtime != 0;
}

static bool find(struct holdings *h, const struct space *space, struct found *found)
{
	uint32_t before = WIRE_NO_FILE;

	for (size_t i = 0; i < space->count; i++) {
		const struct wire_mapping *m = &space->mappings[i];
		struct elf_file *file = m->file < WIRE_FILES ? &h->files[m->file] : NULL;
		uint64_t address;

		if (!file || m->file == before)
			continue;
		before = m->file;
		if (!has_python(file) || !elf_file_address(file, m->offset, &address))
			continue;
		found->file = file;
		found->runtime = m->start + (file->python_runtime - address);
		found->version =
			file->python_version ? m->start + (file->python_version - address) : 0;
		if (file->python_loop) {
			found->loop = m->start + (file->python_loop - address);
			found->loop_end = m->start + (file->python_loop_end - address);
		}
		return true;
	}
	return false;
}

/*
 * Whether the program says that it is linked to glibc, whose keys the kernel looks up. Others keep
 * theirs elsewhere: musl, as in Alpine's containers.
 */
static bool has_glibc(struct holdings *h, const struct space *space)
{
	static const char glibc[] = "/ld-linux";

	for (size_t i = 0; i < space->count; i++) {
		uint32_t number = space->mappings[i].file;
		struct elf_file *file = number < WIRE_FILES ? &h->files[number] : NULL;
		const char *interpreter;
		uint64_t address;
		size_t size;

		interpreter = file ? elf_file_section(file, ".interp", &size, &address) : NULL;
		if (interpreter)
			return memmem(interpreter, size, glibc, strlen(glibc));
	}
	return false;
}

static uint16_t version_of(const struct found *found, const struct wire_memory *memory,
			   const uint8_t *version)
{
	char text[32] = "";
	uint32_t hex = 0;
	uint16_t told;

	if (found->version) {
		memcpy(&hex, version, sizeof(hex));
		return (uint16_t)(hex >> 16);
	}
	told = python_version_of_name(memory->name);
	if (!told && elf_file_find_text(found->file, "lib/python3.", text, sizeof(text)))
		told = python_version_of_name(text);
	return told;
}

static bool matches(const struct found *found, const struct wire_memory *memory, size_t size)
{
	return memory->pieces[0].address == found->runtime &&
	       memory->pieces[0].size == PYTHON_HEAD &&
	       memory->pieces[1].address == found->version &&
	       memory->pieces[1].size == (found->version ? sizeof(uint32_t) : 0) &&
	       size == sizeof(*memory) + memory->pieces[0].size + memory->pieces[1].size;
}

int python_find(struct holdings *h, const struct space *space, const void *body, size_t size,
		struct python_layout *layout, struct wire_need *need, uint32_t *slot)
{
	const uint8_t *bytes = (const uint8_t *)body + sizeof(struct wire_memory);
	struct wire_memory memory;
	struct found found = {};
	int r;

	if (!find(h, space, &found))
		return -ENOENT;
	if (size < sizeof(memory)) {
		memset(need, 0, sizeof(*need));
		need->kind = WIRE_MEMORY;
		need->pieces[0] = (struct wire_piece){found.runtime, PYTHON_HEAD, 0};
		if (found.version)
			need->pieces[1] = (struct wire_piece){found.version, sizeof(uint32_t), 0};
		*slot = (uint32_t)(found.file - h->files);
		return 1;
	}
	memcpy(&memory, body, sizeof(memory));
	if (!matches(&found, &memory, size))
		return -EBADMSG;
	memory.name[sizeof(memory.name) - 1] = '\0';
	r = python_layout_make(version_of(&found, &memory, bytes + PYTHON_HEAD), found.runtime,
			       bytes, PYTHON_HEAD, layout);
	if (!has_glibc(h, space)) {
		layout->tss_known = false;
		layout->tss_key = 0;
	}
	layout->loop = found.loop;
	layout->loop_end = found.loop_end;
	return r;
}
