// SPDX-License-Identifier: BSD-2-Clause
#include "descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"
#include "listing.h"

/* What is printed below the headings for a list, or NULL where it is refused. */
static char *printed_rows(const char *list)
{
	struct terminal terminal = {.width = TERMINAL_UNBOUNDED};
	struct table *table = descriptor_table();
	struct text rest = {0};
	struct capture capture;
	char *rows = NULL;
	char json[1024];
	char *got;

	snprintf(json, sizeof(json), "{\"descriptors\":%s}", list);
	if (listing_read(json, strlen(json), table, &rest)) {
		assert_int_equal(table_print(table, capture_open(&capture), &terminal), 0);
		got = capture_close(&capture);
		rows = strdup(strchr(got, '\n') + 1);
		free(got);
	}
	text_free(&rest);
	table_free(table);
	return rows;
}

static void check(const char *list, const char *expected)
{
	char *line = printed_rows(list);

	assert_non_null(line);
	assert_string_equal(line, expected);
	free(line);
}

static void a_file(void **state)
{
	(void)state;
	check("[{\"fd\":7,\"kind\":\"file\",\"path\":\"/var/log/a\\nb\\u001b\","
	      "\"flags\":[\"O_WRONLY\",\"O_APPEND\"],\"cloexec\":true,\"age_seconds\":null,"
	      "\"site\":null,\"inode\":12,\"offset\":34,\"device\":\"8:1\",\"socket\":null}]",
	      " 7  file  w,append  yes      8:1        12      34  /var/log/a\\nb\\x1b\n");
}

static void what_is_unknown(void **state)
{
	(void)state;
	check("[{}]", " -  -     -      -        -           -       -  -\n");
	check("[{\"fd\":null,\"path\":null,\"flags\":[],\"cloexec\":null,\"kind\":[1]}]",
	      " -  -     -      -        -           -       -  -\n");
	check("[]", "");
}

static void check_socket(const char *path, const char *socket, const char *expected)
{
	char list[512];
	char *line;

	snprintf(list, sizeof(list), "[{\"path\":%s,\"socket\":%s}]", path, socket);
	line = printed_rows(list);
	assert_non_null(line);
	assert_true(strlen(line) > strlen(expected));
	assert_string_equal(line + strlen(line) - strlen(expected), expected);
	free(line);
}

static void sockets(void **state)
{
	(void)state;
	check_socket("\"socket:[7]\"",
		     "{\"family\":\"inet\",\"type\":\"stream\",\"protocol\":\"tcp\","
		     "\"state\":\"ESTABLISHED\",\"local\":\"127.0.0.1:80\","
		     "\"remote\":\"10.0.0.7:4711\",\"peer_inode\":null}",
		     "  tcp 127.0.0.1:80 -> 10.0.0.7:4711 ESTABLISHED\n");
	check_socket("null",
		     "{\"family\":\"inet6\",\"type\":\"stream\",\"protocol\":\"tcp\","
		     "\"state\":\"LISTEN\",\"local\":\"[::]:80\",\"remote\":null,\"peer_inode\":0}",
		     "  tcp [::]:80 LISTEN\n");
	check_socket("\"/run/x.sock\"",
		     "{\"family\":\"unix\",\"type\":\"stream\",\"protocol\":null,"
		     "\"state\":\"CONNECTED\",\"local\":\"\",\"remote\":\"\",\"peer_inode\":4711}",
		     "  unix stream /run/x.sock CONNECTED -> inode 4711\n");
	check_socket("null", "{\"family\":\"netlink\",\"type\":\"raw\"}", "  netlink raw\n");
}

static void fields_of_one_are_not_the_next_ones(void **state)
{
	(void)state;
	check("[{\"fd\":1,\"flags\":[\"O_RDONLY\"],\"path\":\"/a\",\"socket\":{\"family\":\"x\"}},"
	      "{\"socket\":null,\"fd\":2}]",
	      " 1  -     r      -        -           -       -  x /a\n"
	      " 2  -     -      -        -           -       -  -\n");
}

/* Only what stands in a field's own place is its value. */
static void what_is_nested_deeper_is_passed_over(void **state)
{
	(void)state;
	check("[{\"site\":{\"fd\":9,\"path\":[\"x\"],\"flags\":[\"O_RDWR\"]},\"fd\":3,"
	      "\"flags\":[[\"O_SYNC\"],\"O_RDWR\",{\"kind\":\"x\"}],\"kind\":{\"kind\":\"y\"},"
	      "\"device\":[1,2],\"socket\":[{\"family\":\"z\"}]}]",
	      " 3  -     rw     -        -           -       -  -\n");
	check("[{\"socket\":{\"family\":\"unix\",\"fd\":4,\"local\":[\"x\"],"
	      "\"peer\":{\"family\":\"inet\"}},\"type\":\"stream\"}]",
	      " -  -     -      -        -           -       -  unix\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file),
		cmocka_unit_test(what_is_unknown),
		cmocka_unit_test(sockets),
		cmocka_unit_test(fields_of_one_are_not_the_next_ones),
		cmocka_unit_test(what_is_nested_deeper_is_passed_over),
	};

	return RUN_TESTS(tests);
}
