// SPDX-License-Identifier: BSD-2-Clause
#include "model/inherited.h"

#include <string.h>

#include "check.h"

static enum inherited_class class_of(char *name, struct socket_info *socket)
{
	struct descriptor item = {
		.fd = 3,
		.name = name,
		.executed = true,
		.kind = socket ? FDW_KIND_SOCKET : FDW_KIND_FILE,
		.socket = socket,
	};
	const struct descriptor_list list = {.items = &item, .count = 1};
	struct inherited found[INHERITED_MAX];

	assert_int_equal(inherited_find(found, &list), 1);
	return found[0].class;
}

static void classes(void **state)
{
	struct socket_info socket = {};
	char key[] = "/etc/ssl/private/x", pem[] = "server.key", shadow[] = "/etc/shadow";
	char token[] = "/run/Token.txt", log[] = "/var/log/x", name[] = "/run/secret.sock";

	(void)state;
	assert_int_equal(class_of(key, NULL), INHERITED_SECRET);
	assert_int_equal(class_of(pem, NULL), INHERITED_SECRET);
	assert_int_equal(class_of(shadow, NULL), INHERITED_SECRET);
	assert_int_equal(class_of(token, NULL), INHERITED_SECRET);
	assert_int_equal(class_of(log, NULL), INHERITED_OTHER);
	assert_int_equal(class_of(name, &socket), INHERITED_SOCKET);
	assert_int_equal(class_of(NULL, NULL), INHERITED_OTHER);
	assert_string_equal(inherited_class_name(INHERITED_SECRET), "secret");
}

static void worst_first(void **state)
{
	char secret[] = "id_rsa";
	struct descriptor items[] = {
		{.fd = 1, .executed = true},
		{.fd = 4, .executed = true},
		{.fd = 5, .executed = true, .kind = FDW_KIND_SOCKET},
		{.fd = 6},
		{.fd = 7, .executed = true, .name = secret},
	};
	const struct descriptor_list list = {.items = items, .count = 5};
	struct inherited found[INHERITED_MAX];

	(void)state;
	assert_int_equal(inherited_find(found, &list), 3);
	assert_int_equal(found[0].descriptor->fd, 7);
	assert_int_equal(found[1].descriptor->fd, 5);
	assert_int_equal(found[2].descriptor->fd, 4);
}

static void bounded(void **state)
{
	static struct descriptor items[INHERITED_MAX + 10];
	const struct descriptor_list list = {.items = items, .count = INHERITED_MAX + 10};
	struct inherited found[INHERITED_MAX];

	(void)state;
	for (size_t i = 0; i < list.count; i++)
		items[i] = (struct descriptor){.fd = (int32_t)i + 3, .executed = true};
	assert_int_equal(inherited_find(found, &list), INHERITED_MAX + 10);
	assert_int_equal(found[INHERITED_MAX - 1].descriptor->fd, INHERITED_MAX + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(worst_first),
		cmocka_unit_test(bounded),
	};

	return RUN_TESTS(tests);
}
