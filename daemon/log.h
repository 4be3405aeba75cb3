/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for whoever runs the daemon: for program code, since library code returns its errors.
 * systemd reads the level before them; people on a terminal need none.
 */
#ifndef FDWATCH_LOG_H
#define FDWATCH_LOG_H

#include <systemd/sd-daemon.h>

/* One line, whatever bytes a configuration or another program's word brings in. `level` is SD_*. */
__attribute__((format(printf, 2, 3))) void log_line(const char *level, const char *format, ...);

#define log_error(...) log_line(SD_ERR, __VA_ARGS__)
#define log_notice(...) log_line(SD_NOTICE, __VA_ARGS__)

#endif
