// SPDX-License-Identifier: BSD-2-Clause
#include "model/site.h"

#include <string.h>

#include "check.h"
#include "model/strings.h"

static const struct frame frame = {.function = "f", .file = "/a.c", .line = 3};

static void resolved(void **state)
{
	struct site_set *set = site_set_new(NULL);
	struct site *site = site_set_add(set, 5, 100);
	char name[] = "temporary";
	const struct frame named = {.function = name};

	(void)state;
	assert_int_equal(site->state, SITE_PENDING);
	assert_int_equal(site_set_pending(set), 1);
	site_resolve(set, site, &named, 1, "open");
	memset(name, 0, sizeof(name));
	assert_string_equal(site->frames[0].function, "temporary");
	assert_null(site->frames[0].file);
	assert_int_equal(site->first_seen, 100);
	assert_int_equal(site_set_pending(set), 0);
	assert_ptr_equal(site_set_add(set, 5, 200), site);
	assert_ptr_equal(site_set_find(set, 5), site);
	assert_null(site_set_find(set, 6));
	site_lose(set, site_set_add(set, 6, 1));
	assert_int_equal(site_set_pending(set), 0);
	site_set_unref(set);
}

/* Frames may come again, better known. */
static void resolved_again(void **state)
{
	struct site_set *set = site_set_new(NULL);
	struct site *site = site_set_add(set, 5, 100);
	const struct frame two[] = {frame, frame};

	(void)state;
	site_resolve(set, site, two, 2, NULL);
	site_resolve(set, site, &frame, 1, NULL);
	assert_int_equal(site->frame_count, 1);
	site_set_unref(set);
}

static void bounded(void **state)
{
	struct site_set *set = site_set_new(NULL);
	struct frame frames[STACK_MAX];
	size_t kept = 0;

	(void)state;
	for (size_t i = 0; i < STACK_MAX; i++)
		frames[i] = frame;
	for (uint64_t id = 1; id <= SITES_MAX; id++) {
		struct site *site = site_set_add(set, id, 1);

		site_resolve(set, site, frames, STACK_MAX, NULL);
		kept += site->frame_count;
	}
	assert_true(kept <= SITES_FRAMES_MAX);
	assert_null(site_set_add(set, SITES_MAX + 1, 1));
	assert_int_equal(site_set_overflow(set), 1);
	assert_int_equal(site_set_pending(set), 0);
	site_set_unref(set);
}

static void earlier_programs(void **state)
{
	struct site_set *set = site_set_new(NULL), *first = set;

	(void)state;
	site_set_add(set, 1, 1);
	for (int i = 1; i < SITES_DEPTH; i++) {
		struct site_set *next = site_set_new(set);

		site_set_unref(set);
		set = next;
	}
	assert_non_null(site_set_find(set, 1));
	assert_ptr_equal(site_set_next(first, NULL), site_set_find(set, 1));
	assert_null(site_set_next(set, NULL));
	site_set_unref(set);
}

static void strings(void **state)
{
	struct strings *kept = strings_new(1 << 20);
	char longer[STRINGS_LENGTH_MAX + 50];
	char text[] = "one";

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_ptr_equal(strings_keep(kept, text), strings_keep(kept, "one"));
	assert_ptr_not_equal(strings_keep(kept, text), text);
	assert_null(strings_keep(kept, NULL));
	assert_null(strings_keep(kept, ""));
	assert_int_equal(strlen(strings_keep(kept, longer)), STRINGS_LENGTH_MAX);
	strings_free(kept);
	kept = strings_new(10);
	assert_null(strings_keep(kept, "one"));
	strings_free(kept);
}

/* Those that are not used go, with their frames and other numbers; what is under way stays. */
static void swept(void **state)
{
	struct site_set *set = site_set_new(NULL), *later;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		site_set_add(set, id, 1);
	for (uint64_t id = 1; id <= 3; id++)
		site_resolve(set, site_set_own(set, id), &frame, 1, NULL);
	site_set_alias(set, 101, 1);
	site_set_alias(set, 102, 2);
	later = site_set_new(set);
	site_set_begin_sweep(set);
	site_set_own(set, 102)->used = true;
	site_set_sweep(set); /* a later program's descriptors may be of these */
	assert_int_equal(site_set_count(set), 4);
	site_set_unref(later);
	site_set_sweep(set);
	assert_int_equal(site_set_count(set), 2);
	assert_non_null(site_set_find(set, 2));
	assert_non_null(site_set_find(set, 102));
	assert_null(site_set_find(set, 1));
	assert_null(site_set_find(set, 101));
	assert_int_equal(site_set_find(set, 4)->state, SITE_PENDING);
	assert_int_equal(site_set_pending(set), 1);
	assert_int_equal(site_set_overflow(set), 0);
	for (uint64_t id = 10; id < 10 + 3 * SITES_MAX; id++) { /* room for as many as ever */
		struct site *site = site_set_add(set, id, 1);

		assert_non_null(site);
		site_resolve(set, site, &frame, 1, NULL);
		assert_int_equal(site->frame_count, 1);
		site_set_begin_sweep(set);
		site_set_own(set, 2)->used = true;
		if (id % (SITES_MAX / 2) == 0)
			site_set_sweep(set);
	}
	assert_int_equal(site_set_overflow(set), 0);
	site_set_unref(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swept),
		cmocka_unit_test(resolved),
		cmocka_unit_test(resolved_again),
		cmocka_unit_test(bounded),
		cmocka_unit_test(earlier_programs),
		cmocka_unit_test(strings),
	};

	return RUN_TESTS(tests);
}
