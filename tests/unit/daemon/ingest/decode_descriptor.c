// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "check.h"
#include "fdwatch/record.h"
#include "ingest/decode.h"

/* A listing as the kernel would send it. */
struct stream {
	size_t size;
	char bytes[64 * 1024];
};

static void put(struct stream *s, struct fdw_descriptor record, const char *name, size_t length)
{
	size_t padded = (length + 7) / 8 * 8;

	record.name_len = (__u32)length;
	assert_true(s->size + sizeof(record) + padded <= sizeof(s->bytes));
	memcpy(s->bytes + s->size, &record, sizeof(record));
	s->size += sizeof(record);
	memset(s->bytes + s->size, 0, padded);
	memcpy(s->bytes + s->size, name, length);
	s->size += padded;
}

static void put_table(struct stream *s, __u32 taken, __u64 start_time_ns)
{
	struct fdw_descriptor record = {
		.type = FDW_DESCRIPTOR_TABLE, .fd = taken, .inode = start_time_ns};

	put(s, record, "", 0);
}

static void put_table_of(struct stream *s, __u32 pid, __u64 start_time_ns)
{
	struct fdw_descriptor record = {.type = FDW_DESCRIPTOR_TABLE,
					.fd = 5,
					.inode = start_time_ns,
					.device = pid,
					.live_flags = pid * 2,
					.site = pid * 3};

	put(s, record, "", 0);
}

static void put_file(struct stream *s, __u32 fd, const char *path)
{
	struct fdw_descriptor record = {.type = FDW_DESCRIPTOR_FILE,
					.fd = fd,
					.magic = EXT4_SUPER_MAGIC,
					.mode = S_IFREG | 0644,
					.inode = 500 + fd,
					.offset = 7,
					.flags = O_RDWR | O_APPEND,
					.device = 8U << 20 | 3,
					.cloexec = fd % 2};

	put(s, record, path, strlen(path));
}

/* Decodes it in pieces of `piece` bytes. */
static int decode(const struct stream *s, size_t piece, struct descriptor_list **list)
{
	struct descriptor_decoder *decoder = descriptor_decoder_new(NULL, NULL);
	uint64_t start_time;
	int r = 0;

	for (size_t at = 0; !r && at < s->size; at += piece) {
		size_t size = s->size - at < piece ? s->size - at : piece;
		char *copy = malloc(size); /* so that a read beyond its end is seen */

		memcpy(copy, s->bytes + at, size);
		r = descriptor_decoder_add(decoder, copy, size);
		free(copy);
	}
	if (!r)
		r = descriptor_decoder_finish(decoder, list, &start_time);
	if (!r)
		assert_int_equal(start_time, 1234);
	descriptor_decoder_free(decoder);
	return r;
}

static struct stream *begin(__u32 taken)
{
	static struct stream stream;

	stream.size = 0;
	put_table(&stream, taken, 1234567);
	return &stream;
}

static ssize_t eventfd_or_gone(int32_t pid, int32_t fd, char *buffer, size_t size)
{
	static const char name[] = "anon_inode:[eventfd]";

	assert_int_equal(pid, 42);
	assert_true(size >= sizeof(name));
	if (fd != 3)
		return -ENOENT;
	memcpy(buffer, name, sizeof(name) - 1);
	return sizeof(name) - 1;
}

static void missing_names_are_asked_for(void **state)
{
	struct fdw_descriptor nameless = {
		.type = FDW_DESCRIPTOR_FILE, .fd = 3, .magic = ANON_INODE_FS_MAGIC};
	struct descriptor_decoder *decoder = descriptor_decoder_new(NULL, NULL);
	struct stream *s = begin(4);
	struct descriptor_list *list;
	uint64_t start_time;

	(void)state;
	s->size = 0;
	put_table_of(s, 42, 1234567);
	put(s, nameless, "", 0);
	nameless.fd = 4; /* which is closed by now */
	put(s, nameless, "", 0);
	put_file(s, 5, "/named");
	nameless.fd = 6;
	nameless.magic = PIPEFS_MAGIC;
	put(s, nameless, "", 0);
	descriptor_decoder_names(decoder, eventfd_or_gone);
	assert_int_equal(descriptor_decoder_add(decoder, s->bytes, s->size), 0);
	assert_int_equal(descriptor_decoder_finish(decoder, &list, &start_time), 0);
	assert_int_equal(list->items[0].kind, FDW_KIND_EVENTFD);
	assert_string_equal(list->items[0].name, "anon_inode:[eventfd]");
	assert_int_equal(list->items[1].kind, FDW_KIND_ANON);
	assert_string_equal(list->items[2].name, "/named");
	assert_int_equal(list->items[3].kind, FDW_KIND_PIPE);
	descriptor_list_free(list);
	descriptor_decoder_free(decoder);
}

