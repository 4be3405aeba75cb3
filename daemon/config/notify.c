// SPDX-License-Identifier: BSD-2-Clause
#include "config/notify.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "failure.h"
#include "fdwatch/threshold.h"
#include "notify/command.h"
#include "notify/servers.h"

static bool copy(const char *text, char *target, size_t size)
{
	if (strlen(text) >= size)
		return false;
	snprintf(target, size, "%s", strcmp(text, "none") ? text : "");
	return true;
}

bool value_command(const char *text, void *target, size_t size)
{
	struct failure failure;
	struct command command;

	if (strcmp(text, "none") && command_parse(&command, text, &failure))
		return false;
	return copy(text, target, size);
}

bool value_urls(const char *text, void *target, size_t size)
{
	struct failure failure;

	if (strcmp(text, "none") && servers_check_urls(text, &failure))
		return false;
	return copy(text, target, size);
}

bool value_pause(const char *text, void *target, size_t size)
{
	double seconds = fdw_seconds(text);

	(void)size;
	if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 5)
		seconds = strtod(text, NULL);
	if (seconds < 1 || seconds > NOTIFY_SECONDS_MOST)
		return false;
	*(double *)target = seconds;
	return true;
}

bool value_at_once(const char *text, void *target, size_t size)
{
	unsigned long number;
	char *end;

	(void)size;
	if (!isdigit((unsigned char)*text))
		return false;
	number = strtoul(text, &end, 10);
	if (*end || number < 1 || number > NOTIFY_AT_ONCE_MOST)
		return false;
	*(unsigned *)target = (unsigned)number;
	return true;
}
