/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of the configuration as text. Each reads the whole of `text` into what `target` points to,
 * of `size` bytes, and returns false, with that left alone, where it is none.
 */
#ifndef FDWATCH_CONFIG_VALUE_H
#define FDWATCH_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#define VALUE_THRESHOLD "a time from 1s to 30d such as 6h or 15min, a level such as 80%, or auto"
#define VALUE_TRACKING "growing, all or none"
#define VALUE_YES_NO "yes or no"
#define VALUE_GROUP_BY "unit, container or command"
#define VALUE_BACKEND "auto, fentry or tracepoint"
#define VALUE_SERIES_MAX 10000
#define VALUE_SERIES "a number from 0 to 10000"

/* char[]: 1 to size - 1 bytes. */
bool value_path(const char *text, void *target, size_t size);

/* char[]: as value_path(), but what can be shown, in UTF-8. */
bool value_label(const char *text, void *target, size_t size);

/* char[]: "192.0.2.1:9024", "[2001:db8::1]:9024", or "none", which becomes "". */
bool value_listen(const char *text, void *target, size_t size);

/* double: seconds from 0.01 to 60, a bare number. */
bool value_interval(const char *text, void *target, size_t size);

/* bool */
bool value_yes_no(const char *text, void *target, size_t size);

/* struct alarm_threshold */
bool value_threshold(const char *text, void *target, size_t size);

/* enum policy_tracking */
bool value_tracking(const char *text, void *target, size_t size);

/* enum backend */
bool value_backend(const char *text, void *target, size_t size);

/* enum group_by */
bool value_group_by(const char *text, void *target, size_t size);

/* size_t */
bool value_series(const char *text, void *target, size_t size);

/* uint64_t: "no", "yes" (LIMIT_INFINITY), or a number from 1 to 2^30. */
bool value_raise(const char *text, void *target, size_t size);

/* double: seconds, from an hour to ten years. */
bool value_retention(const char *text, void *target, size_t size);

/* uint64_t: bytes, from 1M to 1T. */
bool value_max_size(const char *text, void *target, size_t size);

/* Bytes of "65536", "64K", "256M", "2G"; 0 where it is none. */
unsigned long long value_bytes(const char *text);

#endif
