// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/gather.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "cleanup.h"
#include "worker.h"

/* Shared with the thread. */
struct gather {
	struct worker worker;
	pthread_cond_t asked; /* or to stop */
	int done_fd;
	bool busy;
	struct gather_job job;
	struct gathered *result;
	char proc[];
};

static atomic_int threads; /* that have not ended: one works, the others are abandoned */

static void destroy(struct gather *g)
{
	pthread_cond_destroy(&g->asked);
	pthread_mutex_destroy(&g->worker.lock);
	cleanup_close(&g->done_fd);
	gathered_free(g->result);
	free(g);
}

static void leave(struct gather *g)
{
	if (worker_leave(&g->worker))
		destroy(g);
}

/* Segments of one file are mapped one behind the other, so few are looked at twice. */
static uint32_t find_file(const struct gathered *r, const struct file_identity *identity)
{
	for (size_t i = r->file_count; i-- > 0;)
		if (others_same_file(&r->files[i].identity, identity))
			return (uint32_t)i;
	return WIRE_NO_FILE;
}

static uint32_t gather_file(int folder, struct gathered *r, const struct maps_line *line)
{
	struct file_identity identity;
	uint32_t known;
	int fd;

	if (!line->inode)
		return WIRE_NO_FILE;
	fd = others_mapped_file(folder, &r->maps, line, &identity);
	if (fd < 0)
		return WIRE_NO_FILE;
	known = find_file(r, &identity);
	if (known != WIRE_NO_FILE || r->file_count == GATHER_FILES) {
		close(fd);
		return known;
	}
	r->files[r->file_count] = (struct gathered_file){fd, identity};
	return (uint32_t)r->file_count++;
}

/* Code of its own making, which a perf map may name. */
static bool makes_code(const struct gathered *r)
{
	for (size_t i = 0; i < r->maps.count; i++) {
		const char *name = maps_name(&r->maps, &r->maps.lines[i]);

		if (r->file_of[i] == WIRE_NO_FILE && strcmp(name, "[vdso]") &&
		    strcmp(name, "[vsyscall]"))
			return true;
		if (!strncmp(name, "/memfd:", strlen("/memfd:")))
			return true;
	}
	return false;
}

static void gather_perf_map(int folder, const struct gather_job *job, struct gathered *r)
{
	r->perf_map = others_perf_map(folder, &r->perf_map_identity);
	if (r->perf_map >= 0 && others_same_file(&r->perf_map_identity, &job->known_perf_map)) {
		close(r->perf_map);
		r->perf_map = -1;
	}
}

static int gather_maps(int folder, const struct gather_job *job, struct gathered *r)
{
	int error = others_maps(folder, &r->maps);

	if (error)
		return error;
	r->unchanged = r->maps.hash == job->known_hash;
	for (size_t i = 0; i < r->maps.count; i++)
		r->file_of[i] = r->unchanged ? (r->maps.lines[i].inode ? 0 : WIRE_NO_FILE)
					     : gather_file(folder, r, &r->maps.lines[i]);
	if (makes_code(r))
		gather_perf_map(folder, job, r);
	return 0;
}

static int gather_memory(int folder, const struct gather_job *job, struct gathered *r)
{
	ssize_t size = others_memory(folder, job->need.pieces,
				     sizeof(job->need.pieces) / sizeof(job->need.pieces[0]),
				     r->memory, sizeof(r->memory));

	if (size < 0)
		return (int)size;
	r->memory_size = (size_t)size;
	return 0;
}

static int gather(const char *proc, const struct gather_job *job, struct gathered *r)
{
	_close_ int folder = others_open(proc, job->process);

	if (folder < 0)
		return folder;
	switch (job->kind) {
	case GATHER_MAPS:
		return gather_maps(folder, job, r);
	case GATHER_DEBUG:
		r->debug_file = others_debug_file(folder, job->module, &job->need);
		return r->debug_file < 0 ? -ENOENT : 0;
	case GATHER_MEMORY:
		return gather_memory(folder, job, r);
	}
	return -EINVAL;
}

/* With the lock held, which it gives up while it looks. */
static void do_job(struct gather *g)
{
	struct gather_job *job = malloc(sizeof(*job));
	struct gathered *result = calloc(1, sizeof(*result));

	if (job && result) {
		*job = g->job;
		result->perf_map = result->debug_file = -1;
		pthread_mutex_unlock(&g->worker.lock);
		result->error = gather(g->proc, job, result);
		pthread_mutex_lock(&g->worker.lock);
	}
	free(job);
	g->busy = false;
	g->result = result; /* NULL: no memory */
	(void)!write(g->done_fd, &(uint64_t){1}, sizeof(uint64_t));
}

static void *work(void *data)
{
	struct gather *g = data;

	pthread_mutex_lock(&g->worker.lock);
	while (!g->worker.stop) {
		if (g->busy)
			do_job(g);
		else
			pthread_cond_wait(&g->asked, &g->worker.lock);
	}
	leave(g);
	atomic_fetch_sub(&threads, 1);
	return NULL;
}

struct gather *gather_new(const char *proc)
{
	size_t size = strlen(proc) + 1;
	struct gather *g;

	if (atomic_load(&threads) > GATHER_ABANDONED_MAX)
		return NULL;
	g = calloc(1, sizeof(*g) + size);
	if (!g)
		return NULL;
	memcpy(g->proc, proc, size);
	pthread_cond_init(&g->asked, NULL);
	g->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_fetch_add(&threads, 1);
	if (g->done_fd < 0) {
		pthread_mutex_init(&g->worker.lock, NULL);
	} else if (!worker_start(&g->worker, work, g)) {
		return g;
	}
	atomic_fetch_sub(&threads, 1);
	destroy(g);
	return NULL;
}

void gather_free(struct gather *g, bool wait)
{
	pthread_t thread;

	if (!g)
		return;
	thread = g->worker.thread;
	pthread_mutex_lock(&g->worker.lock);
	g->worker.stop = true;
	pthread_cond_signal(&g->asked);
	leave(g);
	if (wait)
		worker_join(thread);
	else
		pthread_detach(thread);
}

int gather_fd(const struct gather *g)
{
	return g->done_fd;
}

void gather_start(struct gather *g, const struct gather_job *job)
{
	pthread_mutex_lock(&g->worker.lock);
	g->job = *job;
	g->busy = true;
	pthread_cond_signal(&g->asked);
	pthread_mutex_unlock(&g->worker.lock);
}

struct gathered *gather_take(struct gather *g)
{
	struct gathered *result;
	uint64_t count;

	pthread_mutex_lock(&g->worker.lock);
	(void)!read(g->done_fd, &count, sizeof(count));
	result = g->result;
	g->result = NULL;
	pthread_mutex_unlock(&g->worker.lock);
	return result;
}

void gathered_free(struct gathered *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->file_count; i++)
		cleanup_close(&r->files[i].fd);
	cleanup_close(&r->perf_map);
	cleanup_close(&r->debug_file);
	maps_drop(&r->maps);
	free(r);
}
