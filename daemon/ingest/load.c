/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading: open, reuse what is pinned, load, attach, pin. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "early.skel.h"
#include "fdwatch.skel.h"
#include "ingest/attach.h"
#include "ingest/functions.h"
#include "ingest/pins.h"
#include "ingest/probe.h"
#include "ingest/state.h"

struct loaded {
	struct bpf_object *object;
	struct bpf_link *hooks[HOOK_MAX];
	struct bpf_link *snapshot;
	struct bpf_link *descriptors;
	struct bpf_link *tracking;
	struct fdw_meta meta;
	bool reused;
};

const char *handle_name(enum handle handle)
{
	static const char *const names[HANDLE_COUNT] = {
		[HANDLE_EVENTS] = "events",
		[HANDLE_TALLIES] = "tallies",
		[HANDLE_INSPECT] = "inspect",
		[HANDLE_SNAPSHOT] = "snapshot",
		[HANDLE_DESCRIPTORS] = "descriptors",
		[HANDLE_MARKS] = "marks",
		[HANDLE_TRACKING] = "tracking",
		[HANDLE_ERA] = "era",
		[HANDLE_SITES] = "sites",
		[HANDLE_SETTLED] = "settled",
		[HANDLE_RULES] = "rules",
		[HANDLE_PYTHONS] = "pythons",
		[HANDLE_TRACES] = "traces",
		[HANDLE_SLICES] = "slices",
		[HANDLE_GATE] = "gate",
	};

	return names[handle];
}

/* Maps whose content an upgrade takes over. */
static const char *const kept_maps[] = {
	"processes", "orphans", "tallies", "events",  "records", "numbers", "era",
	"sites",     "settled", "rules",   "pythons", "codes",   "traces",  "slices",
};

bool is_kept_map(const char *name)
{
	for (size_t i = 0; i < sizeof(kept_maps) / sizeof(kept_maps[0]); i++)
		if (!strcmp(name, kept_maps[i]))
			return true;
	return false;
}

bool has_kept_maps(const char *folder)
{
	for (size_t i = 0; i < sizeof(kept_maps) / sizeof(kept_maps[0]); i++)
		if (!pins_has(folder, kept_maps[i]))
			return false;
	return true;
}

uint64_t build_checksum(void)
{
	size_t size, early_size;
	const void *bytes = fdwatch_bpf__elf_bytes(&size);
	const void *early_bytes = early_bpf__elf_bytes(&early_size);

	return crc32_z(crc32_z(0, bytes, size), early_bytes, early_size);
}

/* libbpf's last complaint, for the line that a person reads. */
static char complaint[FAILURE_MAX / 2];

__attribute__((format(printf, 2, 0))) static int
listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(complaint, sizeof(complaint), format, arguments);
	complaint[strcspn(complaint, "\n")] = '\0';
	return 0;
}

static int explain(int code, struct failure *failure)
{
	if (code == -EPERM || code == -EACCES)
		return fail(failure, code,
			    "no right to load programs into the kernel: run fdwatchd as root, or "
			    "'fdwatchd --load --user NAME' as root before it");
	return fail(failure, code, "this kernel refused the programs (%s): %s", strerror(-code),
		    complaint);
}

static int reuse_map(struct bpf_object *object, const char *folder, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	_close_ int fd = pins_get(folder, name);

	if (!map || fd < 0)
		return map ? fd : -ENOENT;
	return bpf_map__reuse_fd(map, fd);
}

/* The programs that this kernel can run: those for early ones where it lacks what bpf/early.h says.
 */
static struct bpf_object *open_object(void)
{
	bool early = libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, BPF_FUNC_loop, NULL) == 0;
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "fdwatch");
	size_t size;
	const void *bytes = early ? early_bpf__elf_bytes(&size) : fdwatch_bpf__elf_bytes(&size);

	return bpf_object__open_mem(bytes, size, &options);
}

