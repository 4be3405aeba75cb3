// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/perf_map.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static int file_of(const char *text)
{
	char path[] = "/tmp/fdwatch-perf.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static const char *name_at(const struct perf_map *map, uint64_t address)
{
	static char name[64];

	perf_map_name(map, address, name, sizeof(name));
	return name;
}

static void names_by_address(void **state)
{
	struct perf_map map;

	(void)state;
	perf_map_init(&map, file_of("1000 10 py::f:/x y.py\n"
				    "0x2000 0x20 JS:*g\n"
				    "1000 8 newer\n"
				    "7fff00000000 100 last without a newline"));
	assert_int_equal(perf_map_read(&map), 0);
	assert_int_equal(map.count, 4);
	assert_string_equal(name_at(&map, 0x1000), "newer");
	assert_string_equal(name_at(&map, 0x1007), "newer");
	assert_string_equal(name_at(&map, 0x1008), "py::f:/x y.py");
	assert_string_equal(name_at(&map, 0x1010), "");
	assert_string_equal(name_at(&map, 0x201f), "JS:*g");
	assert_string_equal(name_at(&map, 0xfff), "");
	assert_string_equal(name_at(&map, 0x7fff000000ff), "last without a newline");
	assert_string_equal(name_at(&map, UINT64_MAX), "");
	perf_map_drop(&map);
	assert_string_equal(name_at(&map, 0x1000), "");
	assert_true(perf_map_read(&map) < 0);
}

static void hostile_lines(void **state)
{
	struct perf_map map;

	(void)state;
	perf_map_init(&map, file_of("\n\n \n  \nx\n1000\n1000 10\n1000 g0 n\ng000 10 n\n"
				    "fffffffffffffffff 10 n\nffffffffffffffff ffff n\n1000 0 n\n"
				    "0000000000000000000000000000000000000000000000000000000000000"
				    "0000000000000000000000000000 10 n\n-1000 10 n\n"
				    "1000 100000000 n\n2000 10 \n3000 10 ok\n"));
	assert_int_equal(perf_map_read(&map), 0);
	assert_string_equal(name_at(&map, 0x1000), "");
	assert_string_equal(name_at(&map, 0x2000), "");
	assert_string_equal(name_at(&map, 0x3000), "ok");
	assert_string_equal(name_at(&map, UINT64_MAX), "");
	perf_map_drop(&map);
}

/* 1 GB, of which nearly all is a hole: the newest part is read, in a moment. */
static void a_huge_one(void **state)
{
	static const char line[] = "\n5000 10 the end\n";
	struct perf_map map;
	off_t size = 1 << 30;
	int fd = file_of("1000 10 the beginning\n");

	(void)state;
	assert_int_equal(pwrite(fd, line, sizeof(line) - 1, size), sizeof(line) - 1);
	perf_map_init(&map, fd);
	assert_int_equal(perf_map_read(&map), 0);
	assert_int_equal(map.count, 1);
	assert_string_equal(name_at(&map, 0x5000), "the end");
	perf_map_drop(&map);
}

static void too_many_entries(void **state)
{
	char path[] = "/tmp/fdwatch-perf.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(dup(fd), "w");
	struct perf_map map;

	(void)state;
	assert_non_null(file);
	unlink(path);
	for (unsigned int i = 1; i < PERF_MAP_ENTRIES + 1000; i++)
		fprintf(file, "%x0 10 f%u\n", i, i);
	assert_int_equal(fclose(file), 0);
	perf_map_init(&map, fd);
	assert_int_equal(perf_map_read(&map), 0);
	assert_int_equal(map.count, PERF_MAP_ENTRIES);
	assert_string_equal(name_at(&map, 0x12345f), "f74565");
	perf_map_drop(&map);
}

/* Cut short after it was read: nothing is named any more, and nothing breaks. */
static void one_that_is_cut(void **state)
{
	struct perf_map map;
	int fd = file_of("1000 10 first\n2000 10 second\n");

	(void)state;
	perf_map_init(&map, fd);
	assert_int_equal(perf_map_read(&map), 0);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_string_equal(name_at(&map, 0x2000), "");
	perf_map_drop(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_by_address), cmocka_unit_test(hostile_lines),
		cmocka_unit_test(a_huge_one),       cmocka_unit_test(too_many_entries),
		cmocka_unit_test(one_that_is_cut),
	};

	return RUN_TESTS(tests);
}
