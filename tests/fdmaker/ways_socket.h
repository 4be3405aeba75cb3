/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets of every sort; TCP and UDP on the loopback only. */
#ifndef FDMAKER_WAYS_SOCKET_H
#define FDMAKER_WAYS_SOCKET_H

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ways_file.h"

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static socklen_t address_loopback(union address *a, int family)
{
	memset(a, 0, sizeof(*a));
	a->any.sa_family = family;
	if (family == AF_INET) {
		a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(a->in);
	}
	a->in6.sin6_addr = in6addr_loopback;
	return sizeof(a->in6);
}

static socklen_t address_unix(union address *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	snprintf(a->un.sun_path, sizeof(a->un.sun_path), "%s", path);
	return sizeof(a->un);
}

/* A bound and listening socket; *a becomes its address. */
static int listener(struct reply *r, union address *a, socklen_t *size)
{
	int fd = make(r, "socket", socket(a->any.sa_family, SOCK_STREAM, 0), "socket");

	if (fd < 0)
		return -1;
	if (bind(fd, &a->any, *size) || listen(fd, 64)) {
		skip(r, "bind");
		return -1;
	}
	*size = sizeof(*a);
	getsockname(fd, &a->any, size);
	return fd;
}

/* Listening, connected and accepted: three descriptors. */
static void connection(struct reply *r, union address *a, socklen_t size, bool four)
{
	int server = listener(r, a, &size);
	int client;

	if (server < 0)
		return;
	client = make(r, "socket", socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0),
		      "socket");
	if (client < 0)
		return;
	if (connect(client, &a->any, size))
		skip(r, "connect");
	else if (four)
		make(r, "accept4", CALL(SYS_accept4, server, 0, 0, SOCK_CLOEXEC), "socket");
	else
		make(r, "accept", CALL(SYS_accept, server, 0, 0), "socket");
}

static void way_tcp(struct reply *r)
{
	union address a;

	connection(r, &a, address_loopback(&a, AF_INET), false);
}

static void way_tcp6(struct reply *r)
{
	union address a;

	connection(r, &a, address_loopback(&a, AF_INET6), true);
}

static void datagrams(struct reply *r, int family)
{
	union address a;
	socklen_t size = address_loopback(&a, family);
	int server = make(r, "socket", socket(family, SOCK_DGRAM, 0), "socket");
	int client = make(r, "socket", socket(family, SOCK_DGRAM, 0), "socket");

	if (server < 0 || client < 0)
		return;
	if (bind(server, &a.any, size) || getsockname(server, &a.any, &size) ||
	    connect(client, &a.any, size))
		skip(r, "bind");
}

static void way_udp(struct reply *r)
{
	datagrams(r, AF_INET);
}

static void way_udp6(struct reply *r)
{
	datagrams(r, AF_INET6);
}

static void way_unix(struct reply *r)
{
	union address a;
	socklen_t size = address_unix(&a, "listening.sock");

	unlink("listening.sock");
	connection(r, &a, size, true);
}

/* A Unix name that is no path: a NUL, then any bytes. */
static void way_unix_abstract(struct reply *r)
{
	union address a;
	char name[64];

	snprintf(name, sizeof(name), "fdmaker-%d-abstract", getpid());
	address_unix(&a, "");
	memcpy(a.un.sun_path + 1, name, strlen(name));
	connection(r, &a, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name), false);
}

static void pair(struct reply *r, int type)
{
	int ends[2];

	if (make(r, "socketpair", socketpair(AF_UNIX, type, 0, ends) ? -1 : ends[0], "socket") >= 0)
		make(r, "socketpair", ends[1], "socket");
}

static void way_socketpair(struct reply *r)
{
	pair(r, SOCK_STREAM);
	pair(r, SOCK_DGRAM);
	pair(r, SOCK_SEQPACKET);
}

static void way_unbound(struct reply *r)
{
	make(r, "socket", socket(AF_INET, SOCK_STREAM, 0), "socket");
	make(r, "socket", socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
}

static void way_netlink(struct reply *r)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK};
	int fd = make(r, "socket", socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "socket");

	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)))
		skip(r, "bind");
}

static void way_packet(struct reply *r)
{
	make(r, "socket AF_PACKET", socket(AF_PACKET, SOCK_RAW, 0), "socket");
}

static void way_raw(struct reply *r)
{
	make(r, "socket SOCK_RAW", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "socket");
}

/* A connection refused by nobody: a socket call that fails makes none. */
static void way_failing_socket(struct reply *r)
{
	if (socket(AF_UNIX, 99, 0) >= 0 || accept(STDIN_FILENO, NULL, NULL) >= 0)
		skip(r, "socket");
}

#define PASSED 3

union rights {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int) * PASSED)];
};

/* Three descriptors in one message: received without a call that says so. */
static void way_scm_rights(struct reply *r)
{
	int ends[2], fds[PASSED] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	char byte = 0;
	struct iovec data = {&byte, 1};
	union rights control = {0};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	if (make(r, "socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) ? -1 : ends[0],
		 "socket") < 0)
		return;
	make(r, "socketpair", ends[1], "socket");
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	if (sendmsg(ends[0], &message, 0) < 0 || recvmsg(ends[1], &message, 0) < 0 ||
	    control.header.cmsg_len != CMSG_LEN(sizeof(fds))) {
		skip(r, "sendmsg");
		return;
	}
	memcpy(fds, CMSG_DATA(&control.header), sizeof(fds));
	for (int i = 0; i < PASSED; i++)
		keep_unhooked(r, fds[i], NULL);
}

#endif
