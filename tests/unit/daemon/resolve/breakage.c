// SPDX-License-Identifier: BSD-2-Clause
/* A resolving process that dies, stops, spins or lies costs one answer; so does who is looked at.
 */
#include "resolve/breakage.h"

#include "asked.h"
#include "victim.h"

static struct resolver_process self(void)
{
	return (struct resolver_process){getpid(), victim_start_time(getpid())};
}

static void ask_line(struct asked *a, uint64_t id)
{
	assert_int_equal(
		resolver_python_line(a->resolver, id, PYTHON_LNOTAB, (int32_t)id, "", 0, 0), 0);
}

static void ask_self(struct asked *a, uint64_t id)
{
	uint64_t pc = (uint64_t)(uintptr_t)ask_self;

	assert_int_equal(resolver_symbolize(a->resolver, id, self(), &pc, 1, true), 0);
}

static void expect_self(struct asked *a)
{
	assert_int_equal(a->error, 0);
	assert_int_equal(a->symbol_count, 1);
	assert_string_equal(a->symbols[0].function, "ask_self");
}

static void one_that_is_killed(void **state)
{
	struct asked *a = asked_new("/proc/self/exe");
	int32_t pid;

	(void)state;
	ask_self(a, 1);
	assert_true(asked_wait(a, 1));
	expect_self(a);
	pid = asked_status(a).pid;
	/* Stopped it answers nothing; so it is at the first of these when it dies. */
	assert_int_equal(kill(pid, SIGSTOP), 0);
	ask_line(a, 5);
	ask_self(a, 6);
	ask_line(a, 7);
	for (int i = 0; i < 20 && !a->answers; i++)
		sd_event_run(a->loop, 1000);
	sd_event_run(a->loop, 10000);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->id, 5);
	assert_int_equal(a->error, -EIO);
	assert_non_null(strstr(a->log, "was ended by signal 9"));
	assert_true(asked_wait(a, 2));
	assert_int_equal(a->line, 7);
	expect_self(a);
	assert_int_equal(asked_status(a).breaks, 1);
	assert_int_equal(asked_status(a).starts, 2);
	assert_int_equal(asked_status(a).failed, 1);
	assert_int_not_equal(asked_status(a).pid, pid);
	asked_free(a);
}

static void one_that_is_stuck(void **state)
{
	struct asked *a = asked_new("/proc/self/exe");
	uint64_t begun;

	(void)state;
	ask_self(a, 1);
	assert_true(asked_wait(a, 1));
	assert_int_equal(kill(asked_status(a).pid, SIGSTOP), 0);
	begun = clock_usec(CLOCK_MONOTONIC);
	ask_self(a, 2);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -EIO);
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun >= 4900000);
	assert_non_null(strstr(a->log, "took too long, at process"));
	ask_self(a, 3);
	assert_true(asked_wait(a, 1));
	expect_self(a);
	/* The second time it is that process's fault: it is left alone, and others are not. */
	assert_int_equal(kill(asked_status(a).pid, SIGSTOP), 0);
	ask_self(a, 4);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -EIO);
	assert_non_null(strstr(a->log, "left alone for 10 minutes"));
	ask_self(a, 5);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -EBUSY);
	ask_line(a, 6);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->line, 6);
	asked_free(a);
}

/* In place of the resolving process, what an attacker could make of it. */
static struct asked *impostor(char *folder, const char *source)
{
	static const char pattern[] = "/tmp/fdwatch-impostor.XXXXXX";
	char path[128];

	memcpy(folder, pattern, sizeof(pattern));
	assert_non_null(mkdtemp(folder));
	write_file(folder, "impostor.c", source, strlen(source));
	assert_int_equal(run_shell("cd %s && gcc -w -O1 -I%s impostor.c -o impostor", folder,
				   "/usr/include"),
			 0);
	snprintf(path, sizeof(path), "%s/impostor", folder);
	return asked_new(path);
}

static void remove_folder(const char *folder)
{
	assert_int_equal(run_shell("rm -rf %s", folder), 0);
}

