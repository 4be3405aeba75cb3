// SPDX-License-Identifier: BSD-2-Clause
#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "model/bytes.h"
#include "store/file.h"

#define MAGIC 0x5344574c45444752ULL

struct header {
	uint64_t magic;
	uint8_t boot[LEDGER_BOOT];
};

struct record {
	uint64_t sum; /* of the bytes that follow */
	uint64_t size;
};

static int write_all(int fd, const void *bytes, size_t size, uint64_t at)
{
	ssize_t written = pwrite(fd, bytes, size, (off_t)at);

	if (written < 0)
		return -errno;
	return written == (ssize_t)size ? 0 : -ENOSPC;
}

static int begin(struct ledger *l, int fd)
{
	struct header header = {.magic = MAGIC};

	memcpy(header.boot, l->boot, sizeof(header.boot));
	if (ftruncate(fd, 0))
		return -errno;
	l->size = sizeof(header);
	return write_all(fd, &header, sizeof(header), 0);
}

int ledger_open(struct ledger *l, const char *folder, const uint8_t boot[LEDGER_BOOT])
{
	struct header header = {};
	ssize_t size;
	int r = 0;

	*l = LEDGER_CLOSED;
	memcpy(l->boot, boot, sizeof(l->boot));
	snprintf(l->path, sizeof(l->path), "%s/" LEDGER_FILE, folder);
	_close_ int fd = file_open(l->path, 0);

	if (fd < 0)
		return fd;
	size = pread(fd, &header, sizeof(header), 0);
	if (size < 0)
		return -errno;
	l->size = sizeof(header);
	if (size > 0 && header.magic != MAGIC)
		return -EUCLEAN;
	if (size < (ssize_t)sizeof(header) || memcmp(header.boot, boot, sizeof(header.boot)) != 0)
		r = begin(l, fd);
	if (r < 0)
		return r;
	l->fd = TAKE_FD(fd);
	return 0;
}

void ledger_close(struct ledger *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->next >= 0)
		close(l->next);
	*l = LEDGER_CLOSED;
}

const void *ledger_next(const void *bytes, size_t size, size_t *at, size_t *record_size)
{
	struct record record;
	const uint8_t *body;

	if (size - *at < sizeof(record))
		return NULL;
	memcpy(&record, (const uint8_t *)bytes + *at, sizeof(record));
	body = (const uint8_t *)bytes + *at + sizeof(record);
	if (record.size > LEDGER_RECORD_MAX || record.size > size - *at - sizeof(record) ||
	    record.sum != bytes_sum(body, record.size))
		return NULL;
	*at += sizeof(record) + record.size;
	*record_size = record.size;
	return body;
}

int ledger_read(struct ledger *l, void **bytes, size_t *size)
{
	_free_ uint8_t *all = NULL;
	size_t whole = 0, one;
	struct stat st;
	ssize_t got;

	*bytes = NULL;
	*size = 0;
	if (fstat(l->fd, &st))
		return -errno;
	if (st.st_size <= (off_t)sizeof(struct header) || st.st_size > LEDGER_MAX)
		return 0;
	all = malloc((size_t)st.st_size);
	if (!all)
		return -ENOMEM;
	got = pread(l->fd, all, (size_t)st.st_size, sizeof(struct header));
	if (got < 0)
		return -errno;
	while (ledger_next(all, (size_t)got, &whole, &one))
		;
	l->size = sizeof(struct header) + whole;
	*size = whole;
	if (whole)
		*bytes = TAKE_PTR(all);
	return ftruncate(l->fd, (off_t)l->size) ? -errno : 0;
}

static int append(struct ledger *l, const void *bytes, size_t size)
{
	uint8_t buffer[sizeof(struct record) + LEDGER_RECORD_MAX];
	struct record record = {.size = size};
	size_t whole = sizeof(record) + size;
	int r;

	if (size > LEDGER_RECORD_MAX)
		return -EINVAL;
	if (l->size + whole > LEDGER_MAX)
		return -EFBIG;
	record.sum = bytes_sum(bytes, size);
	memcpy(buffer, &record, sizeof(record));
	memcpy(buffer + sizeof(record), bytes, size);
	r = write_all(l->next >= 0 ? l->next : l->fd, buffer, whole, l->size);
	if (!r)
		l->size += whole;
	return r;
}

int ledger_append(struct ledger *l, const void *bytes, size_t size)
{
	int r = append(l, bytes, size);

	if (l->next >= 0)
		l->next_error = l->next_error ?: r;
	return r;
}

static int next_path(const struct ledger *l, char path[static 328])
{
	int length = snprintf(path, 328, "%s.new", l->path);

	return length < 328 ? 0 : -ENAMETOOLONG;
}

int ledger_renew(struct ledger *l)
{
	char path[328];
	int r = next_path(l, path);

	if (!r && l->next < 0) {
		l->next = file_open(path, O_TRUNC);
		r = l->next < 0 ? l->next : 0;
		l->size_left = l->size;
	}
	if (r < 0)
		return r;
	return l->next_error = begin(l, l->next);
}

/* The old one goes on. */
static int give_up(struct ledger *l, const char *path)
{
	unlink(path);
	close(l->next);
	l->next = -1;
	l->size = l->size_left;
	return l->next_error;
}

int ledger_replace(struct ledger *l)
{
	char path[328];
	int r = next_path(l, path);

	if (l->next < 0)
		return -EINVAL;
	if (!r && !l->next_error && rename(path, l->path))
		l->next_error = -errno;
	if (r < 0 || l->next_error)
		return r ?: give_up(l, path);
	close(l->fd);
	l->fd = l->next;
	l->next = -1;
	return 0;
}
