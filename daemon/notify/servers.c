// SPDX-License-Identifier: BSD-2-Clause
#include "notify/servers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "notify/credentials.h"
#include "notify/post.h"
#include "open_file.h"

#define API_PATH "/api/v2/alerts"
#define BLANKS " \t"

static int add_url(struct servers *servers, const char *url, struct failure *failure)
{
	size_t length = strlen(url);
	int r = post_check(url, failure);

	if (r < 0)
		return r;
	while (length && url[length - 1] == '/')
		length--;
	if (length >= strlen(API_PATH) &&
	    !strncmp(url + length - strlen(API_PATH), API_PATH, strlen(API_PATH)))
		return fail(failure, -EINVAL, "url has " API_PATH ", which is added: leave it out");
	if (servers->count == SERVERS_MAX)
		return fail(failure, -EINVAL, "url names more than %d servers", SERVERS_MAX);
	if (length + sizeof(API_PATH) > SERVERS_URL_SIZE)
		return fail(failure, -EINVAL, "url is longer than %zu bytes",
			    SERVERS_URL_SIZE - sizeof(API_PATH));
	snprintf(servers->urls[servers->count++], SERVERS_URL_SIZE, "%.*s" API_PATH, (int)length,
		 url);
	return 0;
}

static int read_urls(struct servers *servers, const char *urls, struct failure *failure)
{
	char text[sizeof(((struct notify_config *)NULL)->alertmanager.url)], *rest = text;
	int r = 0;

	snprintf(text, sizeof(text), "%s", urls);
	for (char *url; !r && (url = strtok_r(rest, BLANKS, &rest));)
		r = add_url(servers, url, failure);
	if (!r && !servers->count)
		r = fail(failure, -EINVAL, "url names no server");
	return r;
}

int servers_check_urls(const char *urls, struct failure *failure)
{
	struct servers servers = {};

	return read_urls(&servers, urls, failure);
}

int servers_read(struct servers *servers, const struct notify_config *config,
		 struct failure *failure)
{
	double resend = config->alertmanager.resend;
	struct utsname host = {};

	*servers = (struct servers){};
	if (!(resend >= 1 && resend <= NOTIFY_SECONDS_MOST))
		return fail(failure, -EINVAL, "resend must be 1 to %d seconds",
			    NOTIFY_SECONDS_MOST);
	memcpy(servers->ca_file, config->alertmanager.ca_file, sizeof(servers->ca_file));
	memcpy(servers->credentials_file, config->alertmanager.credentials_file,
	       sizeof(servers->credentials_file));
	memcpy(servers->instance, config->alertmanager.instance, sizeof(servers->instance));
	if (!*servers->instance) {
		uname(&host);
		snprintf(servers->instance, sizeof(servers->instance), "%s", host.nodename);
	}
	return read_urls(servers, config->alertmanager.url, failure);
}

/* libcurl would say it only when there is something to tell. */
static int check_ca(const char *path, struct failure *failure)
{
	_close_ int fd = open_file(path, NULL);

	return fd < 0 ? fail(failure, fd, "ca_file %s can't be read: %s", path, strerror(-fd)) : 0;
}

int servers_check_files(const struct servers *servers, struct failure *failure)
{
	char credentials[CREDENTIALS_SIZE];
	int r = 0;

	if (*servers->ca_file)
		r = check_ca(servers->ca_file, failure);
	if (!r && *servers->credentials_file)
		r = credentials_read(servers->credentials_file, credentials, failure);
	return r;
}
