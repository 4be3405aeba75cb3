/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel programs tell the daemon. Every record has a fixed layout without padding and is
 * zeroed before it is filled. Included by bpf/ (after its kernel.h) and daemon/ingest/ only.
 */
#ifndef FDWATCH_RECORD_H
#define FDWATCH_RECORD_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Layout of every pinned map and of the records below: raise it with any change to them. */
#define FDW_SCHEMA 3

#define FDW_COMM_LEN 16
#define FDW_UNKNOWN32 0xffffffffU

/* Why the kernel refused a descriptor. */
enum fdw_refusal {
	FDW_REFUSAL_NOFILE,   /* EMFILE: no number below RLIMIT_NOFILE is free */
	FDW_REFUSAL_FILE_MAX, /* ENFILE: fs.file-max is spent */
	FDW_REFUSAL_PIPE,     /* ENFILE from pipe(): fs.file-max or the user's pipe page quota */
	FDW_REFUSAL_INOTIFY,  /* EMFILE from inotify_init(): fs.inotify.max_user_instances */
	FDW_REFUSAL_FANOTIFY, /* EMFILE from fanotify_init(): fs.fanotify.max_user_groups */
	FDW_REFUSAL_MQUEUE,   /* EMFILE from mq_open(): RLIMIT_MSGQUEUE */
	FDW_REFUSAL_OTHER,    /* EMFILE with numbers free: F_DUPFD above a floor, a driver's own */
	FDW_REFUSAL_COUNT
};

/* What a program that serves several calls was attached to, where it has to know; never 0. */
enum fdw_call {
	FDW_CALL_CLONE3 = 1,
	FDW_CALL_SIGNALFD,
	FDW_CALL_BPF,
	FDW_CALL_SECCOMP,
	FDW_CALL_LANDLOCK,
	FDW_CALL_IO_URING,
};

/* What the programs add up for the whole host in the `tallies` map, one sum for each CPU. */
enum fdw_tally {
	FDW_TALLY_RING_FULL,  /* events lost: the ring buffer was full */
	FDW_TALLY_NO_RECORD,  /* calls not counted: the process's record was out of reach */
	FDW_TALLY_MUTED,      /* crossings not told: the process crossed too often */
	FDW_TALLY_LIVE_FULL,  /* descriptors of tracked processes without a record: no room */
	FDW_TALLY_SITES_FULL, /* … without a site: no room */
	FDW_TALLY_TRACE_FULL, /* sites, code objects and exits not told: the ring buffer was full */
	FDW_TALLY_SLICES,     /* stacks not told: too many of them, or the ring buffer was full */
	FDW_TALLY_LOSSES,     /* those above are losses */
	FDW_TALLY_DRIFT = FDW_TALLY_LOSSES, /* descriptors that the hooks had wrong */
	FDW_TALLY_NAME_CUT,                 /* descriptors listed without a name: it did not fit */
	FDW_TALLY_COUNT
};

/* Flags of a process record. */
#define FDW_PROCESS_DUMPABLE (1U << 0) /* its owner may look into it */
#define FDW_PROCESS_COMPAT (1U << 1)   /* 32-bit: tracepoints miss its calls */
#define FDW_PROCESS_SHARED (1U << 2)   /* another process uses the same descriptor table */

/* One process, as the snapshot iterator read it; times are since boot. */
struct fdw_process_record {
	__u64 start_time_ns;
	__u64 cgroup_id;
	__u64 soft_limit; /* ~0: no limit */
	__u64 hard_limit;
	__u64 opened; /* since watching began, by any way */
	__u64 closed;
	__u64 unattributed; /* of opened: by a way that is not hooked */
	__u64 drift;        /* what the hooks had wrong, in descriptors */
	__u64 refusals[FDW_REFUSAL_COUNT];
	__u64 last_refusal_ns; /* 0: never */
	__u64 execs;
	__u32 pid;
	__u32 parent_pid;
	__u32 uid; /* real */
	__u32 euid;
	__u32 suid;
	__u32 fds; /* numbers taken in the table */
	__u32 peak;
	__u32 reserved; /* of fds: taken by calls under way; FDW_UNKNOWN32: not counted */
	__u32 flags;    /* FDW_PROCESS_* */
	__u32 threads;
	__u32 inotify; /* instances of its user, where room is least; 0: none, or not known */
	__u32 inotify_max;
	__u32 inotify_uid;
	__u32 inotify_ns;        /* the user namespace's inode */
	__u32 space;             /* see struct fdw_tracked; 0: not tracked */
	__u32 sites;             /* that the kernel knows of it */
	char comm[FDW_COMM_LEN]; /* any bytes but NUL */
};