static void files_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = {1, 2, 7, 8, 119, 120, 121, 127, 128, 129, 1000, 100000};
	struct stream *s = begin(6);
	char longest[FDW_NAME_MAX];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	put_file(s, 0, "/a");
	put_file(s, 1, "/twelve bytes");
	put_file(s, 4, "/8 bytes");
	put(s, (struct fdw_descriptor){.type = FDW_DESCRIPTOR_FILE, .fd = 9}, longest,
	    sizeof(longest));
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct descriptor_list *list;

		assert_int_equal(decode(s, pieces[i], &list), 0);
		assert_int_equal(list->count, 4);
		assert_int_equal(list->taken, 6);
		assert_int_equal(list->reserved, 2);
		assert_int_equal(list->kinds[FDW_KIND_FILE], 3);
		assert_string_equal(list->items[0].name, "/a");
		assert_string_equal(list->items[1].name, "/twelve bytes");
		assert_string_equal(list->items[2].name, "/8 bytes");
		assert_int_equal(strlen(list->items[3].name), FDW_NAME_MAX);
		assert_int_equal(list->items[2].fd, 4);
		assert_int_equal(list->items[1].inode, 501);
		assert_int_equal(list->items[1].offset, 7);
		assert_int_equal(list->items[1].flags, O_RDWR | O_APPEND);
		assert_int_equal(list->items[1].device_major, 8);
		assert_int_equal(list->items[1].device_minor, 3);
		assert_true(list->items[1].cloexec);
		assert_false(list->items[0].cloexec);
		assert_null(list->items[0].socket);
		descriptor_list_free(list);
	}
}

/* Decodes one record and returns the name it gets; the caller frees. */
static char *named(struct fdw_descriptor record, const char *raw, size_t length)
{
	struct stream *s = begin(1);
	struct descriptor_list *list;
	char *name;

	put(s, record, raw, length);
	assert_int_equal(decode(s, sizeof(s->bytes), &list), 0);
	assert_int_equal(list->count, 1);
	name = strdup(list->items[0].name);
	descriptor_list_free(list);
	return name;
}

