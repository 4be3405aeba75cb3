// SPDX-License-Identifier: BSD-2-Clause
#include "check.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "serve/quota.h"

static const struct peer root = {.uid = 0, .sees_all = true};

static struct peer user(uid_t uid)
{
	return (struct peer){.uid = uid};
}

static void test_user_connections(void **state)
{
	_free_ struct quota *quota = calloc(1, sizeof(*quota));
	struct peer one = user(1000), other = user(1001);

	(void)state;
	for (int i = 0; i < QUOTA_USER_CONNECTIONS; i++)
		assert_int_equal(quota_connect(quota, &one), 0);
	assert_int_equal(quota_connect(quota, &one), -EDQUOT);
	assert_int_equal(quota_connect(quota, &other), 0);
	quota_disconnect(quota, &one);
	assert_int_equal(quota_connect(quota, &one), 0);
}

/* However many users there are, root gets in. */
static void test_all_connections(void **state)
{
	_free_ struct quota *quota = calloc(1, sizeof(*quota));

	(void)state;
	for (int i = 0; i < QUOTA_ORDINARY; i++) {
		struct peer one = user(1000 + (uid_t)i);

		assert_int_equal(quota_connect(quota, &one), 0);
	}
	struct peer late = user(999);

	assert_int_equal(quota_connect(quota, &late), -EUSERS);
	for (int i = QUOTA_ORDINARY; i < QUOTA_CONNECTIONS; i++)
		assert_int_equal(quota_connect(quota, &root), 0);
	assert_int_equal(quota_connect(quota, &root), -EUSERS);
	for (int i = 0; i < QUOTA_ORDINARY; i++) {
		struct peer one = user(1000 + (uid_t)i);

		quota_disconnect(quota, &one);
	}
	assert_int_equal(quota->count, 0);
	assert_int_equal(quota->ordinary, 0);
	assert_int_equal(quota_connect(quota, &late), 0);
}

static void test_streams(void **state)
{
	_free_ struct quota *quota = calloc(1, sizeof(*quota));
	struct peer one = user(1000);

	(void)state;
	quota_connect(quota, &one);
	for (int i = 0; i < QUOTA_USER_STREAMS; i++)
		assert_true(quota_stream(quota, &one));
	assert_false(quota_stream(quota, &one));
	assert_true(quota_stream(quota, &root));
	quota_end_stream(quota, &one);
	assert_true(quota_stream(quota, &one));
}

static void test_bytes(void **state)
{
	_free_ struct quota *quota = calloc(1, sizeof(*quota));
	struct peer one = user(1000);

	(void)state;
	quota_connect(quota, &one);
	quota_connect(quota, &one);
	assert_true(quota_bytes(quota, &one, QUOTA_USER_BYTES * 2UL)); /* alone, however long */
	assert_false(quota_bytes(quota, &one, 1));
	assert_true(quota_bytes(quota, &root, SIZE_MAX));
	quota_end_bytes(quota, &one, QUOTA_USER_BYTES * 2UL);
	assert_true(quota_bytes(quota, &one, QUOTA_USER_BYTES / 2));
	assert_true(quota_bytes(quota, &one, QUOTA_USER_BYTES / 2));
	assert_false(quota_bytes(quota, &one, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_connections),
		cmocka_unit_test(test_all_connections),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_bytes),
	};

	return RUN_TESTS(tests);
}
