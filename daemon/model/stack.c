// SPDX-License-Identifier: BSD-2-Clause
#include "model/stack.h"

#include <ctype.h>
#include <string.h>

#include "model/bytes.h"
#include "model/text.h"

const char *frame_language_name(enum frame_language language)
{
	static const char *const names[] = {"native", "python", "jit"};

	return names[language];
}

static bool begins(const char *text, const char *prefix)
{
	return text && !strncmp(text, prefix, strlen(prefix));
}

static bool is_system_path(const char *path)
{
	return begins(path, "/usr/lib") || begins(path, "/lib") || begins(path, "[vdso]");
}

/* Of an installed package: somebody else's, and yet nearer to the program than the language's own.
 */
static bool is_package(const char *path)
{
	return path && (strstr(path, "/site-packages/") || strstr(path, "/dist-packages/") ||
			strstr(path, "/node_modules/"));
}

static bool is_python_library(const char *file)
{
	return begins(file, "<frozen ") ||
	       (file && (strstr(file, "/lib/python") || is_package(file)));
}

/* Wherever they are installed: what runs the program's code, and the modules that come with it. */
static bool is_runtime(const char *module)
{
	static const char *const names[] = {"python",  "libpython", "node",   "nodejs",
					    "libnode", "java",      "libjvm", "libjli",
					    "libjava", "libnio",    "libnet"};
	const char *name = text_base_name(module);

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *rest = name + strlen(names[i]);

		if (begins(name, names[i]) &&
		    (!*rest || *rest == '.' || isdigit((unsigned char)*rest)))
			return true;
	}
	return is_python_library(module) || (module && strstr(module, "/_MEI")); /* PyInstaller's */
}

static bool is_java_library(const char *method)
{
	return begins(method, "Interpreter") || begins(method, "StubRoutines") ||
	       begins(method, "java.") || begins(method, "javax.") || begins(method, "jdk.") ||
	       begins(method, "sun.");
}

/* Go links its own library in: by the first part of a function's package, which few others use. */
static bool is_go_library(const struct frame *frame)
{
	static const char *const packages[] = {
		"runtime",  "syscall", "os",  "internal", "net", "io",     "bufio",
		"database", "crypto",  "log", "archive",  "fmt", "plugin", "golang.org/x/sys",
	};
	size_t length = frame->file ? strlen(frame->file) : 0;

	if (!frame->function || length < 3 ||
	    (strcmp(frame->file + length - 3, ".go") != 0 &&
	     strcmp(frame->file + length - 2, ".s") != 0))
		return false;
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		size_t part = strlen(packages[i]);

		if (!strncmp(frame->function, packages[i], part) &&
		    (frame->function[part] == '.' || frame->function[part] == '/'))
			return true;
	}
	return false;
}

bool frame_is_library(const struct frame *frame)
{
	switch (frame->language) {
	case FRAME_PYTHON:
		return is_python_library(frame->file);
	case FRAME_JIT:
		return begins(frame->file, "node:") || is_package(frame->file) ||
		       is_java_library(frame->function);
	default:
		return is_system_path(frame->module) || is_runtime(frame->module) ||
		       is_go_library(frame);
	}
}

/* How near to whoever wrote the program: the least is nearest. */
static unsigned distance(const struct frame *frame)
{
	if (!frame_is_library(frame))
		return 0;
	if (is_package(frame->file) || is_package(frame->module))
		return 1;
	return frame->language == FRAME_NATIVE ? 3 : 2;
}

size_t stack_own(const struct frame *frames, size_t count)
{
	size_t own = 0;

	for (size_t i = 1; i < count; i++)
		if (distance(&frames[i]) < distance(&frames[own]))
			own = i;
	return own;
}

static bool is_c_library(const struct frame *frame)
{
	static const char *const names[] = {"libc.so",  "libc-",   "libpthread",
					    "ld-linux", "ld-musl", "libc.musl"};
	const char *name = text_base_name(frame->module);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (begins(name, names[i]))
			return true;
	return false;
}

/* A call's stub by its name, for programs that have the C library linked in. */
static bool is_stub(const char *function)
{
	static const char *const calls[] = {
		"open",
		"openat",
		"creat",
		"socket",
		"accept",
		"accept4",
		"pipe",
		"pipe2",
		"dup",
		"dup2",
		"dup3",
		"fcntl",
		"eventfd",
		"timerfd_create",
		"signalfd",
		"epoll_create",
		"epoll_create1",
		"memfd_create",
		"socketpair",
		"inotify_init",
		"inotify_init1",
		"syscall",
		"open_nocancel",
		"open64_nocancel",
		"openat64_nocancel",
		"fcntl_nocancel",
		"recvmsg",
		"clone",
		"clone3",
	};
	size_t length;

	if (!function)
		return false;
	if (begins(function, "__libc_"))
		function += strlen("__libc_");
	while (*function == '_')
		function++;
	length = strlen(function);
	if (length > 2 && !strcmp(function + length - 2, "64"))
		length -= 2;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strlen(calls[i]) == length && !strncmp(function, calls[i], length))
			return true;
	return false;
}

