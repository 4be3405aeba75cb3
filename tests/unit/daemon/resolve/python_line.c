// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/python_line.h"

#include "pythons.h"
#include "victim.h"

/* Every code object of some modules: its table, and what CPython itself makes of it. */
static const char script[] =
	"import dis, sys\n"
	"import argparse, ast, asyncio.base_events, collections, difflib, email, inspect, json\n"
	"import logging, os, pickle, random, re, shutil, socket, subprocess, tarfile, threading\n"
	"import typing, unittest.case, zipfile\n"
	"kind = 0 if sys.version_info < (3, 10) else 1 if sys.version_info < (3, 11) else 2\n"
	"seen = set()\n"
	"def lines(code):\n"
	"    if kind:\n"
	"        yield from code.co_lines()\n"
	"        return\n"
	"    starts = list(dis.findlinestarts(code))\n"
	"    for (start, line), (end, _) in zip(starts, starts[1:] + [(len(code.co_code), 0)]):\n"
	"        yield start, end, line\n"
	"def tell(code):\n"
	"    if id(code) in seen: return\n"
	"    seen.add(id(code))\n"
	"    table = code.co_linetable if kind else code.co_lnotab\n"
	"    print('C', kind, code.co_firstlineno, table.hex() or '-')\n"
	"    for start, end, line in lines(code):\n"
	"        print('L', start, end, line or 0)\n"
	"    for const in code.co_consts:\n"
	"        if hasattr(const, 'co_code'): tell(const)\n"
	"keep = []\n"
	"for module in list(sys.modules.values()):\n"
	"    path = getattr(module, '__file__', None) or ''\n"
	"    if path.endswith('.py'):\n"
	"        with open(path, encoding='utf-8') as file:\n"
	"            keep.append(compile(file.read(), path, 'exec'))\n"
	"        tell(keep[-1])\n";

#define TABLE_MAX (256 * 1024)

static uint8_t table[TABLE_MAX];

static size_t from_hex(const char *hex)
{
	size_t size = 0;
	unsigned int byte;

	while (size < sizeof(table) && sscanf(hex, "%2x", &byte) == 1) {
		table[size++] = (uint8_t)byte;
		hex += 2;
	}
	return size;
}

/* Returns how many places were right, or fails at the first that isn't. */
static size_t compare(FILE *told)
{
	static char line[2 * TABLE_MAX + 64], hex[2 * TABLE_MAX + 1];
	size_t size = 0, right = 0;
	int kind = 0, first = 0;
	unsigned int start, end, wanted;

	while (fgets(line, sizeof(line), told)) {
		if (sscanf(line, "C %d %d %s", &kind, &first, hex) == 3) {
			size = from_hex(hex);
			continue;
		}
		assert_int_equal(sscanf(line, "L %u %u %u", &start, &end, &wanted), 3);
		for (unsigned int at = start; at < end; at += 2) {
			uint32_t got = python_line((enum python_lines)kind, first, table, size, at);

			if (got != wanted)
				print_message("kind %d first %d at %u: %u, not %u\n", kind, first,
					      at, got, wanted);
			assert_int_equal(got, wanted);
			right++;
		}
	}
	return right;
}

static void as_cpython_says(void **state)
{
	char folder[] = "/tmp/fdwatch-lines.XXXXXX", command[PATH_MAX + 128];
	struct pythons pythons;

	(void)state;
	pythons_find(&pythons);
	assert_non_null(mkdtemp(folder));
	write_file(folder, "tell.py", script, sizeof(script) - 1);
	for (size_t i = 0; i < pythons.count; i++) {
		FILE *told;

		snprintf(command, sizeof(command), "%s -W ignore %s/tell.py", pythons.commands[i],
			 folder);
		told = popen(command, "r");
		assert_non_null(told);
		assert_true(compare(told) > 50000);
		assert_int_equal(pclose(told), 0);
	}
	assert_int_equal(run_shell("rm -rf %s", folder), 0);
}

/* By hand, for the formats that no CPython here may have. */
static void old_formats(void **state)
{
	static const uint8_t lnotab[] = {4, 1, 6, 0xff, 0, 100, 8, 2};
	static const uint8_t linetable[] = {4, 1, 2, 0x80, 6, 2, 0, 50, 2, 0xfb};

	(void)state;
	assert_int_equal(python_line(PYTHON_LNOTAB, 10, lnotab, sizeof(lnotab), 0), 10);
	assert_int_equal(python_line(PYTHON_LNOTAB, 10, lnotab, sizeof(lnotab), 3), 10);
	assert_int_equal(python_line(PYTHON_LNOTAB, 10, lnotab, sizeof(lnotab), 4), 11);
	assert_int_equal(python_line(PYTHON_LNOTAB, 10, lnotab, sizeof(lnotab), 10), 110);
	assert_int_equal(python_line(PYTHON_LNOTAB, 10, lnotab, sizeof(lnotab), 999), 112);
	assert_int_equal(python_line(PYTHON_LINETABLE, 10, linetable, sizeof(linetable), 0), 11);
	assert_int_equal(python_line(PYTHON_LINETABLE, 10, linetable, sizeof(linetable), 4), 0);
	assert_int_equal(python_line(PYTHON_LINETABLE, 10, linetable, sizeof(linetable), 6), 13);
	assert_int_equal(python_line(PYTHON_LINETABLE, 10, linetable, sizeof(linetable), 12), 58);
	assert_int_equal(python_line(PYTHON_LINETABLE, 10, linetable, sizeof(linetable), 14), 0);
}

static void hostile_tables(void **state)
{
	static uint8_t rubbish[4096];

	(void)state;
	assert_int_equal(python_line(PYTHON_LOCATIONS, 10, "", 0, 0), 0);
	assert_int_equal(python_line(PYTHON_LOCATIONS, 10, "\x80", 1, 0), 10);
	assert_int_equal(python_line(PYTHON_LOCATIONS, 10, "\xe8\xff", 2, 0), 0);
	assert_int_equal(python_line(PYTHON_LOCATIONS, INT32_MIN, "\xf8", 1, 0), 0);
	assert_int_equal(python_line((enum python_lines)9, 10, "\x80", 1, 0), 0);
	for (unsigned int seed = 0; seed < 200; seed++) {
		for (size_t i = 0; i < sizeof(rubbish); i++)
			rubbish[i] = (uint8_t)rand_r(&seed);
		for (int kind = PYTHON_LNOTAB; kind <= PYTHON_LOCATIONS; kind++)
			python_line((enum python_lines)kind, INT32_MAX, rubbish, sizeof(rubbish),
				    UINT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_cpython_says),
		cmocka_unit_test(old_formats),
		cmocka_unit_test(hostile_tables),
	};

	return RUN_TESTS(tests);
}
