/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords, checked by a thread of its own: what crypt(3) makes slow on purpose must not hold up a
 * poll. A password that was right is known again for as long as its user's hash stands.
 */
#ifndef FDWATCH_SERVE_WEB_AUTH_H
#define FDWATCH_SERVE_WEB_AUTH_H

#include <systemd/sd-event.h>

#include "serve/web_config.h"

struct web_auth;

enum web_verdict {
	WEB_DENIED,
	WEB_ALLOWED,
	WEB_PENDING, /* `done` will be called */
	WEB_BUSY,    /* too many are waited for */
};

/* Called on the loop when it is known whether what web_auth_check() was given is right. */
typedef void web_auth_done(void *request, bool allowed);

/* 0 or -errno. */
int web_auth_start(struct web_auth **auth, sd_event *loop, web_auth_done *done);

/* `done` is not called any more. NULL is well. */
void web_auth_stop(struct web_auth *auth);

/* Whether this is a user's password. `request` is what `done` is told. */
enum web_verdict web_auth_check(struct web_auth *auth, const struct web_config *config,
				const char *user, const char *password, void *request);

/* Calls `done` for every request that waits, as not allowed. NULL is well. */
void web_auth_refuse_all(struct web_auth *auth);

/* `done` is not to be called for this request any more. */
void web_auth_forget(struct web_auth *auth, const void *request);

#endif
