// SPDX-License-Identifier: BSD-2-Clause
#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static const uint8_t boot[LEDGER_BOOT] = {1, 2, 3}, other_boot[LEDGER_BOOT] = {1, 2, 4};

struct folder {
	char path[64];
	char file[96];
};

static int make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "/tmp/fdw-ledger-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->file, sizeof(f->file), "%s/" LEDGER_FILE, f->path);
	*state = f;
	return 0;
}

static int remove_folder(void **state)
{
	struct folder *f = *state;
	char next[128];

	snprintf(next, sizeof(next), "%s.new", f->file);
	unlink(f->file);
	unlink(next);
	assert_int_equal(rmdir(f->path), 0);
	free(f);
	return 0;
}

static struct ledger opened(const struct folder *f)
{
	struct ledger ledger;

	assert_int_equal(ledger_open(&ledger, f->path, boot), 0);
	return ledger;
}

/* The records that a new daemon finds, one after the other. */
static void assert_found(const struct folder *f, const uint8_t *of, const char *expected)
{
	struct ledger ledger;
	char text[256] = "";
	size_t size, at = 0, one, length = 0;
	const void *record;
	void *bytes;

	assert_int_equal(ledger_open(&ledger, f->path, of), 0);
	assert_int_equal(ledger_read(&ledger, &bytes, &size), 0);
	while (bytes && (record = ledger_next(bytes, size, &at, &one)))
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%.*s;", (int)one,
					   (const char *)record);
	assert_string_equal(text, expected);
	free(bytes);
	ledger_close(&ledger);
}

static void found_in_order(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	struct stat st;

	assert_int_equal(ledger_append(&ledger, "one", 3), 0);
	assert_int_equal(ledger_append(&ledger, "", 0), 0);
	assert_int_equal(ledger_append(&ledger, "three", 5), 0);
	ledger_close(&ledger);
	assert_found(f, boot, "one;;three;");
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_found(f, other_boot, "");
	assert_found(f, boot, ""); /* that other one has begun it anew */
}

static void torn_end_is_cut(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	uint64_t whole;

	ledger_append(&ledger, "one", 3);
	whole = ledger.size;
	ledger_append(&ledger, "two", 3);
	for (uint64_t end = ledger.size - 1; end >= whole; end--) {
		assert_int_equal(truncate(f->file, (off_t)end), 0);
		assert_found(f, boot, "one;");
	}
	ledger_close(&ledger);
}

static void goes_on_behind_what_is_whole(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	void *bytes;
	size_t size;

	ledger_append(&ledger, "one", 3);
	ledger_append(&ledger, "two", 3);
	assert_int_equal(truncate(f->file, (off_t)ledger.size - 1), 0);
	ledger_close(&ledger);
	ledger = opened(f);
	assert_int_equal(ledger_read(&ledger, &bytes, &size), 0);
	free(bytes);
	ledger_append(&ledger, "three", 5);
	ledger_close(&ledger);
	assert_found(f, boot, "one;three;");
}

static void flipped_bytes_end_it(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	uint64_t from = ledger.size, to;

	ledger_append(&ledger, "one", 3);
	to = ledger.size;
	ledger_close(&ledger);
	for (uint64_t at = from; at < to; at++) {
		int fd = open(f->file, O_RDWR | O_CLOEXEC);
		uint8_t byte = 0, flipped, all[64];
		ssize_t size = pread(fd, all, sizeof(all), 0);

		assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
		flipped = byte ^ 0x10;
		assert_int_equal(pwrite(fd, &flipped, 1, (off_t)at), 1);
		assert_found(f, boot, "");
		assert_int_equal(pwrite(fd, all, (size_t)size, 0), size);
		close(fd);
	}
	assert_found(f, boot, "one;");
}

static void replaced_as_a_whole(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);

	ledger_append(&ledger, "old", 3);
	assert_int_equal(ledger_replace(&ledger), -EINVAL);
	assert_int_equal(ledger_renew(&ledger), 0);
	ledger_append(&ledger, "half", 4);
	ledger_close(&ledger); /* killed amidst it */
	assert_found(f, boot, "old;");
	ledger = opened(f);
	assert_int_equal(ledger_renew(&ledger), 0);
	ledger_append(&ledger, "new", 3);
	assert_int_equal(ledger_replace(&ledger), 0);
	ledger_append(&ledger, "newer", 5);
	ledger_close(&ledger);
	assert_found(f, boot, "new;newer;");
}

/* What was to come in its place is not whole: what is there stays, and goes on. */
static void replaced_by_nothing_torn(void **state)
{
	static const uint8_t most[LEDGER_RECORD_MAX + 1];
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	char next[128];

	snprintf(next, sizeof(next), "%s.new", f->file);
	assert_int_equal(ledger_append(&ledger, "old", 3), 0);
	assert_int_equal(ledger_renew(&ledger), 0);
	assert_int_equal(ledger_append(&ledger, "new", 3), 0);
	assert_int_equal(ledger_append(&ledger, most, sizeof(most)), -EINVAL);
	assert_int_equal(ledger_replace(&ledger), -EINVAL);
	assert_int_equal(access(next, F_OK), -1);
	assert_int_equal(ledger_append(&ledger, "older", 5), 0);
	ledger_close(&ledger);
	assert_found(f, boot, "old;older;");
	ledger = opened(f);
	assert_int_equal(symlink("/dev/full", next), 0);
	assert_int_equal(ledger_renew(&ledger), -ELOOP); /* nor by none */
	assert_int_equal(ledger_append(&ledger, "on", 2), 0);
	assert_int_equal(ledger_replace(&ledger), -EINVAL);
	ledger_close(&ledger);
}

/* In a process that may write no byte: as on a full disk. */
static void replaced_on_a_full_disk(void **state)
{
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	struct rlimit none = {.rlim_max = RLIM_INFINITY}, before;

	assert_int_equal(ledger_append(&ledger, "old", 3), 0);
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(ledger_renew(&ledger), -EFBIG);
	assert_int_equal(ledger_append(&ledger, "new", 3), -EFBIG);
	assert_int_equal(ledger_replace(&ledger), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	ledger_close(&ledger);
	assert_found(f, boot, "old;");
}

static void bounded(void **state)
{
	static uint8_t most[LEDGER_RECORD_MAX + 1];
	struct folder *f = *state;
	struct ledger ledger = opened(f);
	int r;

	assert_int_equal(ledger_append(&ledger, most, sizeof(most)), -EINVAL);
	while (!(r = ledger_append(&ledger, most, LEDGER_RECORD_MAX)))
		;
	assert_int_equal(r, -EFBIG);
	assert_true(ledger.size <= LEDGER_MAX);
	ledger_close(&ledger);
}

static void no_link_is_followed(void **state)
{
	struct folder *f = *state;
	struct ledger ledger;

	assert_int_equal(symlink("/dev/null", f->file), 0);
	assert_int_equal(ledger_open(&ledger, f->path, boot), -ELOOP);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(found_in_order),          TEST(torn_end_is_cut),
		TEST(flipped_bytes_end_it),    TEST(goes_on_behind_what_is_whole),
		TEST(replaced_as_a_whole),     TEST(replaced_by_nothing_torn),
		TEST(replaced_on_a_full_disk), TEST(bounded),
		TEST(no_link_is_followed),
	};

	return RUN_TESTS(tests);
}
