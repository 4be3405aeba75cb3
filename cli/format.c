// SPDX-License-Identifier: BSD-2-Clause
#include "format.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define MINUTE 60ULL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define DAYS_MAX 99999ULL

/* The larger unit and, where it is not 0, the smaller one. */
static void two_units(char *text, unsigned long long large, char large_unit,
		      unsigned long long small, char small_unit)
{
	int length = snprintf(text, FORMAT_SIZE, "%llu%c", large, large_unit);

	if (small > 0)
		snprintf(text + length, FORMAT_SIZE - (size_t)length, "%llu%c", small, small_unit);
}

const char *format_duration(double seconds, char text[static FORMAT_SIZE])
{
	unsigned long long whole;

	if (!(seconds >= 0) || seconds > (double)(DAYS_MAX * DAY)) {
		snprintf(text, FORMAT_SIZE, "%s", seconds > 0 ? ">99999d" : "-");
		return text;
	}
	whole = (unsigned long long)seconds;
	if (seconds == 0)
		snprintf(text, FORMAT_SIZE, "0s");
	else if (seconds < 1e-3)
		snprintf(text, FORMAT_SIZE, "%.0fus", seconds * 1e6);
	else if (seconds < 1)
		snprintf(text, FORMAT_SIZE, "%.1fms", seconds * 1e3);
	else if (whole < MINUTE)
		snprintf(text, FORMAT_SIZE, "%llus", whole);
	else if (whole < HOUR)
		two_units(text, whole / MINUTE, 'm', whole % MINUTE, 's');
	else if (whole < DAY)
		two_units(text, whole / HOUR, 'h', whole % HOUR / MINUTE, 'm');
	else
		two_units(text, whole / DAY, 'd', whole % DAY / HOUR, 'h');
	return text;
}

const char *format_percent(double ratio, char text[static FORMAT_SIZE])
{
	double percent = ratio * 100;

	if (!(percent >= 0) || percent > 1e9)
		snprintf(text, FORMAT_SIZE, "-");
	else if (percent < 10)
		snprintf(text, FORMAT_SIZE, "%.1f%%", floor(percent * 10) / 10);
	else
		snprintf(text, FORMAT_SIZE, "%.0f%%", floor(percent));
	return text;
}

/* What stands behind the seconds: "Z", "+02:00", a fraction before either. False: neither. */
static bool zone_offset(const char *text, long *offset)
{
	unsigned int hours;
	unsigned int minutes;
	int used = 0;

	if (*text == '.')
		for (text++; isdigit((unsigned char)*text);)
			text++;
	*offset = 0;
	if ((*text == 'Z' || *text == 'z') && text[1] == '\0')
		return true;
	if (*text != '+' && *text != '-')
		return false;
	if (sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 || text[1 + used] != '\0')
		return false;
	*offset = (long)(hours * 60 + minutes) * 60 * (*text == '-' ? -1 : 1);
	return true;
}

const char *format_time(const char *rfc3339, char text[static FORMAT_SIZE])
{
	struct tm parts = {0};
	struct tm local;
	const char *rest = strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &parts);
	long offset;
	time_t when;

	if (!rest || !zone_offset(rest, &offset))
		return NULL;
	when = timegm(&parts) - offset;
	if (!localtime_r(&when, &local))
		return NULL;
	return strftime(text, FORMAT_SIZE, "%Y-%m-%d %H:%M:%S", &local) > 0 ? text : NULL;
}

const char *format_growth(double per_second, char text[static FORMAT_SIZE])
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double growth = per_second * units[i].seconds;
		double size = growth < 0 ? -growth : growth;

		if (size < 1)
			continue;
		snprintf(text, FORMAT_SIZE, "%+.*f/%s", size < 9.95 ? 1 : 0, growth, units[i].name);
		return text;
	}
	snprintf(text, FORMAT_SIZE, "0");
	return text;
}
