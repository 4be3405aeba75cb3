// SPDX-License-Identifier: BSD-2-Clause
#include "top/pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void take(struct pager *pager, const char *text, size_t headings)
{
	pager_take(pager, strdup(text), strlen(text), headings);
}

static void expect(const struct pager *pager, size_t line, const char *text)
{
	size_t length;
	const char *got = pager_line(pager, line, &length);

	assert_int_equal(length, strlen(text));
	assert_memory_equal(got, text, length);
}

static void text_is_split(void **state)
{
	struct pager pager = {0};
	size_t length;

	(void)state;
	take(&pager, "HEAD\none\n\nlast", 1);
	assert_int_equal(pager.count, 3);
	expect(&pager, 0, "one");
	expect(&pager, 1, "");
	expect(&pager, 2, "last");
	expect(&pager, 3, "");
	assert_memory_equal(pager_heading(&pager, 0, &length), "HEAD", 4);
	take(&pager, "", 1);
	assert_int_equal(pager.count, 0);
	take(&pager, "HEAD", 5);
	assert_int_equal(pager.count, 0);
	pager_take(&pager, NULL, 0, 0);
	assert_true(pager.failed);
	pager_free(&pager);
}

static void what_is_searched_for_is_shown(void **state)
{
	struct pager pager = {0};

	(void)state;
	take(&pager, "FD PATH\n3 /var/log/App.log\n4 /etc/passwd\n5 /var/lib/app\n", 1);
	snprintf(pager.find, sizeof(pager.find), "APP");
	pager_update(&pager, 10);
	assert_int_equal(pager.count, 2);
	expect(&pager, 1, "5 /var/lib/app");
	/* it is still searched for in what comes next */
	take(&pager, "FD PATH\n9 /app\n", 1);
	assert_int_equal(pager.count, 1);
	snprintf(pager.find, sizeof(pager.find), "nothing");
	pager_update(&pager, 10);
	assert_int_equal(pager.count, 0);
	pager_free(&pager);
}

static void the_place_is_kept(void **state)
{
	char text[4096] = "";
	struct pager pager = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "line %d\n", i);
	take(&pager, text, 0);
	pager_update(&pager, 10);
	cursor_set(&pager.cursor, 50);
	take(&pager, text, 0);
	assert_int_equal(pager.cursor.at, 50);
	assert_int_equal(pager.cursor.top, 41);
	take(&pager, "a\nb\n", 0);
	assert_int_equal(pager.cursor.at, 1);
	assert_int_equal(pager.cursor.top, 0);
	pager_free(&pager);
}

static void a_table_is_text(void **state)
{
	static const struct column columns[] = {{.heading = "A"}, {.heading = "B", .shrink = 4}};
	struct table *table = table_new(columns, 2);
	struct pager pager = {0};

	(void)state;
	table_put(table, TONE_CRITICAL, "x\033[31m");
	table_put(table, TONE_PLAIN, "0123456789");
	pager_take_table(&pager, table, 16, 1);
	assert_int_equal(pager.count, 1);
	expect(&pager, 0, "x\\x1b[31m  01...");
	table_free(table);
	pager_take_table(&pager, NULL, 80, 1);
	assert_true(pager.failed);
	pager_free(&pager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_split),
		cmocka_unit_test(what_is_searched_for_is_shown),
		cmocka_unit_test(the_place_is_kept),
		cmocka_unit_test(a_table_is_text),
	};

	return RUN_TESTS(tests);
}
