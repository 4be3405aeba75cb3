/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/functions.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "cleanup.h"
#include "ingest/files.h"

/* What a hook is for; one of several names for it is enough. */
enum role {
	ROLE_LIFE,
	ROLE_IN, /* up to LAST_NEEDED: without these nothing is exact */
	ROLE_OUT,
	ROLE_REPLACED,
	ROLE_NUMBER_REFUSED,
	LAST_NEEDED = ROLE_NUMBER_REFUSED,
	ROLE_OUT_GOT,
	ROLE_RANGE,
	ROLE_FILE_REFUSED,
	ROLE_FILE_CODE,
	ROLE_FILE_DENIED,
	ROLE_PIPE_REFUSED,
	ROLE_INOTIFY_REFUSED,
	ROLE_FANOTIFY_REFUSED,
	ROLE_MQUEUE_REFUSED,
	ROLE_SIGACTION,
};

/* A function with another number of parameters is another one, whatever its name. */
#define IS(role, parameters) ((role) | (uint64_t)(parameters) << 32)
#define ROLE_OF(i) ((enum role)table[i].cookie)
#define PARAMETERS_OF(i) ((uint32_t)(table[i].cookie >> 32))

static const struct hook table[] = {
	{"forked", "forked", IS(ROLE_LIFE, 0)},
	{"executed", "executed", IS(ROLE_LIFE, 0)},
	{"exited", "exited", IS(ROLE_LIFE, 0)},
	{"file_close_fd_locked", "fd_closed", IS(ROLE_OUT, 2)}, /* 6.8 */
	{"pick_file", "fd_closed", IS(ROLE_OUT, 2)},
	{"__close_fd_get_file", "fd_closed_got",
	 IS(ROLE_OUT_GOT, 2)}, /* one parameter from 5.19 on */
	{"do_dup2", "fd_replaced", IS(ROLE_REPLACED, 4)},
	{"fd_install", "fd_installed", IS(ROLE_IN, 2)},
	{"__close_range", "range_closed", IS(ROLE_RANGE, 3)},
	{"__x64_sys_close_range", "range_closed", IS(ROLE_RANGE, 1)},
	{"__arm64_sys_close_range", "range_closed", IS(ROLE_RANGE, 1)},
	{"alloc_fd", "number_refused", IS(ROLE_NUMBER_REFUSED, 3)}, /* 5.11 */
	{"__alloc_fd", "number_refused_in", IS(ROLE_NUMBER_REFUSED, 4)},
	{"alloc_empty_file", "file_refused", IS(ROLE_FILE_REFUSED, 2)},
	/* The last one instead of the first, where the second finds the place for it. */
	{"alloc_empty_file", "file_code", IS(ROLE_FILE_CODE, 2)},
	{"alloc_empty_file", "file_denied", IS(ROLE_FILE_DENIED, 2)},
	{"alloc_pipe_info", "pipe_refused", IS(ROLE_PIPE_REFUSED, 0)},
	{"do_inotify_init", "inotify_refused", IS(ROLE_INOTIFY_REFUSED, 1)},
	{"__x64_sys_inotify_init1", "inotify_refused", IS(ROLE_INOTIFY_REFUSED, 1)},
	{"__arm64_sys_inotify_init1", "inotify_refused", IS(ROLE_INOTIFY_REFUSED, 1)},
	{"__x64_sys_fanotify_init", "fanotify_refused", IS(ROLE_FANOTIFY_REFUSED, 1)},
	{"__arm64_sys_fanotify_init", "fanotify_refused", IS(ROLE_FANOTIFY_REFUSED, 1)},
	{"do_mq_open", "mqueue_refused", IS(ROLE_MQUEUE_REFUSED, 4)},
	{"do_sigaction", "sigaction_done", IS(ROLE_SIGACTION, 3)},
};

#define COUNT (sizeof(table) / sizeof(table[0]))

_Static_assert(COUNT <= HOOK_MAX, "struct fdw_meta.skipped is too small");

const struct hooks function_hooks = {"fentry", table, COUNT};

static void cleanup_btf(struct btf **btf)
{
	btf__free(*btf);
}
#define _btf_ _cleanup_(cleanup_btf)

/* A function's type, or -ENOENT where the kernel has none such with so many parameters. */
static int find_function(const struct btf *btf, const char *name, uint32_t parameters)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);

	type = type ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_vlen(type) == parameters ? id : -ENOENT;
}

/* Loads a program that does nothing and attaches it for a moment. */
static int try_function(int id)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = (__u32)id);
	_close_ int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "fdwatch_probe", "GPL", nothing,
					    sizeof(nothing) / sizeof(nothing[0]), &options);
	_close_ int link = program < 0 ? -1 : bpf_raw_tracepoint_open(NULL, program);

	return link < 0 ? -errno : 0;
}

