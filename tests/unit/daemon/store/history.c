// SPDX-License-Identifier: BSD-2-Clause
#include "store/history.h"
#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static const uint8_t boot[HISTORY_BOOT] = {1, 2, 3}, other_boot[HISTORY_BOOT] = {1, 2, 4};

struct read {
	size_t count;
	struct history_key key; /* the last */
	size_t size;
	uint8_t first;
};

static int take(const struct history_key *key, const void *bytes, size_t size, void *data)
{
	struct read *read = data;

	read->count++;
	read->key = *key;
	read->size = size;
	read->first = size ? *(const uint8_t *)bytes : 0;
	return 0;
}

static struct read read_all(const char *folder, const uint8_t *of)
{
	struct history history;
	struct read read = {};

	assert_int_equal(history_open(&history, folder, of), 0);
	assert_int_equal(history_read(&history, take, &read), 0);
	history_close(&history);
	return read;
}

static void put(const char *folder, struct history_key key, uint8_t byte, size_t size)
{
	uint8_t bytes[HISTORY_SIZE + 1];
	struct history history;
	struct read ignored = {};

	memset(bytes, byte, sizeof(bytes));
	assert_int_equal(history_open(&history, folder, boot), 0);
	history_read(&history, take, &ignored); /* so the next is newer */
	assert_int_equal(history_write(&history, &key, bytes, size), 0);
	history_close(&history);
}

static void flip(const char *folder, off_t at)
{
	char path[128], byte;
	int fd;

	snprintf(path, sizeof(path), "%s/" HISTORY_FILE, folder);
	fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static int make_folder(void **state)
{
	static char folder[64];

	PUT_TEXT(folder, "/tmp/fdwatch-history-XXXXXX");
	*state = mkdtemp(folder);
	return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/" HISTORY_FILE, (const char *)*state);
	unlink(path);
	return rmdir(*state);
}

static void the_newest_is_read(void **state)
{
	struct read read;

	assert_int_equal(read_all(*state, boot).count, 0);
	put(*state, (struct history_key){.start_time = 5, .pid = 7, .slot = 3, .turn = 0}, 'a',
	    100);
	put(*state, (struct history_key){.start_time = 5, .pid = 7, .slot = 3, .turn = 1}, 'b',
	    HISTORY_SIZE);
	read = read_all(*state, boot);
	assert_int_equal(read.count, 1);
	assert_int_equal(read.key.pid, 7);
	assert_int_equal(read.key.start_time, 5);
	assert_int_equal(read.key.slot, 3);
	assert_int_equal(read.key.turn % 2, 1);
	assert_int_equal(read.size, HISTORY_SIZE);
	assert_int_equal(read.first, 'b');
	put(*state, (struct history_key){.start_time = 6, .pid = 8, .slot = 3, .turn = 2}, 'c', 9);
	assert_int_equal(read_all(*state, boot).key.pid, 8);
	assert_int_equal(read_all(*state, other_boot).count, 0);
}

/* Whatever byte of the newer half is wrong, the older one is read. */
static void a_torn_half_leaves_the_other(void **state)
{
	struct history_key key = {.start_time = 5, .pid = 7};

	put(*state, key, 'a', 64);
	key.turn = 1;
	put(*state, key, 'b', 64);
	for (off_t at = 0; at < 128; at++) {
		flip(*state, HISTORY_HALF + at);
		assert_int_equal(read_all(*state, boot).count, 1);
		assert_int_equal(read_all(*state, boot).first, 'a');
		flip(*state, HISTORY_HALF + at);
	}
	assert_int_equal(read_all(*state, boot).first, 'b');
	flip(*state, 70);
	flip(*state, HISTORY_HALF + 70);
	assert_int_equal(read_all(*state, boot).count, 0);
}

static void bounds(void **state)
{
	static const uint8_t bytes[HISTORY_SIZE + 1];
	struct history history;
	struct history_key key = {.slot = HISTORY_SLOTS};

	assert_int_equal(history_open(&history, *state, boot), 0);
	assert_int_equal(history_write(&history, &key, bytes, 1), -EINVAL);
	key.slot = HISTORY_SLOTS - 1;
	assert_int_equal(history_write(&history, &key, bytes, HISTORY_SIZE + 1), -EINVAL);
	assert_int_equal(history_write(&history, &key, bytes, 1), 0);
	history_close(&history);
	assert_int_equal(read_all(*state, boot).key.slot, HISTORY_SLOTS - 1);
}

/* Whoever may put a link there makes nobody write to what it points to. */
static void no_link_is_followed(void **state)
{
	char path[128], other[128];
	struct history history = {.fd = -1};

	snprintf(path, sizeof(path), "%s/" HISTORY_FILE, (const char *)*state);
	snprintf(other, sizeof(other), "%s-other", (const char *)*state);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(history_open(&history, *state, boot), -ELOOP);
	assert_int_equal(access(other, F_OK), -1);
}

static void anothers_is_not_touched(void **state)
{
	char path[128], aside[160], text[16] = "";
	struct history history = {.fd = -1};
	struct stat st;
	FILE *file;

	snprintf(path, sizeof(path), "%s/" HISTORY_FILE, (const char *)*state);
	file = fopen(path, "w");
	fputs("my diary", file);
	fclose(file);
	assert_int_equal(history_open(&history, *state, boot), -EUCLEAN);
	assert_int_equal(history.fd, -1);
	assert_int_equal(file_put_aside(path, "", 77, aside, sizeof(aside)), 0);
	put(*state, (struct history_key){.slot = 3}, 'a', 100);
	assert_int_equal(read_all(*state, boot).count, 1);
	file = fopen(aside, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "my diary");
	assert_int_equal(history_open(&history, *state, boot), 0);
	assert_false(file_is_lost(history.fd, history.path));
	assert_int_equal(rename(aside, path), 0);
	assert_true(file_is_lost(history.fd, history.path));
	assert_int_equal(unlink(path), 0);
	assert_true(file_is_lost(history.fd, history.path));
	history_close(&history);
	assert_int_equal(stat(aside, &st), -1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(the_newest_is_read),
		IN_FOLDER(a_torn_half_leaves_the_other),
		IN_FOLDER(bounds),
		IN_FOLDER(no_link_is_followed),
		IN_FOLDER(anothers_is_not_touched),
	};

	return RUN_TESTS(tests);
}
