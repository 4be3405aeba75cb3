/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading a process's descriptor table. Its open_fds bitmap is the truth about which numbers are
 * taken; a number whose file is still missing is reserved by a call under way.
 * Each loop is a global function: the verifier walks it once, and not once for every turn of the
 * loop that calls it.
 */
#ifndef FDWATCH_TABLE_H
#define FDWATCH_TABLE_H

#include "early.h"

#include "fdwatch/record.h"

#define WORD_BITS 64
#define CHUNK_WORDS 16 /* what fits the 512 bytes of stack that all frames share */
#define CHUNK_BITS (CHUNK_WORDS * WORD_BITS)
#define GROUP_CHUNKS 64
#define GROUP_BITS (GROUP_CHUNKS * CHUNK_BITS)
#define MAX_GROUPS 64 /* 4 million descriptors; a larger table is counted up to there */
#define ROW_WORDS 32
#define MAX_ROWS 32 /* 65,536 descriptors; looking for reserved ones among more costs too much */

/* Number of bits set in a word. Source: Warren, Hacker's Delight, 5-1. */
static __always_inline __u32 popcount(__u64 x)
{
	x -= (x >> 1) & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + ((x >> 2) & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (x * 0x0101010101010101ULL) >> 56;
}

static __always_inline __u64 low_bits(__u64 n)
{
	return n >= WORD_BITS ? ~0ULL : (1ULL << n) - 1;
}

/* Bits set among the first `bits` (CHUNK_BITS at most) of the bitmap at `address`. */
__weak __attribute__((noinline)) int table_count_chunk(__u64 address, __u64 bits)
{
	__u64 words[CHUNK_WORDS] = {};
	__u64 size, n = 0;

	if (bits > CHUNK_BITS)
		bits = CHUNK_BITS;
	size = (bits + WORD_BITS - 1) / WORD_BITS * sizeof(words[0]);
	if (size > sizeof(words) || bpf_probe_read_kernel(words, size, (void *)address))
		return 0;
	for (__u64 i = 0; i < CHUNK_WORDS; i++) {
		if (bits <= i * WORD_BITS)
			break;
		n += popcount(words[i] & low_bits(bits - i * WORD_BITS));
	}
	return n;
}

__weak __attribute__((noinline)) int table_count_group(__u64 address, __u64 bits)
{
	__u64 n = 0;

	for (__u64 i = 0; i < GROUP_CHUNKS; i++) {
		if (bits <= i * CHUNK_BITS)
			break;
		n += table_count_chunk(address + i * (CHUNK_BITS / 8), bits - i * CHUNK_BITS);
	}
	return n;
}

/* Numbers taken below `bits` in the bitmap at `address`. */
__weak __attribute__((noinline)) int table_count_all(__u64 address, __u64 bits)
{
	__u64 n = 0;

	for (__u64 i = 0; i < MAX_GROUPS; i++) {
		if (bits <= i * GROUP_BITS)
			break;
		n += table_count_group(address + i * (GROUP_BITS / 8), bits - i * GROUP_BITS);
	}
	return n;
}

/* Of the numbers in `word`, those without a file; `files` is the address of the first's pointer. */
__weak __attribute__((noinline)) int table_count_reserved(__u64 word, __u64 files)
{
	__u64 file[CHUNK_WORDS];
	__u64 n = 0;

	for (int part = 0; part < WORD_BITS / CHUNK_WORDS; part++) {
		if (bpf_probe_read_kernel(file, sizeof(file), (void *)files + part * sizeof(file)))
			return 0;
		for (int i = 0; i < CHUNK_WORDS; i++)
			n += (word >> (part * CHUNK_WORDS + i)) & 1 && !file[i];
	}
	return n;
}

/* Of the numbers in ROW_WORDS words, those without a file. */
__weak __attribute__((noinline)) int table_count_reserved_row(__u64 open, __u64 files, __u64 words)
{
	__u64 n = 0;

	for (__u64 i = 0; i < ROW_WORDS; i++) {
		__u64 word = 0;

		if (i >= words)
			break;
		bpf_probe_read_kernel(&word, sizeof(word), (void *)(open + i * sizeof(word)));
		if (word)
			n += table_count_reserved(word, files + i * WORD_BITS * sizeof(void *));
	}
	return n;
}

/* A table as plain numbers: newer kernels (6.17) type its pointers, and those can't be added to. */
struct table {
	__u64 open; /* address of the bitmap of numbers taken */
	__u64 cloexec;
	__u64 file; /* address of the first file pointer */
	__u64 size;
};

static __always_inline struct table table_of(struct files_struct *files)
{
	struct fdtable *fdt = READ(files, fdt);
	struct table t = {.size = READ(fdt, max_fds)};

	bpf_core_read(&t.open, sizeof(t.open), &fdt->open_fds);
	bpf_core_read(&t.cloexec, sizeof(t.cloexec), &fdt->close_on_exec);
	bpf_core_read(&t.file, sizeof(t.file), &fdt->fd);
	return t;
}

/* Numbers taken below `below` (~0 for all of them). */
static __always_inline __u32 table_count(struct files_struct *files, __u64 below)
{
	struct table t = table_of(files);
	__u64 bits = t.size < below ? t.size : below;
	__u64 word = 0;

	if (bits > WORD_BITS)
		return table_count_all(t.open, bits);
	bpf_probe_read_kernel(&word, sizeof(word), (void *)t.open);
	return popcount(word & low_bits(bits));
}

/* Numbers taken by calls still under way; FDW_UNKNOWN32 where the table is too large to look. */
static __always_inline __u32 table_reserved(struct files_struct *files)
{
	struct table t = table_of(files);
	__u64 words = (t.size + WORD_BITS - 1) / WORD_BITS;
	__u32 n = 0;

	if (words > MAX_ROWS * ROW_WORDS)
		return FDW_UNKNOWN32;
	for (__u64 i = 0; i < MAX_ROWS; i++) {
		__u64 done = i * ROW_WORDS;

		if (done >= words)
			break;
		n += table_count_reserved_row(t.open + done * sizeof(__u64),
					      t.file + done * WORD_BITS * sizeof(void *),
					      words - done);
	}
	return n;
}

/* Whether `fd` is set in a bitmap of a table of `size`. */
static __always_inline bool table_test(__u64 bitmap, __u64 size, __u32 fd)
{
	__u64 word = 0;

	if (fd >= size)
		return 0;
	bpf_probe_read_kernel(&word, sizeof(word),
			      (void *)(bitmap + fd / WORD_BITS * sizeof(word)));
	return (word >> (fd % WORD_BITS)) & 1;
}

#endif
