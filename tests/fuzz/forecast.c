// SPDX-License-Identifier: BSD-2-Clause
/* Whatever bytes a saved forecast has become: it is refused, or goes on without harm. */
#include <stdlib.h>
#include <string.h>

#include "model/bytes.h"
#include "model/forecast.h"

#define HEADER 24 /* magic, version, size, sum */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Goes on from wherever it was, through all that a process can do. */
static void go_on(struct forecast *f)
{
	static uint8_t again[FORECAST_SAVED_MAX];
	uint64_t t = 0;

	for (uint32_t i = 0; i < 40; i++) {
		struct forecast_sample s = {.live = i * i, .limit = i % 9 ? 1024 : LIMIT_INFINITY};

		t += 1ULL << (i % 40);
		s.t = t;
		if (forecast_add(f, &s, NULL) || forecast_state(f) >= STATE_COUNT ||
		    forecast_eta(f).eta < 0)
			abort();
	}
	if (!forecast_save(f, again, sizeof(again)))
		abort();
}

/* What a process that leaks, or one that is quiet, has to be saved. */
static size_t save_one(bool leaks, uint8_t *bytes)
{
	struct forecast *f = forecast_new();
	size_t size;

	for (uint64_t t = 1; f && t < 200; t++) {
		struct forecast_sample s = {.t = t * 1000000, .live = 9, .limit = 1024};

		s.live += leaks ? (uint32_t)t * 4 : 0;
		if (forecast_add(f, &s, NULL))
			abort();
	}
	size = f ? forecast_save(f, bytes, FORECAST_SAVED_MAX) : 0;
	forecast_free(f);
	return size;
}

static void restore(uint8_t *bytes, size_t size)
{
	uint64_t sum = bytes_sum(bytes + HEADER, size - HEADER);
	struct forecast *f;

	memcpy(bytes + 16, &sum, sizeof(sum)); /* or nothing would ever get past it */
	f = forecast_restore(bytes, size);
	if (f)
		go_on(f);
	forecast_free(f);
}

/* First byte: what was saved. Then three bytes for each change: where, and to what. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t saved[2][FORECAST_SAVED_MAX], copy[FORECAST_SAVED_MAX];
	static size_t sizes[2];
	bool which = size && bytes[0] & 1;

	if (!sizes[which])
		sizes[which] = save_one(which, saved[which]);
	if (!size || !sizes[which])
		return 0;
	memcpy(copy, saved[which], sizes[which]);
	for (size_t i = 1; i + 3 <= size; i += 3) {
		size_t at = HEADER + (size_t)(bytes[i] | bytes[i + 1] << 8);

		if (at < sizes[which])
			copy[at] = bytes[i + 2];
	}
	restore(copy, sizes[which]);
	return 0;
}