/* Whether this kernel, and this process's rights, let a program be attached to a function. */
static int probe(const struct btf *btf, struct failure *failure)
{
	static const char any[] = "fd_install";
	int r = find_function(btf, any, 2);

	if (r >= 0)
		r = try_function(r);
	if (r < 0)
		return fail(failure, r,
			    "this kernel lets no program be attached to %s (fentry): %s", any,
			    strerror(-r));
	return 0;
}

static bool has_role(const uint64_t skipped[2], enum role role)
{
	for (size_t i = 0; i < COUNT; i++)
		if (ROLE_OF(i) == role && !hook_is_skipped(skipped, i))
			return true;
	return false;
}

bool function_is_replaced(const uint64_t skipped[2], size_t i)
{
	enum role role = ROLE_OF(i);

	/* One way less: of kernels that lack it, another function serves those who use it. */
	if (role == ROLE_OUT_GOT)
		return true;
	if (role >= ROLE_FILE_REFUSED && role <= ROLE_FILE_DENIED)
		return has_role(skipped, ROLE_FILE_REFUSED) || has_role(skipped, ROLE_FILE_DENIED);
	return has_role(skipped, role);
}

int functions_match(const struct btf *btf, uint64_t skipped[2], struct failure *failure)
{
	for (size_t i = COUNT; i-- > 0;)
		hook_skip(skipped, i);
	for (size_t i = 0; i < COUNT; i++)
		if (ROLE_OF(i) == ROLE_LIFE ||
		    (!has_role(skipped, ROLE_OF(i)) &&
		     find_function(btf, table[i].event, PARAMETERS_OF(i)) >= 0))
			hook_keep(skipped, i);
	for (enum role role = ROLE_IN; role <= LAST_NEEDED; role++)
		if (!has_role(skipped, role))
			return fail(failure, -ENOTSUP,
				    "this kernel's functions are not those that fdwatch knows "
				    "(way %u into or out of a table)",
				    role);
	return 0;
}

/* Has the programs loaded that are not skipped, each for its function; early ones are fewer. */
static int select_each(struct bpf_object *object, uint64_t skipped[2])
{
	for (size_t i = 0; i < COUNT; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, table[i].program);
		int r = 0;

		if (!program)
			hook_skip(skipped, i);
		if (ROLE_OF(i) == ROLE_LIFE || hook_is_skipped(skipped, i))
			continue;
		if (bpf_program__type(program) == BPF_PROG_TYPE_TRACING)
			r = bpf_program__set_attach_target(program, 0, table[i].event);
		if (!r)
			r = bpf_program__set_autoload(program, true);
		if (r < 0)
			return r;
	}
	return 0;
}

int functions_choose(struct bpf_object *object, uint64_t skipped[2], struct failure *failure)
{
	_btf_ struct btf *btf = btf__load_vmlinux_btf();
	int r;

	if (!btf)
		return fail(failure, -errno, "this kernel's types can't be read: %s",
			    strerror(errno));
	r = probe(btf, failure);
	if (!r)
		r = functions_match(btf, skipped, failure);
	if (r < 0)
		return r;
	r = select_each(object, skipped);
	if (r < 0)
		return fail(failure, r, "this kernel's functions can't be hooked: %s",
			    strerror(-r));
	return 0;
}

static void let_go(struct bpf_link *links[HOOK_MAX], uint64_t skipped[2], enum role role)
{
	for (size_t i = 0; i < COUNT; i++)
		if (ROLE_OF(i) == role) {
			bpf_link__destroy(links[i]);
			links[i] = NULL;
			hook_skip(skipped, i);
		}
}

/* Attaches a program to that instruction, and tries whether it leaves the others alone. */
static struct bpf_link *attach_denied(struct bpf_object *object, const struct hook *hook)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, hook->program);
	int map = bpf_object__find_map_fd_by_name(object, "files");
	int offset = program && map >= 0 ? files_learn(map) : -ENOENT;
	LIBBPF_OPTS(bpf_kprobe_opts, options, .offset = (size_t)offset);
	struct bpf_link *link;

	if (offset <= 0)
		return NULL;
	link = bpf_program__attach_kprobe_opts(program, hook->event, &options);
	if (libbpf_get_error(link) || files_try(map))
		return libbpf_get_error(link) ? NULL : link;
	bpf_link__destroy(link);
	return NULL;
}

void functions_settle(struct bpf_object *object, struct bpf_link *links[HOOK_MAX],
		      uint64_t skipped[2])
{
	for (size_t i = 0; i < COUNT; i++) {
		if (ROLE_OF(i) != ROLE_FILE_DENIED || !has_role(skipped, ROLE_FILE_CODE))
			continue;
		links[i] = attach_denied(object, &table[i]);
		if (links[i]) {
			hook_keep(skipped, i);
			let_go(links, skipped, ROLE_FILE_REFUSED);
		}
	}
	let_go(links, skipped, ROLE_FILE_CODE);
}
