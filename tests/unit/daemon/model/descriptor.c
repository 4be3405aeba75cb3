// SPDX-License-Identifier: BSD-2-Clause
#include "model/descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

static void kinds_have_their_names(void **state)
{
	(void)state;
	for (int kind = 0; kind < FDW_KIND_COUNT; kind++)
		assert_true(strlen(descriptor_kind_name(kind)) > 0);
	assert_string_equal(descriptor_kind_name(FDW_KIND_OTHER), "other");
	assert_string_equal(descriptor_kind_name(FDW_KIND_EPOLL), "epoll");
	assert_string_equal(descriptor_kind_name(FDW_KIND_ANON), "anon");
}

/* The run under AddressSanitizer says whether all is freed. */
static void free_takes_all(void **state)
{
	struct descriptor_list *list = calloc(1, sizeof(*list));

	(void)state;
	list->count = 2;
	list->items = calloc(list->count, sizeof(*list->items));
	list->items[0].name = strdup("/x");
	list->items[1].name = strdup("socket:[1]");
	list->items[1].socket = calloc(1, sizeof(struct socket_info));
	descriptor_list_free(list);
	descriptor_list_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_their_names),
		cmocka_unit_test(free_takes_all),
	};

	return RUN_TESTS(tests);
}
