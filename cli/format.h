/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as people read them. Each fills `text` and returns it. */
#ifndef FDWATCH_FORMAT_H
#define FDWATCH_FORMAT_H

#include <stddef.h>

#define FORMAT_SIZE 32 /* room for any of them */

/* "570us", "1.2ms", "12s", "4m5s", "3d4h"; "-" for less than nothing. */
const char *format_duration(double seconds, char text[static FORMAT_SIZE]);

/* A ratio as "9.9%" or "87%", rounded down, so that 100% is only what is really full. */
const char *format_percent(double ratio, char text[static FORMAT_SIZE]);

/* Descriptors a second as "+2.5/s", "+12/min", "-3.0/h", "+1.0/d"; "0" where it is less. */
const char *format_growth(double per_second, char text[static FORMAT_SIZE]);

/*
 * An RFC 3339 time as local "2026-11-21 01:38:58". Returns NULL where it is none, so that the
 * caller can show it as it came.
 */
const char *format_time(const char *rfc3339, char text[static FORMAT_SIZE]);

#endif
