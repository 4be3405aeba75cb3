/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers about where descriptors are opened: sites, tracking, runs. See answer_route(). */
#ifndef FDWATCH_SERVE_ANSWER_SITES_H
#define FDWATCH_SERVE_ANSWER_SITES_H

#include "serve/answer.h"

unsigned answer_sites(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body);
unsigned answer_track(const struct serve_source *source, const struct peer *peer,
		      const struct route *route, struct writer *body);
unsigned answer_run_start(const struct serve_source *source, const struct peer *peer,
			  const struct route *route, struct writer *body);
unsigned answer_run(const struct serve_source *source, const struct peer *peer,
		    const struct route *route, struct writer *body);

#endif
