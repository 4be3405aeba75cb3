// SPDX-License-Identifier: BSD-2-Clause
#include "model/stack.h"

#include <string.h>

#include "check.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define PYTHON "/usr/bin/python3.11"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct frame native(const char *function, const char *module)
{
	return (struct frame){.function = function, .module = module, .offset = 16};
}

static struct frame python(const char *function, const char *file, uint32_t line)
{
	return (struct frame){
		.function = function, .file = file, .line = line, .language = FRAME_PYTHON};
}

static void assert_functions(const struct frame *frames, size_t count, const char *expected)
{
	char text[512] = "";

	for (size_t i = 0; i < count; i++) {
		ADD_TEXT(text, i ? " " : "");
		ADD_TEXT(text, frames[i].function);
	}
	assert_string_equal(text, expected);
}

static void c_program(void **state)
{
	const struct frame stack[] = {
		native("open64", LIBC),       native("_IO_file_open", LIBC),
		native("fopen64", LIBC),      native("load", "/opt/app"),
		native("main", "/opt/app"),   native("__libc_start_call_main", LIBC),
		native("_start", "/opt/app"),
	};
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, stack, COUNT(stack), NULL, 0, &call);

	(void)state;
	assert_functions(merged, count, "load main");
	assert_string_equal(call, "fopen64");
}

static void static_program(void **state)
{
	const struct frame stack[] = {
		native("__libc_open64", "/opt/app"),
		native("open_all", "/opt/app"),
		native("main", "/opt/app"),
	};
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, stack, COUNT(stack), NULL, 0, &call);

	(void)state;
	assert_functions(merged, count, "open_all main");
	assert_string_equal(call, "__libc_open64");
}

/* Its C library is another one. */
static void static_program_of_musl(void **state)
{
	const struct frame stack[] = {
		native("__syscall_cp_asm", "/opt/app"),
		native("sccp", "/opt/app"),
		native("open", "/opt/app"),
		native("dup", "/opt/app"), /* the program's own */
		native("main", "/opt/app"),
		native("libc_start_main_stage2", "/opt/app"),
	};
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, stack, COUNT(stack), NULL, 0, &call);

	(void)state;
	assert_functions(merged, count, "dup main");
	assert_string_equal(call, "open");
}

static void c_library_alone(void **state)
{
	const struct frame stack[] = {native("open64", LIBC), native("opendir", LIBC)};
	struct frame merged[STACK_MAX];
	const char *call;

	(void)state;
	assert_int_equal(stack_merge(merged, stack, 2, NULL, 0, &call), 2);
	assert_null(call);
	assert_int_equal(stack_merge(merged, NULL, 0, NULL, 0, &call), 0);
}

static void python_program(void **state)
{
	const struct frame stack[] = {
		native("open64", LIBC),
		native("_io_FileIO___init__", PYTHON),
		native("_PyObject_MakeTpCall", PYTHON),
		native("_PyEval_EvalFrameDefault", PYTHON),
		native("_PyFunction_Vectorcall", PYTHON),
		native("_PyEval_EvalFrameDefault", PYTHON),
		native("Py_BytesMain", PYTHON),
		native("__libc_start_call_main", LIBC),
	};
	const struct frame code[] = {python("load", "/app.py", 3),
				     python("<module>", "/app.py", 9)};
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, stack, COUNT(stack), code, 2, &call);

	(void)state;
	assert_functions(merged, count, "load <module>");
	assert_int_equal(merged[0].line, 3);
}

