/* SPDX-License-Identifier: BSD-2-Clause */
/* A resolved site as bytes, for the daemon that follows, and back. */
#ifndef FDWATCH_MODEL_SITE_SAVE_H
#define FDWATCH_MODEL_SITE_SAVE_H

#include "model/bytes.h"
#include "model/site.h"

#define SITE_SAVE_MAX 32768 /* bytes: outer frames that do not fit are left out */

/* The site must be known. At most SITE_SAVE_MAX bytes. */
void site_save(const struct site *site, struct bytes_out *out);

/* Adds it to the set, unless that has it. False where the bytes are none, or there is no room. */
bool site_restore(struct site_set *set, struct bytes_in *in);

#endif
