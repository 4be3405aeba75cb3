// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "check.h"
#include "ingest/decode_trace.h"

static void type_is_told(void **state)
{
	__u32 type = FDW_TRACE_SLICE;

	(void)state;
	assert_int_equal(trace_type(&type, sizeof(type)), FDW_TRACE_SLICE);
	assert_int_equal(trace_type(&type, sizeof(type) - 1), -EINVAL);
	type++;
	assert_int_equal(trace_type(&type, sizeof(type)), -EINVAL);
}

static void life_is_taken_over(void **state)
{
	struct fdw_trace_life life = {
		.type = FDW_TRACE_FORKED,
		.lost = 9,
		.tracked = {.start_time_ns = 5000,
			    .since_ns = 7999,
			    .pid = 12,
			    .parent_pid = 11,
			    .space = 3,
			    .flags = FDW_TRACK_CHILDREN,
			    .comm = "sixteen-bytes-xy"},
	};
	struct tracked t;

	(void)state;
	assert_int_equal(decode_life(&life, sizeof(life), &t), 0);
	assert_int_equal(t.start_time, 5);
	assert_int_equal(t.since, 7);
	assert_int_equal(t.pid, 12);
	assert_int_equal(t.parent_pid, 11);
	assert_int_equal(t.space, 3);
	assert_int_equal(t.flags, TRACK_CHILDREN);
	assert_int_equal(t.lost, 9);
	assert_string_equal(t.comm, "sixteen-bytes-x");
	assert_int_equal(decode_life(&life, sizeof(life) - 1, &t), -EINVAL);
}

static struct fdw_site a_site(void)
{
	struct fdw_site site = {
		.type = FDW_TRACE_SITE,
		.flags = FDW_SITE_NATIVE_CUT,
		.site = 77,
		.start_time_ns = 5000,
		.time_ns = 9000,
		.pid = 12,
		.fd = 4,
		.space = 3,
		.native_count = 2,
		.python_count = 1,
		.native = {0x1000, 0x2000},
		.python = {{.code = 99, .instruction = -1}},
	};

	return site;
}

static void site_is_taken_over(void **state)
{
	struct fdw_site record = a_site();
	struct site_sighting site;

	(void)state;
	assert_int_equal(decode_site(&record, sizeof(record), &site), 0);
	assert_int_equal(site.site, 77);
	assert_int_equal(site.start_time, 5);
	assert_int_equal(site.time, 9);
	assert_int_equal(site.pid, 12);
	assert_int_equal(site.fd, 4);
	assert_int_equal(site.space, 3);
	assert_true(site.native_cut);
	assert_false(site.python_cut);
	assert_int_equal(site.native_count, 2);
	assert_int_equal(site.native[1], 0x2000);
	assert_int_equal(site.python_count, 1);
	assert_int_equal(site.python[0].code, 99);
	assert_int_equal(site.python[0].instruction, -1);
}

static void site_out_of_bounds_is_refused(void **state)
{
	struct fdw_site record = a_site();
	struct site_sighting site;

	(void)state;
	assert_int_equal(decode_site(&record, sizeof(record) - 1, &site), -EINVAL);
	record.native_count = FDW_NATIVE_MAX;
	assert_int_equal(decode_site(&record, sizeof(record), &site), 0);
	record.native_count++;
	assert_int_equal(decode_site(&record, sizeof(record), &site), -EINVAL);
	record.native_count = 0;
	record.python_count = FDW_PYTHON_MAX + 1;
	assert_int_equal(decode_site(&record, sizeof(record), &site), -EINVAL);
	record.python_count = 0;
	record.fd = 1U << 31;
	assert_int_equal(decode_site(&record, sizeof(record), &site), -EINVAL);
}

