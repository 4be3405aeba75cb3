// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode_socket.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct word {
	unsigned int number;
	const char *text;
};

static const struct word families[] = {
	{AF_UNIX, "unix"},
	{AF_INET, "inet"},
	{AF_INET6, "inet6"},
	{AF_AX25, "ax25"},
	{AF_X25, "x25"},
	{AF_NETLINK, "netlink"},
	{AF_KEY, "key"},
	{AF_PACKET, "packet"},
	{AF_RDS, "rds"},
	{AF_PPPOX, "pppox"},
	{AF_CAN, "can"},
	{AF_TIPC, "tipc"},
	{AF_IUCV, "iucv"},
	{AF_BLUETOOTH, "bluetooth"},
	{AF_RXRPC, "rxrpc"},
	{AF_PHONET, "phonet"},
	{AF_ALG, "alg"},
	{AF_NFC, "nfc"},
	{AF_VSOCK, "vsock"},
	{AF_KCM, "kcm"},
	{AF_QIPCRTR, "qipcrtr"},
	{AF_SMC, "smc"},
	{AF_XDP, "xdp"},
	{AF_MCTP, "mctp"},
	{},
};

static const struct word types[] = {
	{SOCK_STREAM, "stream"},
	{SOCK_DGRAM, "dgram"},
	{SOCK_RAW, "raw"},
	{SOCK_RDM, "rdm"},
	{SOCK_SEQPACKET, "seqpacket"},
	{SOCK_DCCP, "dccp"},
	{SOCK_PACKET, "packet"},
	{},
};

static const struct word internet_protocols[] = {
	{IPPROTO_ICMP, "icmp"},       {IPPROTO_IGMP, "igmp"},
	{IPPROTO_TCP, "tcp"},         {IPPROTO_UDP, "udp"},
	{IPPROTO_DCCP, "dccp"},       {IPPROTO_GRE, "gre"},
	{IPPROTO_ESP, "esp"},         {IPPROTO_AH, "ah"},
	{IPPROTO_ICMPV6, "icmpv6"},   {IPPROTO_SCTP, "sctp"},
	{IPPROTO_UDPLITE, "udplite"}, {IPPROTO_RAW, "raw"},
	{IPPROTO_MPTCP, "mptcp"},     {},
};

static const struct word netlink_protocols[] = {
	{NETLINK_ROUTE, "route"},
	{NETLINK_USERSOCK, "usersock"},
	{NETLINK_SOCK_DIAG, "sock_diag"},
	{NETLINK_NFLOG, "nflog"},
	{NETLINK_XFRM, "xfrm"},
	{NETLINK_SELINUX, "selinux"},
	{NETLINK_ISCSI, "iscsi"},
	{NETLINK_AUDIT, "audit"},
	{NETLINK_FIB_LOOKUP, "fib_lookup"},
	{NETLINK_CONNECTOR, "connector"},
	{NETLINK_NETFILTER, "netfilter"},
	{NETLINK_KOBJECT_UEVENT, "kobject-uevent"},
	{NETLINK_GENERIC, "generic"},
	{NETLINK_SCSITRANSPORT, "scsitransport"},
	{NETLINK_RDMA, "rdma"},
	{NETLINK_CRYPTO, "crypto"},
	{NETLINK_SMC, "smc"},
	{},
};

static const struct word stream_states[] = {
	{TCP_ESTABLISHED, "ESTABLISHED"},
	{TCP_SYN_SENT, "SYN_SENT"},
	{TCP_SYN_RECV, "SYN_RECV"},
	{TCP_FIN_WAIT1, "FIN_WAIT1"},
	{TCP_FIN_WAIT2, "FIN_WAIT2"},
	{TCP_TIME_WAIT, "TIME_WAIT"},
	{TCP_CLOSE, "CLOSE"},
	{TCP_CLOSE_WAIT, "CLOSE_WAIT"},
	{TCP_LAST_ACK, "LAST_ACK"},
	{TCP_LISTEN, "LISTEN"},
	{TCP_CLOSING, "CLOSING"},
	{},
};

/* AF_UNIX borrows three of TCP's states. */
static const struct word unix_states[] = {
	{TCP_ESTABLISHED, "CONNECTED"},
	{TCP_LISTEN, "LISTEN"},
	{TCP_CLOSE, "UNCONNECTED"},
	{},
};

static const char *word_of(const struct word *words, unsigned int number)
{
	while (words->text && words->number != number)
		words++;
	return words->text ? words->text : "";
}

static const char *protocol_of(const struct fdw_socket *s)
{
	if (s->family == AF_INET || s->family == AF_INET6)
		return word_of(internet_protocols, s->protocol);
	if (s->family == AF_NETLINK)
		return word_of(netlink_protocols, s->protocol);
	return "";
}

/* A datagram socket's state says no more than its remote end. */
static const char *state_of(const struct fdw_socket *s)
{
	bool stream = s->type == SOCK_STREAM || s->type == SOCK_SEQPACKET || s->type == SOCK_DCCP;

	if (s->family == AF_UNIX)
		return word_of(unix_states, s->state);
	if (!stream)
		return "";
	switch (s->family) {
	case AF_INET:
	case AF_INET6:
	case AF_VSOCK:
		return word_of(stream_states, s->state);
	default:
		return "";
	}
}

/* "192.0.2.1:80", "[2001:db8::1]:80", "*:80"; "" for an end that is not there. */
static void write_end(char *text, size_t size, int family, const __u8 address[16],
		      unsigned int port)
{
	static const __u8 any[16];
	char number[INET6_ADDRSTRLEN] = "*";
	bool is_any = !memcmp(address, any, family == AF_INET ? 4 : 16);
	bool brackets = family == AF_INET6 && !is_any;
	char suffix[8] = "";

	if (is_any && !port)
		return;
	if (!is_any)
		inet_ntop(family, address, number, sizeof(number));
	if (port)
		snprintf(suffix, sizeof(suffix), ":%u", port);
	snprintf(text, size, "%s%s%s%s", brackets ? "[" : "", number, brackets ? "]" : "", suffix);
}

void decode_socket(const struct fdw_socket *s, struct socket_info *info)
{
	bool ports = s->type != SOCK_RAW; /* there the kernel keeps the protocol in the port */

	*info = (struct socket_info){
		.family = word_of(families, s->family),
		.type = word_of(types, s->type),
		.protocol = protocol_of(s),
		.state = state_of(s),
		.peer_inode = s->peer_inode,
		.netns = s->netns,
	};
	if (s->family != AF_INET && s->family != AF_INET6)
		return;
	write_end(info->local, sizeof(info->local), s->family, s->local, ports ? s->local_port : 0);
	write_end(info->remote, sizeof(info->remote), s->family, s->remote,
		  ports ? s->remote_port : 0);
}
