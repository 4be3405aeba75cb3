// SPDX-License-Identifier: BSD-2-Clause
#include "model/site_rank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "model/process.h"

#define SECOND 1000000ULL
#define START (1000 * SECOND)
#define MAX 400

static struct descriptor items[MAX];
static struct descriptor_list list;
static char names[MAX][300];

static struct descriptor *add(uint64_t site, double second)
{
	struct descriptor *d = &items[list.count];

	*d = (struct descriptor){
		.fd = (int32_t)list.count,
		.kind = FDW_KIND_FILE,
		.site = site,
		.opened = site ? START + (uint64_t)(second * SECOND) : 0,
		.name = names[list.count],
	};
	snprintf(names[list.count], sizeof(names[0]), "/data/%zu", list.count);
	list.items = items;
	list.count++;
	return d;
}

static struct site_set *sites(void)
{
	static const struct frame frames[] = {
		{.function = "leak", .file = "/app.py", .line = 7, .language = FRAME_PYTHON},
		{.function = "pool", .file = "/app.py", .line = 9, .language = FRAME_PYTHON},
	};
	struct site_set *set = site_set_new(NULL);

	list = (struct descriptor_list){};
	for (uint64_t id = 1; id <= 4; id++) {
		struct site *site = site_set_add(set, id, START);

		site->opened = 1;
		if (id < 4) /* 1 and 3 are two ways to one place, 4 is pending */
			site_resolve(set, site, &frames[id == 2], 1, "openat");
	}
	return set;
}

static void ranks(void **state)
{
	struct site_set *set = sites();
	struct ranking ranking;

	(void)state;
	for (int i = 0; i < 50; i++)
		add(i % 5 ? 1 : 3, i);
	for (int i = 0; i < 30; i++)
		add(2, 0.01 * i);
	add(4, 1);
	add(0, 0);
	add(99, 1); /* nobody told of it */
	site_set_add(set, 1, 0)->opened = 60;
	assert_int_equal(ranking_make(&ranking, set, &list, LIMIT_INFINITY, START + 50 * SECOND),
			 0);
	assert_int_equal(ranking.count, 3);
	assert_int_equal(ranking.live, 83);
	assert_int_equal(ranking.unexplained, 2);
	assert_int_equal(ranking.pending, 1);
	assert_int_equal(ranking.places[0].live, 50);
	assert_int_equal(ranking.places[0].stacks, 2);
	assert_int_equal(ranking.places[0].opened, 70);
	assert_int_equal(ranking.places[0].site->frames[0].line, 7);
	assert_int_equal(ranking.places[0].oldest, 50 * SECOND);
	assert_int_equal(ranking.places[0].median, 25 * SECOND);
	assert_int_equal(ranking.places[0].example_count, PLACE_EXAMPLES);
	assert_int_equal(ranking.places[1].live, 30);
	assert_int_equal(ranking.places[1].verdict, VERDICT_HOLDS);
	assert_int_equal(ranking.places[2].site->state, SITE_PENDING);
	site_set_unref(set); /* the ranking goes on */
	assert_string_equal(ranking.places[0].site->frames[0].function, "leak");
	ranking_free(&ranking);
	assert_int_equal(ranking.count, 0);
}

static void names_a_leak(void **state)
{
	struct site_set *set = sites();
	struct ranking ranking;

	(void)state;
	for (int i = 0; i < 100; i++)
		add(1, 0.3 * i);
	assert_int_equal(ranking_make(&ranking, set, &list, LIMIT_INFINITY, START + 30 * SECOND),
			 0);
	assert_int_equal(ranking.places[0].verdict, VERDICT_LEAK);
	ranking_free(&ranking);
	site_set_unref(set);
}

