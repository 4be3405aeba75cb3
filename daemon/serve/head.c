// SPDX-License-Identifier: BSD-2-Clause
#include "serve/head.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t length;
};

static unsigned refuse(unsigned status, const char *text, const char **error)
{
	*error = text;
	return status;
}

static unsigned malformed(const char **error)
{
	return refuse(400, "malformed request: this socket speaks HTTP/1.1", error);
}

/* Nothing of a line is a control character but tabs. */
static bool is_text(struct span line)
{
	for (size_t i = 0; i < line.length; i++) {
		unsigned char byte = (unsigned char)line.at[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

/* The beginning of a line may have come as far as half its end. */
static bool is_text_so_far(struct span line)
{
	if (line.length && line.at[line.length - 1] == '\r')
		line.length--;
	return is_text(line);
}

/* Takes the next line off `rest`, without its end; false where it has none yet. */
static bool take_line(struct span *rest, struct span *line)
{
	const char *end = memchr(rest->at, '\n', rest->length);

	if (!end)
		return false;
	*line = (struct span){rest->at, (size_t)(end - rest->at)};
	rest->length -= line->length + 1;
	rest->at = end + 1;
	if (line->length && line->at[line->length - 1] == '\r')
		line->length--;
	return true;
}

/* Takes what stands before the next space, or all that is left. */
static struct span take_word(struct span *line)
{
	const char *end = memchr(line->at, ' ', line->length);
	struct span word = {line->at, end ? (size_t)(end - line->at) : line->length};
	size_t used = word.length + (end ? 1 : 0);

	line->at += used;
	line->length -= used;
	return word;
}

static bool is_method(struct span word)
{
	for (size_t i = 0; i < word.length; i++)
		if (!isupper((unsigned char)word.at[i]))
			return false;
	return word.length > 0 && word.length <= 16;
}

static bool is_target(struct span word)
{
	if (word.length == 0 || *word.at != '/')
		return false;
	for (size_t i = 0; i < word.length; i++)
		if (word.at[i] <= ' ' || word.at[i] > '~')
			return false;
	return true;
}

static size_t count(struct span word, char byte)
{
	size_t sum = 0;

	for (size_t i = 0; i < word.length; i++)
		sum += word.at[i] == byte;
	return sum;
}

static bool equals(struct span word, const char *text)
{
	return word.length == strlen(text) && !memcmp(word.at, text, word.length);
}

static bool is_named(struct span name, const char *text)
{
	return name.length == strlen(text) && !strncasecmp(name.at, text, name.length);
}

static unsigned check_request_line(struct span line, const char **error)
{
	struct span method = take_word(&line);
	struct span target = take_word(&line);

	if (!is_method(method) || !is_target(target))
		return malformed(error);
	if (line.length < 6 || memcmp(line.at, "HTTP/", 5) || memchr(line.at, ' ', line.length))
		return malformed(error);
	if (!equals(line, "HTTP/1.1") && !equals(line, "HTTP/1.0"))
		return refuse(505, "this socket speaks HTTP/1.1 and 1.0 only", error);
	if (memmem(target.at, target.length, "%00", 3)) /* would end what is behind it */
		return refuse(400, "no name here holds a NUL: leave out %00", error);
	if (count(target, '&') >= HEAD_ARGUMENTS_MAX)
		return refuse(414, "the request has too many query arguments", error);
	return HEAD_WHOLE;
}

/* The library copies cookies and keeps a record of each, though nobody here reads them. */
static unsigned check_cookies(struct span value, const char **error)
{
	if (value.length <= HEAD_COOKIE_MAX &&
	    count(value, ';') + count(value, ',') < HEAD_COOKIES_MAX)
		return HEAD_WHOLE;
	return refuse(431, "the request has too many cookies: none is needed", error);
}

static bool is_number(struct span word)
{
	while (word.length && (*word.at == ' ' || *word.at == '\t'))
		word.at++, word.length--;
	while (word.length && isspace((unsigned char)word.at[word.length - 1]))
		word.length--;
	for (size_t i = 0; i < word.length; i++)
		if (!isdigit((unsigned char)word.at[i]))
			return false;
	return word.length > 0 && word.length < 19;
}

static unsigned check_field(struct span line, const char **error)
{
	const char *colon = memchr(line.at, ':', line.length);
	struct span name, value;

	if (!is_text(line) || !colon || colon == line.at || isspace((unsigned char)*line.at) ||
	    isspace((unsigned char)colon[-1]))
		return malformed(error);
	name = (struct span){line.at, (size_t)(colon - line.at)};
	value = (struct span){colon + 1, line.length - name.length - 1};
	if (is_named(name, "Content-Length") && !is_number(value))
		return malformed(error);
	return is_named(name, "Cookie") ? check_cookies(value, error) : HEAD_WHOLE;
}

static unsigned check_fields(struct span rest, size_t length, const char **error)
{
	struct span line;
	unsigned status;

	for (size_t fields = 0; take_line(&rest, &line); fields++) {
		if (line.length == 0)
			return HEAD_WHOLE;
		if (fields == HEAD_FIELDS_MAX)
			return refuse(431, "the request's header has too many fields", error);
		status = check_field(line, error);
		if (status)
			return status;
	}
	if (!is_text_so_far(rest))
		return malformed(error);
	if (length >= HEAD_MAX)
		return refuse(431, "the request's header is too long: 8 KiB is the most", error);
	return HEAD_PARTIAL;
}

unsigned head_check(const char *bytes, size_t length, const char **error)
{
	struct span rest = {bytes, length}, line = rest;
	bool whole = take_line(&rest, &line);
	unsigned status;

	if (!whole && !is_text_so_far(line))
		return malformed(error);
	if (line.length > HEAD_LINE_MAX)
		return refuse(414, "the request line is too long: 4 KiB is the most", error);
	if (!whole)
		return HEAD_PARTIAL;
	status = check_request_line(line, error);
	return status ? status : check_fields(rest, length, error);
}
