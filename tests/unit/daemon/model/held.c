// SPDX-License-Identifier: BSD-2-Clause
#include "model/held.h"

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool held(struct descriptor *items, size_t count, size_t which, bool accepted)
{
	const struct descriptor_list list = {.items = items, .count = count};
	struct held_index *index = held_index_new(&list);
	bool is = socket_is_held(index, &items[which], accepted);

	held_index_free(index);
	return is;
}

static void internet(void **state)
{
	struct socket_info listener = {.family = "inet6", .state = "LISTEN", .local = "*:80"};
	struct socket_info server = {.family = "inet6",
				     .state = "ESTABLISHED",
				     .local = "[::ffff:127.0.0.1]:80",
				     .remote = "[::ffff:127.0.0.1]:999"};
	struct socket_info client = {.family = "inet",
				     .state = "ESTABLISHED",
				     .local = "127.0.0.1:999",
				     .remote = "127.0.0.1:80"};
	struct descriptor items[] = {
		{.socket = &listener}, {.socket = &server}, {.socket = &client}};

	(void)state;
	assert_false(held(items, 3, 1, false)); /* the client is its own */
	assert_true(held(items, 2, 1, false));
	assert_false(held(items, 2, 0, false));
	assert_false(held(&items[1], 1, 0, false)); /* nothing listens at its port */
	assert_true(held(&items[1], 1, 0, true));
	assert_false(held(&items[2], 1, 0, false));
	server.state = "CLOSE_WAIT";
	assert_false(held(items, 2, 1, true));
}

static void local(void **state)
{
	struct socket_info listener = {.family = "unix", .state = "LISTEN"};
	struct socket_info server = {.family = "unix", .state = "CONNECTED", .peer_inode = 7};
	struct socket_info client = {.family = "unix", .state = "CONNECTED", .peer_inode = 6};
	char name[] = "/run/s", other[] = "socket:[7]";
	struct descriptor items[] = {{.socket = &listener, .name = name, .inode = 5},
				     {.socket = &server, .name = name, .inode = 6},
				     {.socket = &client, .name = other, .inode = 7}};

	(void)state;
	assert_true(held(items, 2, 1, false));
	assert_false(held(items, 3, 1, false));
	assert_false(held(items, 3, 2, false));
	server.peer_inode = 0; /* gone */
	assert_false(held(items, 2, 1, false));
}

static void others(void **state)
{
	struct socket_info packet = {.family = "", .state = ""};
	struct descriptor items[] = {{.fd = 1}, {.socket = &packet}};

	(void)state;
	for (size_t i = 0; i < COUNT(items); i++)
		assert_false(held(items, COUNT(items), i, true));
	assert_false(socket_is_held(NULL, &items[1], true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(internet),
		cmocka_unit_test(local),
		cmocka_unit_test(others),
	};

	return RUN_TESTS(tests);
}
