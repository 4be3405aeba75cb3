/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where one process's CPython keeps what its frames are walked by. Offsets are in bytes from the
 * head of the structure named; PYTHON_NONE stands for a field that this version doesn't have.
 */
#ifndef FDWATCH_MODEL_PYTHON_LAYOUT_H
#define FDWATCH_MODEL_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define PYTHON_NONE UINT16_MAX
#define PYTHON_OWNER_SKIP 3 /* frames whose owner is this or more belong to no Python code */
#define PYTHON_TSS_SLOTS 32 /* keys below this are in the thread's first block of glibc's */

/* How a frame tells which instruction it is at. */
enum python_instruction {
	PYTHON_LASTI_BYTES, /* int32: offset in bytes, -1 before the first (to 3.9) */
	PYTHON_LASTI_UNITS, /* int32: offset in units of 2 bytes (3.10) */
	PYTHON_POINTER,     /* pointer: less code and code_bytecode it is the offset in bytes */
};

enum python_lines {
	PYTHON_LNOTAB,    /* co_lnotab, to 3.9 */
	PYTHON_LINETABLE, /* co_linetable of 3.10 (PEP 626) */
	PYTHON_LOCATIONS, /* co_linetable from 3.11 on (PEP 657) */
};

struct python_layout {
	uint64_t runtime;    /* address of _PyRuntime */
	uint64_t loop;       /* of _PyEval_EvalFrameDefault; 0: not known */
	uint64_t loop_end;   /* behind its last byte */
	uint16_t version;    /* 0x030b: 3.11 */
	uint8_t instruction; /* enum python_instruction */
	uint8_t lines;       /* enum python_lines */
	bool tss_known;
	uint8_t reserved[3];
	uint32_t tss_key; /* glibc's key of the thread state: see facts of pthread_getspecific */

	uint16_t runtime_interpreters; /* the first of the interpreters */
	uint16_t interpreter_next;
	uint16_t interpreter_threads; /* the first of its thread states */
	uint16_t thread_next;
	uint16_t thread_id;    /* pthread_self(), on x86-64 the base of fs */
	uint16_t thread_frame; /* the innermost frame; with thread_cframe: see there */
	/* 3.11, 3.12: thread + thread_frame points to a structure that holds the frame here. */
	uint16_t cframe_frame;

	uint16_t frame_previous;
	uint16_t frame_code;
	uint16_t frame_instruction;
	uint16_t frame_owner; /* one byte: see PYTHON_OWNER_SKIP */
	uint16_t code_tag;    /* low bits of the pointer to the code that are to be cleared */

	uint16_t code_filename;
	uint16_t code_name; /* qualified from 3.11 on */
	uint16_t code_first_line;
	uint16_t code_line_table;
	uint16_t code_bytecode;

	uint16_t string_length; /* 8 bytes */
	uint16_t string_state;  /* 4 bytes: kind and whether it's ASCII, which the data stands by */
	uint16_t string_data;   /* of a compact ASCII string */
	uint16_t bytes_size;    /* 8 bytes */
	uint16_t bytes_data;
	uint16_t reserved_end;
};

#endif
