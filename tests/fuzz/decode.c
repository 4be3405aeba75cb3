// SPDX-License-Identifier: BSD-2-Clause
/* Whatever bytes come, in whatever pieces, decoding neither crashes nor leaks. */
#include <stdlib.h>
#include <string.h>

#include "ingest/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_all(const struct descriptor_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct descriptor *d = &list->items[i];
		size_t length = strlen(d->name);

		if (d->socket)
			length += strlen(d->socket->local) + strlen(d->socket->remote) +
				  strlen(d->socket->family) + strlen(d->socket->state);
		if (!descriptor_kind_name(d->kind) || length > 3 * 4096)
			abort();
	}
}

/* The first byte says how long the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct descriptor_decoder *decoder;
	struct descriptor_list *list;
	struct process_sample sample;
	struct event event;
	uint64_t start_time;
	size_t piece;
	int r = 0;

	if (!size)
		return 0;
	piece = 1 + bytes[0];
	bytes++, size--;
	decode_process(bytes, size, &sample);
	decode_event(bytes, size, 0, &event);
	decoder = descriptor_decoder_new(NULL, NULL);
	if (!decoder)
		return 0;
	for (size_t at = 0; !r && at < size; at += piece)
		r = descriptor_decoder_add(decoder, bytes + at,
					   size - at < piece ? size - at : piece);
	if (!r && !descriptor_decoder_finish(decoder, &list, &start_time)) {
		read_all(list);
		descriptor_list_free(list);
	}
	descriptor_decoder_free(decoder);
	return 0;
}
