// SPDX-License-Identifier: BSD-2-Clause
#include "top/incidents.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "has.h"

static void incidents_and_alarms_are_told_apart(void **state)
{
	json_t *incidents =
		json_loads("{\"incidents\":[{\"id\":17,\"time\":\"2026-11-21T01:38:58Z\","
			   "\"type\":\"state\",\"pid\":7,\"comm\":\"e\\u001bvil\","
			   "\"state\":\"critical\"},{\"id\":18,\"pid\":8,"
			   "\"comm\":\"other\"}]}",
			   0, NULL);
	json_t *alarms = json_loads("[{\"type\":\"emfile\",\"pid\":7,\"comm\":\"x\","
				    "\"cause\":\"RLIMIT_NOFILE\"}]",
				    0, NULL);
	struct pager pager = {0};

	(void)state;
	incidents_page(&pager, incidents, 200, alarms, 7, 100);
	assert_true(has(&pager, "e\\x1bvil"));
	assert_true(has(&pager, "critical"));
	assert_false(has(&pager, "other"));
	assert_true(has(&pager, "refused by RLIMIT_NOFILE"));
	incidents_page(&pager, incidents, 200, alarms, 0, 100);
	assert_true(has(&pager, "other"));
	incidents_page(&pager, NULL, 404, NULL, 0, 100);
	assert_true(has(&pager, "not available"));
	assert_true(has(&pager, "none"));
	pager_free(&pager);
	json_decref(incidents);
	json_decref(alarms);
}

#define INCIDENT(id) "{\"id\":" #id ",\"pid\":7,\"state\":\"critical\"}"
#define ALARM(second, incident) \
	"{\"time\":\"2026-11-21T01:38:" #second "Z\",\"type\":\"state\",\"pid\":7," \
	"\"state\":\"critical\",\"incident\":" #incident "}"

static void show(struct pager *pager, const char *incidents, const char *alarms)
{
	json_t *told = json_loads(incidents, 0, NULL);
	json_t *alarmed = json_loads(alarms, 0, NULL);

	assert_non_null(told);
	assert_non_null(alarmed);
	incidents_page(pager, told, 200, alarmed, 0, 100);
	json_decref(told);
	json_decref(alarmed);
}

static uint64_t subject(const struct pager *pager)
{
	const struct page_mark *mark = pager_marked(pager);

	return mark ? mark->subject : 0;
}

static void a_line_stands_for_its_incident(void **state)
{
	struct pager pager = {0};

	(void)state;
	pager_update(&pager, 20);
	show(&pager, "{\"incidents\":[" INCIDENT(18) "," INCIDENT(17) "]}",
	     "[" ALARM(50, null) "," ALARM(58, 17) "]");
	pager_update(&pager, 20);
	assert_int_equal(subject(&pager), 18); /* begins on the latest */
	cursor_move(&pager.cursor, 1);
	assert_int_equal(subject(&pager), 17);
	/* another comes before it: the selection stays with its incident */
	show(&pager, "{\"incidents\":[" INCIDENT(19) "," INCIDENT(18) "," INCIDENT(17) "]}",
	     "[" ALARM(50, null) "," ALARM(58, 17) "]");
	pager_update(&pager, 20);
	assert_int_equal(subject(&pager), 17);
	cursor_move(&pager.cursor, 4); /* a blank, a title, headings, the latest alarm */
	assert_int_equal(subject(&pager), 17);
	cursor_move(&pager.cursor, 1);
	assert_non_null(pager_marked(&pager));
	assert_int_equal(subject(&pager), 0); /* an alarm without an incident */
	show(&pager, "{\"incidents\":[" INCIDENT(17) "]}",
	     "[" ALARM(50, null) "," ALARM(58, 17) "," ALARM(59, 19) "]");
	pager_update(&pager, 20);
	assert_non_null(pager_marked(&pager));
	assert_int_equal(subject(&pager), 0);
	cursor_set(&pager.cursor, 0);
	assert_null(pager_marked(&pager)); /* the title */
	pager_free(&pager);
}

static void without_any_there_is_nothing_to_open(void **state)
{
	struct pager pager = {0};

	(void)state;
	show(&pager, "{\"incidents\":[]}", "[]");
	pager_update(&pager, 20);
	for (size_t i = 0; i < pager.count; i++) {
		cursor_set(&pager.cursor, i);
		assert_null(pager_marked(&pager));
	}
	incidents_page(&pager, NULL, 503, NULL, 0, 100);
	pager_update(&pager, 20);
	assert_null(pager_marked(&pager));
	pager_free(&pager);
}

static void take(struct story *story, uint64_t id, long status, const char *answer)
{
	struct news news = {
		.incident_id = id,
		.incident_status = status,
		.incident = answer ? json_loads(answer, 0, NULL) : NULL,
	};

	story_take(story, &news);
	json_decref(news.incident);
}

#define ANSWER \
	"{\"id\":17,\"pid\":7,\"comm\":\"le\\u001bak\",\"began_time\":\"2026-11-21T01:38:00Z\"," \
	"\"worst_state\":\"critical\",\"box_time\":\"2026-11-21T01:38:50Z\"," \
	"\"kinds\":{\"file\":2},\"descriptors\":[{\"fd\":3,\"kind\":\"file\"," \
	"\"path\":\"/var/spool/x\"}],\"sites\":[{\"live\":2,\"frames\":[{\"language\":" \
	"\"python\",\"function\":\"load\",\"file\":\"/srv/app.py\",\"line\":42}]}],"

static void the_story_of_one(void **state)
{
	json_t *alarms = json_loads("[" ALARM(50, 18) "," ALARM(58, 17) "]", 0, NULL);
	struct story story = {0};

	(void)state;
	story_open(&story, 17);
	story_render(&story, alarms, 100);
	assert_true(has(&story.page, "Asking fdwatchd"));
	take(&story, 18, 200, "{\"id\":18}"); /* of another, asked for before */
	assert_null(story.answer);
	take(&story, 17, 200, ANSWER "\"ended_by\":null}");
	assert_false(story_is_final(&story));
	story_render(&story, alarms, 100);
	assert_true(has(&story.page, "le\\x1bak"));
	assert_true(has(&story.page, "/var/spool/x"));
	assert_true(has(&story.page, "app.py:42"));
	assert_true(has(&story.page, "file 2"));
	assert_true(has(&story.page, ":58"));
	assert_false(has(&story.page, "01:38:50  state"));
	take(&story, 17, 200, ANSWER "\"ended_by\":\"recovered\"}");
	assert_true(story_is_final(&story));
	story_render(&story, alarms, 100);
	assert_true(has(&story.page, "recovered"));
	story_open(&story, 19);
	take(&story, 19, 404, NULL);
	story_render(&story, alarms, 100);
	assert_true(has(&story.page, "forgotten"));
	story_close(&story);
	json_decref(alarms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incidents_and_alarms_are_told_apart),
		cmocka_unit_test(a_line_stands_for_its_incident),
		cmocka_unit_test(without_any_there_is_nothing_to_open),
		cmocka_unit_test(the_story_of_one),
	};

	return RUN_TESTS(tests);
}
