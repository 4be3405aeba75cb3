// SPDX-License-Identifier: BSD-2-Clause
/* What comes out of the socket that systemd would hold. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "check.h"
#include "scratch.h"

#include "supervisor.h"

static struct sockaddr_un address;
static socklen_t length;
static int heard = -1;

/* A receiver by this name, '@' for an abstract one, which NOTIFY_SOCKET tells. */
static void bind_receiver(const char *name)
{
	size_t size = strlen(name);

	address = (struct sockaddr_un){.sun_family = AF_UNIX};
	assert_true(size < sizeof(address.sun_path));
	memcpy(address.sun_path, name, size);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (name[0] != '@'));
	if (heard >= 0)
		close(heard);
	heard = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(heard >= 0);
	if (name[0] != '@')
		unlink(name);
	assert_int_equal(bind(heard, (const struct sockaddr *)&address, length), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void assert_hears(const char *lines)
{
	char text[256];
	ssize_t size = recv(heard, text, sizeof(text) - 1, 0);

	assert_true(size >= 0);
	text[size] = '\0';
	assert_string_equal(text, lines);
}

static void assert_hears_nothing(void)
{
	char text[256];

	assert_int_equal(recv(heard, text, sizeof(text), 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static int set_up(void **state)
{
	(void)state;
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	bind_receiver(scratch);
	return 0;
}

static void a_path_and_an_abstract_name(void **state)
{
	char abstract[64];
	const char *names[] = {scratch, abstract};
	struct supervisor s;

	(void)state;
	snprintf(abstract, sizeof(abstract), "@fdwatch-unit-%d", (int)getpid());
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bind_receiver(names[i]);
		assert_int_equal(supervisor_open(&s, NULL), 0);
		assert_true(s.fd >= 0);
		assert_null(s.timer);
		supervisor_tell(&s, "READY=1\nSTATUS=watching");
		assert_hears("READY=1\nSTATUS=watching");
		supervisor_close(&s);
	}
}

/* Nobody is there to be told, or nobody by a name that is one. */
static void nobody(void **state)
{
	const char *names[] = {"", "/", "@", "relative", NULL};
	char long_name[200];
	struct supervisor s;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[0] = '/';
	long_name[sizeof(long_name) - 1] = '\0';
	names[0] = long_name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i])
			setenv("NOTIFY_SOCKET", names[i], 1);
		else
			unsetenv("NOTIFY_SOCKET");
		assert_int_equal(supervisor_open(&s, NULL), 0);
		supervisor_tell(&s, "READY=1");
		supervisor_close(&s);
		supervisor_close(&s);
	}
	assert_hears_nothing();
}

/* From now on no descriptor can be had. */
static void take_descriptors(struct rlimit *before)
{
	struct rlimit none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	none = (struct rlimit){0, before->rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(dup(0), -1);
}

static void without_a_descriptor(void **state)
{
	struct rlimit before;
	struct supervisor s;

	(void)state;
	assert_int_equal(supervisor_open(&s, NULL), 0);
	take_descriptors(&before);
	supervisor_tell(&s, "STOPPING=1");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_hears("STOPPING=1");
	supervisor_close(&s);
}

/* None at the start: each message tries for one. */
static void a_descriptor_that_comes_late(void **state)
{
	struct rlimit before;
	struct supervisor s;

	(void)state;
	take_descriptors(&before);
	assert_int_equal(supervisor_open(&s, NULL), 0);
	supervisor_tell(&s, "STATUS=unheard");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	supervisor_tell(&s, "READY=1");
	assert_hears("READY=1");
	supervisor_close(&s);
}

static void a_socket_bound_anew(void **state)
{
	struct supervisor s;

	(void)state;
	assert_int_equal(supervisor_open(&s, NULL), 0);
	supervisor_tell(&s, "READY=1");
	close(heard);
	heard = -1;
	supervisor_tell(&s, "STATUS=nobody is there");
	bind_receiver(scratch);
	supervisor_tell(&s, "STATUS=back");
	assert_hears("STATUS=back");
	supervisor_close(&s);
}

/* The loop feeds it, without a descriptor and over a receiver that reads nothing; nobody else. */
static void the_watchdog(void **state)
{
	struct supervisor s;
	struct rlimit before;
	sd_event *loop;
	int fed = 0;
	char text[64];

	(void)state;
	setenv("WATCHDOG_USEC", "6000", 1);
	assert_int_equal(sd_event_new(&loop), 0);
	assert_true(supervisor_open(&s, loop) >= 0);
	assert_non_null(s.timer);
	assert_int_equal(s.period, 2000);
	take_descriptors(&before);
	usleep(10000); /* a loop that hangs */
	assert_hears_nothing();
	/* The queue, ten long as a rule (net.unix.max_dgram_qlen), is full before the end. */
	for (int i = 0; i < 50; i++)
		assert_true(sd_event_run(loop, 100000) >= 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	while (recv(heard, text, sizeof(text), 0) == (ssize_t)strlen("WATCHDOG=1"))
		fed++;
	assert_in_range(fed, 2, 50);
	supervisor_close(&s);
	sd_event_unref(loop);
}

static void a_watchdog_for_another(void **state)
{
	struct supervisor s;

	(void)state;
	setenv("WATCHDOG_USEC", "6000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(supervisor_open(&s, NULL), 0);
	assert_null(s.timer);
	supervisor_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_path_and_an_abstract_name, set_up),
		cmocka_unit_test_setup(nobody, set_up),
		cmocka_unit_test_setup(without_a_descriptor, set_up),
		cmocka_unit_test_setup(a_descriptor_that_comes_late, set_up),
		cmocka_unit_test_setup(a_socket_bound_anew, set_up),
		cmocka_unit_test_setup(the_watchdog, set_up),
		cmocka_unit_test_setup(a_watchdog_for_another, set_up),
	};

	return RUN_TESTS_WITH_SCRATCH(tests);
}
