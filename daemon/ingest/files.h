/* SPDX-License-Identifier: BSD-2-Clause */
/* The instruction by which alloc_empty_file() refuses: see bpf/files.bpf.c. */
#ifndef FDWATCH_INGEST_FILES_H
#define FDWATCH_INGEST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The offset of the one instruction that loads -ENFILE in the code of a function; code that follows
 * it may follow. -ENOENT where there is none, or more than one, or nothing is known of this
 * machine's.
 */
int files_find_refusal(const uint8_t *code, size_t size);

/* Opens a file where an attached program sees the code; the offset in it, or -errno. */
int files_learn(int map);

/* Opens files where the attached one should not run, and ends learning. Whether it did not run. */
bool files_try(int map);

#endif
