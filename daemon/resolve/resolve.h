/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses to frames, functions and lines; the work is done by a process without rights.
 *
 * All is asynchronous: a question returns at once, and its answer comes later from the event loop,
 * by the handler of its kind, under the id that the caller chose. Every question that was taken is
 * answered once, within RESOLVER_WAIT_SECONDS, with an error at worst:
 *
 *	-ESRCH      the process has ended, or its pid is another's now
 *	-EACCES     its memory map can't be read with the rights the daemon has
 *	-ENOENT     it has nothing of the kind (no CPython, no such line)
 *	-ETIMEDOUT  it took too long, here or in the resolving process
 *	-EIO        the resolving process broke; the next question gets a new one
 *	-EBUSY      this process's files broke it before: nothing is asked of them for a while
 *	-EAGAIN     it broke too often: asked again later it may work
 *
 * For the event loop's thread only. All text in answers comes from others: any bytes.
 */
#ifndef FDWATCH_RESOLVE_RESOLVE_H
#define FDWATCH_RESOLVE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "model/python_layout.h"
#include "model/unwind.h"

#define RESOLVER_ARGUMENT "--resolver" /* as which a program has to run resolver_child_main() */
#define RESOLVER_OPEN_MAX 1024         /* questions at a time */
#define RESOLVER_WAIT_SECONDS 15
#define RESOLVER_PCS_MAX UNWIND_FRAMES_MAX
#define RESOLVER_LINE_TABLE_MAX (64 * 1024)
#define RESOLVER_INLINED_MAX 4 /* functions told of one address */
#define BUILD_ID_MAX 32        /* bytes */

/* A process as the table knows it: start since boot in microseconds. */
struct resolver_process {
	int32_t pid;
	uint64_t start_time;
};

struct unwound_frame {
	uint64_t pc; /* the first is where the thread is, the others are return addresses */
	struct unwind_rule rule;
};

struct unwound {
	uint32_t count;
	bool complete; /* down to the outermost frame; else the slice or the rules ended before */
	struct unwound_frame frames[UNWIND_FRAMES_MAX];
};

enum module_kind {
	MODULE_NONE,  /* in no mapping that can be named */
	MODULE_FILE,  /* an ELF file */
	MODULE_JIT,   /* function from the process's perf map */
	MODULE_OTHER, /* a mapping without a file, such as [vdso] */
};

/* What is at one address. Strings are "" where unknown, never NULL. */
struct symbol {
	uint32_t index; /* of the address in the question */
	enum module_kind kind;
	bool inlined;           /* into the function told next, of the same address */
	uint32_t line;          /* 0: unknown; MODULE_JIT: where the function begins */
	const char *function;   /* demangled where the host can */
	const char *file;       /* of the source */
	const char *module;     /* path as the process sees it */
	uint64_t module_offset; /* the address as the module's ELF file numbers it */
	const char *build_id;   /* lower-case hexadecimal */
};

/* In the order of the addresses; functions inlined at one of them innermost first. */
struct symbolized {
	size_t count;
	const struct symbol *symbols;
};

/* What a handler is given is good until it returns; NULL where error is not 0. */
struct resolver_handlers {
	void (*unwound)(uint64_t id, int error, const struct unwound *unwound, void *data);
	void (*symbolized)(uint64_t id, int error, const struct symbolized *symbols, void *data);
	void (*python_found)(uint64_t id, int error, const struct python_layout *layout,
			     void *data);
	void (*python_line)(uint64_t id, int error, uint32_t line, void *data);
	void (*prepared)(uint64_t id, int error, void *data);
	/* A line for the log: what broke, and what follows from it. */
	void (*log)(const char *line, void *data);
	void *data;
};

struct resolver;

/*
 * Starts the resolving process. `proc` is "/proc", `program` what is executed, with
 * RESOLVER_ARGUMENT; "/proc/self/exe" is the program itself. 0 or -errno.
 */
int resolver_new(struct resolver **resolver, sd_event *loop, const char *proc, const char *program,
		 const struct resolver_handlers *handlers);

/* Ends the resolving process; what is open is not answered any more. NULL is well. */
void resolver_free(struct resolver *resolver);

/*
 * These return 0, -EAGAIN (RESOLVER_OPEN_MAX are open), -EINVAL (a size out of bounds) or -ENOMEM;
 * whatever is not 0 is answered by no handler.
 */

/* Opens a process's files, for it may be gone when somebody asks. */
int resolver_prepare(struct resolver *resolver, uint64_t id, struct resolver_process process);

/* `stack` is what memory holds from registers->sp upwards; `size` to UNWIND_STACK_MAX. */
int resolver_unwind(struct resolver *resolver, uint64_t id, struct resolver_process process,
		    const struct unwind_registers *registers, const void *stack, size_t size);

/* With `exact`, pcs[0] is where a thread is; the others, and it without, are return addresses. */
int resolver_symbolize(struct resolver *resolver, uint64_t id, struct resolver_process process,
		       const uint64_t *pcs, size_t count, bool exact);

/* Whether a process runs CPython (3.8 to 3.14), and how its frames are walked. */
int resolver_find_python(struct resolver *resolver, uint64_t id, struct resolver_process process);

/* The line of an instruction, `offset` bytes behind the first of its code object. */
int resolver_python_line(struct resolver *resolver, uint64_t id, enum python_lines kind,
			 int32_t first_line, const void *table, size_t size, uint32_t offset);

/* A process has ended or executed another program: what is known of it is dropped. */
void resolver_forget(struct resolver *resolver, struct resolver_process process);

struct resolver_status {
	int32_t pid; /* of the resolving process, 0: none runs */
	uint64_t starts;
	uint64_t breaks;   /* ended by a crash, a limit or the time */
	uint32_t open;     /* questions not answered yet */
	uint64_t answered; /* with and without error */
	uint64_t failed;
};

void resolver_status(const struct resolver *resolver, struct resolver_status *status);

/* What the resolving process runs instead of main(): its exit status. */
int resolver_child_main(void);

#endif