enum fdw_event_type {
	FDW_EVENT_REFUSAL,
	FDW_EVENT_THRESHOLD,
};

/* One event from the ring buffer. */
struct fdw_event {
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 start_time_ns;
	__u64 soft_limit;
	__u32 type; /* enum fdw_event_type */
	__u32 pid;
	__u32 fds;
	__u32 cause;   /* refusal: enum fdw_refusal */
	__u32 percent; /* threshold: 80, 90 or 95 */
	__u32 uid;     /* real, effective and saved: who may be told */
	__u32 euid;
	__u32 suid;
	__u32 flags; /* FDW_PROCESS_DUMPABLE */
	__u32 reserved;
	char comm[FDW_COMM_LEN];
};

#define FDW_INSPECT_TRACKED FDW_UNKNOWN32 /* in place of a pid: every tracked process */

/* Which process the descriptor iterator is to list; written by the daemon, one at a time. */
struct fdw_inspect {
	__u64 session; /* of the reading that found the table; 0 before it */
	__u32 pid;
	__u32 thread;  /* whose table is listed */
	__u32 current; /* and of which process */
	__u32 reserved;
};

/* What a descriptor record is followed by. */
enum fdw_descriptor_type {
	FDW_DESCRIPTOR_TABLE,  /* the first record of a process: of it fd is how many numbers are
				* taken, inode the start time in nanoseconds, device the pid,
				* live_flags its number in tracking (0: none), site the first of
				* its chain in the `sites` map */
	FDW_DESCRIPTOR_FILE,   /* name: path or dentry name */
	FDW_DESCRIPTOR_SOCKET, /* socket is filled; name: Unix socket path */
};

struct fdw_socket {
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 state;      /* TCP_* for stream protocols, SS_* for Unix */
	__u16 local_port; /* host byte order */
	__u16 remote_port;
	__u32 netns;
	__u8 local[16]; /* network byte order, the first 4 bytes for IPv4 */
	__u8 remote[16];
	__u64 inode;
	__u64 peer_inode; /* Unix: the other end, 0 if none */
};

/*
 * One descriptor; `name_len` bytes of name follow (no NUL counted, none needed).
 * Records are packed one after the other, each rounded up to 8 bytes.
 */
struct fdw_descriptor {
	__u64 inode;
	__u64 magic; /* superblock magic */
	__u64 offset;
	__u32 type; /* enum fdw_descriptor_type */
	__u32 fd;
	__u32 mode;   /* st_mode; 0 for anonymous inodes of old */
	__u32 flags;  /* O_* */
	__u32 device; /* the file's own, kernel encoding (major << 20 | minor) */
	__u32 rdevice;
	__u32 cloexec;
	__u32 name_len;
	__u64 opened_ns; /* by the live record; 0: there is none */
	__u64 site;
	__u32 live_flags; /* FDW_LIVE_* */
	__u32 reserved;
	struct fdw_socket socket;
};

#define FDW_NAME_MAX 4096

/* Tracked processes: the daemon says whom, the kernel follows where their descriptors are opened.
 */

#define FDW_TRACK_CHILDREN (1U << 0) /* its forks too */
#define FDW_TRACK_LEFT (1U << 1)     /* what it leaves open is told at its exit */
#define FDW_TRACK_OFF (1U << 31)     /* in a mark: end it */
#define FDW_TRACK_TRIM (1U << 30)    /* in a mark: give back sites that leave nothing open */
#define FDW_TRACK_ASK (1U << 29)     /* in a mark: only show how it stands */

