/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a command, from its start to its end or its deadline; see spawn.h for what it gets. */
#ifndef FDWATCH_NOTIFY_RUN_H
#define FDWATCH_NOTIFY_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "notify/spawn.h"

#define RUN_OUTPUT_SIZE 512

struct run;

/* How a run ended. */
struct run_end {
	bool overdue;                 /* it had to be ended */
	int error;                    /* an errno: it could not be started; or 0 */
	int status;                   /* exit status, or -1 */
	int signal;                   /* that ended it, or 0 */
	char output[RUN_OUTPUT_SIZE]; /* the beginning of what it said; any bytes but NUL */
};

/*
 * Starts it, by the spawner. After `deadline` microseconds its group is sent SIGTERM, and SIGKILL
 * 5 s later. `ended` is called once, from the loop, and may call run_free(). 0 or -errno.
 */
int run_start(struct run **run, struct spawner *spawner, sd_event *loop, char *const words[],
	      char *const environment[], uint64_t deadline,
	      void (*ended)(const struct run_end *end, void *data), void *data);

/* Where it runs still, its group is killed. Before its spawner is freed. */
void run_free(struct run *run);

#endif
