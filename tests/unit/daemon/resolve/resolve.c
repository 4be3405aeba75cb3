// SPDX-License-Identifier: BSD-2-Clause
/* Real programs of many builds: their stacks, functions and lines. */
#include "asked.h"
#include "victim.h"

static const char source[] = "#include <signal.h>\n"
			     "#include <stdlib.h>\n"
			     "#include <string.h>\n"
			     "#include <unistd.h>\n"
			     "int out, marker;\n"
			     "#define KEEP __attribute__((noinline, noclone))\n"
			     "static inline __attribute__((always_inline)) int waits(int fd)\n"
			     "{\n"
			     "	char byte;\n"
			     "	int n = (int)read(fd, &byte, 1); /* at: waits */\n"
			     "	return n + marker++;\n"
			     "}\n"
			     "KEEP int leaf(int fd)\n"
			     "{\n"
			     "	int n = waits(fd); /* at: leaf */\n"
			     "	return n + marker++;\n"
			     "}\n"
			     "#ifdef REALIGNED\n"
			     "KEEP int middle(int fd)\n"
			     "{\n"
			     "	char place[64] __attribute__((aligned(64)));\n"
			     "	char *more = alloca((size_t)fd + 100);\n"
			     "	memset(place, fd, sizeof(place));\n"
			     "	memset(more, fd, 100);\n"
			     "	int n = leaf(fd); /* at: realigned */\n"
			     "	return n + place[marker & 1] + more[marker++ & 1];\n"
			     "}\n"
			     "#elif defined(SIGNAL)\n"
			     "static void handler(int number)\n"
			     "{\n"
			     "	marker = leaf(number - number); /* at: handler */\n"
			     "}\n"
			     "KEEP int middle(int fd)\n"
			     "{\n"
			     "	signal(SIGUSR1, handler);\n"
			     "	int n = raise(SIGUSR1) + fd; /* at: signalled */\n"
			     "	return n + marker++;\n"
			     "}\n"
			     "#elif defined(APART)\n"
			     "int middle(int fd);\n"
			     "#else\n"
			     "KEEP int middle(int fd)\n"
			     "{\n"
			     "	int n = leaf(fd); /* at: middle */\n"
			     "	return n + marker++;\n"
			     "}\n"
			     "#endif\n"
			     "KEEP int outer(int fd)\n"
			     "{\n"
			     "	int n = middle(fd); /* at: outer */\n"
			     "	return n + marker++;\n"
			     "}\n"
			     "int main(void)\n"
			     "{\n"
			     "	if (write(1, \"\", 1) != 1)\n"
			     "		return 1;\n"
			     "	return outer(0) > 9; /* at: main */\n"
			     "}\n";

static const char library[] = "int leaf(int fd);\n"
			      "extern int marker;\n"
			      "int middle(int fd)\n"
			      "{\n"
			      "	int n = leaf(fd); /* at: middle */\n"
			      "	return n + marker++;\n"
			      "}\n";

struct state {
	struct asked *asked;
	char folder[64];
};

static int make(void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->folder, sizeof(s->folder), "/tmp/fdwatch-resolve.XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	write_file(s->folder, "victim.c", source, sizeof(source) - 1);
	write_file(s->folder, "library.c", library, sizeof(library) - 1);
	s->asked = asked_new("/proc/self/exe");
	*state = s;
	return 0;
}

static int drop(void **state)
{
	struct state *s = *state;

	asked_free(s->asked);
	assert_int_equal(run_shell("rm -rf %s", s->folder), 0);
	free(s);
	return 0;
}

