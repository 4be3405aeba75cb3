/* SPDX-License-Identifier: BSD-2-Clause */
/* One io_uring with one request in it. */
#ifndef FDMAKER_RING_H
#define FDMAKER_RING_H

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "call.h"

/* Makes a ring. Returns its descriptor, or -1 with errno. */
static int ring_make(struct io_uring_params *params)
{
	memset(params, 0, sizeof(*params));
	return CALL(SYS_io_uring_setup, 4, WORD(params));
}

/* Sends one request and waits for its result, which it returns; below 0: -errno. */
static int ring_do(int fd, const struct io_uring_params *p, const struct io_uring_sqe *request)
{
	size_t sq_size = p->sq_off.array + p->sq_entries * sizeof(uint32_t);
	size_t cq_size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	size_t sqe_size = p->sq_entries * sizeof(struct io_uring_sqe);
	const int prot = PROT_READ | PROT_WRITE;
	int flags = MAP_SHARED | MAP_POPULATE;
	int result = -EIO;
	char *sq = mmap(NULL, sq_size, prot, flags, fd, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, cq_size, prot, flags, fd, IORING_OFF_CQ_RING);
	char *sqes = mmap(NULL, sqe_size, prot, flags, fd, IORING_OFF_SQES);

	if (sq != MAP_FAILED && cq != MAP_FAILED && sqes != MAP_FAILED) {
		_Atomic uint32_t *sq_tail = (void *)(sq + p->sq_off.tail);
		_Atomic uint32_t *cq_head = (void *)(cq + p->cq_off.head);
		_Atomic uint32_t *cq_tail = (void *)(cq + p->cq_off.tail);
		const struct io_uring_cqe *results = (void *)(cq + p->cq_off.cqes);

		memcpy(sqes, request, sizeof(*request));
		((uint32_t *)(void *)(sq + p->sq_off.array))[0] = 0;
		*sq_tail += 1;
		if (CALL(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS) < 0)
			result = -errno;
		else if (*cq_tail != *cq_head)
			result = results[*cq_head & (p->cq_entries - 1)].res;
	}
	if (sq != MAP_FAILED)
		munmap(sq, sq_size);
	if (cq != MAP_FAILED)
		munmap(cq, cq_size);
	if (sqes != MAP_FAILED)
		munmap(sqes, sqe_size);
	return result;
}

#endif
