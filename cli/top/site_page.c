// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>

#include "site.h"
#include "top/sites.h"

void sites_page(struct pager *pager, const json_t *answer)
{
	char *text = NULL;
	size_t length = 0;
	struct report report = {.out = open_memstream(&text, &length)};

	if (report.out) {
		if (json_array_size(json_object_get(answer, "sites")) == 0)
			report_line(&report, TONE_PLAIN, 0,
				    "No call sites are known: T tracks this process from now on.");
		sites_report(&report, answer);
		fclose(report.out);
	}
	pager_take(pager, text, length, 0);
}
