/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of one process at one moment. */
#ifndef FDWATCH_MODEL_DESCRIPTOR_H
#define FDWATCH_MODEL_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fdwatch/kinds.h"

/* What is known of a socket; strings are static or "" where unknown. */
struct socket_info {
	const char *family;   /* "inet", "inet6", "unix", "netlink", "packet", "vsock", … */
	const char *type;     /* "stream", "dgram", "seqpacket", "raw", … */
	const char *protocol; /* "tcp", "udp", … */
	const char *state;    /* "ESTABLISHED", "LISTEN", … */
	char local[64];       /* "127.0.0.1:80", "[::1]:80", a Unix path stands in name */
	char remote[64];
	uint64_t peer_inode; /* Unix: 0 where there is none */
	uint32_t netns;
};

struct descriptor {
	/* As readlink(2) of /proc/PID/fd/N, or a bound Unix socket's own, "@x" if abstract. */
	char *name;                 /* any bytes; NULL: left out, the list's names take too much */
	struct socket_info *socket; /* NULL for all else */
	uint64_t inode;
	uint64_t offset;
	uint64_t opened; /* microseconds since boot; 0: unknown, as before tracking */
	uint64_t site;   /* where; 0: unknown */
	int32_t fd;
	enum fdw_kind kind;
	uint32_t flags;        /* O_* */
	uint32_t device_major; /* of the device itself for chardev and blockdev, else where it is */
	uint32_t device_minor;
	bool cloexec;
	bool inherited; /* site and time are its parent's, before a fork */
	bool executed;  /* opened before the process executed what it runs now */
};

struct descriptor_list {
	struct descriptor *items; /* by rising fd */
	size_t count;
	uint64_t kinds[FDW_KIND_COUNT];
	uint32_t taken;      /* numbers taken in the table at that moment */
	uint32_t reserved;   /* of those: calls under way */
	size_t names_cut;    /* names left out */
	uint64_t first_site; /* by which the kernel's totals of its sites are found */
	uint32_t track;      /* 0: the process is not tracked */
};

/* Frees the list and all it holds; NULL is well. */
void descriptor_list_free(struct descriptor_list *list);

const char *descriptor_kind_name(enum fdw_kind kind);

#endif
