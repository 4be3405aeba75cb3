// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode_socket.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "check.h"

static struct socket_info decode(struct fdw_socket socket, const char *local, const char *remote)
{
	struct socket_info info;

	if (local)
		inet_pton(socket.family, local, socket.local);
	if (remote)
		inet_pton(socket.family, remote, socket.remote);
	decode_socket(&socket, &info);
	return info;
}

static void listening(void **state)
{
	struct fdw_socket s = {.family = AF_INET,
			       .type = SOCK_STREAM,
			       .protocol = IPPROTO_TCP,
			       .state = TCP_LISTEN,
			       .local_port = 80,
			       .netns = 9};
	struct socket_info info = decode(s, "127.0.0.1", NULL);

	(void)state;
	assert_string_equal(info.family, "inet");
	assert_string_equal(info.type, "stream");
	assert_string_equal(info.protocol, "tcp");
	assert_string_equal(info.state, "LISTEN");
	assert_string_equal(info.local, "127.0.0.1:80");
	assert_string_equal(info.remote, "");
	assert_int_equal(info.netns, 9);

	info = decode(s, NULL, NULL);
	assert_string_equal(info.local, "*:80");
	s.family = AF_INET6;
	info = decode(s, NULL, NULL);
	assert_string_equal(info.family, "inet6");
	assert_string_equal(info.local, "*:80");
	info = decode(s, "::1", NULL);
	assert_string_equal(info.local, "[::1]:80");
}

static void connected(void **state)
{
	struct fdw_socket s = {.family = AF_INET6,
			       .type = SOCK_STREAM,
			       .protocol = IPPROTO_TCP,
			       .state = TCP_ESTABLISHED,
			       .local_port = 65535,
			       .remote_port = 65535};
	struct socket_info info = decode(s, "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
					 "::ffff:255.255.255.255");

	(void)state;
	assert_string_equal(info.state, "ESTABLISHED");
	assert_string_equal(info.local, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	assert_string_equal(info.remote, "[::ffff:255.255.255.255]:65535");
}

static void unbound_has_no_ends(void **state)
{
	struct fdw_socket s = {
		.family = AF_INET, .type = SOCK_DGRAM, .protocol = IPPROTO_UDP, .state = TCP_CLOSE};
	struct socket_info info = decode(s, NULL, NULL);

	(void)state;
	assert_string_equal(info.protocol, "udp");
	assert_string_equal(info.state, "");
	assert_string_equal(info.local, "");
	assert_string_equal(info.remote, "");
	/* Bytes beyond an IPv4 address are not looked at. */
	s.local[5] = 1;
	info = decode(s, NULL, NULL);
	assert_string_equal(info.local, "");
	/* A raw socket has no ports: the kernel keeps its protocol there. */
	s = (struct fdw_socket){
		.family = AF_INET, .type = SOCK_RAW, .protocol = IPPROTO_ICMP, .local_port = 1};
	info = decode(s, NULL, NULL);
	assert_string_equal(info.type, "raw");
	assert_string_equal(info.protocol, "icmp");
	assert_string_equal(info.local, "");
	info = decode(s, "127.0.0.1", NULL);
	assert_string_equal(info.local, "127.0.0.1");
}

static void local_families(void **state)
{
	struct fdw_socket s = {.family = AF_UNIX,
			       .type = SOCK_SEQPACKET,
			       .state = TCP_ESTABLISHED,
			       .peer_inode = 77};
	struct socket_info info = decode(s, NULL, NULL);

	(void)state;
	assert_string_equal(info.family, "unix");
	assert_string_equal(info.type, "seqpacket");
	assert_string_equal(info.protocol, "");
	assert_string_equal(info.state, "CONNECTED");
	assert_int_equal(info.peer_inode, 77);
	s.state = TCP_LISTEN;
	assert_string_equal(decode(s, NULL, NULL).state, "LISTEN");
	s.state = TCP_CLOSE;
	assert_string_equal(decode(s, NULL, NULL).state, "UNCONNECTED");

	s = (struct fdw_socket){.family = AF_NETLINK, .type = SOCK_RAW, .state = TCP_CLOSE};
	assert_string_equal(decode(s, NULL, NULL).family, "netlink");
	assert_string_equal(decode(s, NULL, NULL).protocol, "route");
	assert_string_equal(decode(s, NULL, NULL).state, "");
	s.protocol = NETLINK_KOBJECT_UEVENT;
	assert_string_equal(decode(s, NULL, NULL).protocol, "kobject-uevent");
	s.protocol = NETLINK_SOCK_DIAG;
	assert_string_equal(decode(s, NULL, NULL).protocol, "sock_diag");
}

static void unknown_is_empty(void **state)
{
	struct fdw_socket s = {.family = 999, .type = 999, .protocol = 999, .state = 999};
	struct socket_info info = decode(s, NULL, NULL);

	(void)state;
	assert_string_equal(info.family, "");
	assert_string_equal(info.type, "");
	assert_string_equal(info.protocol, "");
	assert_string_equal(info.state, "");
	s.family = AF_INET;
	s.type = SOCK_STREAM;
	info = decode(s, NULL, NULL);
	assert_string_equal(info.protocol, "");
	assert_string_equal(info.state, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listening),           cmocka_unit_test(connected),
		cmocka_unit_test(unbound_has_no_ends), cmocka_unit_test(local_families),
		cmocka_unit_test(unknown_is_empty),
	};

	return RUN_TESTS(tests);
}
