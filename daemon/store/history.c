// SPDX-License-Identifier: BSD-2-Clause
#include "store/history.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "model/bytes.h"
#include "store/file.h"

#define MAGIC 0x5344574648495354ULL
#define SLOT ((off_t)2 * HISTORY_HALF)

struct header {
	uint64_t magic;
	uint64_t sum; /* of all that follows, bytes included */
	uint8_t boot[HISTORY_BOOT];
	uint64_t sequence;
	uint64_t start_time;
	int32_t pid;
	uint32_t size;
	uint64_t reserved;
};

_Static_assert(sizeof(struct header) == HISTORY_HALF - HISTORY_SIZE, "a half is header and bytes");

/* One half as it stands in the file. */
struct half {
	struct header header;
	uint8_t bytes[HISTORY_SIZE];
};

#define SUMMED offsetof(struct header, boot)

static uint64_t sum_of(const struct half *half)
{
	return bytes_sum((const uint8_t *)half + SUMMED,
			 sizeof(half->header) - SUMMED + half->header.size);
}

/* It is empty, or some half of it begins as ours do. */
static int check_ours(int fd)
{
	uint64_t magic;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	for (off_t at = 0; at < st.st_size && at < HISTORY_SLOTS * SLOT; at += HISTORY_HALF) {
		ssize_t got = pread(fd, &magic, sizeof(magic), at);

		if (got < 0)
			return -errno;
		if (got == sizeof(magic) && magic == MAGIC)
			return 0;
	}
	return st.st_size ? -EUCLEAN : 0;
}

int history_open(struct history *h, const char *folder, const uint8_t boot[HISTORY_BOOT])
{
	int r;

	snprintf(h->path, sizeof(h->path), "%s/" HISTORY_FILE, folder);
	_close_ int fd = file_open(h->path, 0);

	r = fd < 0 ? fd : check_ours(fd);
	if (r < 0)
		return r;
	memcpy(h->boot, boot, sizeof(h->boot));
	h->sequence = 0;
	h->fd = TAKE_FD(fd);
	return 0;
}

void history_close(struct history *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

/* 1: a whole half of this boot; 0: none; -errno. */
static int read_half(const struct history *h, off_t at, struct half *half)
{
	ssize_t size = pread(h->fd, half, sizeof(*half), at);

	if (size < 0)
		return -errno;
	if (size < (ssize_t)sizeof(half->header) || half->header.magic != MAGIC ||
	    memcmp(half->header.boot, h->boot, sizeof(h->boot)) != 0 ||
	    half->header.size > HISTORY_SIZE ||
	    (size_t)size < sizeof(half->header) + half->header.size)
		return 0;
	return half->header.sum == sum_of(half);
}

/* The newer half of a slot. */
static int read_slot(struct history *h, uint32_t slot, struct half halves[2],
		     const struct half **newest)
{
	int first = read_half(h, slot * SLOT, &halves[0]);
	int second = first < 0 ? first : read_half(h, slot * SLOT + HISTORY_HALF, &halves[1]);

	*newest = NULL;
	if (second < 0)
		return second;
	if (first)
		*newest = &halves[0];
	if (second && (!first || halves[1].header.sequence > halves[0].header.sequence))
		*newest = &halves[1];
	if (*newest && h->sequence < (*newest)->header.sequence)
		h->sequence = (*newest)->header.sequence;
	return 0;
}

int history_read(struct history *h,
		 int (*take)(const struct history_key *key, const void *bytes, size_t size,
			     void *data),
		 void *data)
{
	static _Thread_local struct half halves[2];
	const struct half *newest;
	struct stat st;
	int r = fstat(h->fd, &st) ? -errno : 0;

	for (uint32_t slot = 0; !r && slot < HISTORY_SLOTS && slot * SLOT < st.st_size; slot++) {
		r = read_slot(h, slot, halves, &newest);
		if (!r && newest) {
			const struct history_key key = {newest->header.start_time,
							newest->header.pid, slot,
							newest == &halves[1]};

			r = take(&key, newest->bytes, newest->header.size, data);
		}
	}
	return r;
}

int history_write(struct history *h, const struct history_key *key, const void *bytes, size_t size)
{
	static _Thread_local struct half half;
	size_t whole = sizeof(half.header) + size;
	ssize_t written;

	if (size > HISTORY_SIZE || key->slot >= HISTORY_SLOTS)
		return -EINVAL;
	half.header = (struct header){
		.magic = MAGIC,
		.sequence = ++h->sequence,
		.start_time = key->start_time,
		.pid = key->pid,
		.size = (uint32_t)size,
	};
	memcpy(half.header.boot, h->boot, sizeof(h->boot));
	memcpy(half.bytes, bytes, size);
	half.header.sum = sum_of(&half);
	written = pwrite(h->fd, &half, whole,
			 key->slot * SLOT + (off_t)(key->turn % 2) * HISTORY_HALF);
	if (written < 0)
		return -errno;
	return written == (ssize_t)whole ? 0 : -ENOSPC;
}
