// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>

#include "top/act.h"
#include "top/keys.h"

static void put_keys(FILE *out, enum scope scope, const char *title)
{
	fprintf(out, "%s\n", title);
	for (size_t i = 0; i < key_binding_count; i++)
		if (key_bindings[i].scope == scope)
			fprintf(out, "  %-11s %s\n", key_bindings[i].shown, key_bindings[i].help);
	fputc('\n', out);
}

void help_make(struct pager *pager)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (out) {
		put_keys(out, SCOPE_BOTH, "Everywhere");
		put_keys(out, SCOPE_LIST, "In the list");
		put_keys(out, SCOPE_DETAIL, "In a process");
		fputs("Mouse\n"
		      "  click       select; a heading: sort by it; again: open, or reverse\n"
		      "              an alarm in the header: all of them\n"
		      "  wheel       scroll\n\n"
		      "Columns\n",
		      out);
		for (enum column_id id = 0; id < COLUMN_COUNT; id++)
			fprintf(out, "  %-11s %s\n", column_infos[id].heading,
				column_infos[id].help);
		fputs("\nHow to read it\n"
		      "  4m5s (3m-6m)  ETA: the likeliest time to the limit, and the two that it\n"
		      "                is between four times of five; s, m, h, d are seconds,\n"
		      "                minutes, hours, days\n"
		      "  (3m-?)        it may never come: the growth may stop before\n"
		      "  ? (3m-?)      more likely it stops, but in 3 minutes it may be full\n"
		      "  now           at the limit, or refused\n"
		      "  x57           an alarm that was told 57 times; a refusal is told once a\n"
		      "                second at most, however many there are\n"
		      "  -             not known\n"
		      "\nUnits and containers\n"
		      "  FDS, OPEN/s, CLOSE/s, GROWTH and REFUSED are of all their processes;\n"
		      "  WORST (the use of its limit), LIMIT, ETA, STATE, PID and COMMAND are of\n"
		      "  the most endangered of them, PEAK is the highest that one had\n"
		      "\nStates\n"
		      "  growing     a trend, not yet a worry\n"
		      "  warning     exhaustion is foreseen, or near\n"
		      "  critical    it is close\n"
		      "  exhausted   the kernel has refused a descriptor\n",
		      out);
		fclose(out);
	}
	pager_take(pager, text, length, 0);
}
