/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of a command: no shell, no rights, a session and process group of its own, nothing
 * inherited but the environment given and a pipe for what it says. It does not outlive the daemon.
 */
#ifndef FDWATCH_NOTIFY_RUN_H
#define FDWATCH_NOTIFY_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define RUN_OUTPUT_SIZE 512

struct run;

/* How a run ended. */
struct run_end {
	bool overdue;                 /* it had to be ended */
	int status;                   /* exit status, or -1 */
	int signal;                   /* that ended it, or 0 */
	char output[RUN_OUTPUT_SIZE]; /* the beginning of what it said; any bytes but NUL */
};

/*
 * Starts it. After `deadline` microseconds its group is sent SIGTERM, and SIGKILL 5 s later.
 * `ended` is called once, from the loop, and may call run_free(). 0 or -errno.
 */
int run_start(struct run **run, sd_event *loop, char *const words[], char *const environment[],
	      uint64_t deadline, void (*ended)(const struct run_end *end, void *data), void *data);

/* Where it runs still, its group is killed. */
void run_free(struct run *run);

#endif
