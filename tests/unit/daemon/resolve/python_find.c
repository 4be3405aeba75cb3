// SPDX-License-Identifier: BSD-2-Clause
/* Real CPythons: what is found leads to the frames that a thread really has. */
#include "asked.h"
#include "pythons.h"
#include "victim.h"

#include <sys/ptrace.h>

static const char script[] = "import os, sys, threading\n"
			     "def leaf():\n"
			     "    os.read(0, 1)  # at: leaf\n"
			     "class Middle:\n"
			     "    def call(self):\n"
			     "        return [leaf() for _ in range(1)]  # at: middle\n"
			     "def generator():\n"
			     "    yield 1\n"
			     "    yield Middle().call()  # at: generator\n"
			     "def outer():\n"
			     "    os.write(1, b'x')\n"
			     "    return list(generator())  # at: outer\n"
			     "if len(sys.argv) > 1:\n"
			     "    thread = threading.Thread(target=outer)\n"
			     "    thread.start()\n"
			     "    thread.join()\n"
			     "else:\n"
			     "    outer()  # at: module\n";

static uint32_t line_of(const char *mark)
{
	char wanted[64];
	const char *at;
	uint32_t line = 1;

	snprintf(wanted, sizeof(wanted), "# at: %s\n", mark);
	at = strstr(script, wanted);
	assert_non_null(at);
	for (const char *p = script; p < at; p++)
		line += *p == '\n';
	return line;
}

static int memory = -1;

static void read_memory(uint64_t address, void *buffer, size_t size)
{
	assert_int_equal(pread(memory, buffer, size, (off_t)address), size);
}

static uint64_t read_word(uint64_t address)
{
	uint64_t word;

	read_memory(address, &word, sizeof(word));
	return word;
}

/* Of ASCII text; all names here are. */
static void read_string(const struct python_layout *l, uint64_t string, char *buffer, size_t size)
{
	uint64_t length = read_word(string + l->string_length);

	assert_true(length < size);
	read_memory(string + l->string_data, buffer, length);
	buffer[length] = '\0';
}

/* The thread state whose thread is this one, by the interpreter's list. */
static uint64_t find_thread(const struct python_layout *l, uint64_t pthread)
{
	uint64_t interpreter = read_word(l->runtime + l->runtime_interpreters);
	uint64_t thread = read_word(interpreter + l->interpreter_threads);

	for (int i = 0; thread && i < 16; i++) {
		if (read_word(thread + l->thread_id) == pthread)
			return thread;
		thread = read_word(thread + l->thread_next);
	}
	return 0;
}

/* glibc's pthread_getspecific(), by hand. */
static uint64_t by_key(const struct python_layout *l, uint64_t pthread)
{
	return read_word(pthread + 0x310 + 16ull * l->tss_key + 8);
}

static uint32_t instruction_of(const struct python_layout *l, uint64_t frame, uint64_t code)
{
	int32_t last;

	if (l->instruction == PYTHON_POINTER)
		return (uint32_t)(read_word(frame + l->frame_instruction) - code -
				  l->code_bytecode);
	read_memory(frame + l->frame_instruction, &last, sizeof(last));
	return l->instruction == PYTHON_LASTI_UNITS ? 2 * (uint32_t)last : (uint32_t)last;
}

static uint32_t line_at(struct asked *a, const struct python_layout *l, uint64_t code,
			uint32_t instruction)
{
	static uint8_t table[RESOLVER_LINE_TABLE_MAX];
	uint64_t bytes = read_word(code + l->code_line_table);
	uint64_t size = read_word(bytes + l->bytes_size);
	int32_t first;

	assert_true(size <= sizeof(table));
	read_memory(bytes + l->bytes_data, table, size);
	read_memory(code + l->code_first_line, &first, sizeof(first));
	assert_int_equal(resolver_python_line(a->resolver, 1, (enum python_lines)l->lines, first,
					      table, size, instruction),
			 0);
	assert_true(asked_wait(a, 1));
	return a->line;
}

struct expected {
	const char *name;
	uint32_t line;
};

static uint64_t first_frame(const struct python_layout *l, uint64_t thread)
{
	uint64_t frame = read_word(thread + l->thread_frame);

	return l->cframe_frame == PYTHON_NONE ? frame : read_word(frame + l->cframe_frame);
}

static bool is_python(const struct python_layout *l, uint64_t frame)
{
	uint8_t owner = 0;

	if (l->frame_owner != PYTHON_NONE)
		read_memory(frame + l->frame_owner, &owner, 1);
	return owner < PYTHON_OWNER_SKIP;
}

