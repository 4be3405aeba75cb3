/* SPDX-License-Identifier: BSD-2-Clause */
/* One program in many builds, stopped in read() at the end of a chain of calls that is known. */
#ifndef TESTS_UNIT_DAEMON_RESOLVE_CHAIN_H
#define TESTS_UNIT_DAEMON_RESOLVE_CHAIN_H

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

__attribute__((unused)) static const char library[] = "int leaf(int fd);\n"
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

static inline int make(void **state)
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

static inline int drop(void **state)
{
	struct state *s = *state;

	asked_free(s->asked);
	assert_int_equal(run_shell("rm -rf %s", s->folder), 0);
	free(s);
	return 0;
}

/* The line of a mark in a source. */
static inline uint32_t line_of(const char *text, const char *mark)
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

static inline void start(struct state *s, const char *flags, struct victim *v)
{
	char program[128];
	char *arguments[] = {program, NULL};

	snprintf(program, sizeof(program), "%s/victim", s->folder);
	assert_int_equal(run_shell("cd %s && gcc -w %s victim.c -o victim", s->folder, flags), 0);
	victim_start(v, arguments);
	victim_capture(v, SYS_read);
}

static inline void unwind(struct state *s, struct victim *v)
{
	struct asked *a = s->asked;

	assert_int_equal(
		resolver_unwind(a->resolver, 7, v->process, &v->registers, v->stack, v->stack_size),
		0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->id, 7);
	assert_int_equal(a->error, 0);
}

static inline void symbolize(struct state *s, struct victim *v)
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

static inline void resolve(struct state *s, struct victim *v)
{
	unwind(s, v);
	symbolize(s, v);
}

/* The place in the answer, -1 where there is no such function. */
static inline int find(const struct asked *a, const char *function)
{
	for (size_t i = 0; i < a->symbol_count; i++)
		if (!strcmp(a->symbols[i].function, function))
			return (int)i;
	return -1;
}

static inline void tell(const struct asked *a)
{
	for (size_t i = 0; i < a->symbol_count; i++)
		print_message("%u %s %s:%u (%s+%" PRIx64 ")%s\n", a->symbols[i].index,
			      a->symbols[i].function, a->symbols[i].file, a->symbols[i].line,
			      a->symbols[i].module, a->symbols[i].module_offset,
			      a->symbols[i].inlined ? " inlined" : "");
}

/* Each function is called by the next, directly. */
static inline void expect_chain(const struct asked *a, const char *const *names)
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

static inline void expect_mark(const struct asked *a, const char *function, const char *text,
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

static inline void expect_line(const struct asked *a, const char *function, const char *text,
			       const char *file)
{
	expect_mark(a, function, text, file, function);
}

static inline void expect_lines(const struct asked *a)
{
	expect_line(a, "waits", source, "victim.c");
	expect_line(a, "leaf", source, "victim.c");
	expect_line(a, "middle", source, "victim.c");
	expect_line(a, "outer", source, "victim.c");
	expect_line(a, "main", source, "victim.c");
}

__attribute__((unused)) static const char *const whole[] = {"waits", "leaf", "middle",
							    "outer", "main", NULL};
__attribute__((unused)) static const char *const plain[] = {"leaf", "middle", "outer", "main",
							    NULL};

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

#endif