static void one_that_spins(void **state)
{
	char folder[64];
	struct asked *a = impostor(folder, "#include <sys/socket.h>\n"
					   "char b[99999];\n"
					   "int main(void) { recv(3, b, 99999, 0); for (;;); }\n");

	(void)state;
	ask_line(a, 1);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -EIO);
	assert_non_null(strstr(a->log, "took too long"));
	asked_free(a);
	remove_folder(folder);
}

/* Answers to nobody, of no size, with rubbish inside. */
static void one_that_lies(void **state)
{
	static const char *const lies[] = {
		"h[0] = 11;",                           /* rubbish for a layout */
		"h[0] = 11; n = 24 + 4000;",            /* … of another size */
		"h[0] = 11; h[2] += 1;",                /* an answer to another question */
		"h[0] = 12; memset(b + 24, 255, 600);", /* a need that makes no sense */
		"h[0] = 12; n = 24 + 344; h[1] = 1 << 30;",
		"h[0] = 99;",
		"n = 3;",
	};
	char folder[64], source[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct asked *a;

		snprintf(source, sizeof(source),
			 "#include <string.h>\n#include <sys/socket.h>\n"
			 "unsigned b[30000];\n"
			 "int main(void) { for (;;) { unsigned *h = b;\n"
			 "long n = recv(3, b, sizeof(b), 0); if (n <= 0) return 0;\n"
			 "if (h[0] < 6) continue; if (h[0] > 9) return 1;\n"
			 "memset(b + 6, 0x7f, 4000); h[4] = 0; n = 24 + 600; %s\n"
			 "send(3, b, n, 0); } }\n",
			 lies[i]);
		a = impostor(folder, source);
		ask_self(a, 1);
		assert_true(asked_wait(a, 1));
		assert_true(a->error < 0);
		assert_int_equal(resolver_find_python(a->resolver, 2, self()), 0);
		assert_true(asked_wait(a, 1));
		assert_true(a->error < 0);
		asked_free(a);
		remove_folder(folder);
	}
}

static void one_that_can_t_be_had(void **state)
{
	struct asked *a = asked_new("/bin/false");

	(void)state;
	for (uint64_t i = 0; i < RESOLVER_STARTS; i++) {
		ask_line(a, i + 1);
		assert_true(asked_wait(a, 1));
		assert_true(a->error == -EIO || a->error == -EAGAIN);
	}
	assert_non_null(strstr(a->log, "could not give up its rights"));
	/* Not again and again. */
	ask_line(a, 99);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -EAGAIN);
	assert_true(asked_status(a).starts <= RESOLVER_STARTS);
	asked_free(a);
}

/* A process that holds up whoever reads its folder; here a FIFO stands for it. */
static void one_who_is_looked_at_holds_up(void **state)
{
	char folder[] = "/tmp/fdwatch-held.XXXXXX", path[128];
	struct resolver_process held = {42, 1000000};
	struct asked *a;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(run_shell("cd %s && mkdir 42 && mkfifo 42/stat", folder), 0);
	a = asked_new_at(folder, "/proc/self/exe");
	assert_int_equal(resolver_prepare(a->resolver, 1, held), 0);
	ask_line(a, 2);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->line, 2); /* nobody else waits for it */
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->id, 1);
	assert_int_equal(a->error, -ETIMEDOUT);
	/* Another thread goes on. */
	assert_int_equal(resolver_prepare(a->resolver, 3, (struct resolver_process){43, 1}), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -ESRCH);
	snprintf(path, sizeof(path), "%s/42/stat", folder);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0); /* lets the thread go */
	assert_int_equal(write(fd, "x", 1), 1);
	asked_free(a);
	close(fd);
	remove_folder(folder);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_killed),
		cmocka_unit_test(one_that_is_stuck),
		cmocka_unit_test(one_that_spins),
		cmocka_unit_test(one_that_lies),
		cmocka_unit_test(one_that_can_t_be_had),
		cmocka_unit_test(one_who_is_looked_at_holds_up),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
