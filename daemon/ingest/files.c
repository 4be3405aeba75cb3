/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/files.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "fdwatch/record.h"

#define TRIES 16
#define ALIGNMENT 16 /* of functions: one behind the other is found by it */

#if defined(__x86_64__)
/* mov $-ENFILE, any register of 64 bits */
static bool is_refusal(const uint8_t *code)
{
	static const uint8_t value[] = {0xe9, 0xff, 0xff, 0xff};

	return (code[0] == 0x48 || code[0] == 0x49) && code[1] == 0xc7 &&
	       (code[2] & 0xf8) == 0xc0 && !memcmp(code + 3, value, sizeof(value));
}

/* What a function that can be traced begins with, behind an endbr64 or what it was patched to. */
static bool is_function(const uint8_t *code)
{
	static const uint8_t nop[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
	static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa}, none[] = {0x66, 0x0f, 0x1f, 0x00};
	size_t skip = memcmp(code, endbr, 4) && memcmp(code, none, 4) ? 0 : 4;

	return !memcmp(code + skip, nop, sizeof(nop));
}

#define LOOK 9 /* bytes that these look at */

int files_find_refusal(const uint8_t *code, size_t size)
{
	int found = -ENOENT;

	for (size_t i = 0; i + LOOK <= size; i++) {
		if (i && i % ALIGNMENT == 0 && is_function(code + i))
			return found;
		if (is_refusal(code + i)) {
			if (found >= 0)
				return -ENOENT;
			found = (int)i;
		}
	}
	return -ENOENT; /* no end in sight: it may be another's */
}
#else
int files_find_refusal(const uint8_t *code, size_t size)
{
	(void)code;
	(void)size;
	return -ENOENT;
}
#endif

static int look(int map, struct fdw_files *files)
{
	for (int i = 0; i < TRIES; i++) {
		_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
	}
	return bpf_map_lookup_elem(map, &(uint32_t){0}, files) ? -errno : 0;
}

int files_learn(int map)
{
	struct fdw_files files = {.learner = (uint32_t)gettid()};
	int r = bpf_map_update_elem(map, &(uint32_t){0}, &files, BPF_ANY) ? -errno : 0;
	size_t skipped;

	if (!r)
		r = look(map, &files);
	if (r < 0)
		return r;
	/* Some kernels tell where the function's body begins, behind an endbr64. */
	skipped = files.address % ALIGNMENT;
	r = files_find_refusal(files.code + (ALIGNMENT - skipped) % ALIGNMENT,
			       sizeof(files.code) - ALIGNMENT);
	return r < 0 ? r : r + (int)(skipped ? ALIGNMENT : 0);
}

bool files_try(int map)
{
	struct fdw_files files;
	bool quiet = look(map, &files) == 0 && !files.denied;

	files.learner = 0;
	return quiet && !bpf_map_update_elem(map, &(uint32_t){0}, &files, BPF_ANY);
}