static void names_are_readlinks(void **state)
{
	static const struct {
		__u64 magic;
		const char *raw;
		size_t length;
		const char *name;
	} cases[] = {
		{ANON_INODE_FS_MAGIC, "[eventfd]", 9, "anon_inode:[eventfd]"},
		{ANON_INODE_FS_MAGIC, "anon_inode:[eventfd]", 20, "anon_inode:[eventfd]"},
		{ANON_INODE_FS_MAGIC, "inotify", 7, "anon_inode:inotify"},
		{PIPEFS_MAGIC, "", 0, "pipe:[42]"},
		{PIPEFS_MAGIC, "pipe:[42]", 9, "pipe:[42]"},
		{SOCKFS_MAGIC, "", 0, "socket:[42]"},
		{TMPFS_MAGIC, "/memfd:x (deleted)", 18, "/memfd:x (deleted)"},
		{EXT4_SUPER_MAGIC, "/hostile\n\033[2J\xff", 14, "/hostile\n\033[2J\xff"},
		{EXT4_SUPER_MAGIC, "/cut\0here", 9, "/cut"},
		{EXT4_SUPER_MAGIC, "", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fdw_descriptor record = {
			.type = FDW_DESCRIPTOR_FILE, .magic = cases[i].magic, .inode = 42};
		char *name = named(record, cases[i].raw, cases[i].length);

		assert_string_equal(name, cases[i].name);
		free(name);
	}
}

static void unix_names(void **state)
{
	static const struct {
		const char *raw;
		size_t length;
		const char *name;
	} cases[] = {
		{"/run/x.sock", 12, "/run/x.sock"}, /* with its NUL, as the kernel keeps it */
		{"relative", 8, "relative"},
		{"\0abstract", 9, "@abstract"},
		{"\0a\0b\0", 5, "@a@b@"},
		{"\0", 1, "@"},
		{"", 0, "socket:[42]"},
	};
	struct fdw_descriptor record = {.type = FDW_DESCRIPTOR_SOCKET,
					.magic = SOCKFS_MAGIC,
					.mode = S_IFSOCK,
					.inode = 42,
					.socket.family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *name = named(record, cases[i].raw, cases[i].length);

		assert_string_equal(name, cases[i].name);
		free(name);
	}
}

static void socket_and_device(void **state)
{
	struct stream *s = begin(2);
	struct descriptor_list *list;

	(void)state;
	put(s,
	    (struct fdw_descriptor){.type = FDW_DESCRIPTOR_FILE,
				    .fd = 0,
				    .mode = S_IFCHR,
				    .device = 5,
				    .rdevice = 136U << 20 | 0xfffff},
	    "/dev/pts/0", 10);
	put(s,
	    (struct fdw_descriptor){.type = FDW_DESCRIPTOR_SOCKET,
				    .fd = 3,
				    .magic = SOCKFS_MAGIC,
				    .inode = 42,
				    .socket = {.family = AF_INET,
					       .type = SOCK_STREAM,
					       .protocol = IPPROTO_TCP,
					       .state = TCP_LISTEN,
					       .local_port = 22}},
	    "", 0);
	assert_int_equal(decode(s, sizeof(s->bytes), &list), 0);
	assert_int_equal(list->items[0].kind, FDW_KIND_CHARDEV);
	assert_int_equal(list->items[0].device_major, 136);
	assert_int_equal(list->items[0].device_minor, 0xfffff);
	assert_int_equal(list->items[1].kind, FDW_KIND_SOCKET);
	assert_string_equal(list->items[1].name, "socket:[42]");
	assert_string_equal(list->items[1].socket->local, "*:22");
	assert_int_equal(list->kinds[FDW_KIND_SOCKET], 1);
	descriptor_list_free(list);
}

static void no_process_no_list(void **state)
{
	struct stream *s = begin(0);
	struct descriptor_list *list;

	(void)state;
	assert_int_equal(decode(s, 50, &list), 0);
	assert_int_equal(list->count, 0);
	descriptor_list_free(list);
	s->size = 0;
	assert_int_equal(decode(s, 50, &list), -ESRCH);
}

/* The table's record comes again where the kernel had to write a descriptor a second time. */
static void table_may_come_again(void **state)
{
	struct stream *s = begin(9);
	struct descriptor_list *list;

	(void)state;
	put_file(s, 0, "/a");
	put_table(s, 1, 1234999);
	put_file(s, 1, "/b");
	assert_int_equal(decode(s, sizeof(s->bytes), &list), 0);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->taken, 2); /* one came while it was listed */
	assert_int_equal(list->reserved, 0);
	descriptor_list_free(list);
}

static void what_is_no_record(void **state)
{
	struct stream *s = begin(1);
	struct descriptor_list *list;
	struct fdw_descriptor record = {.type = FDW_DESCRIPTOR_FILE, .name_len = FDW_NAME_MAX + 1};

	(void)state;
	memcpy(s->bytes + s->size, &record, sizeof(record));
	s->size += sizeof(record);
	assert_int_equal(decode(s, 1, &list), -EBADMSG);
	assert_int_equal(decode(s, sizeof(s->bytes), &list), -EBADMSG);
	record.name_len = UINT32_MAX;
	memcpy(s->bytes + s->size - sizeof(record), &record, sizeof(record));
	assert_int_equal(decode(s, 1, &list), -EBADMSG);

	s = begin(1); /* an unknown type */
	put(s, (struct fdw_descriptor){.type = 99}, "", 0);
	assert_int_equal(decode(s, 1, &list), -EBADMSG);

	s = begin(1); /* numbers must rise */
	put_file(s, 5, "/a");
	put_file(s, 5, "/a");
	assert_int_equal(decode(s, 1000, &list), -EBADMSG);

	s = begin(1); /* and fit an int */
	put_file(s, 0x80000000U, "/a");
	assert_int_equal(decode(s, 1000, &list), -EBADMSG);

	s = begin(1); /* half a record at the end */
	put_file(s, 5, "/a");
	s->size--;
	assert_int_equal(decode(s, 1000, &list), -EBADMSG);
}

static void many_descriptors(void **state)
{
	struct descriptor_decoder *decoder = descriptor_decoder_new(NULL, NULL);
	struct descriptor_list *list;
	uint64_t start_time;
	struct stream *s = begin(20000);

	(void)state;
	assert_int_equal(descriptor_decoder_add(decoder, s->bytes, s->size), 0);
	for (__u32 fd = 0; fd < 20000; fd++) {
		s->size = 0;
		put_file(s, fd, "/some/path/to/a/file");
		assert_int_equal(descriptor_decoder_add(decoder, s->bytes, s->size), 0);
	}
	assert_int_equal(descriptor_decoder_finish(decoder, &list, &start_time), 0);
	descriptor_decoder_free(decoder);
	assert_int_equal(list->count, 20000);
	assert_int_equal(list->items[19999].fd, 19999);
	descriptor_list_free(list);
}