/* What musl's stubs call. */
static bool is_stubs_own(const char *function)
{
	static const char *const names[] = {"__syscall_cp_asm", "__syscall_cp_c", "__syscall_cp",
					    "__cp_end", "sccp"};

	for (size_t i = 0; function && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(function, names[i]))
			return true;
	return false;
}

/* Where every program and thread begins. */
static bool is_beginning(const struct frame *frame)
{
	static const char *const names[] = {"_start",
					    "__libc_start_main",
					    "__libc_start_call_main",
					    "__libc_start_main_impl",
					    "libc_start_main_stage2",
					    "_start_c",
					    "start_thread",
					    "clone3",
					    "__clone3",
					    "__clone",
					    "clone"};

	for (size_t i = 0; frame->function && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(frame->function, names[i]))
			return true;
	return is_c_library(frame);
}

static bool is_evaluation(const struct frame *frame)
{
	return begins(frame->function, "_PyEval_") || begins(frame->function, "PyEval_Eval");
}

static bool is_interpreter(const struct frame *frame)
{
	const char *name = text_base_name(frame->module);

	return is_evaluation(frame) || begins(name, "python") || begins(name, "libpython");
}

/* A span of native frames without the C library's at both ends. */
struct span {
	const struct frame *frames;
	size_t begin;
	size_t end;
};

static struct span trim(const struct frame *native, size_t count, const char **call)
{
	struct span span = {native, 0, count};

	while (span.begin < span.end && is_stubs_own(native[span.begin].function))
		span.begin++;
	if (span.begin < span.end && is_stub(native[span.begin].function))
		span.begin++;
	while (span.begin < span.end && is_c_library(&native[span.begin]))
		span.begin++;
	if (span.begin == span.end) /* nothing else: it stays */
		return (struct span){native, 0, count};
	*call = span.begin ? native[span.begin - 1].function : NULL;
	while (span.end > span.begin + 1 && is_beginning(&native[span.end - 1]))
		span.end--;
	return span;
}

/* The innermost and the outermost frame in which the interpreter runs Python code. */
static bool find_evaluations(struct span span, size_t *first, size_t *last)
{
	bool named = false, found = false;

	for (size_t i = span.begin; i < span.end; i++)
		named |= is_evaluation(&span.frames[i]);
	for (size_t i = span.begin; i < span.end; i++) {
		if (named ? !is_evaluation(&span.frames[i]) : !is_interpreter(&span.frames[i]))
			continue;
		if (!found)
			*first = i;
		found = true;
		*last = i;
	}
	return found;
}

struct merge {
	struct frame *frames;
	size_t count;
};

static void put(struct merge *merge, const struct frame *frame)
{
	if (merge->count < STACK_MAX)
		merge->frames[merge->count++] = *frame;
}

/* What nobody could name tells nothing beside frames that have names. */
static bool is_named(const struct frame *frame)
{
	return frame->function || frame->module;
}

static void put_foreign(struct merge *merge, struct span span, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		if (is_named(&span.frames[i]) && !is_interpreter(&span.frames[i]) &&
		    !is_c_library(&span.frames[i]))
			put(merge, &span.frames[i]);
}

size_t stack_merge(struct frame merged[STACK_MAX], const struct frame *native, size_t native_count,
		   const struct frame *python, size_t python_count, const char **call)
{
	struct merge merge = {merged, 0};
	struct span span;
	size_t first = 0, last = 0;

	*call = NULL;
	span = trim(native, native_count, call);
	if (python_count == 0) {
		for (size_t i = span.begin; i < span.end; i++)
			put(&merge, &span.frames[i]);
		return merge.count;
	}
	if (!find_evaluations(span, &first, &last)) {
		first = span.end;
		last = span.end;
	}
	put_foreign(&merge, span, span.begin, first);
	for (size_t i = 0; i < python_count; i++)
		put(&merge, &python[i]);
	put_foreign(&merge, span, last, span.end);
	return merge.count;
}

static uint64_t mix_string(uint64_t hash, const char *text)
{
	return bytes_sum_more(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Without a line the very instruction tells one call from the next. */
static uint64_t mix_frame(uint64_t hash, const struct frame *frame)
{
	uint64_t at = frame->line ? frame->line : frame->offset;

	hash = mix_string(hash, frame->function);
	hash = mix_string(hash, frame->file ? frame->file : frame->module);
	return bytes_sum_more(hash, &at, sizeof(at));
}

uint64_t stack_place(const struct frame *frames, size_t count)
{
	uint64_t hash = BYTES_SUM_EMPTY;
	size_t own = 0;

	for (size_t i = 0; i < count && own < STACK_PLACE_OWN; i++) {
		hash = mix_frame(hash, &frames[i]);
		own += !frame_is_library(&frames[i]);
	}
	return hash;
}
