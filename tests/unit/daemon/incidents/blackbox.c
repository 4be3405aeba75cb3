// SPDX-License-Identifier: BSD-2-Clause
#include "incidents/blackbox.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "model/forecast.h"

static struct descriptor_list *a_list(size_t count, size_t name_length)
{
	struct descriptor_list *list = calloc(1, sizeof(*list));

	list->items = calloc(count, sizeof(*list->items));
	for (size_t i = 0; i < count; i++) {
		list->items[i].fd = (int32_t)i;
		list->items[i].kind = FDW_KIND_FILE;
		list->items[i].name = malloc(name_length + 1);
		memset(list->items[i].name, 'x', name_length);
		list->items[i].name[name_length] = '\0';
	}
	list->count = count;
	list->kinds[FDW_KIND_FILE] = count;
	list->taken = (uint32_t)count;
	return list;
}

/* The box as it would be read, and its length. */
static json_t *made(const struct store_box *box, size_t *length)
{
	char *text;
	json_t *json;

	assert_int_equal(box->make(box->data, &text, length), 0);
	json = json_loadb(text, *length, 0, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static size_t items(const json_t *json, const char *key)
{
	return json_array_size(json_object_get(json, key));
}

static json_int_t number(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static const struct incident incident = {.id = 1700000000000000, .pid = 42};

static void all_that_was_open(void **state)
{
	struct process p = {.sample = {.pid = 42, .fds = 1, .soft_limit = 64, .comm = "leak"}};
	struct store_box box;
	size_t length;
	json_t *json, *again;

	(void)state;
	p.forecast = forecast_new();
	for (uint64_t i = 1; i < 40; i++) {
		struct forecast_sample sample = {
			.t = i * 1000000, .live = (uint32_t)i, .limit = 64};

		forecast_add(p.forecast, &sample, NULL);
	}
	assert_int_equal(blackbox_fill(&box, &incident, INCIDENT_BOX_CRITICAL, &p, "alice", NULL,
				       a_list(3, 10)),
			 0);
	forecast_free(p.forecast); /* the process may be gone by then */
	assert_int_equal(box.incident, incident.id);
	json = made(&box, &length);
	assert_int_equal(items(json, "descriptors"), 3);
	assert_int_equal(number(json, "descriptors_cut"), 0);
	assert_int_equal(number(json_object_get(json, "kinds"), "file"), 3);
	assert_int_equal(number(json_object_get(json, "process"), "fds"), 3);
	assert_int_equal(items(json_object_get(json, "trend"), "samples") > 10, 1);
	assert_true(json_is_number(
		json_object_get(json_object_get(json, "trend"), "growth_per_second")));
	assert_int_equal(items(json, "sites"), 0);
	assert_string_equal(json_string_value(json_object_get(json, "box_reason")), "critical");
	again = made(&box, &length); /* after a disk that was full */
	assert_true(json_equal(json, again));
	json_decref(json);
	json_decref(again);
	box.drop(box.data);
}

/* However much it held, the text stays within its bound, and says how much is left out. */
static void too_much_is_cut(void **state)
{
	struct process p = {.sample = {.pid = 42}};
	struct store_box box;
	size_t length;
	json_t *json;

	(void)state;
	assert_int_equal(blackbox_fill(&box, &incident, INCIDENT_BOX_REFUSAL, &p, NULL, NULL,
				       a_list(150000, 40)),
			 0);
	assert_true(box.bytes >= 150000 * sizeof(struct descriptor));
	json = made(&box, &length);
	assert_true(length <= STORE_BOX_MAX);
	assert_in_range(items(json, "descriptors"), 37500, 149999);
	assert_int_equal(items(json, "descriptors") + (size_t)number(json, "descriptors_cut"),
			 150000);
	assert_int_equal(number(json_object_get(json, "kinds"), "file"), 150000);
	json_decref(json);
	box.drop(box.data);
}

/* What waits for a disk is counted as it is: long names, and what is known of sockets. */
static void all_it_takes_is_counted(void **state)
{
	struct process p = {.sample = {.pid = 42}};
	struct descriptor_list *list = a_list(1000, 4000);
	struct store_box box;
	size_t least = 1000 * (sizeof(struct descriptor) + sizeof(struct socket_info) + 4001);

	(void)state;
	for (size_t i = 0; i < list->count; i++)
		list->items[i].socket = calloc(1, sizeof(*list->items[i].socket));
	assert_int_equal(
		blackbox_fill(&box, &incident, INCIDENT_BOX_CRITICAL, &p, NULL, NULL, list), 0);
	assert_in_range(box.bytes, least, least + 100000);
	box.drop(box.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_open),
		cmocka_unit_test(too_much_is_cut),
		cmocka_unit_test(all_it_takes_is_counted),
	};

	return RUN_TESTS(tests);
}