/* Names take no more than 16 MiB; those after that are left out, and counted. */
static void many_long_names(void **state)
{
	struct descriptor_decoder *decoder = descriptor_decoder_new(NULL, NULL);
	struct descriptor_list *list;
	uint64_t start_time;
	struct stream *s = begin(19000);
	char longest[FDW_NAME_MAX];

	(void)state;
	memset(longest, '\x01', sizeof(longest));
	assert_int_equal(descriptor_decoder_add(decoder, s->bytes, s->size), 0);
	for (__u32 fd = 0; fd < 19000; fd++) {
		s->size = 0;
		put(s,
		    (struct fdw_descriptor){.type = FDW_DESCRIPTOR_FILE, .fd = fd, .mode = S_IFREG},
		    longest, sizeof(longest));
		assert_int_equal(descriptor_decoder_add(decoder, s->bytes, s->size), 0);
	}
	assert_int_equal(descriptor_decoder_finish(decoder, &list, &start_time), 0);
	descriptor_decoder_free(decoder);
	assert_int_equal(list->count, 19000);
	assert_int_equal(list->kinds[FDW_KIND_FILE], 19000);
	assert_int_equal(list->names_cut, 19000 - 4096);
	assert_int_equal(strlen(list->items[4095].name), FDW_NAME_MAX);
	assert_null(list->items[4096].name);
	descriptor_list_free(list);
}

struct taken {
	size_t count;
	int32_t pids[4];
	uint64_t starts[4];
	struct descriptor_list *lists[4];
};

static void take_one(int32_t pid, uint64_t start_time, struct descriptor_list *list, void *data)
{
	struct taken *taken = data;

	taken->pids[taken->count] = pid;
	taken->starts[taken->count] = start_time;
	taken->lists[taken->count++] = list;
}

/* One after the other; a process's first record may come again, after none of it was lost. */
static void several(void **state)
{
	static struct stream s;
	struct taken taken = {};
	struct descriptor_decoder *decoder = descriptor_decoder_new(take_one, &taken);
	struct descriptor_list *last;
	uint64_t start_time;

	(void)state;
	put_table_of(&s, 40, 4000);
	put_file(&s, 0, "/a");
	put_table_of(&s, 40, 4000);
	put_file(&s, 1, "/b");
	put_table_of(&s, 41, 4100);
	put_table_of(&s, 42, 4200);
	put_file(&s, 0, "/c");
	assert_int_equal(descriptor_decoder_add(decoder, s.bytes, s.size), 0);
	assert_int_equal(descriptor_decoder_finish(decoder, &last, &start_time), 0);
	take_one(descriptor_decoder_pid(decoder), start_time, last, &taken);
	descriptor_decoder_free(decoder);
	assert_int_equal(taken.count, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(taken.pids[i], 40 + i);
		assert_int_equal(taken.starts[i], (4000 + i * 100) / 1000);
		assert_int_equal(taken.lists[i]->track, (40 + i) * 2);
		assert_int_equal(taken.lists[i]->first_site, (40 + i) * 3);
		assert_int_equal(taken.lists[i]->taken, 5);
	}
	assert_int_equal(taken.lists[0]->count, 2);
	assert_int_equal(taken.lists[1]->count, 0);
	assert_string_equal(taken.lists[2]->items[0].name, "/c");
	for (int i = 0; i < 3; i++)
		descriptor_list_free(taken.lists[i]);
	decoder = descriptor_decoder_new(NULL, NULL); /* where one is asked for, one comes */
	assert_int_equal(descriptor_decoder_add(decoder, s.bytes, s.size), -EBADMSG);
	descriptor_decoder_free(decoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several),
		cmocka_unit_test(missing_names_are_asked_for),
		cmocka_unit_test(files_in_pieces_of_any_size),
		cmocka_unit_test(names_are_readlinks),
		cmocka_unit_test(unix_names),
		cmocka_unit_test(socket_and_device),
		cmocka_unit_test(no_process_no_list),
		cmocka_unit_test(table_may_come_again),
		cmocka_unit_test(what_is_no_record),
		cmocka_unit_test(many_descriptors),
		cmocka_unit_test(many_long_names),
	};

	return RUN_TESTS(tests);
}
