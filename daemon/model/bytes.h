/* SPDX-License-Identifier: BSD-2-Clause */
/* Values into a bounded buffer and out of it again, in this machine's own byte order. */
#ifndef FDWATCH_MODEL_BYTES_H
#define FDWATCH_MODEL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `failed` once something did not fit, or was asked for that was not there. */
struct bytes_out {
	uint8_t *at;
	size_t left;
	bool failed;
};

struct bytes_in {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline void bytes_put(struct bytes_out *b, const void *value, size_t size)
{
	if (b->failed || size > b->left) {
		b->failed = true;
		return;
	}
	memcpy(b->at, value, size);
	b->at += size;
	b->left -= size;
}

/* Zeros where there is nothing more. */
static inline void bytes_get(struct bytes_in *b, void *value, size_t size)
{
	if (b->failed || size > b->left) {
		b->failed = true;
		memset(value, 0, size);
		return;
	}
	memcpy(value, b->at, size);
	b->at += size;
	b->left -= size;
}

#define BYTES_PUT(b, value) bytes_put(b, &(value), sizeof(value))
#define BYTES_GET(b, value) bytes_get(b, &(value), sizeof(value))

#define BYTES_SUM_EMPTY 0xcbf29ce484222325ULL

/* Tells torn and flipped bytes, not forged ones (FNV-1a): one more of them. */
static inline uint64_t bytes_sum_add(uint64_t sum, uint8_t byte)
{
	return (sum ^ byte) * 0x100000001b3ULL;
}

/* The same with some more. */
static inline uint64_t bytes_sum_more(uint64_t sum, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = bytes_sum_add(sum, at[i]);
	return sum;
}

static inline uint64_t bytes_sum(const void *bytes, size_t size)
{
	return bytes_sum_more(BYTES_SUM_EMPTY, bytes, size);
}

#endif
