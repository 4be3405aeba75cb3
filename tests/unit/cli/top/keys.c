// SPDX-License-Identifier: BSD-2-Clause
#include "top/keys.h"

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "has.h"
#include "top/act.h"

/* The first that has a key would take it from the second. */
static void no_key_means_two_things(void **state)
{
	(void)state;
	for (size_t i = 0; i < key_binding_count; i++)
		for (size_t j = 0; j < KEYS_MAX && key_bindings[i].keys[j]; j++)
			for (int scope = SCOPE_LIST; scope <= SCOPE_DETAIL; scope++)
				if (key_bindings[i].scope & (unsigned int)scope)
					assert_int_equal(key_action(key_bindings[i].keys[j],
								    (enum scope)scope),
							 key_bindings[i].action);
}

static void unknown_keys_do_nothing(void **state)
{
	(void)state;
	assert_int_equal(key_action('#', SCOPE_LIST), ACTION_NONE);
	assert_int_equal(key_action(0, SCOPE_BOTH), ACTION_NONE);
	assert_int_equal(key_action('l', SCOPE_DETAIL), ACTION_NONE);
}

static void the_help_has_every_key_and_column(void **state)
{
	struct pager pager = {0};

	(void)state;
	help_make(&pager);
	for (size_t i = 0; i < key_binding_count; i++) {
		assert_true(has(&pager, key_bindings[i].shown));
		assert_true(has(&pager, key_bindings[i].help));
	}
	for (enum column_id id = 0; id < COLUMN_COUNT; id++)
		assert_true(has(&pager, column_infos[id].help));
	pager_free(&pager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_means_two_things),
		cmocka_unit_test(unknown_keys_do_nothing),
		cmocka_unit_test(the_help_has_every_key_and_column),
	};

	return RUN_TESTS(tests);
}
