// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safe.h"
#include "site.h"
#include "top/sites.h"

#define CUT "..."

const char *sites_none(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "tracked"))
		       ? "Nothing that it opened since it is tracked is open."
		       : "None are known: T tracks it from now on.";
}

/* The name and the line of a file stand at the end of its path: where room lacks its head goes. */
static void put_line(FILE *out, const char *line, size_t length, size_t width)
{
	const char *path = memmem(line, length, " /", 2);
	const char *name = memrchr(line, '/', length);
	size_t wide = safe_width(line, length);
	size_t cut = 0;

	if (wide > width && path && name > ++path) {
		size_t most = (size_t)(name - path);

		while (cut < most && safe_width(path, cut) < wide - width + strlen(CUT))
			cut++;
		while (cut < most && (path[cut] & 0xc0) == 0x80) /* whole characters */
			cut++;
	}
	if (cut <= strlen(CUT)) {
		fwrite(line, 1, length, out);
		return;
	}
	fwrite(line, 1, (size_t)(path - line), out);
	fputs(CUT, out);
	fwrite(path + cut, 1, length - (size_t)(path - line) - cut, out);
}

/* Takes the text. */
static void take_text(struct pager *pager, char *text, size_t length, size_t width)
{
	char *fitted = NULL;
	size_t size = 0;
	FILE *out = text ? open_memstream(&fitted, &size) : NULL;

	for (size_t at = 0, end; out && at < length; at = end) {
		const char *newline = memchr(text + at, '\n', length - at);

		end = newline ? (size_t)(newline - text) : length;
		put_line(out, text + at, end - at, width);
		if (newline) {
			fputc('\n', out);
			end++;
		}
	}
	if (out)
		fclose(out);
	free(text);
	pager_take(pager, fitted, size, 0);
}

void sites_page(struct pager *pager, const json_t *answer, const char *age, size_t width)
{
	char *text = NULL;
	size_t length = 0;
	struct report report = {.out = open_memstream(&text, &length)};

	if (report.out) {
		if (json_array_size(json_object_get(answer, "sites")) == 0)
			report_line(&report, TONE_PLAIN, 0, "%s", sites_none(answer));
		if (*age)
			report_line(&report, TONE_WARNING, 0, "%s; now none are known:", age);
		sites_report(&report, answer);
		fclose(report.out);
	}
	take_text(pager, text, length, width);
}
