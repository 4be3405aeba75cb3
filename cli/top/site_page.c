// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>

#include "site.h"
#include "top/sites.h"

const char *sites_none(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "tracked"))
		       ? "Nothing that it opened since it is tracked is open."
		       : "None are known: T tracks it from now on.";
}

void sites_page(struct pager *pager, const json_t *answer, const char *age)
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
	pager_take(pager, text, length, 0);
}
