/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a socket's file tells of the socket; its name is left to the reader. */
#ifndef FDWATCH_SOCKET_H
#define FDWATCH_SOCKET_H

#include "kernel.h"

#include "fdwatch/record.h"

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define SOCKFS_MAGIC 0x534f434b

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

static __always_inline __u16 swap16(__be16 x)
{
	return x >> 8 | x << 8;
}

static __always_inline void socket_read_inet(struct fdw_socket *s, struct sock *sk)
{
	s->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	s->remote_port = swap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (s->family == AF_INET) {
		bpf_core_read(s->local, 4, &sk->__sk_common.skc_rcv_saddr);
		bpf_core_read(s->remote, 4, &sk->__sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		bpf_core_read(s->local, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(s->remote, 16, &sk->__sk_common.skc_v6_daddr);
	}
}

static __always_inline bool is_socket(const struct fdw_descriptor *d)
{
	return (d->mode & S_IFMT) == S_IFSOCK && d->magic == SOCKFS_MAGIC;
}

/* Fills `s` but for a Unix socket's peer; the socket's own struct, or NULL. */
static __always_inline struct sock *socket_read(struct fdw_socket *s, struct file *file,
						__u64 inode)
{
	struct socket *socket = NULL;
	struct sock *sk;

	bpf_core_read(&socket, sizeof(socket), &file->private_data);
	if (!socket)
		return NULL;
	sk = BPF_CORE_READ(socket, sk);
	s->type = BPF_CORE_READ(socket, type);
	s->inode = inode;
	if (!sk)
		return NULL;
	s->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	s->protocol = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_protocol);
	s->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	/* For stream sockets of the Internet and of AF_UNIX the protocol's own state says more. */
	s->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (s->family == AF_INET || s->family == AF_INET6)
		socket_read_inet(s, sk);
	return sk;
}

#endif
