// SPDX-License-Identifier: BSD-2-Clause
#include "merge.h"

#include <stdbool.h>
#include <stdlib.h>

#define EXAMPLES_MAX 3

/* What is the same in all that are told as one; NULL: nothing is. */
static char *key_of(const json_t *site)
{
	json_t *frames = json_object_get(site, "frames");
	json_auto_t *parts = NULL;

	if (json_array_size(frames) == 0)
		return NULL;
	parts = json_pack("[O?, O?, O?, O]", json_object_get(site, "comm"),
			  json_object_get(site, "kind"), json_object_get(site, "call"), frames);
	return json_dumps(parts, JSON_COMPACT | JSON_SORT_KEYS);
}

static void add_number(json_t *to, const json_t *from, const char *key)
{
	json_int_t sum = json_integer_value(json_object_get(to, key)) +
			 json_integer_value(json_object_get(from, key));

	json_object_set_new(to, key, json_integer(sum));
}

/* Of the oldest the older, and of what half are older than the younger: so both are true of all. */
static void take_number(json_t *to, const json_t *from, const char *key, bool larger)
{
	json_t *other = json_object_get(from, key);
	double own = json_number_value(json_object_get(to, key));

	if (json_is_number(other) && larger == (json_number_value(other) > own))
		json_object_set(to, key, other);
}

static void add_examples(json_t *to, const json_t *from)
{
	json_t *examples = json_object_get(to, "examples");
	json_t *more;
	size_t i, k;

	json_array_foreach (json_object_get(from, "examples"), i, more) {
		for (k = 0; k < json_array_size(examples); k++)
			if (json_equal(json_array_get(examples, k), more))
				break;
		if (k == json_array_size(examples) && k < EXAMPLES_MAX)
			json_array_append(examples, more);
	}
}

static void add(json_t *to, const json_t *site)
{
	static const char *const sums[] = {"live", "opened_total", "closed_total",
					   "closed_elsewhere_total"};

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		add_number(to, site, sums[i]);
	take_number(to, site, "oldest_seconds", true);
	take_number(to, site, "median_age_seconds", false);
	add_examples(to, site);
	json_object_set_new(to, "processes",
			    json_integer(json_integer_value(json_object_get(to, "processes")) + 1));
}

/* The one to add to, in the list; the site itself where it is the first. */
static json_t *find(json_t *first, json_t *list, const json_t *site)
{
	char *key = key_of(site);
	json_t *found = key ? json_object_get(first, key) : NULL;

	if (!found) {
		json_t *copy = json_deep_copy(site);

		json_object_set_new(copy, "processes", json_integer(1));
		if (key)
			json_object_set(first, key, copy);
		json_array_append_new(list, copy);
	}
	free(key);
	return found;
}

static int by_live(const void *left, const void *right)
{
	json_int_t a = json_integer_value(json_object_get(*(json_t *const *)left, "live"));
	json_int_t b = json_integer_value(json_object_get(*(json_t *const *)right, "live"));

	return a < b ? 1 : a > b ? -1 : 0;
}

static json_t *sorted(const json_t *list)
{
	size_t count = json_array_size(list);
	json_t **all = calloc(count + 1, sizeof(json_t *));
	json_t *result = all ? json_array() : NULL;

	for (size_t i = 0; all && i < count; i++)
		all[i] = json_array_get(list, i);
	if (result)
		qsort(all, count, sizeof(json_t *), by_live);
	for (size_t i = 0; result && i < count; i++)
		json_array_append(result, all[i]);
	free(all);
	return result;
}

json_t *sites_merged(const json_t *sites)
{
	json_auto_t *first = json_object();
	json_auto_t *list = json_array();
	json_t *site;
	size_t i;

	if (!json_is_array(sites) || !first || !list)
		return NULL;
	json_array_foreach (sites, i, site) {
		json_t *to = find(first, list, site);

		if (to)
			add(to, site);
	}
	return sorted(list);
}
