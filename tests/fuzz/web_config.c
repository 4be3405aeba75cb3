// SPDX-License-Identifier: BSD-2-Clause
/* Whatever an administrator's web configuration holds, it is taken whole or refused with a line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve/web_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void look_at(const struct web_config *config)
{
	if (!config->certificate != !config->key || config->minimum > config->maximum ||
	    config->minimum < 0 || config->maximum > 3 || config->user_count > WEB_USERS_MAX ||
	    config->file_count > WEB_FILES_MAX)
		abort();
	for (size_t i = 0; i < config->user_count; i++)
		if (strchr(config->users[i].name, ':') || config->users[i].hash[0] != '$')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct failure failure = {};
	struct web_config *config = NULL;
	char path[64];
	int fd = memfd_create("web", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (web_config_load(&config, path, &failure) < 0) {
		if (config || strncmp(failure.text, path, strlen(path)) != 0)
			abort();
	} else {
		look_at(config);
		web_config_free(config);
	}
	close(fd);
	return 0;
}
