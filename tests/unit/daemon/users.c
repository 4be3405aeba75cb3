// SPDX-License-Identifier: BSD-2-Clause
#include "users.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define DEADLINE_MSEC 10000

/* Users of the name service below; all others are the real one's. */
enum {
	UID_SLOW = 3000000000U, /* is held up until the gate opens */
	UID_LARGE,              /* needs a large buffer */
	UID_RENAMED,            /* has the name in `renamed` */
	UID_BROKEN,             /* fails with `broken`, or is "mended" */
	UID_MISSING,            /* ENOENT */
	UID_MANY,               /* this one and all above have no name */
};

static int gate[2]; /* a pipe: closed at its writing end, it is open */
static atomic_int asked, broken;
static _Atomic(const char *) renamed;
static _Atomic(time_t) later; /* seconds that time is ahead */

/* What can't be had from a real name service: one that hangs, breaks or changes its mind. */
int getpwuid_r(uid_t uid, struct passwd *record, char *buffer, size_t size, struct passwd **found)
{
	static int (*real)(uid_t, struct passwd *, char *, size_t, struct passwd **);
	static char large[] = "large", mended[] = "mended", slow[] = "slow";

	asked++;
	*found = record;
	switch (uid) {
	case UID_SLOW: {
		struct pollfd gated = {.fd = gate[0], .events = POLLIN};

		poll(&gated, 1, DEADLINE_MSEC);
		record->pw_name = slow;
		return 0;
	}
	case UID_LARGE:
		record->pw_name = large;
		return size < 100000 ? ERANGE : 0;
	case UID_RENAMED:
		snprintf(buffer, size, "%s", renamed);
		record->pw_name = buffer;
		return 0;
	case UID_BROKEN:
		record->pw_name = mended;
		return broken;
	case UID_MISSING:
		*found = NULL;
		return ENOENT;
	}
	if (uid >= UID_MANY) {
		*found = NULL;
		return 0;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getpwuid_r");
	return real(uid, record, buffer, size, found);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int r = (int)syscall(SYS_clock_gettime, clock, now);

	now->tv_sec += clock == CLOCK_MONOTONIC ? later : 0;
	return r;
}

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Asks until the name is there (NULL: any), or the deadline has passed. */
static const char *wait_for(struct users *users, uint32_t uid, const char *expected)
{
	const char *name = NULL;

	for (int i = 0; i < DEADLINE_MSEC; i++) {
		name = users_name(users, uid);
		if (name && (!expected || !strcmp(name, expected)))
			return name;
		pause_shortly();
	}
	return name ? name : "(never known)";
}

static void a_name_comes_later(void **state)
{
	struct users *users = users_new();
	const struct passwd *me = getpwuid(getuid());

	(void)state;
	assert_non_null(users);
	assert_null(users_name(users, getuid()));
	if (me)
		assert_string_equal(wait_for(users, getuid(), NULL), me->pw_name);
	assert_string_equal(wait_for(users, 0, NULL), "root");
	assert_string_equal(wait_for(users, UID_LARGE, NULL), "large");
	users_free(users);
	users_free(NULL);
}

static void no_name_is_the_number(void **state)
{
	struct users *users = users_new();

	(void)state;
	assert_string_equal(wait_for(users, UID_MISSING, NULL), "3000000004");
	assert_string_equal(wait_for(users, UINT32_MAX, NULL), "4294967295");
	users_free(users);
}

static void a_name_is_kept_and_refreshed(void **state)
{
	struct users *users = users_new();
	int before;

	(void)state;
	renamed = "before";
	assert_string_equal(wait_for(users, UID_RENAMED, NULL), "before");
	renamed = "after";
	before = asked;
	later = USERS_REFRESH_SECONDS - 60;
	for (int i = 0; i < 100; i++)
		assert_string_equal(users_name(users, UID_RENAMED), "before");
	assert_int_equal(asked, before);
	later = USERS_REFRESH_SECONDS + 60;
	assert_string_equal(users_name(users, UID_RENAMED),
			    "before"); /* until the new one is there */
	assert_string_equal(wait_for(users, UID_RENAMED, "after"), "after");
	assert_int_equal(asked, before + 1);
	later = 0;
	users_free(users);
}

static void a_failure_is_tried_again_soon(void **state)
{
	struct users *users = users_new();

	(void)state;
	broken = EIO;
	assert_string_equal(wait_for(users, UID_BROKEN, NULL), "3000000003");
	broken = 0;
	later = 60;
	assert_string_equal(wait_for(users, UID_BROKEN, "mended"), "mended");
	/* Once known, a failure does not take it away. */
	broken = EIO;
	later = 60 + 2 * USERS_REFRESH_SECONDS;
	int before = asked;

	users_name(users, UID_BROKEN);
	for (int i = 0; i < DEADLINE_MSEC && asked == before; i++)
		pause_shortly();
	assert_string_equal(wait_for(users, 0, NULL), "root"); /* asked behind it */
	assert_string_equal(users_name(users, UID_BROKEN), "mended");
	later = 0;
	users_free(users);
}

static void bounded(void **state)
{
	struct users *users = users_new();
	uint32_t last = UID_MANY + 3 * USERS_MAX;

	(void)state;
	for (uint32_t uid = UID_MANY; uid <= last; uid++)
		users_name(users, uid);
	wait_for(users, last, NULL);
	assert_non_null(users_name(users, last));
	assert_null(users_name(users, UID_MANY)); /* had to make room */
	users_free(users);
}

/* Neither a call nor the end waits for a name service that hangs. */
static void a_hanging_look_up_holds_nothing_up(void **state)
{
	struct timespec begin, end;
	struct users *users;
	int before = asked;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	users = users_new();
	users_name(users, UID_SLOW);
	for (int i = 0; i < DEADLINE_MSEC && asked == before; i++)
		pause_shortly();
	assert_int_equal(asked, before + 1);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_null(users_name(users, UID_SLOW));
	assert_null(users_name(users, 0));
	users_free(users);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 5);
	close(gate[1]); /* and the thread frees what is left */
	pause_shortly();
}

static void takes_no_signals(void **state)
{
	struct users *users;
	sigset_t set, pending;

	(void)state;
	users = users_new();
	assert_string_equal(wait_for(users, 0, NULL), "root"); /* the thread is there */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(kill(getpid(), SIGTERM), 0); /* would end the program in the thread */
	assert_int_equal(sigpending(&pending), 0);
	assert_true(sigismember(&pending, SIGTERM));
	assert_int_equal(sigwaitinfo(&set, NULL), SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	users_free(users);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_comes_later),
		cmocka_unit_test(no_name_is_the_number),
		cmocka_unit_test(a_name_is_kept_and_refreshed),
		cmocka_unit_test(a_failure_is_tried_again_soon),
		cmocka_unit_test(bounded),
		cmocka_unit_test(takes_no_signals),
		cmocka_unit_test(a_hanging_look_up_holds_nothing_up),
	};

	return RUN_TESTS(tests);
}
