/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon and the resolving process say to one another: one packet a message, with at
 * most one descriptor beside it. Both ends are of one build and one machine.
 */
#ifndef FDWATCH_RESOLVE_WIRE_H
#define FDWATCH_RESOLVE_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/unwind.h"

#define WIRE_FD 3                  /* of the resolving process's socket */
#define WIRE_MAX (96 * 1024)       /* bytes of a packet */
#define WIRE_SPACES 64             /* processes at a time */
#define WIRE_FILES 512             /* ELF files at a time */
#define WIRE_MAPPINGS 4096         /* executable ones of a process */
#define WIRE_MAPPINGS_AT_ONCE 1024 /* in a packet */
#define WIRE_MEMORY_MAX 16384      /* bytes of another process's memory in a packet */
#define WIRE_NO_FILE UINT32_MAX

enum wire_type {
	/* To the resolving process; nothing is answered to these. */
	WIRE_SPACE = 1, /* slot: of the process; struct wire_space and its mappings */
	WIRE_FORGET,    /* slot: of the process */
	WIRE_FILE,      /* slot: of the file; with its descriptor */
	WIRE_DEBUG,     /* slot: of the file; struct wire_debug; a descriptor if one was found */
	WIRE_PERF_MAP,  /* slot: of the process; with a descriptor */
	/* Questions, each answered by WIRE_ANSWER or WIRE_NEED under its id. */
	WIRE_UNWIND,    /* slot: of the process; registers, then the stack */
	WIRE_SYMBOLIZE, /* slot: of the process; struct wire_symbolize */
	WIRE_PYTHON,    /* slot: of the process; nothing, or struct wire_memory */
	WIRE_LINE,      /* struct wire_line, then the table */
	/* From the resolving process. */
	WIRE_HELLO,  /* it is ready, and has given up all rights; body: uint32_t, what it could */
	WIRE_ANSWER, /* error is 0 or -errno; the body by the question's kind */
	WIRE_NEED,   /* the question is to be asked again after this: struct wire_need */
};

struct wire_head {
	uint32_t type;
	uint32_t slot;
	uint64_t id;
	int32_t error;
	uint32_t reserved;
};

struct wire_mapping {
	uint64_t start, end, offset;
	uint32_t file; /* slot or WIRE_NO_FILE */
	uint32_t reserved;
};

struct wire_space {
	uint32_t first; /* place of the first mapping that follows; 0: the old ones are void */
	uint32_t count;
};

enum wire_debug_kind {
	WIRE_DEBUG_FILE = 1, /* the file with a stripped one's debug information */
	WIRE_DEBUG_ALT,      /* the file that several of those share (DW_FORM_GNU_ref_alt) */
	WIRE_MEMORY,         /* memory of the process */
};

struct wire_debug {
	uint32_t kind; /* enum wire_debug_kind */
	uint32_t reserved;
};

struct wire_symbolize {
	uint32_t exact;
	uint32_t count;
	uint64_t pcs[UNWIND_FRAMES_MAX];
};

/* One symbol of the answer, then function, file and build-id without NULs. */
struct wire_symbol {
	uint32_t index;
	uint32_t kind;
	uint32_t line;
	uint32_t inlined;
	uint64_t module_offset;
	uint16_t function_size;
	uint16_t file_size;
	uint16_t build_id_size;
	uint16_t reserved;
};

struct wire_piece {
	uint64_t address;
	uint32_t size;
	uint32_t reserved;
};

/* Where two pieces of memory were read, the name of the file there, and then what they held. */
struct wire_memory {
	struct wire_piece pieces[2];
	char name[64]; /* of the file, without folders */
};

struct wire_line {
	uint32_t kind; /* enum python_lines */
	int32_t first_line;
	uint32_t offset;
	uint32_t size; /* of the table that follows */
};

struct wire_need {
	uint32_t kind; /* enum wire_debug_kind; the file's slot is the head's */
	uint32_t build_id_size;
	uint8_t build_id[32];
	char name[256]; /* .gnu_debuglink or .gnu_debugaltlink, "" where there is none */
	struct wire_piece pieces[2];
};

struct wire_message {
	struct wire_head head;
	uint8_t body[WIRE_MAX - sizeof(struct wire_head)];
};

/*
 * Sends head and body in one packet, and a descriptor unless it is -1, which stays the caller's.
 * 0 or -errno.
 */
int wire_send(int socket, const struct wire_head *head, const void *body, size_t size, int fd,
	      int flags);

/*
 * Receives a packet. Returns the size of its body; -ENODATA at the end, -EBADMSG for a packet that
 * is too short or too long, -errno. `fd` takes a descriptor that came along, else -1.
 */
ssize_t wire_receive(int socket, struct wire_message *message, int *fd, int flags);

#endif
