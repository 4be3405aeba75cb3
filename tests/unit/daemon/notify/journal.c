// SPDX-License-Identifier: BSD-2-Clause
#include "notify/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "told.h"

#define CATALOG "packaging/journal/fdwatch.catalog"

static struct told told;
static struct channel channel;
static struct journal *journal;
static int sink = -1; /* the journal's socket */

/* A place for a journal that nobody else sees; -1 where that is not allowed. */
static int make_room(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    (mkdir("/run/systemd", 0755) && errno != EEXIST) ||
	    mount("none", "/run/systemd", "tmpfs", 0, NULL) || mkdir("/run/systemd/journal", 0755))
		return -1;
	sink = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(sink, (struct sockaddr *)&address, sizeof(address));
}

static int set_up(void **state)
{
	struct notify_calls calls = told_calls(&told);

	(void)state;
	told = (struct told){};
	if (sd_event_new(&told.loop) < 0)
		return -1;
	channel_init(&channel, NOTIFY_JOURNAL, told.loop, &calls);
	return journal_new(&journal, &channel);
}

static int tear_down(void **state)
{
	(void)state;
	journal_free(journal);
	channel_close(&channel);
	sd_event_unref(told.loop);
	return 0;
}

/* Every kind has an id of its own, and the catalogue explains just these. */
static void test_catalog(void **state)
{
	static char text[16384];
	FILE *file = fopen(CATALOG, "r");
	unsigned listed = 0;

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (enum notice_scope scope = 0; scope < NOTICE_SCOPE_COUNT; scope++)
		for (enum process_state s = STATE_OK; s < STATE_COUNT; s++) {
			struct notice notice = usual_notice(1, 1);
			char line[64];

			if (s == STATE_GROWING)
				continue;
			notice.scope = scope;
			notice.state = s;
			notice.step = s == STATE_OK ? NOTICE_ENDED : NOTICE_CHANGED;
			snprintf(line, sizeof(line),
				 "\n-- %s\nSubject: ", journal_message_id(&notice));
			assert_int_equal(strlen(journal_message_id(&notice)), 32);
			assert_non_null(strstr(text, line));
			assert_null(strstr(strstr(text, line) + 1, line));
		}
	for (const char *at = text; (at = strstr(at, "\n-- ")); at++)
		listed++;
	assert_int_equal(listed, 8);
}

static void test_priorities(void **state)
{
	struct notice notice = usual_notice(1, 1);

	(void)state;
	assert_int_equal(journal_priority(&notice), LOG_WARNING);
	notice.state = STATE_CRITICAL;
	assert_int_equal(journal_priority(&notice), LOG_ERR);
	notice.state = STATE_EXHAUSTED;
	assert_int_equal(journal_priority(&notice), LOG_CRIT);
	notice.step = NOTICE_ENDED;
	assert_int_equal(journal_priority(&notice), LOG_NOTICE);
}

static void tell(uint64_t event_id)
{
	struct notice notice = usual_notice(event_id, 1);

	PUT_TEXT(notice.comm, "a\nPRIORITY=0\n"); /* forges no field */
	assert_int_equal(channel_add(&channel, &notice), 0);
	journal_advance(journal);
}

/* Where the datagram has these bytes. */
static bool has(const char *datagram, ssize_t size, const char *bytes, size_t length)
{
	return memmem(datagram, (size_t)size, bytes, length);
}

static void test_fields(void **state)
{
	char datagram[8192];
	ssize_t size;

	(void)state;
	if (sink < 0)
		skip();
	tell(41);
	run_until(told.loop, &told.done, 1);
	size = recv(sink, datagram, sizeof(datagram), MSG_DONTWAIT);
	assert_true(size > 0);
	assert_true(has(datagram, size, "PRIORITY=4\n", 11));
	assert_true(has(datagram, size, "SYSLOG_IDENTIFIER=fdwatchd\n", 27));
	assert_true(has(datagram, size, "MESSAGE_ID=6bfcb0d4152c4621a199a2958ce46372\n", 44));
	assert_true(has(datagram, size, "MESSAGE=a\\x0aPRIORITY=0\\x0a (pid 812", 35));
	assert_true(has(datagram, size, "OBJECT_PID=812\n", 15));
	assert_true(has(datagram, size, "FDWATCH_EVENT_ID=41\n", 20));
	assert_true(has(datagram, size, "FDWATCH_COMM=a\\x0aPRIORITY=0\\x0a\n", 33));
	assert_false(has(datagram, size, "\nPRIORITY=0", 11));
}

/* A journal that does not read holds up nobody, and has all of it when it does. */
static void test_hangs(void **state)
{
	uint64_t begun = clock_usec(CLOCK_MONOTONIC);
	char datagram[8192];

	(void)state;
	if (sink < 0)
		skip();
	for (uint64_t i = 1; i <= NOTIFY_QUEUE; i++)
		tell(i);
	do
		run_for(told.loop, 300000);
	while (told.done > 0 && told.done < NOTIFY_QUEUE &&
	       recv(sink, datagram, sizeof(datagram), MSG_PEEK | MSG_DONTWAIT) < 0);
	if (told.done == NOTIFY_QUEUE)
		skip(); /* this kernel's queues are longer */
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun < 5000000);
	while (told.done < NOTIFY_QUEUE) {
		assert_true(recv(sink, datagram, sizeof(datagram), 0) > 0);
		run_for(told.loop, 1000);
	}
	for (unsigned i = 0; i < NOTIFY_QUEUE; i++)
		assert_int_equal(told.events[i], i + 1);
}

/* Without a journal there is nobody to tell: it is done. */
static void test_no_journal(void **state)
{
	(void)state;
	if (sink < 0)
		skip();
	unlink("/run/systemd/journal/socket");
	tell(1);
	run_until(told.loop, &told.done, 1);
	assert_string_equal(told.log, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalog),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_journal, set_up, tear_down),
	};

	if (make_room() && sink >= 0) {
		close(sink);
		sink = -1;
	}
	return RUN_TESTS(tests);
}
