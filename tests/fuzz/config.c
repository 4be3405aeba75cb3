// SPDX-License-Identifier: BSD-2-Clause
/* Whatever a configuration holds, it is taken whole or refused with a line that names it. */
#include "config/config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A control character stands for a word that the file may have, else few inputs had any. */
static const char *const words[] = {
	"\n[daemon]\n",
	"\n[alarm]\n",
	"\n[tracking]\n",
	"\n[hook]\n",
	"\n[metrics]\n",
	"\n[alertmanager]\n",
	"\n[incidents]\n",
	"\n[journal]\n",
	"\n[unit ",
	"",
	"",
	"\n[command ",
	"\n[user ",
	"\n[container ",
	"warning = ",
	"critical = ",
	"silence = yes",
	"raise_limit = ",
	"mark = ",
	"url = http://",
	"command = /",
	"retention = ",
	"interval = ",
	"*]\n",
	"a.service]\n",
	"80%\n",
	"15min\n",
};

static void put(FILE *file, uint8_t byte)
{
	const char *word = byte && byte <= sizeof(words) / sizeof(words[0]) ? words[byte - 1] : "";

	if (*word)
		fputs(word, file);
	else
		putc(byte, file);
}

static void check(bool well)
{
	if (!well)
		abort();
}

static void check_policy(const struct policy *policy)
{
	const struct alarm_thresholds *t = &policy->thresholds;

	check(t->warning.seconds >= 0 && t->critical.seconds >= 0);
	check(t->warning.level >= 0 && t->warning.level <= 1);
	check(t->critical.level >= 0 && t->critical.level <= 1);
	check(memchr(policy->mark, '\0', sizeof(policy->mark)));
}

static void look_at(const struct config *config)
{
	struct policy_subject subject = {.comm = "a",
					 .unit = "a.service",
					 .container = "0123456789ab",
					 .user = "a",
					 .uid = 1};

	check(config->interval >= 0.01 && config->interval <= 60);
	check(config->incidents.max_bytes && isfinite(config->incidents.retention));
	check(config->notify.hook.at_once >= 1 && config->notify.hook.at_once <= 64);
	check(!config->notify.hook.command[0] || config->notify.hook.command[0] == '/');
	check_policy(&config->all);
	check(config->policies);
	check_policy(policies_match(config->policies, &subject));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct config config, before;
	char path[64], error[512];
	int fd = memfd_create("conf", MFD_CLOEXEC);

	FILE *file = fdopen(fd, "w");

	check(file);
	for (size_t i = 0; i < size; i++)
		put(file, bytes[i]);
	check(!fflush(file));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&config, 0, sizeof(config));
	config_defaults(&config);
	before = config;
	if (config_load(&config, path, error, sizeof(error)) < 0) {
		check(!strncmp(error, path, strlen(path)) && !strchr(error, '\n'));
		check(!memcmp(&config, &before, sizeof(config)));
	} else {
		look_at(&config);
	}
	config_free(&config);
	fclose(file);
	return 0;
}
