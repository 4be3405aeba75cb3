// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static int add(struct maps *maps, const char *line)
{
	return maps_add(maps, line);
}

static void executable_ones_are_kept(void **state)
{
	struct maps maps = {};
	const struct maps_line *line;

	(void)state;
	add(&maps, "00400000-00401000 r--p 00000000 08:01 77 /bin/a");
	add(&maps, "00401000-00402000 r-xp 00001000 08:1f 77                /bin/a b (deleted)");
	add(&maps, "7f0000000000-7f0000001000 rwxp 00000000 00:00 0");
	add(&maps, "7ffd0-7ffd1 r-xp 00000000 00:00 0 [low]"); /* out of order: left out */
	add(&maps, "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]");
	assert_int_equal(maps.count, 3);
	assert_true(maps.cut);
	line = maps_find(&maps, 0x401fff);
	assert_non_null(line);
	assert_int_equal(line->offset, 0x1000);
	assert_int_equal(line->major, 8);
	assert_int_equal(line->minor, 0x1f);
	assert_int_equal(line->inode, 77);
	assert_string_equal(maps_name(&maps, line), "/bin/a b (deleted)");
	assert_null(maps_find(&maps, 0x402000));
	assert_null(maps_find(&maps, 0x400000));
	line = maps_find(&maps, 0x7f0000000fff);
	assert_non_null(line);
	assert_string_equal(maps_name(&maps, line), "");
	assert_non_null(maps_find(&maps, 0xffffffffff600000));
	assert_null(maps_find(&maps, UINT64_MAX));
	maps_drop(&maps);
	assert_null(maps_find(&maps, 0x401000));
}

static void nonsense_is_passed_over(void **state)
{
	static const char *const lines[] = {"",
					    "x",
					    "-",
					    "1-2",
					    "2-1 r-xp 0 0:0 0 x",
					    "10-20 r-xp 0 0:0",
					    "10-20 rx",
					    "\xff\xff",
					    "10-20 r--p 0 0:0 0 x"};
	struct maps maps = {};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(add(&maps, lines[i]), 0);
	assert_int_equal(maps.count, 0);
	assert_int_equal(maps.hash, 0);
	maps_drop(&maps);
}

/* Another name, address or order is another hash; what isn't executable makes no difference. */
static void the_hash_tells_changes(void **state)
{
	struct maps a = {}, b = {}, c = {};

	(void)state;
	add(&a, "10000-20000 r-xp 0 1:1 5 /x");
	add(&b, "1000-2000 rw-p 0 1:1 5 /x");
	add(&b, "10000-20000 r-xp 0 1:1 5 /x");
	add(&c, "10000-20000 r-xp 0 1:1 6 /x");
	assert_true(a.hash && a.hash == b.hash && a.hash != c.hash);
	maps_drop(&a);
	maps_drop(&b);
	maps_drop(&c);
}

static void bounds(void **state)
{
	char line[4096 + 128], name[4000];
	struct maps maps = {};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (unsigned int i = 1; i <= 2 * MAPS_LINES; i++) {
		snprintf(line, sizeof(line), "%x0000-%x8000 r-xp 0 1:1 5 %s", i, i,
			 i % 8 ? "/x" : name);
		assert_int_equal(add(&maps, line), 0);
	}
	assert_int_equal(maps.count, MAPS_LINES);
	assert_true(maps.names_size <= MAPS_NAMES + MAPS_LINES);
	assert_string_equal(maps_name(&maps, &maps.lines[7]), name);
	assert_string_equal(maps_name(&maps, &maps.lines[MAPS_LINES - 1]), "");
	assert_true(maps.cut);
	maps_drop(&maps);
}

/* A line of any length, and pieces that end anywhere. */
static void a_file_is_read_in_pieces(void **state)
{
	char path[] = "/tmp/fdwatch-maps.XXXXXX";
	int fd = mkstemp(path);
	struct maps maps = {};
	FILE *file;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	file = fdopen(dup(fd), "w");
	assert_non_null(file);
	for (unsigned int i = 1; i <= 1000; i++)
		fprintf(file, "%x0000-%x8000 r-xp 0000 1:1 %u %*s\n", i, i, i, (int)(i % 97), "/p");
	for (int i = 0; i < 100000; i++)
		fputc('x', file);
	fprintf(file, "\nf000000-f100000 r-xp 0 1:1 5 /last\n10-");
	assert_int_equal(fclose(file), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(maps_read(&maps, fd), 0);
	assert_int_equal(maps.count, 1001);
	assert_int_equal(maps.lines[999].inode, 1000);
	assert_string_equal(maps_name(&maps, &maps.lines[1000]), "/last");
	maps_drop(&maps);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executable_ones_are_kept),
		cmocka_unit_test(nonsense_is_passed_over),
		cmocka_unit_test(the_hash_tells_changes),
		cmocka_unit_test(bounds),
		cmocka_unit_test(a_file_is_read_in_pieces),
	};

	return RUN_TESTS(tests);
}
