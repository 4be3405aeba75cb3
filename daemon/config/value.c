/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdwatch/threshold.h"
#include "model/group.h"
#include "model/policy.h"
#include "model/status.h"
#include "model/text.h"

#define RAISE_MAX (1UL << 30) /* the most that fs.nr_open takes */

bool value_path(const char *text, void *target, size_t size)
{
	size_t length = strlen(text);

	if (!length || length >= size)
		return false;
	memset(target, 0, size); /* equal texts are equal bytes */
	memcpy(target, text, length);
	return true;
}

bool value_label(const char *text, void *target, size_t size)
{
	size_t length = strlen(text), step;

	for (size_t i = 0; i < length; i += step) {
		step = text_shown(text + i, length - i);
		if (!step || (unsigned char)text[i] < ' ')
			return false;
	}
	return value_path(text, target, size);
}

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && !*end && port >= 1 && port <= UINT16_MAX;
}

/* No names, so that nothing has to be looked up. */
static bool is_listen_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	unsigned char address[16];
	bool v6 = text[0] == '[';
	size_t length;

	if (!colon || !is_port(colon + 1))
		return false;
	length = (size_t)(colon - text);
	if (v6) {
		if (length < 2 || colon[-1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, host, address) == 1;
}

bool value_listen(const char *text, void *target, size_t size)
{
	if (!strcmp(text, "none")) {
		memset(target, 0, size);
		return true;
	}
	return is_listen_address(text) && value_path(text, target, size);
}

bool value_interval(const char *text, void *target, size_t size)
{
	char *end;
	double seconds = strtod(text, &end);

	(void)size;
	if (end == text || *end || !(seconds >= 0.01 && seconds <= 60))
		return false;
	*(double *)target = seconds;
	return true;
}

bool value_yes_no(const char *text, void *target, size_t size)
{
	bool yes = !strcmp(text, "yes");

	(void)size;
	if (!yes && strcmp(text, "no") != 0)
		return false;
	*(bool *)target = yes;
	return true;
}

unsigned long long value_bytes(const char *text)
{
	static const char units[] = "KMGT";
	unsigned long long number;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return 0;
	if (!*end)
		return number;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return 0;
	for (const char *u = units; u <= unit; u++)
		if (__builtin_mul_overflow(number, 1024ULL, &number))
			return 0;
	return number;
}

bool value_threshold(const char *text, void *target, size_t size)
{
	struct alarm_threshold threshold = {}; /* auto: neither */

	(void)size;
	if (strcmp(text, "auto") != 0 && !fdw_threshold(text, &threshold.seconds, &threshold.level))
		return false;
	*(struct alarm_threshold *)target = threshold;
	return true;
}

/* The place of a word among `names`, the last of which is NULL; -1 where it is none of them. */
static int place_among(const char *const *names, const char *text)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(text, names[i]))
			return i;
	return -1;
}

bool value_tracking(const char *text, void *target, size_t size)
{
	static const char *const names[] = {
		[TRACK_GROWING] = "growing",
		[TRACK_ALWAYS] = "all",
		[TRACK_NEVER] = "none",
		NULL,
	};
	int place = place_among(names, text);

	(void)size;
	if (place >= 0)
		*(enum policy_tracking *)target = (enum policy_tracking)place;
	return place >= 0;
}

bool value_backend(const char *text, void *target, size_t size)
{
	static const char *const names[] = {
		[BACKEND_AUTO] = "auto",
		[BACKEND_FENTRY] = "fentry",
		[BACKEND_TRACEPOINT] = "tracepoint",
		NULL,
	};
	int place = place_among(names, text);

	(void)size;
	if (place >= 0)
		*(enum backend *)target = (enum backend)place;
	return place >= 0;
}

bool value_group_by(const char *text, void *target, size_t size)
{
	static const char *const names[] = {
		[GROUP_BY_UNIT] = "unit",
		[GROUP_BY_CONTAINER] = "container",
		[GROUP_BY_COMMAND] = "command",
		NULL,
	};
	int place = place_among(names, text);

	(void)size;
	if (place >= 0)
		*(enum group_by *)target = (enum group_by)place;
	return place >= 0;
}

bool value_series(const char *text, void *target, size_t size)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	(void)size;
	if (!isdigit((unsigned char)text[0]) || *end || number > VALUE_SERIES_MAX)
		return false;
	*(size_t *)target = number;
	return true;
}

bool value_raise(const char *text, void *target, size_t size)
{
	uint64_t most = 0;

	(void)size;
	if (!strcmp(text, "yes"))
		most = LIMIT_INFINITY;
	else if (strcmp(text, "no") != 0) {
		if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 10)
			return false;
		most = strtoull(text, NULL, 10);
		if (most < 1 || most > RAISE_MAX)
			return false;
	}
	*(uint64_t *)target = most;
	return true;
}

bool value_retention(const char *text, void *target, size_t size)
{
	double seconds = fdw_seconds(text);

	(void)size;
	if (!(seconds >= 3600 && seconds <= 520 * 604800.0))
		return false;
	*(double *)target = seconds;
	return true;
}

bool value_max_size(const char *text, void *target, size_t size)
{
	unsigned long long bytes = value_bytes(text);

	(void)size;
	if (bytes < 1ULL << 20 || bytes > 1ULL << 40)
		return false;
	*(uint64_t *)target = bytes;
	return true;
}
