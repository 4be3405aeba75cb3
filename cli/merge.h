/* SPDX-License-Identifier: BSD-2-Clause */
/* Places that are the same in many processes, as workers of one program are, told as one. */
#ifndef FDWATCH_MERGE_H
#define FDWATCH_MERGE_H

#include <jansson.h>

/*
 * A new list: of sites with the same program, kind and frames the first, with the sums of all and
 * "processes"; most live first. Sites whose frames are not known yet stay alone. The caller drops
 * the reference; NULL where memory runs out or there is no list.
 */
json_t *sites_merged(const json_t *sites);

#endif
