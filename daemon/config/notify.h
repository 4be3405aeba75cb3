/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the sections that say who is told; as those of value.h. */
#ifndef FDWATCH_CONFIG_NOTIFY_H
#define FDWATCH_CONFIG_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#define VALUE_COMMAND "an absolute path and arguments with blanks between, or none"
#define VALUE_PAUSE "a time from 1s to 1h, such as 30s"
#define VALUE_URLS \
	"http or https URLs such as http://localhost:9093, up to 8 with blanks between, " \
	"without user, query and /api/v2/alerts, or none"

/* char[]: as command_parse() takes it, or "none", which becomes "". */
bool value_command(const char *text, void *target, size_t size);

/* char[]: as servers_check_urls() takes them, or "none", which becomes "". */
bool value_urls(const char *text, void *target, size_t size);

/* double: "30s", "2min"; a bare number is seconds, too. */
bool value_pause(const char *text, void *target, size_t size);

/* unsigned: 1 to 64 */
bool value_at_once(const char *text, void *target, size_t size);

#endif
