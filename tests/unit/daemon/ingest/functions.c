// SPDX-License-Identifier: BSD-2-Clause
/* Which functions are hooked, by the types of kernels that are made up here. */
#include "ingest/functions.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "check.h"

struct function {
	const char *name;
	int parameters;
};

/* What all kernels have. */
static const struct function common[] = {
	{"fd_install", 2},
	{"do_dup2", 4},
	{"__close_range", 3},
	{"alloc_empty_file", 2},
	{"alloc_pipe_info", 0},
	{"do_inotify_init", 1},
	{"__x64_sys_fanotify_init", 1},
	{"do_mq_open", 4},
	{"do_sigaction", 3},
	{NULL, 0},
};

/* A kernel with the functions in common but for `without`, and `own` ones. */
static struct btf *kernel(const struct function *own, const char *without)
{
	const struct function *const lists[] = {common, own};
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	int type = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	for (size_t i = 0; i < 2; i++)
		for (const struct function *f = lists[i]; f->name; f++) {
			if (without && !strcmp(f->name, without))
				continue;
			int prototype = btf__add_func_proto(btf, type);

			for (int p = 0; p < f->parameters; p++)
				assert_int_equal(btf__add_func_param(btf, "x", type), 0);
			assert_true(btf__add_func(btf, f->name, BTF_FUNC_STATIC, prototype) > 0);
		}
	return btf;
}

/* The index of the hook on a function by a program. */
static size_t hook(const char *event, const char *program)
{
	for (size_t i = 0; i < function_hooks.count; i++)
		if (!strcmp(function_hooks.hook[i].event, event) &&
		    !strcmp(function_hooks.hook[i].program, program))
			return i;
	fail_msg("no hook on %s", event);
	return 0;
}

static int match(const struct function *own, const char *without, uint64_t skipped[2])
{
	struct failure failure = {0};
	struct btf *btf = kernel(own, without);
	int r = functions_match(btf, skipped, &failure);

	btf__free(btf);
	return r;
}

static const struct function early[] = {
	{"pick_file", 2}, {"__alloc_fd", 4}, {"__close_fd_get_file", 2}, {NULL, 0}};
static const struct function middle[] = {
	{"pick_file", 2}, {"alloc_fd", 3}, {"__close_fd_get_file", 1}, {NULL, 0}};
static const struct function late[] = {
	{"file_close_fd_locked", 2}, {"pick_file", 2}, {"alloc_fd", 3}, {NULL, 0}};

static void test_kernels(void **state)
{
	const struct {
		const struct function *own;
		const char *out, *number, *number_program;
		bool got;
	} cases[] = {
		{early, "pick_file", "__alloc_fd", "number_refused_in", true},
		{middle, "pick_file", "alloc_fd", "number_refused", false},
		{late, "file_close_fd_locked", "alloc_fd", "number_refused", false},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t skipped[2] = {0};

		assert_int_equal(match(cases[i].own, NULL, skipped), 0);
		assert_false(hook_is_skipped(skipped, hook(cases[i].out, "fd_closed")));
		assert_false(
			hook_is_skipped(skipped, hook(cases[i].number, cases[i].number_program)));
		assert_int_equal(
			!hook_is_skipped(skipped, hook("__close_fd_get_file", "fd_closed_got")),
			cases[i].got);
		/* One way out, not two; and whatever is skipped, something does its work. */
		assert_int_not_equal(
			hook_is_skipped(skipped, hook("pick_file", "fd_closed")),
			hook_is_skipped(skipped, hook("file_close_fd_locked", "fd_closed")));
		for (size_t h = 0; h < function_hooks.count; h++)
			assert_true(!hook_is_skipped(skipped, h) ||
				    function_is_replaced(skipped, h));
	}
}

/* Without a way into or out of a table nothing is exact: another backend, then. */
static void test_a_way_is_missing(void **state)
{
	static const char *const needed[] = {"fd_install", "do_dup2"};
	static const struct function no_out[] = {{"alloc_fd", 3}, {NULL, 0}};
	static const struct function no_number[] = {{"pick_file", 2}, {NULL, 0}};
	static const struct function other[] = {{"pick_file", 3}, {"alloc_fd", 3}, {NULL, 0}};
	uint64_t skipped[2] = {0};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(match(late, needed[i], skipped), -ENOTSUP);
	assert_int_equal(match(no_out, NULL, skipped), -ENOTSUP);
	assert_int_equal(match(no_number, NULL, skipped), -ENOTSUP);
	assert_int_equal(match(other, NULL, skipped), -ENOTSUP);
}

/* What only tells refusals apart may be missing, and that is told. */
static void test_told(void **state)
{
	uint64_t skipped[2] = {0};

	(void)state;
	assert_int_equal(match(late, "do_inotify_init", skipped), 0);
	assert_false(function_is_replaced(skipped, hook("do_inotify_init", "inotify_refused")));
	assert_int_equal(match(late, "alloc_empty_file", skipped), 0);
	assert_false(function_is_replaced(skipped, hook("alloc_empty_file", "file_refused")));
	assert_false(function_is_replaced(skipped, hook("alloc_empty_file", "file_denied")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_a_way_is_missing),
		cmocka_unit_test(test_told),
	};

	return RUN_TESTS(tests);
}
