/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns what the kernel tells of tracked processes into the model's structs. Each returns 0, or
 * -EINVAL for what is no such record. Texts are the tracked program's own: any bytes.
 */
#ifndef FDWATCH_INGEST_DECODE_TRACE_H
#define FDWATCH_INGEST_DECODE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "fdwatch/record.h"
#include "model/descriptor.h"
#include "model/sighting.h"

#define TRACE_TEXT_MAX (2 * FDW_TEXT_MAX + 16) /* as UTF-8, with what stands for a part cut */

struct trace_texts {
	char file[TRACE_TEXT_MAX];
	char name[TRACE_TEXT_MAX];
};

/* What the record is, as enum fdw_trace_type; -EINVAL where it is too short to tell. */
int trace_type(const void *bytes, size_t size);

void decode_tracked(const struct fdw_tracked *from, struct tracked *tracked);

int decode_life(const void *bytes, size_t size, struct tracked *tracked);

/* `left` is the list's only one; the caller frees the list. -ENOMEM, too. */
int decode_left(const void *bytes, size_t size, struct tracked *tracked,
		struct descriptor_list **left);

int decode_site(const void *bytes, size_t size, struct site_sighting *site);

/* What `code` points to is in `bytes` and `texts`. */
int decode_code(const void *bytes, size_t size, struct trace_texts *texts,
		struct code_sighting *code);

/* slice->stack points into `bytes`. */
int decode_slice(const void *bytes, size_t size, struct stack_slice *slice);

/* The number that the kernel will give to the site. */
uint64_t site_number(const struct site_sighting *site);

#endif
