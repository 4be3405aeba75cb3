// SPDX-License-Identifier: BSD-2-Clause
/* Stacks of real programs, and the rules by which the kernel finds them again. */
#include "chain.h"

/* The rules alone, applied as the kernel's program applies them, give the same stack. */
static bool by_rules(const struct unwound *u, const struct victim *v)
{
	uint64_t sp = v->registers.sp, bp = v->registers.bp;

	for (uint32_t i = 0; i < u->count; i++) {
		const struct unwind_rule *rule = &u->frames[i].rule;
		uint64_t cfa, at, word;

		if (rule->cfa == UNWIND_CFA_END)
			return i == u->count - 1;
		if (rule->cfa == UNWIND_CFA_UNKNOWN)
			return false;
		cfa = (rule->cfa == UNWIND_CFA_SP ? sp : bp) + (uint64_t)rule->cfa_offset;
		if (rule->cfa == UNWIND_CFA_BP_AT) {
			at = cfa - v->registers.sp;
			if (at > v->stack_size - 8)
				return false;
			memcpy(&cfa, v->stack + at, 8);
		}
		at = cfa - 8 - v->registers.sp;
		if (at > v->stack_size - 8)
			return false;
		memcpy(&word, v->stack + at, 8);
		if (i + 1 < u->count && word != u->frames[i + 1].pc)
			return false;
		if (rule->bp != UNWIND_BP_SAME) {
			at = (rule->bp == UNWIND_BP_CFA ? cfa : bp) + (uint64_t)rule->bp_offset -
			     v->registers.sp;
			if (at > v->stack_size - 8)
				return false;
			memcpy(&bp, v->stack + at, 8);
		}
		sp = cfa;
	}
	return u->complete;
}

static void rules_lead_the_same_way(void **state)
{
	static const char *const builds[] = {"-O2 -g", "-O2 -g -fno-omit-frame-pointer",
					     "-O2 -g -static", "-O2 -g -DREALIGNED", "-O0 -g"};
	struct state *s = *state;

	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		struct victim v;

		start(s, builds[i], &v);
		unwind(s, &v);
		assert_true(by_rules(&s->asked->unwound, &v));
		assert_true(s->asked->unwound.count >= 5);
		victim_end(&v);
	}
}

static void a_realigned_stack(void **state)
{
	struct state *s = *state;
	struct victim v;

	start(s, "-O2 -g -DREALIGNED", &v);
	resolve(s, &v);
	expect_chain(s->asked, whole);
	expect_mark(s->asked, "middle", source, "victim.c", "realigned");
	expect_line(s->asked, "outer", source, "victim.c");
	victim_end(&v);
}

/* Of what a signal interrupted the exact place is told, not the one before. */
static void through_a_signal_handler(void **state)
{
	static const char *const inner[] = {"waits", "leaf", "handler", NULL};
	static const char *const outside[] = {"middle", "outer", "main", NULL};
	struct state *s = *state;
	struct victim v;

	start(s, "-O2 -g -DSIGNAL", &v);
	resolve(s, &v);
	expect_chain(s->asked, inner);
	expect_chain(s->asked, outside);
	/* The mark is at the call of raise(), in whose depth the signal came. */
	expect_mark(s->asked, "middle", source, "victim.c", "signalled");
	assert_true(s->asked->unwound.complete);
	victim_end(&v);
}

static void without_call_frames(void **state)
{
	static const char *const builds[] = {"-O1 -fno-omit-frame-pointer", "-O1", "-O2", "-Os"};
	struct state *s = *state;

	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		char options[256];
		struct victim v;

		snprintf(options, sizeof(options),
			 "%s -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-exceptions",
			 builds[i]);
		start(s, options, &v);
		resolve(s, &v);
		expect_chain(s->asked, plain);
		assert_true(by_rules(&s->asked->unwound, &v));
		victim_end(&v);
	}
}

static void a_slice_too_short(void **state)
{
	struct state *s = *state;
	struct asked *a = s->asked;
	struct victim v;

	start(s, "-O2 -g", &v);
	v.stack_size = 16;
	unwind(s, &v);
	assert_false(a->unwound.complete);
	assert_true(a->unwound.count >= 1);
	assert_int_not_equal(a->unwound.frames[0].rule.cfa, UNWIND_CFA_UNKNOWN);
	v.stack_size = 0;
	unwind(s, &v);
	assert_int_equal(a->unwound.count, 1);
	v.registers.pc = 0x1234;
	unwind(s, &v);
	assert_false(a->unwound.complete);
	victim_end(&v);
}

/* Code made at run time, named by a perf map; it keeps frame pointers. */
static const char jit[] =
	"#include <stdio.h>\n"
	"#include <string.h>\n"
	"#include <sys/mman.h>\n"
	"#include <unistd.h>\n"
	"__attribute__((noinline)) long leaf(void)\n"
	"{\n"
	"	char byte;\n"
	"	return read(0, &byte, 1) + 1;\n"
	"}\n"
	"static unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, "
	"0,\n"
	"			       0xff, 0xd0, 0x5d, 0xc3};\n"
	"int main(void)\n"
	"{\n"
	"	unsigned char *page = mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
	"	long (*target)(void) = leaf;\n"
	"	char name[64];\n"
	"	FILE *map;\n"
	"	memcpy(code + 6, &target, 8);\n"
	"	memcpy(page + 64, code, sizeof(code));\n"
	"	sprintf(name, \"/tmp/perf-%d.map\", getpid());\n"
	"	map = fopen(name, \"w\");\n"
	"	fprintf(map, \"%lx 12 made at run time\\n\", (long)(page + 64));\n"
	"	fclose(map);\n"
	"	write(1, \"\", 1);\n"
	"	return ((long (*)(void))(page + 64))() > 9;\n"
	"}\n";

static void code_made_at_run_time(void **state)
{
	static const char *const names[] = {"leaf", "made at run time", "main", NULL};
	struct state *s = *state;
	struct asked *a = s->asked;
	char program[128];
	char *arguments[] = {program, NULL};
	struct victim v;

	write_file(s->folder, "jit.c", jit, sizeof(jit) - 1);
	snprintf(program, sizeof(program), "%s/jit", s->folder);
	assert_int_equal(
		run_shell("cd %s && gcc -w -O1 -fno-omit-frame-pointer jit.c -o jit", s->folder),
		0);
	victim_start(&v, arguments);
	victim_capture(&v, SYS_read);
	resolve(s, &v);
	expect_chain(a, names);
	assert_int_equal(a->symbols[find(a, "made at run time")].kind, MODULE_JIT);
	assert_int_equal(a->unwound.frames[find(a, "made at run time")].rule.cfa, UNWIND_CFA_BP);
	assert_true(a->unwound.complete);
	assert_int_equal(run_shell("rm /tmp/perf-%d.map", v.pid), 0);
	victim_end(&v);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(rules_lead_the_same_way),  TEST(a_realigned_stack),
		TEST(through_a_signal_handler), TEST(without_call_frames),
		TEST(a_slice_too_short),        TEST(code_made_at_run_time),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
