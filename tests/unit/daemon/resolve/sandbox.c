// SPDX-License-Identifier: BSD-2-Clause
/* The rights that the resolving process has left: none. */
#include "resolve/sandbox.h"

#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "asked.h"
#include "victim.h"

static int fd = -1;

/* What a process that has given up its rights comes to when it does one thing: waitpid's status. */
static int try(int (*thing)(void))
{
	uint32_t achieved;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		fd = open("/dev/null", O_RDONLY);
		if (fd < 0 || sandbox_enter(fd, &achieved))
			_exit(99);
		_exit(thing());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int does_nothing(void)
{
	return 42;
}

static int reads(void)
{
	char byte;

	return read(fd, &byte, 1) ? 1 : 42;
}

static int refused(int r)
{
	return r < 0 && errno == EACCES ? 42 : 1;
}

static int opens_a_file(void)
{
	return refused(open("/etc/passwd", O_RDONLY));
}

static int opens_a_folder(void)
{
	return refused(open(".", O_PATH));
}

static int looks_at_a_file(void)
{
	struct stat file;

	return refused(stat("/etc/passwd", &file)) == 42 && refused(access("/", F_OK)) == 42 ? 42
											     : 1;
}

__attribute__((unused)) static int takes_much_memory(void)
{
	return mmap(NULL, SANDBOX_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? 42
		       : 1;
}

static int makes_a_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int makes_a_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int executes(void)
{
	return execl("/bin/true", "true", NULL);
}

static int forks(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int signals(void)
{
	return kill(getppid(), 0);
}

static int signals_another_thread(void)
{
	return (int)syscall(SYS_tgkill, 1, 1, 0);
}

static int maps_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static int makes_memory_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int looks_into_another(void)
{
	return (int)ptrace(PTRACE_ATTACH, 1, 0, 0);
}

static int regains_a_right(void)
{
	return setuid(0);
}

static int unlinks(void)
{
	return unlink("/tmp/x");
}

static int spins(void)
{
	for (volatile unsigned int i = 0;; i++)
		continue;
	return 0;
}

static void what_it_may(void **state)
{
	static int (*const things[])(void) = {does_nothing,     reads,           opens_a_file,
					      opens_a_folder,   looks_at_a_file,
#ifndef __SANITIZE_ADDRESS__
					      takes_much_memory
#endif
	};

	(void)state;
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		int status = try(things[i]);

		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 42);
	}
}

static void what_ends_it(void **state)
{
	static int (*const things[])(void) = {
		makes_a_socket,
		makes_a_unix_socket,
		executes,
		forks,
		signals,
		signals_another_thread,
		maps_code,
		makes_memory_executable,
		looks_into_another,
		regains_a_right,
		unlinks,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		int status = try(things[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

/* With a limit that a test can wait for: the process's own stands below the sandbox's. */
static void processor_time_is_limited(void **state)
{
	struct rlimit second = {1, 1};
	int status = fork();

	(void)state;
	assert_true(status >= 0);
	if (!status) {
		setrlimit(RLIMIT_CPU, &second);
		status = try(spins);
		_exit(WIFSIGNALED(status) &&
				      (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU)
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(status, &status, 0) > 0, 1);
	assert_int_equal(status, 0);
}

/* Whoever has the pipe, and never looks whether its parent is still there. */
static void says_and_spins(int said)
{
	uint32_t achieved;

	if (!sandbox_enter(said, &achieved) && write(said, "x", 1) == 1)
		spins();
	_exit(1);
}

static void it_ends_with_its_parent(void **state)
{
	struct pollfd end = {.events = POLLIN};
	int said[2], status;
	char byte;
	pid_t parent;

	(void)state;
	assert_int_equal(pipe(said), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	parent = fork();
	assert_true(parent >= 0);
	if (!parent) {
		if (!fork())
			says_and_spins(said[1]);
		close(said[1]);
		pause();
		_exit(1);
	}
	close(said[1]);
	end.fd = said[0];
	assert_int_equal(read(said[0], &byte, 1), 1);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(poll(&end, 1, 5000), 1);
	assert_int_equal(read(said[0], &byte, 1), 0);
	close(said[0]);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, SIGKILL);
}

static void read_proc(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(buffer, 1, size - 1, file);
	buffer[n] = '\0';
	fclose(file);
}

/* The real one, as it runs beside the daemon. */
static void the_resolving_process(void **state)
{
	struct asked *a = asked_new("/proc/self/exe");
	char text[8192], path[64], link[512], oom[16];
	pid_t pid;
	ssize_t n;

	(void)state;
	assert_int_equal(resolver_python_line(a->resolver, 1, PYTHON_LNOTAB, 9, "", 0, 0), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->line, 9);
	pid = asked_status(a).pid;
	assert_true(pid > 0);
	read_proc(pid, "status", text, sizeof(text));
	assert_non_null(strstr(text, "\nCapInh:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapPrm:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nCapAmb:\t0000000000000000\n"));
	assert_non_null(strstr(text, "\nNoNewPrivs:\t1\n"));
	assert_non_null(strstr(text, "\nSeccomp:\t2\n"));
	read_proc(pid, "oom_score_adj", oom, sizeof(oom));
	assert_string_equal(oom, "1000\n");
	if (!geteuid()) {
		assert_non_null(strstr(text, "\nCapBnd:\t0000000000000000\n"));
		assert_non_null(strstr(text, "\nUid:\t65534\t65534\t65534\t65534\n"));
		assert_non_null(strstr(text, "\nGid:\t65534\t65534\t65534\t65534\n"));
		assert_non_null(strstr(text, "\nGroups:\t \n"));
		snprintf(path, sizeof(path), "/proc/%d/root", pid);
		n = readlink(path, link, sizeof(link) - 1);
		assert_true(n > 0);
		link[n] = '\0';
		assert_string_not_equal(link, "/");
		/* It has but standard streams to nowhere, and its socket. */
		for (int i = 0; i < 64; i++) {
			snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, i);
			n = readlink(path, link, sizeof(link) - 1);
			link[n > 0 ? n : 0] = '\0';
#ifndef __SANITIZE_ADDRESS__
			if (i < 3)
				assert_string_equal(link, "/dev/null");
#endif
			if (i == 3)
				assert_memory_equal(link, "socket:", 7);
			else if (i > 3)
				assert_string_equal(link, "");
		}
	}
	asked_free(a);
	assert_int_equal(kill(pid, 0), -1);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_may),
		cmocka_unit_test(what_ends_it),
		cmocka_unit_test(processor_time_is_limited),
		cmocka_unit_test(it_ends_with_its_parent),
		cmocka_unit_test(the_resolving_process),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
