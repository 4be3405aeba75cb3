// SPDX-License-Identifier: BSD-2-Clause
/* Questions about processes: what is taken, when they are looked at, when they have ended. */
#include <dlfcn.h>

#include "chain.h"

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

/* A library that comes right after its process was looked at. */
static void what_was_mapped_since(void **state)
{
	struct resolver_process self = {getpid(), victim_start_time(getpid())};
	struct state *s = *state;
	struct asked *a = s->asked;
	char path[128];
	void *late;
	uint64_t pc;

	write_file(s->folder, "late.c", "int late(void) { return 7; }", 28);
	assert_int_equal(
		run_shell("cd %s && gcc -O2 -g -fPIC -shared late.c -o late.so", s->folder), 0);
	snprintf(path, sizeof(path), "%s/late.so", s->folder);
	assert_int_equal(resolver_prepare(a->resolver, 1, self), 0);
	assert_true(asked_wait(a, 1));
	late = dlopen(path, RTLD_LAZY);
	assert_non_null(late);
	pc = (uint64_t)(uintptr_t)dlsym(late, "late");
	assert_int_equal(resolver_symbolize(a->resolver, 2, self, &pc, 1, true), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, 0);
	assert_string_equal(a->symbols[0].function, "late");
	dlclose(late);
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

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_that_has_ended),
		TEST(what_was_mapped_since),
		TEST(what_is_not_taken),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
