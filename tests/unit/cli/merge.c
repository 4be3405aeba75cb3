// SPDX-License-Identifier: BSD-2-Clause
#include "merge.h"

#include "check.h"

#define FRAMES "\"frames\":[{\"function\":\"load\",\"file\":\"a.py\",\"line\":3}]"

static json_t *merged(const char *text)
{
	json_t *sites = json_loads(text, 0, NULL), *result;

	assert_non_null(sites);
	result = sites_merged(sites);
	assert_non_null(result);
	json_decref(sites);
	return result;
}

static void expect(const json_t *list, size_t index, const char *text)
{
	json_t *expected = json_loads(text, 0, NULL);

	assert_non_null(expected);
	if (!json_equal(json_array_get(list, index), expected))
		fail_msg("it is %s", json_dumps(json_array_get(list, index), 0));
	json_decref(expected);
}

static void workers(void **state)
{
	json_t *list = merged(
		"[{\"pid\":1,\"comm\":\"w\",\"kind\":\"pipe\",\"live\":4," FRAMES "},"
		"{\"pid\":2,\"comm\":\"w\",\"kind\":\"file\",\"live\":3,"
		"\"opened_total\":5,\"closed_total\":2,\"oldest_seconds\":7.5,"
		"\"median_age_seconds\":2.0,\"examples\":[\"/a\",\"/b\"]," FRAMES "},"
		"{\"pid\":3,\"comm\":\"w\",\"kind\":\"file\",\"live\":2,"
		"\"opened_total\":2,\"closed_total\":0,\"oldest_seconds\":8.5,"
		"\"median_age_seconds\":1.5,\"examples\":[\"/b\",\"/c\",\"/d\"]," FRAMES "}]");

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	expect(list, 0,
	       "{\"pid\":2,\"comm\":\"w\",\"kind\":\"file\",\"live\":5,\"opened_total\":7,"
	       "\"closed_total\":2,\"closed_elsewhere_total\":0,\"oldest_seconds\":8.5,"
	       "\"median_age_seconds\":1.5,\"examples\":[\"/a\",\"/b\",\"/"
	       "c\"],\"processes\":2," FRAMES "}");
	expect(list, 1,
	       "{\"pid\":1,\"comm\":\"w\",\"kind\":\"pipe\",\"live\":4,\"processes\":1," FRAMES
	       "}");
	json_decref(list);
}

/* Nobody knows whether they are the same. */
static void without_frames(void **state)
{
	json_t *list = merged("[{\"comm\":\"w\",\"live\":1,\"frames\":[]},"
			      "{\"comm\":\"w\",\"live\":2,\"frames\":[]},{},7]");

	(void)state;
	assert_int_equal(json_array_size(list), 4);
	expect(list, 0, "{\"comm\":\"w\",\"live\":2,\"frames\":[],\"processes\":1}");
	json_decref(list);
	assert_null(sites_merged(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers),
		cmocka_unit_test(without_frames),
	};

	return RUN_TESTS(tests);
}
