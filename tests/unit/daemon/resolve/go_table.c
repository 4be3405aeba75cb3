// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/go_table.h"

#include "chain.h"

#define TEXT 0x401000
#define SIZE 512

/* A table by hand: two functions, `main.f` of 16 bytes and `main.g` of 8, in one file. */
static void make_table(uint8_t *table)
{
	static const uint8_t values[] = {
		0,                    /* offset 0 stands for none */
		22,   4,    4, 12, 0, /* lines: 10 for 4 bytes, 12 for 12 */
		2,    16,   0,        /* file 0 for all of it */
		0xd0, 0x0f, 8, 0,     /* line 999 */
	};
	const uint64_t head[] = {2, 1, TEXT, 72, 96, 112, 144, 192};
	const uint32_t unit[] = {0};
	const uint32_t functions[] = {0, 32, 16, 80, 24};
	const uint32_t f[] = {0, 0, 0, 0, 0, 6, 1, 0, 0}, g[] = {16, 7, 0, 0, 0, 0, 9, 0, 0};

	memset(table, 0, SIZE);
	memcpy(table, "\xf1\xff\xff\xff\0\0\1\10", 8);
	memcpy(table + 8, head, sizeof(head));
	memcpy(table + 72, "main.f\0main.g", 14);
	memcpy(table + 96, unit, sizeof(unit));
	memcpy(table + 112, "/src/main.go", 13);
	memcpy(table + 144, values, sizeof(values));
	memcpy(table + 192, functions, sizeof(functions));
	memcpy(table + 192 + 32, f, sizeof(f));
	memcpy(table + 192 + 80, g, sizeof(g));
}

static void functions_and_lines(void **state)
{
	struct go_place place;
	uint8_t table[SIZE];

	(void)state;
	make_table(table);
	assert_true(go_table_find(table, SIZE, 0, TEXT + 3, &place));
	assert_string_equal(place.function, "main.f");
	assert_string_equal(place.file, "/src/main.go");
	assert_int_equal(place.line, 10);
	assert_true(go_table_find(table, SIZE, 0, TEXT + 15, &place));
	assert_int_equal(place.line, 12);
	assert_true(go_table_find(table, SIZE, 0, TEXT + 16, &place));
	assert_string_equal(place.function, "main.g");
	assert_null(place.file);
	assert_int_equal(place.line, 999);
	assert_false(go_table_find(table, SIZE, 0, TEXT + 24, &place));
	assert_false(go_table_find(table, SIZE, 0, TEXT - 1, &place));
	memset(table + 8 + 16, 0, 8); /* the text's address is told by the caller */
	assert_true(go_table_find(table, SIZE, TEXT, TEXT + 3, &place));
	assert_string_equal(place.function, "main.f");
}

/* Cut anywhere, with any byte changed: an answer that lies within it, or none. */
static void broken_tables(void **state)
{
	uint8_t table[SIZE], changed[SIZE];
	struct go_place place;

	(void)state;
	make_table(table);
	for (size_t size = 0; size < 340; size++) {
		uint8_t *exact = malloc(size + 1);

		memcpy(exact, table, size);
		if (go_table_find(exact, size, 0, TEXT + 3, &place))
			assert_true(strlen(place.function) < size);
		free(exact);
	}
	for (size_t at = 0; at < 340; at++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(changed, table, SIZE);
			changed[at] ^= (uint8_t)(1 << bit);
			if (go_table_find(changed, SIZE, 0, TEXT + 3, &place))
				assert_true(strlen(place.function) < SIZE);
		}
}

static const char program[] = "package main\n"
			      "import \"os\"\n"
			      "//go:noinline\n"
			      "func leaf() int {\n"
			      "	n, _ := os.Stdin.Read(make([]byte, 1)) /* at: main.leaf */\n"
			      "	return n\n"
			      "}\n"
			      "//go:noinline\n"
			      "func middle() int {\n"
			      "	return leaf() + 1 /* at: main.middle */\n"
			      "}\n"
			      "func main() {\n"
			      "	os.Stdout.Write([]byte{1})\n"
			      "	middle() /* at: main.main */\n"
			      "}\n";

/* The thread of a Go program that waits in read(2) on its standard input. */
static pid_t reading_thread(pid_t pid)
{
	uint64_t until = clock_usec(CLOCK_MONOTONIC) + 10000000;
	pid_t thread = 0;
	char line[128];

	snprintf(line, sizeof(line),
		 "for t in /proc/%d/task/*; do grep -q '^0 0x0' $t/syscall && basename $t; done",
		 pid);
	while (!thread && clock_usec(CLOCK_MONOTONIC) < until) {
		FILE *pipe = popen(line, "r");

		assert_non_null(pipe);
		if (fscanf(pipe, "%d", &thread) != 1)
			thread = 0;
		pclose(pipe);
	}
	assert_true(thread > 0);
	return thread;
}

static void look_into(struct state *s, const char *flags)
{
	static const char *const names[] = {"main.leaf", "main.middle", "main.main", NULL};
	char path[128];
	char *arguments[] = {path, NULL};
	struct victim v;
	pid_t pid;

	assert_int_equal(run_shell("cd %s && GO111MODULE=off GOCACHE=%s/cache go build %s -o go-it "
				   "it.go",
				   s->folder, s->folder, flags),
			 0);
	snprintf(path, sizeof(path), "%s/go-it", s->folder);
	victim_start(&v, arguments);
	pid = v.pid;
	v.pid = reading_thread(pid);
	victim_capture(&v, SYS_read);
	v.pid = pid;
	resolve(s, &v);
	expect_chain(s->asked, names);
	for (const char *const *name = names; *name; name++)
		expect_line(s->asked, *name, program, "it.go");
	assert_true(s->asked->unwound.complete);
	victim_end(&v);
}

static void real_programs(void **state)
{
	struct state *s = *state;

	if (run_shell("go version >/dev/null 2>&1"))
		skip(); /* no Go on this host */
	write_file(s->folder, "it.go", program, sizeof(program) - 1);
	look_into(s, "");
	look_into(s, "-ldflags='-s -w'");
	look_into(s, "-buildmode=pie -ldflags='-s -w'");
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_and_lines),
		cmocka_unit_test(broken_tables),
		TEST(real_programs),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