static void examples(void **state)
{
	struct socket_info socket = {.family = "inet", .state = "", .remote = "192.0.2.1:80"};
	struct site_set *set = sites();
	struct ranking ranking;
	const struct place *place;

	(void)state;
	for (int i = 0; i < 10; i++)
		memcpy(add(1, i)->name, "/same", sizeof("/same"));
	memset(add(1, 10)->name, 'x', sizeof(names[0]) - 1);
	names[10][sizeof(names[0]) - 1] = '\0';
	add(1, 11)->socket = &socket;
	add(1, 12)->name = NULL;
	assert_int_equal(ranking_make(&ranking, set, &list, LIMIT_INFINITY, START + 30 * SECOND),
			 0);
	place = &ranking.places[0];
	assert_int_equal(place->example_count, 3);
	assert_string_equal(place->examples[0], "/same");
	assert_int_equal(strlen(place->examples[1]), PLACE_EXAMPLE_SIZE - 1);
	assert_memory_equal(place->examples[1], "...xx", 5);
	assert_string_equal(place->examples[2], "192.0.2.1:80");
	ranking_free(&ranking);
	site_set_unref(set);
}

static void nothing(void **state)
{
	const struct descriptor_list empty = {};
	struct ranking ranking;

	(void)state;
	assert_int_equal(ranking_make(&ranking, NULL, &empty, LIMIT_INFINITY, START), 0);
	assert_int_equal(ranking.count, 0);
	ranking_free(&ranking);
}

/* Five hundred clients of a server, of which it keeps what they keep. */
static void clients(void **state)
{
	static struct socket_info sockets[MAX];
	struct site_set *set = sites();
	struct ranking ranking;

	(void)state;
	sockets[0] = (struct socket_info){
		.family = "inet", .type = "stream", .state = "LISTEN", .local = "0.0.0.0:80"};
	add(2, 0)->socket = &sockets[0];
	for (int i = 1; i < 300; i++) {
		sockets[i] = (struct socket_info){.family = "inet",
						  .type = "stream",
						  .state = "ESTABLISHED",
						  .local = "192.0.2.1:80"};
		snprintf(sockets[i].remote, sizeof(sockets[i].remote), "192.0.2.2:%d", 1024 + i);
		add(1, 0.1 * i)->socket = &sockets[i];
	}
	assert_int_equal(ranking_make(&ranking, set, &list, LIMIT_INFINITY, START + 30 * SECOND),
			 0);
	assert_int_equal(ranking.places[0].verdict, VERDICT_HOLDS);
	ranking_free(&ranking);
	for (int i = 1; i < 300; i++) /* they have gone, and it did not close */
		sockets[i].state = "CLOSE_WAIT";
	assert_int_equal(ranking_make(&ranking, set, &list, LIMIT_INFINITY, START + 30 * SECOND),
			 0);
	assert_int_equal(ranking.places[0].verdict, VERDICT_LEAK);
	ranking_free(&ranking);
	site_set_unref(set);
}

/* At its limit a process opens no more, however long it lives on: a leak remains one. */
static void full(void **state)
{
	struct site_set *set = sites();
	struct ranking ranking;

	(void)state;
	for (int i = 0; i < 50; i++)
		add(1, i);
	site_set_add(set, 1, 0)->opened = 50;
	list.taken = 50;
	assert_int_equal(ranking_make(&ranking, set, &list, 1024, START + 900 * SECOND), 0);
	assert_int_equal(ranking.places[0].verdict, VERDICT_HOLDS);
	ranking_free(&ranking);
	assert_int_equal(ranking_make(&ranking, set, &list, 50, START + 900 * SECOND), 0);
	assert_int_equal(ranking.places[0].verdict, VERDICT_LEAK);
	assert_int_equal(ranking.places[0].oldest, 900 * SECOND);
	ranking_free(&ranking);
	site_set_unref(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks),    cmocka_unit_test(names_a_leak),
		cmocka_unit_test(examples), cmocka_unit_test(nothing),
		cmocka_unit_test(clients),  cmocka_unit_test(full),
	};

	return RUN_TESTS(tests);
}
