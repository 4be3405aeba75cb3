/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON that was kept, into JSON that is sent: looked through, since somebody may have edited it. */
#ifndef FDWATCH_SERVE_JSON_COPY_H
#define FDWATCH_SERVE_JSON_COPY_H

#include "serve/writer.h"

/*
 * Writes the members of the object that `text` is. 0, or -EBADMSG where it is none, or has names
 * that we do not give: then nothing is written.
 */
int json_copy_members(struct writer *writer, const char *text, size_t length);

#endif
