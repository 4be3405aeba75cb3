// SPDX-License-Identifier: BSD-2-Clause
#include "model/descriptor.h"

#include <stdlib.h>

void descriptor_list_free(struct descriptor_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].socket);
	}
	free(list->items);
	free(list);
}

const char *descriptor_kind_name(enum fdw_kind kind)
{
	static const char *const names[FDW_KIND_COUNT] = {
#define X(identifier, name) [FDW_KIND_##identifier] = name,
		FDW_KINDS(X)
#undef X
	};

	return names[kind];
}
