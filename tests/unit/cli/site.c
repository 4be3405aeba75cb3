// SPDX-License-Identifier: BSD-2-Clause
#include "site.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "check.h"

static int setup(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static char *shown(const char *text)
{
	json_t *answer = json_loads(text, 0, NULL);
	struct capture capture;
	struct report report;

	assert_non_null(answer);
	report = report_begin(capture_open(&capture));
	sites_report(&report, answer);
	assert_int_equal(report_end(&report), 0);
	json_decref(answer);
	return capture_close(&capture);
}

static void one_place(void **state)
{
	char *text = shown(
		"{\"sites\":[{\"pid\":7,\"comm\":\"app\",\"kind\":\"file\",\"live\":3,"
		"\"opened_total\":5,\"oldest_seconds\":12.0,\"median_age_seconds\":4.0,"
		"\"verdict\":\"leak\",\"reason\":\"opened all along, never closed\",\"stacks\":1,"
		"\"call\":null,\"examples\":[\"/a\",\"/b\"],\"frames\":[{\"function\":\"load\","
		"\"file\":\"app.py\",\"line\":3,\"module\":null},{\"function\":null,\"file\":null,"
		"\"line\":null,\"module\":\"/srv/app\",\"offset\":16,\"build_id\":\"0123\"}]}],"
		"\"unexplained\":2}");

	(void)state;
	assert_string_equal(
		text, "3 open of 5 opened (file) by app 7: leak, opened all along, never closed\n"
		      "  at app.py:3 in load\n"
		      "    by ? in /srv/app+0x10 of build 0123\n"
		      "  oldest 12s, half of them older than 4s\n"
		      "  such as /a, /b\n"
		      "\n"
		      "2 more are open that were opened before tracking, or nobody saw where\n");
	free(text);
}

/* Who reads it looks for what is their own. */
static void own_frame_first(void **state)
{
	char *text = shown(
		"{\"sites\":[{\"pid\":7,\"comm\":\"app\",\"live\":3,\"opened_total\":9,"
		"\"closed_total\":6,\"closed_elsewhere_total\":4,\"frames\":["
		"{\"function\":\"mk\",\"file\":\"/l/b.py\",\"line\":1,\"library\":true},"
		"{\"function\":\"tmp\",\"file\":\"/l/a.py\",\"line\":2,\"library\":true},"
		"{\"function\":\"load\",\"file\":\"app.py\",\"line\":3,\"library\":false},"
		"{\"function\":\"main\",\"file\":\"app.py\",\"line\":4,\"library\":false}]}]}");

	(void)state;
	assert_non_null(strstr(text,
			       "  at app.py:3 in load\n"
			       "    through /l/a.py:2 in tmp\n"
			       "    through /l/b.py:1 in mk\n"
			       "    by app.py:4 in main\n"
			       "  4 of 6 closed were closed by other threads than opened them\n"));
	free(text);
}

/* As the daemon says; what makes no sense is as if it had not said it. */
static void own_frame_as_told(void **state)
{
	static const struct {
		const char *site;
		size_t own;
	} all[] = {
		{"{\"own_frame\":1,\"frames\":[{\"library\":false},{}]}", 1},
		{"{\"own_frame\":2,\"frames\":[{\"library\":true},{\"library\":false}]}", 1},
		{"{\"own_frame\":-1,\"frames\":[{},{}]}", 0},
		{"{\"own_frame\":\"1\",\"frames\":[{},{}]}", 0},
		{"{\"own_frame\":1}", 0},
		{"3", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		json_t *site = json_loads(all[i].site, JSON_DECODE_ANY, NULL);

		assert_int_equal(site_own_frame(site), all[i].own);
		json_decref(site);
	}
}

static void hostile(void **state)
{
	char *text = shown("{\"sites\":[{\"pid\":7,\"comm\":\"e\\u001b[2J\",\"examples\":"
			   "[\"\\n\\u202e\"],\"frames\":[{\"function\":\"f\\u0007\",\"file\":"
			   "\"\\u001b]0;x\",\"line\":1}]}]}");

	(void)state;
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\a'));
	assert_non_null(strstr(text, "\\x1b]0;x:1 in f"));
	assert_non_null(strstr(text, "such as \\n\\u202e\n"));
	free(text);
}

static void inherited(void **state)
{
	char *text = shown("{\"sites\":[],\"inherited\":[{\"pid\":7,\"comm\":\"sh\",\"from\":"
			   "\"make\",\"fd\":4,\"class\":\"secret\",\"kind\":\"file\",\"path\":"
			   "\"a.key\",\"peer\":null}]}");

	(void)state;
	assert_non_null(strstr(text, "  sh 7 has fd 4 from make: secret a.key\n"));
	free(text);
	text = shown("{\"sites\":[],\"inherited\":[{\"pid\":7,\"comm\":\"sh\",\"fd\":4,"
		     "\"class\":\"other\",\"path\":\"pipe:[1]\",\"outside\":true}]}");
	assert_null(strstr(text, "Inherited"));
	assert_non_null(strstr(text, "1 more came with the command"));
	free(text);
}

/* An answer of another version breaks nothing. */
static void strange(void **state)
{
	char *text = shown("{\"sites\":[{},3,{\"frames\":[{},4]}],\"inherited\":[{},1]}");

	(void)state;
	assert_non_null(text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_place),         cmocka_unit_test(own_frame_first),
		cmocka_unit_test(own_frame_as_told), cmocka_unit_test(hostile),
		cmocka_unit_test(inherited),         cmocka_unit_test(strange),
	};

	return cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, setup, NULL);
}