/* Only programs that the backend attaches are loaded: the kernel may refuse the others. */
static int select_programs(struct loaded *l, struct failure *failure)
{
	bool fentry = l->meta.backend == FDW_BACKEND_FENTRY;
	struct bpf_program *program;

	if (!fentry && probe_tracepoints(failure))
		return -ENOTSUP;

	bpf_object__for_each_program(program, l->object)
	{
		enum bpf_attach_type type = bpf_program__expected_attach_type(program);

		if (type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT ||
		    bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
			bpf_program__set_autoload(program, false);
		else if (fentry && bpf_program__type(program) == BPF_PROG_TYPE_TRACEPOINT)
			bpf_program__set_autoload(program, false);
	}
	return fentry ? functions_choose(l->object, (uint64_t *)l->meta.skipped, failure) : 0;
}

static int load(struct loaded *l, const char *reuse_folder, struct failure *failure)
{
	int r;

	l->object = open_object();
	if (!l->object)
		return explain(-errno, failure);
	r = select_programs(l, failure);
	if (r < 0)
		return r;
	for (size_t i = 0; reuse_folder && !r && i < sizeof(kept_maps) / sizeof(kept_maps[0]); i++)
		r = reuse_map(l->object, reuse_folder, kept_maps[i]);
	if (!r)
		r = bpf_object__load(l->object);
	if (r < 0)
		return explain(r, failure);
	l->reused = reuse_folder;
	l->meta.build = build_checksum();
	l->meta.schema = FDW_SCHEMA;
	return 0;
}

static int attach_iterator(struct loaded *l, const char *name, struct bpf_link **link)
{
	struct bpf_program *program = bpf_object__find_program_by_name(l->object, name);

	if (!program)
		return -ENOENT;
	*link = bpf_program__attach_iter(program, NULL);
	return *link ? 0 : -errno;
}

static int attach(struct loaded *l, struct failure *failure)
{
	int r = attach_iterator(l, "snapshot", &l->snapshot);

	if (!r)
		r = attach_iterator(l, "descriptors", &l->descriptors);
	if (!r)
		r = attach_iterator(l, "tracking", &l->tracking);
	if (r < 0)
		return explain(r, failure);
	r = attach_all(l->object, hooks_of(l->meta.backend), l->hooks, (uint64_t *)l->meta.skipped,
		       failure);
	if (!r && l->meta.backend == FDW_BACKEND_FENTRY)
		functions_settle(l->object, l->hooks, (uint64_t *)l->meta.skipped);
	return r;
}

static int load_backend(struct loaded **loaded, enum fdw_backend backend, const char *reuse_folder,
			struct failure *failure)
{
	struct loaded *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return fail(failure, -ENOMEM, "out of memory");
	l->meta.backend = backend;
	r = load(l, reuse_folder, failure);
	if (!r)
		r = attach(l, failure);
	if (r < 0) {
		loaded_free(l);
		return r;
	}
	*loaded = l;
	return 0;
}

int loaded_new(struct loaded **loaded, enum backend backend, const char *reuse_folder,
	       struct failure *failure)
{
	int r = -ENOTSUP;

	libbpf_set_print(listen_to_libbpf);
	if (backend != BACKEND_TRACEPOINT)
		r = load_backend(loaded, FDW_BACKEND_FENTRY, reuse_folder, failure);
	if (r < 0 && backend != BACKEND_FENTRY)
		r = load_backend(loaded, FDW_BACKEND_TRACEPOINT, reuse_folder, failure);
	return r;
}

static int set_gate(int map, uint32_t open)
{
	return bpf_map_update_elem(map, &(uint32_t){0}, &open, BPF_ANY) ? -errno : 0;
}

int loaded_begin(struct loaded *l, const char *old_folder, struct failure *failure)
{
	_close_ int old = old_folder ? pins_get(old_folder, handle_name(HANDLE_GATE)) : -1;
	int r = old < 0 ? 0 : set_gate(old, 0);

	if (!r)
		r = set_gate(bpf_object__find_map_fd_by_name(l->object, handle_name(HANDLE_GATE)),
			     1);
	return r < 0 ? explain(r, failure) : 0;
}

void loaded_free(struct loaded *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < HOOK_MAX; i++)
		bpf_link__destroy(l->hooks[i]);
	bpf_link__destroy(l->snapshot);
	bpf_link__destroy(l->descriptors);
	bpf_link__destroy(l->tracking);
	bpf_object__close(l->object);
	free(l);
}

static int pin_map(const struct bpf_object *object, const char *folder, const char *name)
{
	char path[256];
	int r = pins_path(path, folder, name);

	if (!r && bpf_obj_pin(bpf_object__find_map_fd_by_name(object, name), path))
		r = -errno;
	return r;
}

static int pin_link(struct bpf_link *link, const char *folder, const char *name)
{
	char path[256];
	int r = pins_path(path, folder, name);

	return r ? r : bpf_link__pin(link, path);
}

int loaded_pin(struct loaded *l, const char *folder, struct failure *failure)
{
	const struct hooks *hooks = hooks_of(l->meta.backend);
	int r = 0;

	for (size_t i = 0; !l->reused && !r && i < sizeof(kept_maps) / sizeof(kept_maps[0]); i++)
		r = pin_map(l->object, folder, kept_maps[i]);
	if (!r)
		r = pin_map(l->object, folder, handle_name(HANDLE_INSPECT));
	if (!r)
		r = pin_map(l->object, folder, handle_name(HANDLE_MARKS));
	if (!r)
		r = pin_map(l->object, folder, handle_name(HANDLE_GATE));
	if (!r)
		r = pin_link(l->snapshot, folder, handle_name(HANDLE_SNAPSHOT));
	if (!r)
		r = pin_link(l->descriptors, folder, handle_name(HANDLE_DESCRIPTORS));
	if (!r)
		r = pin_link(l->tracking, folder, handle_name(HANDLE_TRACKING));
	for (size_t i = 0; !r && i < hooks->count; i++)
		if (l->hooks[i])
			r = pin_link(l->hooks[i], folder, hook_pin(hooks, i));
	if (!r)
		r = pins_finish(folder, &l->meta);
	return r ? fail(failure, r, "can't pin in %s: %s", folder, strerror(-r)) : 0;
}

int loaded_handle(const struct loaded *l, enum handle handle)
{
	int fd;

	switch (handle) {
	case HANDLE_SNAPSHOT:
		fd = bpf_link__fd(l->snapshot);
		break;
	case HANDLE_DESCRIPTORS:
		fd = bpf_link__fd(l->descriptors);
		break;
	case HANDLE_TRACKING:
		fd = bpf_link__fd(l->tracking);
		break;
	case HANDLE_COUNT:
		return -EINVAL;
	default:
		fd = bpf_object__find_map_fd_by_name(l->object, handle_name(handle));
	}
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

const struct fdw_meta *loaded_meta(const struct loaded *l)
{
	return &l->meta;
}
