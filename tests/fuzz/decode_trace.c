// SPDX-License-Identifier: BSD-2-Clause
/* Whatever bytes come as a record of a tracked process, decoding neither crashes nor leaks. */
#include <stdlib.h>
#include <string.h>

#include "ingest/decode_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint64_t sum_of(const void *bytes, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += ((const uint8_t *)bytes)[i];
	return sum;
}

static volatile uint64_t seen;

static void try_size(const uint8_t *bytes, size_t size)
{
	static struct trace_texts texts;
	struct descriptor_list *list = NULL;
	struct site_sighting site;
	struct code_sighting code;
	struct stack_slice slice;
	struct tracked tracked;

	trace_type(bytes, size);
	decode_life(bytes, size, &tracked);
	if (!decode_left(bytes, size, &tracked, &list) && list->count != 1)
		abort();
	descriptor_list_free(list);
	if (!decode_site(bytes, size, &site) && !site_number(&site))
		abort();
	if (!decode_slice(bytes, size, &slice))
		seen = sum_of(slice.stack, slice.size);
	if (!decode_code(bytes, size, &texts, &code)) {
		seen = sum_of(code.lines, code.line_size);
		if (strlen(code.file) >= TRACE_TEXT_MAX || strlen(code.name) >= TRACE_TEXT_MAX)
			abort();
	}
}

/* As they are, and stretched to the size of each record, which they would hardly have. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const size_t sizes[] = {sizeof(struct fdw_trace_life), sizeof(struct fdw_trace_left),
				       sizeof(struct fdw_site), sizeof(struct fdw_slice) + 8,
				       sizeof(struct fdw_code) + 8};

	try_size(bytes, size);
	for (size_t i = 0; size && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *record = malloc(sizes[i]);

		if (!record)
			return 0;
		for (size_t at = 0; at < sizes[i]; at++)
			record[at] = bytes[at % size];
		try_size(record, sizes[i]);
		free(record);
	}
	return 0;
}
