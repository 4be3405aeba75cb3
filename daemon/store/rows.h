/* SPDX-License-Identifier: BSD-2-Clause */
/* Incidents and their black boxes as rows. All that is read is checked: someone may have edited it.
 */
#ifndef FDWATCH_STORE_ROWS_H
#define FDWATCH_STORE_ROWS_H

#include "model/incident.h"
#include "store/database.h"

#define ROWS_SCHEMA_SIZE 4096
#define ROWS_BOOT_SIZE 40        /* the kernel's id of a boot, as text */
#define ROWS_BOX_MAX (32U << 20) /* bytes of a black box, as text */

/* Writes the statements that make all tables. */
void rows_schema(char *sql, size_t size);

/* Adds the incident, or replaces what is known of it. 0 or -errno. */
int rows_put(struct database *database, const struct incident *incident, const char *boot);

/* Fills the incident's black box anew: text of at most ROWS_BOX_MAX bytes. 0 or -errno. */
int rows_put_box(struct database *database, uint64_t id, const char *text, size_t length);

typedef int rows_take(const struct incident *incident, const char *boot, void *data);

/*
 * Hands over the incidents that `query` asks for; `take` returns 0 or a -errno that ends it. A row
 * that is not as we write them is left out. Returns 0 or -errno.
 */
int rows_query(struct database *database, const struct incident_query *query, rows_take *take,
	       void *data);

/* The same with every open one. */
int rows_open(struct database *database, rows_take *take, void *data);

/*
 * The black box as text, NUL-terminated; the caller frees *text. 0, -ENOENT where it has none,
 * -EBADMSG where it is not as we wrote it, or another -errno.
 */
int rows_box(struct database *database, uint64_t id, char **text, size_t *length);

/* The highest id of incidents and notices up to `most`, 0 where there is none. 0 or -errno. */
int rows_last_id(struct database *database, uint64_t most, uint64_t *id);

#endif
