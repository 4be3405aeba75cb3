/* SPDX-License-Identifier: BSD-2-Clause */
/* What the [alertmanager] section says, read and judged. */
#ifndef FDWATCH_NOTIFY_SERVERS_H
#define FDWATCH_NOTIFY_SERVERS_H

#include "notify/notify.h"

#define SERVERS_MAX 8
#define SERVERS_URL_SIZE 320 /* with the API's path */

struct servers {
	char urls[SERVERS_MAX][SERVERS_URL_SIZE];
	unsigned count;
	char ca_file[256];          /* "": the system's */
	char credentials_file[256]; /* "" for none */
	char instance[256];         /* never "" */
};

/* Whether these, with blanks between, are URLs of servers. 0, or -EINVAL with the reason. */
int servers_check_urls(const char *urls, struct failure *failure);

/* 0, or -EINVAL with the reason. Opens no file. */
int servers_read(struct servers *servers, const struct notify_config *config,
		 struct failure *failure);

/* Whether its files are well: reads them, and may be held up. 0, or -errno with the reason. */
int servers_check_files(const struct servers *servers, struct failure *failure);

#endif
