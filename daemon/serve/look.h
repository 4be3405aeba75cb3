/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding one process for one who asks, and what is said where there is none. */
#ifndef FDWATCH_SERVE_LOOK_H
#define FDWATCH_SERVE_LOOK_H

#include "serve/peer.h"
#include "serve/writer.h"

/* The process, or NULL where there is none that the peer may see. */
const struct process *look_find(const struct serve_source *source, const struct peer *peer,
				int32_t pid);

/*
 * Finds the process again after all was read of it: it may have become another's meanwhile, and the
 * peer's again by a further exec, which the next look at it shows. NULL where the peer may not see
 * what was read.
 */
const struct process *look_again(const struct serve_source *source, const struct peer *peer,
				 const struct process_sample *before);

/* The same by what the last look at all has shown. */
const struct process *look_still(const struct serve_source *source, const struct peer *peer,
				 const struct process_sample *before);

/* Ranks what the list holds; *ranking stays empty where the process is not tracked. */
void look_rank(const struct serve_source *source, const struct process_sample *sample,
	       const struct descriptor_list *list, struct ranking *ranking);

/* These write the error and return its HTTP status. */
unsigned look_no_process(int32_t pid, struct writer *body);
unsigned look_unreadable(int error, struct writer *body);

static inline void look_free_list(struct descriptor_list **list)
{
	descriptor_list_free(*list);
}

#endif
