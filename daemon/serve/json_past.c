// SPDX-License-Identifier: BSD-2-Clause
#include "model/forecast.h"
#include "serve/json.h"

void json_past(struct writer *writer, const struct process *process, uint64_t polled)
{
	struct series_point points[SERIES_POINTS_MAX];
	uint64_t now = process_age(process, polled);
	size_t count = process->forecast ? forecast_points(process->forecast, points) : 0;

	write_open(writer, "past", '[');
	for (size_t i = 0; i < count; i++) {
		if (points[i].from > now)
			break;
		write_open(writer, NULL, '{');
		write_double(writer, "ago_seconds", (double)(now - points[i].from) / 1e6);
		write_unsigned(writer, "least", points[i].low);
		write_unsigned(writer, "most", points[i].high);
		write_close(writer, '}');
	}
	write_close(writer, ']');
}
