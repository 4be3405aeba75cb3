// SPDX-License-Identifier: BSD-2-Clause
#include "tracking/recall.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

#define PID 40

/* What was put, as a later daemon finds it. */
struct disk {
	uint8_t bytes[1 << 16];
	size_t size;
	size_t begun; /* where the renewal under way begins; 0: none is */
	unsigned int renewals;
};

static struct disk disk;

static int put(enum recall_put what, const void *bytes, size_t size, void *data)
{
	struct disk *d = data;

	if (what == RECALL_RENEW) {
		d->begun = d->size;
	} else if (what == RECALL_REPLACE) {
		memmove(d->bytes, d->bytes + d->begun, d->size - d->begun);
		d->size -= d->begun;
		d->begun = 0;
		d->renewals++;
	} else {
		assert_true(d->size + sizeof(size) + size <= sizeof(d->bytes));
		memcpy(d->bytes + d->size, &size, sizeof(size));
		memcpy(d->bytes + d->size + sizeof(size), bytes, size);
		d->size += sizeof(size) + size;
	}
	return 0;
}

static const void *next(const void *bytes, size_t size, size_t *at, size_t *record_size)
{
	const uint8_t *record = (const uint8_t *)bytes + *at;

	if (*at == size)
		return NULL;
	memcpy(record_size, record, sizeof(*record_size));
	*at += sizeof(*record_size) + *record_size;
	return record + sizeof(*record_size);
}

static struct recall *begin(void)
{
	struct recall_source source = {.next = next, .put = put, .data = &disk};

	if (disk.size) {
		source.found = malloc(disk.size);
		memcpy(source.found, disk.bytes, disk.size);
		source.found_size = disk.size;
	}
	return recall_new(&source);
}

static int empty(void **state)
{
	(void)state;
	memset(&disk, 0, sizeof(disk));
	return 0;
}

static struct tracked tracked_of(int32_t pid, uint32_t space)
{
	return (struct tracked){.pid = pid, .start_time = 5, .since = 6, .space = space};
}

static const struct recall_process process = {
	.pid = PID,
	.start_time = 5,
	.since = 6,
	.space = 9,
	.uid = 1000,
	.bounded = true,
	.from = "sh",
};

/* A set of one site, which is named by its number. */
static struct site_set *a_set(uint32_t space, struct site_set *before)
{
	struct site_set *set = site_set_new(before);
	const struct frame frame = {.function = "f", .line = space};

	site_set_name(set, space);
	site_resolve(set, site_set_add(set, space * 100, 1), &frame, 1, NULL);
	return set;
}

static void processes(void **state)
{
	struct recall *r = begin();
	struct recall_process p = process, later = process;
	struct tracked t = tracked_of(PID, 9);
	const struct recall_process *found;

	(void)state;
	assert_null(recall_find(r, &t));
	recall_keep_process(r, &p);
	later.asked = true;
	recall_keep_process(r, &later);
	recall_free(r);
	r = begin();
	found = recall_find(r, &t);
	assert_non_null(found); /* the last stands */
	assert_true(found->asked && found->bounded && !found->hidden);
	assert_int_equal(found->uid, 1000);
	assert_string_equal(found->from, "sh");
	t.since++; /* tracked anew */
	assert_null(recall_find(r, &t));
	t.since--;
	t.start_time++;
	assert_null(recall_find(r, &t));
	t = tracked_of(PID + 1, 9);
	assert_null(recall_find(r, &t));
	t = tracked_of(PID, 9);
	recall_settle(r);
	assert_null(recall_find(r, &t));
	recall_free(r);
}

static void sites_and_those_before(void **state)
{
	struct site_set *first = a_set(3, NULL), *second = a_set(9, first), *back, *other;
	struct recall *r = begin();

	(void)state;
	recall_keep_space(r, first);
	recall_keep_space(r, second);
	recall_keep_site(r, second, site_set_find(second, 900));
	recall_keep_site(r, first, site_set_find(first, 300));
	recall_keep_alias(r, second, 1ULL << 63, 900);
	recall_free(r);
	r = begin();
	assert_null(recall_sites(r, 4));
	back = recall_sites(r, 9);
	assert_int_equal(site_set_number(back), 9);
	assert_int_equal(site_set_find(back, 900)->frames[0].line, 9);
	assert_int_equal(site_set_find(back, 300)->frames[0].line, 3);
	assert_ptr_equal(site_set_find(back, 1ULL << 63), site_set_find(back, 900));
	assert_null(site_set_own(back, 300));
	other = recall_sites(r, 3); /* one set, whoever asks */
	assert_ptr_equal(other, site_set_before(back));
	recall_free(r);
	assert_int_equal(site_set_find(back, 300)->frames[0].line, 3);
	site_set_unref(other);
	site_set_unref(back);
	site_set_unref(second);
	site_set_unref(first);
}

static void renewed(void **state)
{
	struct site_set *set = a_set(9, NULL);
	struct recall *r = begin();
	size_t once, turns = 0;

	(void)state;
	recall_renew(r);
	recall_keep_all(r, set);
	recall_keep_all(r, set); /* which another process has too */
	recall_replace(r);
	once = disk.size;
	while (!recall_is_due(r)) {
		recall_keep_site(r, set, site_set_find(set, 900));
		disk.size = once;
		turns++;
	}
	assert_in_range(turns, 1000, 10000000);
	recall_renew(r);
	recall_keep_all(r, set);
	recall_replace(r);
	assert_int_equal(disk.size, once);
	assert_false(recall_is_due(r));
	recall_free(r);
	site_set_unref(set);
}

/* Records that no daemon wrote. */
static void wrong_records(void **state)
{
	static const uint8_t records[][12] = {
		{0},
		{1, PID},
		{1, PID, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0},
		{2, 9, 0, 0, 0, 9, 0, 0, 0}, /* before itself */
		{3, 9, 0, 0, 0, 0, 1, 2},
		{3, 9, 0, 0, 0, 1, 1, 2},
		{200, 9, 0, 0, 0, 1, 1, 2},
	};
	struct tracked t = tracked_of(PID, 9);
	struct site_set *set;
	struct recall *r;

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		for (size_t size = 0; size <= sizeof(records[0]); size++)
			put(RECALL_ADD, records[i], size, &disk);
	r = begin();
	assert_null(recall_find(r, &t));
	set = recall_sites(r, 9);
	assert_non_null(set);
	assert_null(site_set_next(set, NULL));
	site_set_unref(set);
	recall_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(processes, empty),
		cmocka_unit_test_setup(sites_and_those_before, empty),
		cmocka_unit_test_setup(renewed, empty),
		cmocka_unit_test_setup(wrong_records, empty),
	};

	return RUN_TESTS(tests);
}
