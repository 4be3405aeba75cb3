/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in a text that is scrolled. */
#ifndef TESTS_UNIT_CLI_TOP_HAS_H
#define TESTS_UNIT_CLI_TOP_HAS_H

#include <string.h>

#include "top/pager.h"

static inline bool has(const struct pager *pager, const char *word)
{
	for (size_t i = 0; i < pager->count; i++) {
		size_t length;
		const char *line = pager_line(pager, i, &length);

		if (memmem(line, length, word, strlen(word)))
			return true;
	}
	return false;
}

#endif
