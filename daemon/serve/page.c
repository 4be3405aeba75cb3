// SPDX-License-Identifier: BSD-2-Clause
#include "serve/page.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "model/forecast.h"
#include "model/text.h"

#define ROWS 30 /* a screen */

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta http-equiv=\"refresh\" content=\"15\"><title>fdwatch</title>\n<style>\n"
	"body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:64em;padding:0 1em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:left;padding:.2em .8em;border-bottom:1px solid #8884}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums}\n"
	".warning{background:#fd04}.critical,.exhausted{background:#f304;font-weight:bold}\n"
	/* On a phone a row is three lines: who it is and its state, where it belongs, its figures.
	 */
	"@media(max-width:45em){thead{display:none}body{margin:1em auto}\n"
	"tr{display:grid;grid-template-columns:repeat(4,1fr);border-bottom:1px solid #8884}\n"
	"td{border:0;padding:.1em .3em;overflow-wrap:anywhere}td.n{text-align:left}\n"
	"td:nth-child(2){grid-area:1/1/2/3;font-weight:bold}td:nth-child(8){grid-area:1/3/2/5}\n"
	"td:nth-child(1){grid-area:2/3/3/5}td:nth-child(3){grid-area:2/1/3/3}\n"
	"td:nth-child(1)::before{content:'PID '}td:nth-child(4)::after{content:' open'}\n"
	"td:nth-child(5)::before{content:'of '}td:nth-child(7)::before{content:'out in '}}\n"
	"@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}\n"
	"</style></head><body>\n<h1>fdwatch</h1>\n";

static const char table_head[] =
	"<table><thead><tr><th class=\"n\">PID</th><th>Command</th><th>Unit</th>"
	"<th class=\"n\">Open</th><th class=\"n\">Limit</th><th class=\"n\">Use</th>"
	"<th class=\"n\">Runs out in</th><th>State</th></tr></thead><tbody>\n";

/* Any bytes as text of a page: what is no UTF-8, or moves other text about, byte by byte as \xNN.
 */
static void put_text(FILE *out, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		size_t size = text_shown(text + at, length - at);

		if (!size || (unsigned char)text[at] < ' ')
			fprintf(out, "\\x%02x", (unsigned char)text[at]);
		else if (strchr("<>&\"'", text[at]))
			fprintf(out, "&#%d;", text[at]);
		else
			fwrite(text + at, 1, size, out);
		at += size ? size : 1;
	}
}

static void put_duration(FILE *out, double seconds)
{
	if (!isfinite(seconds))
		fputs("–", out);
	else if (seconds < 120)
		fprintf(out, "%.0f s", seconds);
	else if (seconds < 7200)
		fprintf(out, "%.0f min", seconds / 60);
	else if (seconds < 172800)
		fprintf(out, "%.0f h", seconds / 3600);
	else
		fprintf(out, "%.0f days", seconds / 86400);
}

static void put_row(FILE *out, const struct process *p)
{
	const char *state = process_state_name(p->state);

	fprintf(out, "<tr class=\"%s\"><td class=\"n\">%d</td><td>", state, p->sample.pid);
	put_text(out, p->sample.comm);
	fputs("</td><td>", out);
	put_text(out, p->identity.unit[0] ? p->identity.unit : p->identity.container);
	fprintf(out, "</td><td class=\"n\">%u</td><td class=\"n\">", p->sample.fds);
	if (p->sample.soft_limit == LIMIT_INFINITY)
		fputs("–</td><td class=\"n\">–", out);
	else
		fprintf(out, "%llu</td><td class=\"n\">%.0f %%",
			(unsigned long long)p->sample.soft_limit, 100 * process_usage(p));
	fputs("</td><td class=\"n\">", out);
	put_duration(out, p->forecast ? forecast_eta(p->forecast).eta : NAN);
	fprintf(out, "</td><td>%s</td></tr>\n", state);
}

static void put_page(FILE *out, const struct process **rows, size_t count,
		     const struct status *status)
{
	fputs(head, out);
	fprintf(out,
		"<p>%zu processes, the most endangered first. The host has %llu files open of "
		"%llu.</p>\n",
		count, (unsigned long long)status->allocated, (unsigned long long)status->maximum);
	fputs(table_head, out);
	for (size_t i = 0; i < count && i < ROWS; i++)
		put_row(out, rows[i]);
	fputs("</tbody></table>\n<p><a href=\"/metrics\">Metrics</a> for Prometheus. "
	      "<code>fdwatch ps</code> on the host tells more, to those who may know it.</p>\n"
	      "<p>fdwatchd " FDW_VERSION "</p>\n</body></html>\n",
	      out);
}

int page_write(struct table *table, const struct status *status, char **text, size_t *length)
{
	_free_ const struct process **rows = calloc(table_size(table) + 1, sizeof(*rows));
	size_t count = 0;
	FILE *out = rows ? open_memstream(text, length) : NULL;
	int failed;

	if (!out)
		return -ENOMEM;
	for (struct process *p = table_next(table, NULL); p; p = table_next(table, p))
		rows[count++] = p;
	qsort(rows, count, sizeof(*rows), process_compare_danger);
	put_page(out, rows, count, status);
	failed = ferror(out);
	if (!fclose(out) && !failed)
		return 0;
	free(*text);
	return -ENOMEM;
}
