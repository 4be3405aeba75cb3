/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the certificates of a web configuration can be served by. */
#ifndef FDWATCH_SERVE_WEB_CERTIFICATE_H
#define FDWATCH_SERVE_WEB_CERTIFICATE_H

#include <time.h>

#include "serve/web_config.h"

/* 0, as where there are none, or -errno with a line that names the configuration. */
int web_certificate_check(const struct web_config *config, struct failure *failure);

/* -ESTALE with the line where clients would refuse one because of the date; else as the other. */
int web_certificate_check_dates(const struct web_config *config, time_t now,
				struct failure *failure);

#endif