static void slice_has_its_stack(void **state)
{
	struct {
		struct fdw_slice slice;
		char stack[16];
	} record = {.slice = {.seen = a_site(), .registers = {1, 2, 3}, .missing = 5, .size = 16},
		    .stack = "stack"};
	size_t size = sizeof(record.slice) + 16;
	struct stack_slice slice;

	(void)state;
	assert_int_equal(decode_slice(&record, size, &slice), 0);
	assert_int_equal(slice.registers.pc, 1);
	assert_int_equal(slice.registers.sp, 2);
	assert_int_equal(slice.registers.bp, 3);
	assert_int_equal(slice.missing, 5);
	assert_int_equal(slice.size, 16);
	assert_string_equal(slice.stack, "stack");
	assert_int_equal(slice.seen.pid, 12);
	assert_int_equal(decode_slice(&record, size - 1, &slice), -EINVAL);
	record.slice.size = 17;
	assert_int_equal(decode_slice(&record, size, &slice), -EINVAL);
	record.slice.size = 0xffffffff;
	assert_int_equal(decode_slice(&record, size, &slice), -EINVAL);
}

static void left_is_a_descriptor(void **state)
{
	struct fdw_trace_left record = {
		.type = FDW_TRACE_LEFT,
		.pid = 12,
		.start_time_ns = 5000,
		.descriptor = {.type = FDW_DESCRIPTOR_FILE,
			       .fd = 7,
			       .mode = S_IFREG | 0644,
			       .magic = EXT4_SUPER_MAGIC,
			       .opened_ns = 9000,
			       .site = 77,
			       .live_flags = FDW_LIVE_EXECUTED,
			       .name_len = 9},
		.name = "some.file",
	};
	struct descriptor_list *list = NULL;
	struct tracked t;

	(void)state;
	assert_int_equal(decode_left(&record, sizeof(record), &t, &list), 0);
	assert_int_equal(t.pid, 12);
	assert_int_equal(t.start_time, 5);
	assert_int_equal(list->count, 1);
	assert_int_equal(list->items[0].fd, 7);
	assert_int_equal(list->items[0].opened, 9);
	assert_int_equal(list->items[0].site, 77);
	assert_true(list->items[0].executed);
	assert_false(list->items[0].inherited);
	assert_string_equal(list->items[0].name, "some.file");
	descriptor_list_free(list);

	record.descriptor.name_len = FDW_LEFT_NAME + 1;
	assert_int_equal(decode_left(&record, sizeof(record), &t, &list), -EINVAL);
	record.descriptor.name_len = 9;
	record.descriptor.type = FDW_DESCRIPTOR_TABLE;
	assert_int_equal(decode_left(&record, sizeof(record), &t, &list), -EINVAL);
	record.descriptor.type = FDW_DESCRIPTOR_FILE;
	record.descriptor.fd = 0xffffffff;
	assert_int_equal(decode_left(&record, sizeof(record), &t, &list), -EINVAL);
	assert_int_equal(decode_left(&record, sizeof(record) - 1, &t, &list), -EINVAL);
}

static void numbers_tell_sites_apart(void **state)
{
	struct site_sighting site = {.native_count = 2, .native = {1, 2}};
	uint64_t number = site_number(&site);

	(void)state;
	assert_int_not_equal(number, 0);
	assert_int_equal(number & FDW_SITE_PENDING, 0);
	site.native[1] = 3;
	assert_int_not_equal(site_number(&site), number);
	site.native[1] = 2;
	site.native[5] = 9; /* behind the end */
	assert_int_equal(site_number(&site), number);
	site.python_count = 1;
	site.python[0].code = 5;
	assert_int_not_equal(site_number(&site), number);
	number = site_number(&site);
	site.python[0].instruction = 2;
	assert_int_not_equal(site_number(&site), number);
	assert_int_not_equal(site_number(&(struct site_sighting){}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(type_is_told),
		cmocka_unit_test(life_is_taken_over),
		cmocka_unit_test(site_is_taken_over),
		cmocka_unit_test(site_out_of_bounds_is_refused),
		cmocka_unit_test(slice_has_its_stack),
		cmocka_unit_test(left_is_a_descriptor),
		cmocka_unit_test(numbers_tell_sites_apart),
	};

	return RUN_TESTS(tests);
}
