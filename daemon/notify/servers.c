// SPDX-License-Identifier: BSD-2-Clause
#include "notify/servers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "notify/post.h"

#define API_PATH "/api/v2/alerts"
#define BLANKS " \t"
#define RESEND_MOST 3600 /* seconds */

static int add_url(struct servers *servers, const char *url, struct failure *failure)
{
	size_t length = strlen(url);
	int r = post_check(url, failure);

	if (r < 0)
		return r;
	while (length && url[length - 1] == '/')
		length--;
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

/* No FIFO, whose writer may never come. */
static int open_regular(const char *path)
{
	_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : -EINVAL;
}

static int read_credentials(struct servers *servers, const char *path, struct failure *failure)
{
	_close_ int fd = open_regular(path);
	ssize_t size;

	if (fd < 0)
		return fail(failure, fd, "credentials_file %s can't be read: %s", path,
			    strerror(-fd));
	size = read(fd, servers->credentials, sizeof(servers->credentials) - 1);
	if (size < 0)
		return fail(failure, -errno, "credentials_file %s can't be read: %s", path,
			    strerror(errno));
	servers->credentials[size] = '\0';
	servers->credentials[strcspn(servers->credentials, "\r\n")] = '\0';
	if (!strchr(servers->credentials, ':'))
		return fail(failure, -EINVAL,
			    "credentials_file %s must have user:password on its first line", path);
	return 0;
}

/* libcurl would say it only when there is something to tell. */
static int check_ca(const char *path, struct failure *failure)
{
	_close_ int fd = open_regular(path);

	return fd < 0 ? fail(failure, fd, "ca_file %s can't be read: %s", path, strerror(-fd)) : 0;
}

int servers_read(struct servers *servers, const struct notify_config *config,
		 struct failure *failure)
{
	double resend = config->alertmanager.resend;
	struct utsname host = {};
	int r;

	*servers = (struct servers){};
	if (!(resend >= 1 && resend <= RESEND_MOST))
		return fail(failure, -EINVAL, "resend must be 1 to %d seconds", RESEND_MOST);
	memcpy(servers->ca_file, config->alertmanager.ca_file, sizeof(servers->ca_file));
	memcpy(servers->instance, config->alertmanager.instance, sizeof(servers->instance));
	if (!*servers->instance) {
		uname(&host);
		snprintf(servers->instance, sizeof(servers->instance), "%s", host.nodename);
	}
	r = read_urls(servers, config->alertmanager.url, failure);
	if (!r && *servers->ca_file)
		r = check_ca(servers->ca_file, failure);
	if (!r && *config->alertmanager.credentials_file)
		r = read_credentials(servers, config->alertmanager.credentials_file, failure);
	return r;
}
