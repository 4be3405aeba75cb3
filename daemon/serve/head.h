/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at a request before libmicrohttpd gets it. That library leaves some malformed requests
 * without an answer, sends its own HTML for others, and keeps memory for each connection that says
 * nothing; what passes here it answers, and everybody gets one clear line.
 */
#ifndef FDWATCH_SERVE_HEAD_H
#define FDWATCH_SERVE_HEAD_H

#include <stddef.h>

#define HEAD_MAX 8192      /* request line and header */
#define HEAD_LINE_MAX 4096 /* request line */

/* What the library keeps for each of these comes out of the connection's fixed memory. */
#define HEAD_FIELDS_MAX 64
#define HEAD_ARGUMENTS_MAX 16
#define HEAD_COOKIES_MAX 16
#define HEAD_COOKIE_MAX 1024 /* bytes of all of them */

#define HEAD_WHOLE 0
#define HEAD_PARTIAL 1

/*
 * `length` bytes from the start of a connection: HEAD_WHOLE, HEAD_PARTIAL, or the HTTP status of a
 * refusal with *error its line (static).
 */
unsigned head_check(const char *bytes, size_t length, const char **error);

#endif
