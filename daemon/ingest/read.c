/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the iterators: every process, or one process's descriptors. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "ingest/decode.h"
#include "ingest/procfs.h"
#include "ingest/state.h"

#define READ_SIZE (64 * 1024) /* an iterator's own buffer is 32 KiB */

int read_iterator(int link, int (*take)(const void *bytes, size_t size, void *data), void *data)
{
	static _Alignas(8) unsigned char buffer[READ_SIZE];
	_close_ int fd = bpf_iter_create(link);
	int r = 0;

	if (fd < 0)
		return -errno;
	while (!r) {
		ssize_t size = read(fd, buffer, sizeof(buffer));

		if (size < 0 && (errno == EINTR || errno == EAGAIN))
			continue; /* EAGAIN: it has passed a million objects, and goes on */
		if (size <= 0)
			return size < 0 ? -errno : 0;
		r = take(buffer, (size_t)size, data);
	}
	return r;
}

struct snapshot_reader {
	bool tracepoints;
	int (*take)(const struct process_sample *sample, void *data);
	void *data;
};

static int take_processes(const void *bytes, size_t size, void *data)
{
	const struct snapshot_reader *reader = data;
	const size_t step = sizeof(struct fdw_process_record);

	/* A seq_file hands out whole records while the reader's buffer is larger than its own. */
	for (size_t at = 0; at + step <= size; at += step) {
		struct process_sample sample;
		int r = decode_process((const char *)bytes + at, step, &sample);

		sample.uncounted = !r && sample.compat && reader->tracepoints;
		if (!r)
			r = reader->take(&sample, reader->data);
		if (r < 0)
			return r;
	}
	return size % step ? -EBADMSG : 0;
}

int kernel_snapshot(struct kernel *k, int (*take)(const struct process_sample *sample, void *data),
		    void *data)
{
	struct snapshot_reader reader = {k->meta.backend == FDW_BACKEND_TRACEPOINT, take, data};

	return read_iterator(k->handles[HANDLE_SNAPSHOT], take_processes, &reader);
}

static int take_descriptors(const void *bytes, size_t size, void *data)
{
	return descriptor_decoder_add(data, bytes, size);
}

static int read_descriptors(struct kernel *k, uint32_t pid, struct descriptor_decoder *decoder)
{
	struct fdw_inspect want = {.pid = pid};

	if (bpf_map_update_elem(k->handles[HANDLE_INSPECT], &(uint32_t){0}, &want, BPF_ANY))
		return -errno;
	return read_iterator(k->handles[HANDLE_DESCRIPTORS], take_descriptors, decoder);
}

static ssize_t name_in_proc(int32_t pid, int32_t fd, char *buffer, size_t size)
{
	return procfs_descriptor(PROCFS, pid, fd, buffer, size);
}

int kernel_list(struct kernel *k, int32_t pid, uint64_t start_time, struct descriptor_list **list)
{
	struct descriptor_decoder *decoder = descriptor_decoder_new(NULL, NULL);
	struct descriptor_list *listed = NULL;
	uint64_t listed_start;
	int r;

	if (!decoder)
		return -ENOMEM;
	descriptor_decoder_names(decoder, name_in_proc);
	r = read_descriptors(k, (uint32_t)pid, decoder);
	if (!r)
		r = descriptor_decoder_finish(decoder, &listed, &listed_start);
	descriptor_decoder_free(decoder);
	if (!r && listed_start != start_time) {
		descriptor_list_free(listed);
		r = -ESRCH; /* another process has the number by now */
	}
	if (!r)
		*list = listed;
	return r;
}

int kernel_list_tracked(struct kernel *k, descriptors_take *take, void *data)
{
	struct descriptor_decoder *decoder = descriptor_decoder_new(take, data);
	struct descriptor_list *last;
	uint64_t start_time;
	int r;

	if (!decoder)
		return -ENOMEM;
	descriptor_decoder_names(decoder, name_in_proc);
	r = read_descriptors(k, FDW_INSPECT_TRACKED, decoder);
	if (!r)
		r = descriptor_decoder_finish(decoder, &last, &start_time);
	if (!r)
		take(descriptor_decoder_pid(decoder), start_time, last, data);
	descriptor_decoder_free(decoder);
	return r == -ESRCH ? 0 : r;
}
