/* SPDX-License-Identifier: BSD-2-Clause */
/* The page that a browser gets at the metrics port: the endangered processes, no path among them.
 */
#ifndef FDWATCH_SERVE_PAGE_H
#define FDWATCH_SERVE_PAGE_H

#include "model/status.h"
#include "model/table.h"

/* Writes the page. The text is the caller's to free. 0 or -ENOMEM. */
int page_write(struct table *table, const struct status *status, char **text, size_t *length);

#endif
