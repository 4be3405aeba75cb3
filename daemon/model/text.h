/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that someone else chose, and times, as text. */
#ifndef FDWATCH_MODEL_TEXT_H
#define FDWATCH_MODEL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_TIME_SIZE 40
#define TEXT_DURATION_SIZE 48
#define TEXT_SPELT_SIZE 4 /* of a byte that is not to be shown: \xNN */

/*
 * Bytes of the UTF-8 character that `text`, of `length` bytes, begins with; 0 where it begins with
 * none: a stray or missing continuation, an overlong form, a surrogate, beyond U+10FFFF, no bytes.
 */
size_t text_character(const char *text, size_t length);

/*
 * The same, but 0 also for characters that a terminal obeys and JSON lets through as they are: DEL,
 * U+0080 to U+009F, and those that turn the direction of text (U+202A to U+202E, U+2066 to U+2069).
 * In JSON each byte for which this says 0 is spelt as the text \xNN.
 */
size_t text_shown(const char *text, size_t length);

/*
 * The bytes as UTF-8 on one line for people: what text_shown() does not let through, and control
 * characters, become the text \xNN, byte by byte. Cut before a character that does not fit.
 */
void text_spell(char *buffer, size_t size, const char *bytes);

/* As text_spell(), but only what is no UTF-8 is spelt: for programs, which take all else. */
void text_encode(char *buffer, size_t size, const char *bytes);

/*
 * Words with blanks between that are or should be URLs, with "***" for each user and password in
 * them. Cut where they do not fit.
 */
void text_hide_users(char *buffer, size_t size, const char *words);

/* What stands behind the last slash of a path; NULL of NULL. */
const char *text_base_name(const char *path);

/* Microseconds since the epoch as RFC 3339 in UTC: "2024-05-06T07:08:09.000010Z". */
void text_time(char buffer[TEXT_TIME_SIZE], uint64_t real_time);

/* "45 s", "4 min 30 s", "2 h 10 min", "3 d 4 h": the two units that matter. `seconds` is finite. */
void text_duration(char buffer[TEXT_DURATION_SIZE], double seconds);

#endif
