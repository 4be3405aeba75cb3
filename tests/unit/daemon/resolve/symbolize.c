// SPDX-License-Identifier: BSD-2-Clause
/* Functions and lines of real programs, however they were built. */
#include "chain.h"

static void every_build(void **state)
{
	static const char *const builds[] = {
		"-O2 -g",
		"-O2 -g -fno-omit-frame-pointer",
		"-O2 -g -static",
		"-O2 -g -static-pie -fPIE",
		"-O2 -g -no-pie",
		"-O2 -g -gz=zlib",
		"-O2 -gdwarf-4",
		"-O0 -g",
		"-O2 -g -Wl,--build-id=none",
		"-O2 -g -fno-asynchronous-unwind-tables -fno-exceptions", /* .debug_frame */
	};
	struct state *s = *state;
	struct asked *a = s->asked;

	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		struct victim v;

		start(s, builds[i], &v);
		resolve(s, &v);
		expect_chain(a, whole);
		expect_lines(a);
		assert_true(a->unwound.complete);
		assert_int_equal(a->unwound.frames[0].pc, v.registers.pc);
		victim_end(&v);
	}
}

static void a_shared_library(void **state)
{
	struct state *s = *state;
	struct asked *a = s->asked;
	struct victim v;
	int at;

	assert_int_equal(
		run_shell("cd %s && gcc -O2 -g -fPIC -shared library.c -o libmiddle.so", s->folder),
		0);
	start(s, "-O2 -g -rdynamic -DAPART -L. -Wl,--no-as-needed -lmiddle -Wl,-rpath,'$ORIGIN'",
	      &v);
	resolve(s, &v);
	expect_chain(a, whole);
	expect_line(a, "leaf", source, "victim.c");
	expect_line(a, "middle", library, "library.c");
	at = find(a, "middle");
	assert_non_null(strstr(a->symbols[at].module, "/libmiddle.so"));
	assert_int_equal(a->symbols[at].kind, MODULE_FILE);
	assert_true(strlen(a->symbols[at].build_id) >= 16);
	assert_string_not_equal(a->symbols[at].build_id, a->symbols[find(a, "main")].build_id);
	victim_end(&v);
}

/* Nothing but .dynsym: exported names, and offsets for all. */
static void stripped(void **state)
{
	struct state *s = *state;
	struct asked *a = s->asked;
	struct victim v;
	int at;

	start(s, "-O2 -s -rdynamic", &v);
	resolve(s, &v);
	expect_chain(a, plain);
	victim_end(&v);

	start(s, "-O2 -s", &v);
	resolve(s, &v);
	assert_true(a->unwound.complete);
	assert_int_equal(find(a, "leaf"), -1);
	at = find(a, "read");
	if (at < 0)
		tell(a);
	assert_true(at >= 0 && at + 1 < (int)a->symbol_count);
	assert_string_equal(a->symbols[at + 1].function, "");
	assert_non_null(strstr(a->symbols[at + 1].module, "/victim"));
	assert_true(a->symbols[at + 1].module_offset > 0);
	victim_end(&v);
}

/* What was stripped away lies in a file of its own, which is found by its link. */
static void a_debug_file(void **state)
{
	struct state *s = *state;
	struct victim v;

	assert_int_equal(run_shell("cd %s && mkdir -p .debug && gcc -O2 -g victim.c -o victim "
				   "&& objcopy --only-keep-debug victim .debug/victim.debug "
				   "&& strip victim && cd .debug "
				   "&& objcopy --add-gnu-debuglink=victim.debug ../victim",
				   s->folder),
			 0);
	{
		char program[128];
		char *arguments[] = {program, NULL};

		snprintf(program, sizeof(program), "%s/victim", s->folder);
		victim_start(&v, arguments);
		victim_capture(&v, SYS_read);
	}
	resolve(s, &v);
	expect_chain(s->asked, whole);
	expect_lines(s->asked);
	victim_end(&v);
}

/* The program's file is gone from its folder, and the process's memory still names it. */
static void a_deleted_program(void **state)
{
	struct state *s = *state;
	struct victim v;

	start(s, "-O2 -g", &v);
	assert_int_equal(run_shell("rm %s/victim", s->folder), 0);
	if (geteuid()) {
		victim_end(&v);
		skip(); /* map_files takes rights */
	}
	resolve(s, &v);
	expect_chain(s->asked, whole);
	victim_end(&v);
}

/* A container's: paths are those of its own mounts, and so is the debug file. */
static void another_root(void **state)
{
	struct state *s = *state;
	char script[512];
	char *arguments[] = {(char *)"/usr/bin/unshare",
			     (char *)"-m",
			     (char *)"/bin/sh",
			     (char *)"-c",
			     script,
			     NULL};
	struct victim v;

	if (geteuid() || run_shell("unshare -m true 2>/dev/null"))
		skip(); /* mounting takes rights */
	snprintf(script, sizeof(script),
		 "mount --bind %s %s && cd %s && mkdir old && pivot_root . old && "
		 "exec /app/victim",
		 s->folder, s->folder, s->folder);
	assert_int_equal(
		run_shell("cd %s && mkdir app && gcc -O2 -g -static victim.c -o app/victim "
			  "&& cd app && objcopy --only-keep-debug victim victim.debug "
			  "&& strip victim && objcopy --add-gnu-debuglink=victim.debug victim",
			  s->folder),
		0);
	victim_start(&v, arguments);
	victim_capture(&v, SYS_read);
	resolve(s, &v);
	expect_chain(s->asked, whole);
	expect_lines(s->asked);
	assert_string_equal(s->asked->symbols[find(s->asked, "main")].module, "/app/victim");
	victim_end(&v);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(every_build),  TEST(a_shared_library),  TEST(stripped),
		TEST(a_debug_file), TEST(a_deleted_program), TEST(another_root),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
