/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is told, as the configuration says. */
#ifndef FDWATCH_NOTIFY_SETTINGS_H
#define FDWATCH_NOTIFY_SETTINGS_H

#include <stdbool.h>

#define NOTIFY_SECONDS_MOST 3600 /* of any deadline or pause */
#define NOTIFY_AT_ONCE_MOST 64   /* commands that run side by side */

/* All zero is told to nobody. */
struct notify_config {
	bool journal; /* [journal] enabled = yes */
	struct {
		char command[1024]; /* [hook] command: absolute path and arguments, blanks between,
				       no quotes, no shell; "" for none */
		double deadline;    /* [hook] deadline = 30: seconds, 1 at least */
		double retry;       /* [hook] retry = 5: seconds from a failure to the next attempt,
				       doubled with each one; 0.1 at least */
		unsigned at_once; /* [hook] at_once = 4: commands that run side by side, 1 at least
				   */
	} hook;
	struct {
		char url[2048];             /* [alertmanager] url: http or https, up to what
					       /api/v2/alerts is added to; several of a
					       cluster's with blanks between; "" for none */
		double resend;              /* [alertmanager] resend = 60: seconds, 1 at least */
		char ca_file[256];          /* [alertmanager] ca_file, "" for the system's */
		char credentials_file[256]; /* [alertmanager] credentials_file: user:password on
					       its first line; "" for none */
		char instance[256];         /* [alertmanager] instance, "" for the host's name */
	} alertmanager;
};

/* The journal alone. */
void notify_config_defaults(struct notify_config *config);

#endif