static void extension_module(void **state)
{
	const struct frame stack[] = {
		native("open64", LIBC),
		native("unixOpen", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"),
		native("connection_init", "/usr/lib/python3.11/lib-dynload/_sqlite3.so"),
		native("type_call", PYTHON),
		native("_PyEval_EvalFrameDefault", PYTHON),
		native("Py_BytesMain", PYTHON),
		native("embed", "/opt/server"),
		native("__libc_start_call_main", LIBC),
	};
	const struct frame code[] = {python("load", "/app.py", 3)};
	struct frame merged[STACK_MAX];
	const char *call;
	size_t count = stack_merge(merged, stack, COUNT(stack), code, 1, &call);

	(void)state;
	assert_functions(merged, count, "unixOpen connection_init load embed");
}

/* The walk in the kernel may end at the interpreter's loop, or know no function at all. */
static void stripped_interpreter(void **state)
{
	struct frame stack[] = {native("open64", LIBC), native(NULL, "/opt/libpython3.9.so.1.0"),
				native("uwsgi", "/opt/uwsgi")};
	const struct frame code[] = {python("load", "/app.py", 3)};
	struct frame merged[STACK_MAX];
	const char *call;

	(void)state;
	assert_int_equal(stack_merge(merged, stack, 3, code, 1, &call), 2);
	assert_string_equal(merged[0].function, "load");
	assert_int_equal(stack_merge(merged, stack, 0, code, 1, &call), 1);
	assert_string_equal(merged[0].function, "load");
}

static void bounded(void **state)
{
	struct frame stack[STACK_MAX], code[STACK_MAX], merged[STACK_MAX];
	const char *call;

	(void)state;
	for (size_t i = 0; i < STACK_MAX; i++) {
		stack[i] = native("f", "/opt/app");
		code[i] = python("g", "/app.py", 1);
	}
	assert_int_equal(stack_merge(merged, stack, STACK_MAX, code, STACK_MAX, &call), STACK_MAX);
}

static void places(void **state)
{
	struct frame a[] = {python("open", "/usr/lib/python3.11/pathlib.py", 1044),
			    python("load", "/app.py", 3), python("run", "/app.py", 9),
			    python("main", "/app.py", 20), python("serve", "/app.py", 30)};
	uint64_t place = stack_place(a, 5);

	(void)state;
	a[4].line = 31; /* beyond the third of its own */
	assert_int_equal(stack_place(a, 5), place);
	a[3].line = 21;
	assert_int_not_equal(stack_place(a, 5), place);
	a[3].line = 20;
	a[0].line = 1;
	assert_int_not_equal(stack_place(a, 5), place);
}

static void places_without_lines(void **state)
{
	struct frame a = native("load", "/opt/app");
	uint64_t place = stack_place(&a, 1);

	(void)state;
	a.offset++;
	assert_int_not_equal(stack_place(&a, 1), place);
}

static void libraries(void **state)
{
	struct frame frame = native("f", "/usr/lib/libx.so");

	(void)state;
	assert_true(frame_is_library(&frame));
	frame = native("f", "/usr/sbin/nginx");
	assert_false(frame_is_library(&frame));
	frame = python("f", "/home/me/venv/lib/python3.11/site-packages/x.py", 1);
	assert_true(frame_is_library(&frame));
	frame = python("f", "<frozen importlib>", 1);
	assert_true(frame_is_library(&frame));
	frame = python("f", "app.py", 1);
	assert_false(frame_is_library(&frame));
	frame = (struct frame){.language = FRAME_JIT, .file = "node:fs"};
	assert_true(frame_is_library(&frame));
}

/* Go's own library is in the program; Java's has no file. */
static void libraries_without_a_file_of_their_own(void **state)
{
	static const struct {
		struct frame frame;
		bool library;
	} all[] = {
		{{.function = "os.Open", .file = "/usr/lib/go/src/os/file.go"}, true},
		{{.function = "runtime/internal/syscall.Syscall6", .file = "asm_linux.s"}, true},
		{{.function = "net/http.(*conn).serve", .file = "net/http/server.go"}, true},
		{{.function = "main.load", .file = "/srv/main.go"}, false},
		{{.function = "osprey.Open", .file = "/srv/o.go"}, false},
		{{.function = "example.com/net.Dial", .file = "/srv/net.go"}, false},
		{{.function = "os.Open", .file = "/srv/os.c"}, false},
		{{.function = "os.Open"}, false},
		{{.function = "java.io.File.open()", .language = FRAME_JIT}, true},
		{{.function = "Interpreter", .language = FRAME_JIT}, true},
		{{.function = "javanese.Main.open()", .language = FRAME_JIT}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_int_equal(frame_is_library(&all[i].frame), all[i].library);
}

/* What a module in C opens for the program was opened by the program. */
static void own_frames(void **state)
{
	const struct frame accept =
		native("sock_accept_impl", "/root/py/lib/python3.11/lib-dynload/_socket.so");
	const struct frame package = python("get", "/v/lib/python3.11/site-packages/http.py", 4);
	const struct frame standard = python("accept", "/root/py/lib/python3.11/socket.py", 294);
	const struct frame program = python("serve", "/srv/app.py", 12);
	const struct frame whole[] = {accept, standard, package, program, program};
	const struct frame without[] = {accept, standard, package, standard};
	const struct frame few[] = {accept, standard};
	const struct frame addon[] = {native("leak", "/srv/own.so"), standard, program};

	(void)state;
	assert_int_equal(stack_own(whole, COUNT(whole)), 3);
	assert_int_equal(stack_own(without, COUNT(without)), 2);
	assert_int_equal(stack_own(few, COUNT(few)), 1);
	assert_int_equal(stack_own(few, 1), 0);
	assert_int_equal(stack_own(addon, COUNT(addon)), 0);
	assert_int_equal(stack_own(NULL, 0), 0);
}

static void runtimes(void **state)
{
	static const struct {
		const char *module;
		bool library;
	} all[] = {
		{"/opt/py/bin/python3.11", true},
		{"/opt/libpython3.9.so.1.0", true},
		{"/opt/node/bin/node", true},
		{"/opt/jdk/lib/server/libjvm.so", true},
		{"/tmp/_MEIabc/_socket.cpython-311.so", true},
		{"/srv/app/node_modules/x/build/x.node", true},
		{"/opt/pythonista", false},
		{"/opt/node_exporter", false},
		{"/opt/java-agent", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		const struct frame frame = native("f", all[i].module);

		assert_int_equal(frame_is_library(&frame), all[i].library);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_program),
		cmocka_unit_test(static_program),
		cmocka_unit_test(static_program_of_musl),
		cmocka_unit_test(c_library_alone),
		cmocka_unit_test(libraries_without_a_file_of_their_own),
		cmocka_unit_test(python_program),
		cmocka_unit_test(extension_module),
		cmocka_unit_test(stripped_interpreter),
		cmocka_unit_test(bounded),
		cmocka_unit_test(places),
		cmocka_unit_test(places_without_lines),
		cmocka_unit_test(libraries),
		cmocka_unit_test(own_frames),
		cmocka_unit_test(runtimes),
	};

	return RUN_TESTS(tests);
}