/* What is to become of a process, by pid in the `marks` map; the tracking iterator applies it. */
struct fdw_mark {
	__u64 start_time_us;
	__u32 flags;   /* FDW_TRACK_* */
	__u32 session; /* low half of the reading's that has shown the process; 0: none */
};

/* The last of each number that the kernel gave out; the only value of the `numbers` map. */
struct fdw_numbers {
	__u32 track;   /* to a process */
	__u32 space;   /* to an address space */
	__u64 pending; /* to a stack that could not be unwound */
};

/* A process that is tracked: its number is its own, its address space may be shared with forks. */
struct fdw_tracked {
	__u64 start_time_ns;
	__u64 since_ns;
	__u64 first_site; /* of the chain in the `sites` map; 0: none */
	__u32 pid;
	__u32 parent_pid;
	__u32 track;
	__u32 space;
	__u32 flags; /* FDW_TRACK_* */
	__u32 peak;  /* most open at once */
	char comm[FDW_COMM_LEN];
};

#define FDW_LIVE_INHERITED (1U << 0) /* from the parent, at a fork */
#define FDW_LIVE_EXECUTED (1U << 1)  /* it was open at an exec */
#define FDW_LIVE_PYTHON (1U << 2)    /* Python code opened it */
#define FDW_LIVE_TOLD (1U << 3)      /* that it was left open is told */
#define FDW_LIVE_THREAD 8            /* the bits from here on: the thread that opened it */

/* A live descriptor in the `records` map. One that is not there is as unknown as its site. */
struct fdw_live_key {
	__u32 track;
	__u32 fd;
};

struct fdw_live {
	__u64 opened_ns;
	__u64 site;
	__u32 file;  /* low half of its file's address: another's there now, and the record is stale
		      */
	__u32 flags; /* FDW_LIVE_* */
};

/*
 * A site of a process in the `sites` map. Numbers with FDW_SITE_PENDING are of stacks that could
 * not be unwound: `settled` holds the site that the daemon found for each.
 */
#define FDW_SITE_PENDING (1ULL << 63)

struct fdw_site_key {
	__u64 site;
	__u32 track;
	__u32 reserved;
};

struct fdw_site_total {
	__u64 opened;
	__u64 last_ns;
	__u64 next; /* site in the chain of the process's; 0: the last */
	__u32 era;  /* of the daemon that it was told to, by the `era` map; 0: to none */
	__u32 closed_elsewhere; /* by other threads than those that opened */
	__u32 turn;             /* of the walk that last saw it in use */
	__u32 reserved;
};

/* How to unwind at one address; see struct unwind_rule, which it mirrors. */
struct fdw_rule_key {
	__u64 pc;
	__u32 space;
	__u32 reserved;
};

struct fdw_rule {
	__u8 cfa;
	__u8 bp;
	__u16 reserved;
	__s32 cfa_offset;
	__s32 bp_offset;
};

/* Where CPython keeps its frames; see struct python_layout. Offsets in bytes; by space. */
#define FDW_PYTHON_NONE 0xffff

struct fdw_python {
	__u64 runtime;
	__u64 loop; /* code that native stacks end at, as Python's own frames go on from there */
	__u64 loop_size;
	__u32 tss_key;     /* FDW_UNKNOWN32: not known */
	__u16 instruction; /* enum python_instruction */
	__u16 version;
	__u16 runtime_interpreters;
	__u16 interpreter_threads;
	__u16 interpreter_next;
	__u16 thread_next;
	__u16 thread_id;
	__u16 thread_frame;
	__u16 cframe_frame;
	__u16 frame_previous;
	__u16 frame_code;
	__u16 frame_instruction;
	__u16 frame_owner;
	__u16 code_tag;
	__u16 code_filename;
	__u16 code_name;
	__u16 code_first_line;
	__u16 code_line_table;
	__u16 code_bytecode;
	__u16 string_length;
	__u16 string_state;
	__u16 string_data;
	__u16 bytes_size;
	__u16 bytes_data;
};

#define FDW_NATIVE_MAX 24
#define FDW_PYTHON_MAX 32

