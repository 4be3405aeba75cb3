/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds the kernel's state: loaded here, pinned by a daemon before, or both. */
#include "ingest/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "ingest/attach.h"
#include "ingest/functions.h"
#include "ingest/pins.h"
#include "ingest/probe.h"
#include "ingest/state.h"

#define FOLDER_MAX 200

static bool is_hook(enum fdw_backend backend, const char *name)
{
	const struct hooks *hooks = hooks_of(backend);

	for (size_t i = 0; i < hooks->count; i++)
		if (!strcmp(name, hook_pin(hooks, i)))
			return true;
	return false;
}

/* Whether an entry is fdwatch's: in a folder that somebody shares with it nothing else is touched.
 */
static bool is_own(const char *name)
{
	for (int i = 0; i < HANDLE_COUNT; i++)
		if (!strcmp(name, handle_name(i)))
			return true;
	return is_hook(FDW_BACKEND_TRACEPOINT, name) || is_hook(FDW_BACKEND_FENTRY, name) ||
	       is_kept_map(name);
}

static bool is_replaced(const char *name)
{
	return is_own(name) && !is_kept_map(name);
}

/* Whether all is pinned that the marker stands for: somebody may have removed some by hand. */
static bool is_whole(const char *folder, const struct fdw_meta *meta)
{
	const struct hooks *hooks = hooks_of(meta->backend);
	bool whole = has_kept_maps(folder);

	for (int i = 0; i < HANDLE_COUNT; i++)
		whole = whole && pins_has(folder, handle_name(i));
	for (size_t i = 0; i < hooks->count; i++)
		whole = whole && (hook_is_skipped((const uint64_t *)meta->skipped, i) ||
				  pins_has(folder, hook_pin(hooks, i)));
	return whole;
}

static bool is_wanted(enum backend backend, const struct fdw_meta *meta)
{
	return backend == BACKEND_AUTO ||
	       (backend == BACKEND_FENTRY) == (meta->backend == FDW_BACKEND_FENTRY);
}

/* Whether this very build's state is there, of the backend that is wanted, ready for use. */
static bool is_ready(const char *folder, enum backend backend, struct fdw_meta *meta)
{
	return pins_complete(folder, meta) && meta->schema == FDW_SCHEMA &&
	       meta->build == build_checksum() && is_wanted(backend, meta) &&
	       is_whole(folder, meta);
}

static int clear(int folder_fd, const char *folder, bool (*drop)(const char *name),
		 struct failure *failure)
{
	int r = pins_clear(folder_fd, drop);

	return r < 0 ? fail(failure, r, "can't clear %s: %s", folder, strerror(-r)) : 0;
}

/*
 * Pins this build's programs. They take the counting over from those that are pinned in one
 * instant: a link that is let go of may end seconds later.
 */
static int load_into(const char *folder, int folder_fd, enum backend backend,
		     struct failure *failure)
{
	struct fdw_meta meta;
	bool upgrade =
		pins_complete(folder, &meta) && meta.schema == FDW_SCHEMA && has_kept_maps(folder);
	struct loaded *loaded;
	int r;

	r = loaded_new(&loaded, backend, upgrade ? folder : NULL, failure);
	if (r < 0)
		return r; /* what is pinned counts on */
	r = loaded_begin(loaded, upgrade ? folder : NULL, failure);
	if (!r)
		r = clear(folder_fd, folder, upgrade ? is_replaced : is_own, failure);
	if (!r)
		r = loaded_pin(loaded, folder, failure);
	if (r < 0)
		pins_clear(folder_fd, is_own);
	loaded_free(loaded);
	return r;
}

/* Room for the longest pin's name behind the folder's in 256 bytes. */
static int check_length(const char *folder, struct failure *failure)
{
	return strlen(folder) <= FOLDER_MAX
		       ? 0
		       : fail(failure, -ENAMETOOLONG, "--pin-dir takes a path of %d bytes at most",
			      FOLDER_MAX);
}

int kernel_load(const char *folder, enum backend backend, uid_t uid, gid_t gid,
		struct failure *failure)
{
	struct fdw_meta meta;
	int r = check_length(folder, failure);

	if (!r)
		r = probe_kernel(failure);
	if (r < 0)
		return r;
	r = pins_prepare(folder);
	if (r < 0)
		return fail(failure, r,
			    "no bpffs for %s (%s): run as root, or mount -t bpf bpf /sys/fs/bpf",
			    folder, strerror(-r));
	_close_ int fd = pins_lock(folder, failure);

	if (fd < 0)
		return fd;
	r = is_ready(folder, backend, &meta) ? 0 : load_into(folder, fd, backend, failure);
	if (r < 0)
		return r;
	r = pins_give(fd, uid, gid);
	return r < 0 ? fail(failure, r, "can't give %s away: %s", folder, strerror(-r)) : 0;
}

int kernel_unload(const char *folder, struct failure *failure)
{
	if (access(folder, F_OK) && errno == ENOENT)
		return 0;
	int fd = pins_lock(folder, failure);

	if (fd < 0)
		return fd;
	int r = pins_clear(fd, is_own);

	close(fd);
	if (r < 0)
		return fail(failure, r, "can't clear %s (%s): run as root", folder, strerror(-r));
	pins_remove(folder);
	return 0;
}