/* The line of a mark in a source. */
static uint32_t line_of(const char *text, const char *mark)
{
	char wanted[64];
	const char *at;
	uint32_t line = 1;

	snprintf(wanted, sizeof(wanted), "/* at: %s */", mark);
	at = strstr(text, wanted);
	assert_non_null(at);
	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

static void start(struct state *s, const char *flags, struct victim *v)
{
	char program[128];
	char *arguments[] = {program, NULL};

	snprintf(program, sizeof(program), "%s/victim", s->folder);
	assert_int_equal(run_shell("cd %s && gcc -w %s victim.c -o victim", s->folder, flags), 0);
	victim_start(v, arguments);
	victim_capture(v, SYS_read);
}

static void unwind(struct state *s, struct victim *v)
{
	struct asked *a = s->asked;

	assert_int_equal(
		resolver_unwind(a->resolver, 7, v->process, &v->registers, v->stack, v->stack_size),
		0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->id, 7);
	assert_int_equal(a->error, 0);
}

static void symbolize(struct state *s, struct victim *v)
{
	struct asked *a = s->asked;
	uint64_t pcs[UNWIND_FRAMES_MAX];

	for (uint32_t i = 0; i < a->unwound.count; i++)
		pcs[i] = a->unwound.frames[i].pc;
	assert_int_equal(
		resolver_symbolize(a->resolver, 8, v->process, pcs, a->unwound.count, true), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->id, 8);
	assert_int_equal(a->error, 0);
}

static void resolve(struct state *s, struct victim *v)
{
	unwind(s, v);
	symbolize(s, v);
}

/* The place in the answer, -1 where there is no such function. */
static int find(const struct asked *a, const char *function)
{
	for (size_t i = 0; i < a->symbol_count; i++)
		if (!strcmp(a->symbols[i].function, function))
			return (int)i;
	return -1;
}

static void tell(const struct asked *a)
{
	for (size_t i = 0; i < a->symbol_count; i++)
		print_message("%u %s %s:%u (%s+%" PRIx64 ")%s\n", a->symbols[i].index,
			      a->symbols[i].function, a->symbols[i].file, a->symbols[i].line,
			      a->symbols[i].module, a->symbols[i].module_offset,
			      a->symbols[i].inlined ? " inlined" : "");
}

/* Each function is called by the next, directly. */
static void expect_chain(const struct asked *a, const char *const *names)
{
	int before = find(a, names[0]);

	if (before < 0)
		tell(a);
	assert_true(before >= 0);
	for (; *names; names++, before++) {
		if (before >= (int)a->symbol_count || strcmp(a->symbols[before].function, *names))
			tell(a);
		assert_true(before < (int)a->symbol_count);
		assert_string_equal(a->symbols[before].function, *names);
	}
}

static void expect_mark(const struct asked *a, const char *function, const char *text,
			const char *file, const char *mark)
{
	int at = find(a, function);
	const char *name;

	assert_true(at >= 0);
	name = strrchr(a->symbols[at].file, '/');
	assert_non_null(name);
	assert_string_equal(name + 1, file);
	assert_int_equal(a->symbols[at].line, line_of(text, mark));
}

static void expect_line(const struct asked *a, const char *function, const char *text,
			const char *file)
{
	expect_mark(a, function, text, file, function);
}

static void expect_lines(const struct asked *a)
{
	expect_line(a, "waits", source, "victim.c");
	expect_line(a, "leaf", source, "victim.c");
	expect_line(a, "middle", source, "victim.c");
	expect_line(a, "outer", source, "victim.c");
	expect_line(a, "main", source, "victim.c");
}

static const char *const whole[] = {"waits", "leaf", "middle", "outer", "main", NULL};
static const char *const plain[] = {"leaf", "middle", "outer", "main", NULL};

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
	struct state *s = *state;
	struct victim v;

	start(s,
	      "-O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables "
	      "-fno-exceptions",
	      &v);
	resolve(s, &v);
	expect_chain(s->asked, plain);
	victim_end(&v);
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

/* Prepared while it lives, named when it has ended. */
static void a_process_that_has_ended(void **state)
{
	struct state *s = *state;
	struct asked *a = s->asked;
	struct victim v;

	start(s, "-O2 -g", &v);
	assert_int_equal(resolver_prepare(a->resolver, 3, v.process), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, 0);
	victim_end(&v);
	resolve(s, &v);
	expect_chain(a, whole);

	resolver_forget(a->resolver, v.process);
	assert_int_equal(
		resolver_unwind(a->resolver, 9, v.process, &v.registers, v.stack, v.stack_size), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -ESRCH);
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

static void what_is_not_taken(void **state)
{
	struct state *s = *state;
	struct asked *a = s->asked;
	static uint8_t big[UNWIND_STACK_MAX + 1];
	struct resolver_process self = {getpid(), victim_start_time(getpid())};
	struct resolver_process none = {};

	assert_int_equal(resolver_unwind(a->resolver, 1, self, &(struct unwind_registers){}, big,
					 sizeof(big)),
			 -EINVAL);
	assert_int_equal(
		resolver_unwind(a->resolver, 1, none, &(struct unwind_registers){}, big, 8),
		-EINVAL);
	assert_int_equal(resolver_symbolize(a->resolver, 1, self, (uint64_t *)big,
					    RESOLVER_PCS_MAX + 1, true),
			 -EINVAL);
	assert_int_equal(resolver_python_line(a->resolver, 1, PYTHON_LNOTAB, 1, big,
					      RESOLVER_LINE_TABLE_MAX + 1, 0),
			 -EINVAL);
	for (int i = 0; i < RESOLVER_OPEN_MAX; i++)
		assert_int_equal(resolver_python_line(a->resolver, 1, PYTHON_LNOTAB, 5, "", 0, 0),
				 0);
	assert_int_equal(resolver_python_line(a->resolver, 1, PYTHON_LNOTAB, 5, "", 0, 0), -EAGAIN);
	assert_true(asked_wait(a, RESOLVER_OPEN_MAX));
	assert_int_equal(a->line, 5);
	/* Another one has this pid now. */
	self.start_time += 1000000;
	assert_int_equal(resolver_prepare(a->resolver, 2, self), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -ESRCH);
	assert_int_equal(asked_status(a).open, 0);
	assert_int_equal(asked_status(a).answered, RESOLVER_OPEN_MAX + 1);
	assert_int_equal(asked_status(a).failed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(every_build),
		TEST(rules_lead_the_same_way),
		TEST(a_realigned_stack),
		TEST(through_a_signal_handler),
		TEST(without_call_frames),
		TEST(a_shared_library),
		TEST(stripped),
		TEST(a_debug_file),
		TEST(a_deleted_program),
		TEST(a_process_that_has_ended),
		TEST(a_slice_too_short),
		TEST(what_is_not_taken),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
