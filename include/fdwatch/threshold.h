/* SPDX-License-Identifier: BSD-2-Clause */
/* How people write when to worry: "6h" before the limit, or at "80%" of it. */
#ifndef FDWATCH_THRESHOLD_H
#define FDWATCH_THRESHOLD_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FDW_THRESHOLD_MAX (30 * 86400.0) /* seconds: half of what a history holds */

/* A number without sign, exponent or the like; *end is what follows it. */
static inline bool fdw_decimal(const char *text, const char **end, double *number)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (text[whole] == '.')
		part = 1 + strspn(text + whole + 1, "0123456789");
	if (!whole || part == 1 || whole + part > 18)
		return false;
	*number = strtod(text, NULL);
	*end = text + whole + part;
	return true;
}

/* Seconds of the unit that `text` begins with; 0 where there is none. */
static inline double fdw_unit(const char *text, const char **end)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"s", 1},    {"sec", 1},   {"m", 60},    {"min", 60},
		     {"h", 3600}, {"d", 86400}, {"w", 604800}};
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	*end = text + length;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (length == strlen(units[i].name) && !strncmp(text, units[i].name, length))
			return units[i].seconds;
	return 0;
}

/* Seconds of "90s", "15min", "1h30min", "30d", "4w"; 0 where it is none. A bare number is none. */
static inline double fdw_seconds(const char *text)
{
	double sum = 0, number, unit;

	do {
		if (!fdw_decimal(text, &text, &number))
			return 0;
		unit = fdw_unit(text, &text);
		if (!unit)
			return 0;
		sum += number * unit;
		text += strspn(text, " ");
	} while (*text);
	return sum;
}

/*
 * A time from 1s to 30d becomes *seconds, a part from 1% to 100% *level (0 to 1); the other is 0.
 * False where it is neither.
 */
static inline bool fdw_threshold(const char *text, double *seconds, double *level)
{
	double percent, time;
	const char *end;

	if (fdw_decimal(text, &end, &percent) && !strcmp(end, "%")) {
		if (!(percent >= 1 && percent <= 100))
			return false;
		*level = percent / 100;
		*seconds = 0;
		return true;
	}
	time = fdw_seconds(text);
	if (!(time >= 1 && time <= FDW_THRESHOLD_MAX))
		return false;
	*seconds = time;
	*level = 0;
	return true;
}

#endif