/* The pinned state, loaded before where it is missing or another build's. */
static int open_pinned(struct kernel *k, enum backend backend, struct failure *failure)
{
	k->folder_fd = pins_lock(k->folder, failure);
	if (k->folder_fd < 0)
		return k->folder_fd;
	k->found = pins_complete(k->folder, &k->meta);
	if (!is_ready(k->folder, backend, &k->meta)) {
		int r = probe_kernel(failure);

		if (!r)
			r = load_into(k->folder, k->folder_fd, backend, failure);
		if (r < 0)
			return r;
		if (!pins_complete(k->folder, &k->meta))
			return fail(failure, -EIO, "%s is not complete: run 'fdwatchd --unload'",
				    k->folder);
	}
	for (int i = 0; i < HANDLE_COUNT; i++) {
		k->handles[i] = pins_get(k->folder, handle_name(i));
		if (k->handles[i] < 0)
			return fail(failure, k->handles[i],
				    "%s/%s can't be opened (%s): run 'fdwatchd --load --user NAME' "
				    "as root with this daemon's user",
				    k->folder, handle_name(i), strerror(-k->handles[i]));
	}
	return 0;
}

/* State of this process's own, where there is no folder to pin in. */
static int open_transient(struct kernel *k, enum backend backend, struct failure *failure)
{
	int r = probe_kernel(failure);

	k->folder[0] = '\0';
	if (!r)
		r = loaded_new(&k->loaded, backend, NULL, failure);
	if (!r)
		r = loaded_begin(k->loaded, NULL, failure);
	if (r < 0)
		return r;
	k->meta = *loaded_meta(k->loaded);
	for (int i = 0; i < HANDLE_COUNT; i++) {
		k->handles[i] = loaded_handle(k->loaded, i);
		if (k->handles[i] < 0)
			return fail(failure, k->handles[i], "out of descriptors");
	}
	return 0;
}

static struct kernel *kernel_new(const char *folder)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	snprintf(k->folder, sizeof(k->folder), "%s", folder);
	k->folder_fd = -1;
	k->traces_epoll = -1;
	for (int i = 0; i < HANDLE_COUNT; i++)
		k->handles[i] = -1;
	return k;
}

int kernel_open(struct kernel **kernel, const char *folder, enum backend backend,
		struct failure *failure)
{
	struct kernel *k;
	int r = check_length(folder, failure);

	if (r < 0)
		return r;
	k = kernel_new(folder);
	if (!k)
		return fail(failure, -ENOMEM, "out of memory");
	r = pins_prepare(folder) ? open_transient(k, backend, failure)
				 : open_pinned(k, backend, failure);
	if (!r)
		r = ring_open(k, failure);
	if (!r)
		r = traces_open(k, failure);
	if (r < 0) {
		kernel_close(k, k->found);
		return r;
	}
	*kernel = k;
	return 0;
}

void kernel_close(struct kernel *k, bool keep)
{
	if (!k)
		return;
	ring_close(k);
	traces_close(k);
	for (int i = 0; i < HANDLE_COUNT; i++)
		cleanup_close(&k->handles[i]);
	loaded_free(k->loaded);
	if (k->folder_fd >= 0) {
		if (!keep)
			pins_clear(k->folder_fd, is_own);
		close(k->folder_fd);
		if (!keep)
			pins_remove(k->folder);
	}
	free(k);
}

bool kernel_persistent(const struct kernel *k)
{
	return k->folder_fd >= 0;
}

bool kernel_found(const struct kernel *k)
{
	return k && k->found;
}

static uint64_t tally_sum(int map, uint32_t reason)
{
	static uint64_t values[FDW_CPU_MAX];
	uint64_t sum = 0;
	int cpus = libbpf_num_possible_cpus();

	if (cpus <= 0 || cpus > FDW_CPU_MAX || bpf_map_lookup_elem(map, &reason, values))
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	return sum;
}

static void tell_skipped(const struct kernel *k, struct status *status)
{
	const struct hooks *hooks = hooks_of(k->meta.backend);
	const uint64_t *skipped = (const uint64_t *)k->meta.skipped;

	status->skipped_count = 0;
	for (size_t i = 0; i < hooks->count && status->skipped_count < STATUS_SKIPPED_MAX; i++)
		if (hook_is_skipped(skipped, i) &&
		    (hooks != &function_hooks || !function_is_replaced(skipped, i)))
			status->skipped[status->skipped_count++] = hook_name(&hooks->hook[i]);
}

int kernel_status(const struct kernel *k, struct status *status)
{
	static const char *const reasons[FDW_TALLY_LOSSES] = {
		[FDW_TALLY_RING_FULL] = "ring_full",   [FDW_TALLY_NO_RECORD] = "no_record",
		[FDW_TALLY_MUTED] = "muted",           [FDW_TALLY_LIVE_FULL] = "live_full",
		[FDW_TALLY_SITES_FULL] = "sites_full", [FDW_TALLY_TRACE_FULL] = "trace_full",
		[FDW_TALLY_SLICES] = "slices",
	};

	_Static_assert(FDW_TALLY_LOSSES <= STATUS_LOSS_MAX, "a loss has no place in struct status");
	status->backend = hooks_of(k->meta.backend)->backend;
	status->persistent = kernel_persistent(k);
	status->drift = tally_sum(k->handles[HANDLE_TALLIES], FDW_TALLY_DRIFT);
	for (uint32_t i = 0; i < FDW_TALLY_LOSSES; i++) {
		status->losses[i].reason = reasons[i];
		status->losses[i].count = tally_sum(k->handles[HANDLE_TALLIES], i);
	}
	status->loss_count = FDW_TALLY_LOSSES;
	tell_skipped(k, status);
	return 0;
}
