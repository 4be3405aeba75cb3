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
		fputs("\nStates\n"
		      "  growing     a trend, not yet a worry\n"
		      "  warning     exhaustion is foreseen, or near\n"
		      "  critical    it is close\n"
		      "  exhausted   the kernel has refused a descriptor\n",
		      out);
		fclose(out);
	}
	pager_take(pager, text, length, 0);
}
