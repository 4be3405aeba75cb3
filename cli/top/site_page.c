// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "safe.h"
#include "top/sites.h"

#define EXAMPLES_SHOWN 3

/* What others have named, made safe. */
static void put(FILE *out, const char *bytes, size_t length)
{
	char *text = calloc(length + 1, SAFE_EXPANSION);

	if (text)
		fwrite(text, 1, safe_write(text, bytes, length), out);
	free(text);
}

static void put_count(FILE *out, const char *before, const json_t *value)
{
	if (json_is_integer(value))
		fprintf(out, "%s%" JSON_INTEGER_FORMAT, before, json_integer_value(value));
	else
		fprintf(out, "%s-", before);
}

static void put_age(FILE *out, const char *before, const json_t *value)
{
	char text[FORMAT_SIZE];

	if (json_is_number(value))
		fprintf(out, "%s%s", before, format_duration(json_number_value(value), text));
	else
		fprintf(out, "%s-", before);
}

static void put_examples(FILE *out, const json_t *examples)
{
	const json_t *example;
	size_t i;

	json_array_foreach (examples, i, example) {
		if (i == EXAMPLES_SHOWN || !json_is_string(example))
			break;
		fputs(i == 0 ? "    such as " : ", ", out);
		put(out, json_string_value(example), json_string_length(example));
	}
	if (i > 0)
		fputc('\n', out);
}

static void put_frames(FILE *out, const json_t *frames)
{
	const json_t *frame;
	size_t i;

	json_array_foreach (frames, i, frame) {
		__attribute__((cleanup(text_free))) struct text text = {0};

		sites_frame(&text, frame);
		fputs(i == 0 ? "    " : "      called by ", out);
		put(out, text.bytes ? text.bytes : "?", text.bytes ? text.length : 1);
		fputc('\n', out);
	}
	if (json_array_size(frames) == 0)
		fputs("    place unknown: opened before it was tracked\n", out);
}

static void put_site(FILE *out, const json_t *site)
{
	const json_t *kind = json_object_get(site, "kind");

	put_count(out, "", json_object_get(site, "live"));
	fputs(" live ", out);
	if (json_is_string(kind))
		put(out, json_string_value(kind), json_string_length(kind));
	put_count(out, ", opened ", json_object_get(site, "opened_total"));
	put_count(out, ", closed ", json_object_get(site, "closed_total"));
	put_age(out, ", oldest ", json_object_get(site, "oldest_seconds"));
	put_age(out, ", half older than ", json_object_get(site, "median_age_seconds"));
	fputc('\n', out);
	put_frames(out, json_object_get(site, "frames"));
	put_examples(out, json_object_get(site, "examples"));
}

void sites_page(struct pager *pager, const json_t *sites)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	const json_t *site;
	size_t i;

	if (out) {
		json_array_foreach (sites, i, site)
			put_site(out, site);
		if (json_array_size(sites) == 0)
			fputs("No call sites are known: T tracks this process from now on.\n", out);
		fclose(out);
	}
	pager_take(pager, text, length, 0);
}
