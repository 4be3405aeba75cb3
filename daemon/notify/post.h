/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON posted to an HTTP server by libcurl; it blocks, so a thread of its own does it. */
#ifndef FDWATCH_NOTIFY_POST_H
#define FDWATCH_NOTIFY_POST_H

#include <stddef.h>

#include "failure.h"

#define POST_ERROR_SIZE 320

struct post;

/* Whether `url` is http or https, with a host and without user, query and fragment. 0, -EINVAL. */
int post_check(const char *url, struct failure *failure);

/*
 * `ca_file` and `credentials_file` (see credentials.h) are "" for none, and read when something is
 * sent. 0 or -errno with the reason. curl_global_init() has been called.
 */
int post_new(struct post **post, const char *url, const char *ca_file, const char *credentials_file,
	     struct failure *failure);
void post_free(struct post *post);

/*
 * Posts one document, within 15 s. 0, -EACCES without the credentials, -EIO where nobody answers,
 * -EPROTO for an answer that is no success; then with the reason on one line in `error`.
 */
int post_send(struct post *post, const char *json, char error[POST_ERROR_SIZE]);

#endif
