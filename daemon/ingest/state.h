/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel state behind struct kernel, for the files of ingest. */
#ifndef FDWATCH_INGEST_STATE_H
#define FDWATCH_INGEST_STATE_H

#include "fdwatch/record.h"
#include "ingest/kernel.h"

struct drain;
struct trace_drain;
struct ring_buffer;
struct loaded;

#define FDW_CPU_MAX 8192 /* possible processors: the largest NR_CPUS there is */

/* What is read at run time; each is a map or a link, pinned under its name. */
enum handle {
	HANDLE_EVENTS,
	HANDLE_TALLIES,
	HANDLE_INSPECT,
	HANDLE_SNAPSHOT,
	HANDLE_DESCRIPTORS,
	HANDLE_MARKS,
	HANDLE_TRACKING,
	HANDLE_ERA,
	HANDLE_SITES,
	HANDLE_SETTLED,
	HANDLE_RULES,
	HANDLE_PYTHONS,
	HANDLE_TRACES,
	HANDLE_SLICES,
	HANDLE_GATE,
	HANDLE_COUNT
};

struct kernel {
	char folder[256]; /* "" without persistence */
	int folder_fd;    /* locked; -1 without persistence */
	int handles[HANDLE_COUNT];
	struct fdw_meta meta;
	struct ring_buffer *ring;
	struct ring_buffer *traces;
	struct ring_buffer *slices;
	int traces_epoll;                /* of both */
	bool found;                      /* the pins were there before */
	struct drain *drain;             /* during kernel_drain() */
	struct trace_drain *trace_drain; /* during kernel_drain_traces() */
	struct loaded *loaded;           /* without persistence: what dies with this process */
};

const char *handle_name(enum handle handle);

/* The programs in the kernel: gone with loaded_free() unless pinned. */
struct loaded;

/*
 * Loads the programs of a backend with the maps that `reuse_folder` (NULL: none) has pinned, and
 * attaches them; they do not count yet. BACKEND_AUTO: fentry where a probe says that it can be had
 * and this kernel takes all of it, else tracepoint.
 * Returns 0, or -errno with the line.
 */
int loaded_new(struct loaded **loaded, enum backend backend, const char *reuse_folder,
	       struct failure *failure);

/* From now on they count, and those that are pinned in `old_folder` (NULL: none) no more. 0 or
 * -errno with the line. */
int loaded_begin(struct loaded *loaded, const char *old_folder, struct failure *failure);

void loaded_free(struct loaded *loaded); /* NULL is well */

/* Pins maps (but those reused) and links, and marks the folder complete. 0 or -errno with the line.
 */
int loaded_pin(struct loaded *loaded, const char *folder, struct failure *failure);

/* A descriptor of the caller's own for a handle, or -errno. */
int loaded_handle(const struct loaded *loaded, enum handle handle);

/* What loading found; build and schema are of this binary. */
const struct fdw_meta *loaded_meta(const struct loaded *loaded);

/* Checksum of the programs in this binary. */
uint64_t build_checksum(void);

/* Whether an entry of the pin folder is a map, which an upgrade takes over. */
bool is_kept_map(const char *name);

/* Whether all of those are pinned. */
bool has_kept_maps(const char *folder);

/* Reads an iterator to its end; `take` gets what each read gave. 0 or -errno. */
int read_iterator(int link, int (*take)(const void *bytes, size_t size, void *data), void *data);

/* The ring buffers of tracking, and an era of their own. 0 or -errno with the line. */
int traces_open(struct kernel *kernel, struct failure *failure);
void traces_close(struct kernel *kernel);

/* The ring buffer of a kernel whose handles are open. 0 or -errno with the line. */
int ring_open(struct kernel *kernel, struct failure *failure);
void ring_close(struct kernel *kernel);

#endif