enum fdw_trace_type {
	FDW_TRACE_FORKED, /* struct fdw_trace_life */
	FDW_TRACE_EXECUTED,
	FDW_TRACE_EXITED,
	FDW_TRACE_LEFT,  /* struct fdw_trace_left */
	FDW_TRACE_SITE,  /* struct fdw_site */
	FDW_TRACE_CODE,  /* struct fdw_code and what it says follows */
	FDW_TRACE_SLICE, /* struct fdw_slice and its bytes, in a ring of their own */
};

struct fdw_trace_life {
	__u32 type;
	__u32 lost; /* EXITED: what was left open, but found no room to be told */
	struct fdw_tracked tracked;
};

struct fdw_python_frame {
	__u64 code;
	__s32 instruction;
	__u32 reserved;
};

#define FDW_SITE_NATIVE_CUT (1U << 0)
#define FDW_SITE_PYTHON_CUT (1U << 1)

/* A site at its first sight. */
struct fdw_site {
	__u32 type;
	__u32 flags; /* FDW_SITE_*_CUT */
	__u64 site;
	__u64 start_time_ns;
	__u64 time_ns;
	__u32 pid;
	__u32 fd;
	__u32 track;
	__u32 space;
	__u32 native_count;
	__u32 python_count;
	__u64 native[FDW_NATIVE_MAX];
	struct fdw_python_frame python[FDW_PYTHON_MAX];
};

/* Makes a number of what a site consists of, the frames one after the other. */
static inline __u64 fdw_mix(__u64 sum, __u64 x)
{
	sum = (sum ^ x) * 0x9e3779b97f4a7c15ULL;
	return sum ^ sum >> 32;
}

#define FDW_REGISTERS 8 /* of struct unwind_registers, in its order */
#define FDW_SLICE_MAX (16 * 1024)

/* A stack that could not be unwound; `size` bytes from the stack pointer on follow. */
struct fdw_slice {
	struct fdw_site seen; /* its site is a pending one */
	__u64 registers[FDW_REGISTERS];
	__u64 missing; /* the address without a rule */
	__u32 size;
	__u32 reserved;
};

#define FDW_TEXT_MAX 512
#define FDW_LINES_MAX 8192

/* A string object's data as CPython has it: `unit` bytes a character, ASCII or Latin-1 where 1. */
struct fdw_text {
	__u32 size; /* bytes; the rest is zero */
	__u16 unit;
	__u16 cut; /* of a file's name the end is kept, of others the beginning */
	unsigned char data[FDW_TEXT_MAX];
};

/* A code object at its first sight; `line_size` bytes of its line table follow. */
struct fdw_code {
	__u32 type;
	__u32 pid;
	__u64 code;
	__u64 start_time_ns;
	__u32 space;
	__s32 first_line;
	__u32 line_size; /* as far as it travelled */
	__u32 line_whole;
	struct fdw_text file;
	struct fdw_text name;
};

/* What a process left open: a descriptor record as in a listing, its name the last component. */
#define FDW_LEFT_NAME 64

struct fdw_trace_left {
	__u32 type;
	__u32 pid;
	__u64 start_time_ns;
	struct fdw_descriptor descriptor;
	char name[FDW_LEFT_NAME];
};

#define FDW_FILES_CODE 512

/* How the daemon finds the instruction that refuses files: see bpf/files.bpf.c. */
struct fdw_files {
	__u64 address; /* of the function, in the kernel */
	__u32 learner; /* the thread that looks for it, or 0 */
	__u32 denied;  /* times that it ran for that thread */
	__u8 code[FDW_FILES_CODE];
};

/* What carries the programs. */
enum fdw_backend {
	FDW_BACKEND_TRACEPOINT, /* exits of system calls */
	FDW_BACKEND_FENTRY,     /* the kernel's own functions */
};

/* What the pins were made by; the last thing to be pinned, so that where it is, all is there. */
struct fdw_meta {
	__u64 build;      /* checksum of the programs */
	__u64 skipped[2]; /* a bit for each hook of the backend's table that the kernel lacks */
	__u32 schema;     /* FDW_SCHEMA */
	__u32 backend;    /* enum fdw_backend */
};

#endif
