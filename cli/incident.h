/* SPDX-License-Identifier: BSD-2-Clause */
/* Incidents as tables. */
#ifndef FDWATCH_INCIDENT_H
#define FDWATCH_INCIDENT_H

#include "client.h"

/* Each prints an answer and returns an exit status; the user is told of any error. */
int incidents_print(const struct response *response);
int incident_print(const struct response *response);

#endif
