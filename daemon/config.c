/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fdwatch/api.h"

#define INTERVAL_MIN 0.01 /* below it a poll of a large host would not end before the next */
#define INTERVAL_MAX 60.0 /* above it a leak of a minute is over before it is seen */

/* A parser writes the value to `target` and returns NULL, or says what it wants. */
struct key {
	const char *section;
	const char *name;
	const char *(*parse)(const char *value, void *target, size_t size);
	size_t offset;
	size_t size;
};

static const char *parse_path(const char *value, void *target, size_t size)
{
	if (value[0] != '/' && value[0] != '.' && !strchr(value, '/'))
		return "wants a path";
	if (strlen(value) >= size)
		return "is too long a path";
	strcpy(target, value);
	return NULL;
}

static const char *parse_address(const char *value, void *target, size_t size)
{
	const char *colon = strrchr(value, ':');
	char *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (strcmp(value, "none") &&
	    (!colon || colon == value || *end || port < 1 || port > 65535 || strlen(value) >= size))
		return "wants ADDRESS:PORT or none";
	strcpy(target, value);
	return NULL;
}

static const char *parse_interval(const char *value, void *target, size_t size)
{
	char *end;
	double seconds = strtod(value, &end);

	(void)size;
	if (end == value || *end || !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
		return "wants seconds from 0.01 to 60";
	*(double *)target = seconds;
	return NULL;
}

#define KEY(section, name, parse) \
	{ \
		section, #name, parse, offsetof(struct config, name), \
			sizeof(((struct config *)0)->name) \
	}

static const struct key keys[] = {
	KEY("daemon", socket, parse_path),     KEY("daemon", metrics_listen, parse_address),
	KEY("daemon", state_dir, parse_path),  KEY("daemon", pin_dir, parse_path),
	KEY("daemon", interval, parse_interval),
};

void config_defaults(struct config *config)
{
	*config = (struct config){
		.socket = FDW_SOCKET_PATH,
		.metrics_listen = FDW_METRICS_ADDRESS,
		.state_dir = FDW_STATE_DIR,
		.pin_dir = FDW_PIN_DIR,
		.interval = 1,
	};
}

int config_set(struct config *config, const char *section, const char *key, const char *value,
	       char *error, size_t size)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *wants;

		if (strcmp(keys[i].section, section) || strcmp(keys[i].name, key))
			continue;
		wants = keys[i].parse(value, (char *)config + keys[i].offset, keys[i].size);
		if (!wants)
			return 0;
		snprintf(error, size, "%s %s, not '%.64s'", key, wants, value);
		return -EINVAL;
	}
	snprintf(error, size, "there is no key '%.64s' in section [%.64s]", key, section);
	return -EINVAL;
}

struct reading {
	struct config config;
	char wrong[256]; /* the first thing that was */
};

static int take_key(void *data, const char *section, const char *key, const char *value)
{
	struct reading *reading = data;

	if (reading->wrong[0])
		return 1;
	return !config_set(&reading->config, section, key, value ? value : "", reading->wrong,
			   sizeof(reading->wrong));
}

static FILE *open_config(const char *path, char *error, size_t size)
{
	FILE *file = fopen(path, "re");
	int code = errno;

	if (!file)
		snprintf(error, size, "%s can't be read: %s", path, strerror(code));
	errno = code;
	return file;
}

int config_load(struct config *config, const char *path, char *error, size_t size)
{
	struct reading reading = { .config = *config };
	FILE *file;
	int line;

	if (!path && access(FDW_CONFIG_PATH, F_OK) && errno == ENOENT)
		return 0;
	if (!path)
		path = FDW_CONFIG_PATH;
	file = open_config(path, error, size);
	if (!file)
		return -errno;
	line = ini_parse_file(file, take_key, &reading);
	fclose(file);
	if (line) {
		snprintf(error, size, "%s line %d: %s", path, line,
			 reading.wrong[0] ? reading.wrong : "neither [section] nor key = value");
		return -EINVAL;
	}
	*config = reading.config;
	return 0;
}