static void expect_frames(struct asked *a, uint64_t thread, const struct expected *expected)
{
	const struct python_layout *l = &a->layout;
	uint64_t frame = first_frame(l, thread);
	char name[256], file[256];

	for (int i = 0; expected->name && frame && i < 64; i++) {
		uint64_t code = read_word(frame + l->frame_code) & ~(uint64_t)l->code_tag;

		if (is_python(l, frame)) {
			const char *last;

			read_string(l, read_word(code + l->code_name), name, sizeof(name));
			read_string(l, read_word(code + l->code_filename), file, sizeof(file));
			last = strrchr(name, '.');
			if (strcmp(last ? last + 1 : name, "<listcomp>")) {
				assert_string_equal(last ? last + 1 : name, expected->name);
				assert_non_null(strstr(file, "/script.py"));
				assert_int_equal(
					line_at(a, l, code, instruction_of(l, frame, code)),
					expected->line);
				expected++;
			}
		}
		frame = read_word(frame + l->frame_previous);
	}
	assert_null(expected->name);
}

/* The base of fs of a thread, which is its pthread_t. */
static uint64_t thread_pointer(pid_t tid)
{
	struct user_regs_struct registers;

	assert_int_equal(ptrace(PTRACE_SEIZE, tid, 0, 0), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
	assert_int_equal(waitpid(tid, NULL, __WALL), tid);
	assert_int_equal(ptrace(PTRACE_GETREGS, tid, 0, &registers), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, tid, 0, 0), 0);
	return registers.fs_base;
}

static pid_t last_thread(pid_t pid)
{
	char line[64];
	int tid = 0;
	FILE *pipe;

	snprintf(line, sizeof(line), "ls /proc/%d/task | sort -n | tail -1", pid);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &tid), 1);
	pclose(pipe);
	return tid;
}

/* The thread waits in read(), with its frames as they are to be found. */
static void wait_for_call(pid_t tid)
{
	uint64_t until = clock_usec(CLOCK_MONOTONIC) + 10000000;
	char path[64], text[64];
	bool waits = false;

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	while (!waits && clock_usec(CLOCK_MONOTONIC) < until) {
		FILE *file = fopen(path, "r");

		assert_non_null(file);
		waits = fgets(text, sizeof(text), file) && !strncmp(text, "0 0x0 ", 6);
		fclose(file);
	}
	assert_true(waits);
}

static void look_into(struct asked *a, const char *python, const char *path, bool in_thread)
{
	const struct expected expected[] = {
		{"leaf", line_of("leaf")},
		{"call", line_of("middle")},
		{"generator", line_of("generator")},
		{"outer", line_of("outer")},
		{in_thread ? NULL : "<module>", in_thread ? 0 : line_of("module")},
		{},
	};
	char *arguments[] = {(char *)python, (char *)path, in_thread ? (char *)"t" : NULL, NULL};
	uint64_t thread, pointer;
	char memory_path[64];
	struct victim v;
	pid_t tid;

	victim_start(&v, arguments);
	tid = in_thread ? last_thread(v.pid) : v.pid;
	wait_for_call(tid);
	assert_int_equal(resolver_find_python(a->resolver, 4, v.process), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, 0);
	snprintf(memory_path, sizeof(memory_path), "/proc/%d/mem", v.pid);
	memory = open(memory_path, O_RDONLY | O_CLOEXEC);
	assert_true(memory >= 0);
	pointer = thread_pointer(tid);
	thread = find_thread(&a->layout, pointer);
	assert_true(thread != 0);
	assert_true(a->layout.tss_known);
	assert_int_equal(by_key(&a->layout, pointer), thread);
	expect_frames(a, thread, expected);
	close(memory);
	victim_end(&v);
}

static void real_pythons(void **state)
{
	char folder[] = "/tmp/fdwatch-python.XXXXXX", path[64], command[PATH_MAX + 64];
	struct asked *a = asked_new("/proc/self/exe");
	struct pythons pythons;

	(void)state;
	pythons_find(&pythons);
	assert_non_null(mkdtemp(folder));
	write_file(folder, "script.py", script, sizeof(script) - 1);
	snprintf(path, sizeof(path), "%s/script.py", folder);
	for (size_t i = 0; i < pythons.count; i++) {
		unsigned int version = 0;
		FILE *pipe;

		snprintf(command, sizeof(command),
			 "%s -c 'import sys; print(sys.hexversion >> 16)'", pythons.commands[i]);
		pipe = popen(command, "r");
		assert_non_null(pipe);
		assert_int_equal(fscanf(pipe, "%u", &version), 1);
		pclose(pipe);
		look_into(a, pythons.commands[i], path, false);
		assert_int_equal(a->layout.version, version);
		look_into(a, pythons.commands[i], path, true);
		print_message("# %s is %x\n", pythons.commands[i], version);
	}
	asked_free(a);
	assert_int_equal(run_shell("rm -rf %s", folder), 0);
}

static void no_python(void **state)
{
	struct resolver_process self = {getpid(), victim_start_time(getpid())};
	struct asked *a = asked_new("/proc/self/exe");

	(void)state;
	assert_int_equal(resolver_find_python(a->resolver, 4, self), 0);
	assert_true(asked_wait(a, 1));
	assert_int_equal(a->error, -ENOENT);
	asked_free(a);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_pythons),
		cmocka_unit_test(no_python),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
