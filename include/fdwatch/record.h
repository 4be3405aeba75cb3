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
#define FDW_SCHEMA 1

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

/* What the programs add up for the whole host in the `tallies` map, one sum for each CPU. */
enum fdw_tally {
	FDW_TALLY_RING_FULL, /* events lost: the ring buffer was full */
	FDW_TALLY_NO_RECORD, /* calls not counted: the process's record was out of reach */
	FDW_TALLY_MUTED,     /* crossings not told: the process crossed too often */
	FDW_TALLY_LOSSES,    /* those above are losses */
	FDW_TALLY_DRIFT = FDW_TALLY_LOSSES, /* descriptors that the hooks had wrong */
	FDW_TALLY_NAME_CUT,                 /* descriptors listed without a name: it did not fit */
	FDW_TALLY_COUNT
};

/* Flags of a process record. */
#define FDW_PROCESS_DUMPABLE (1U << 0) /* its owner may look into it */
#define FDW_PROCESS_COMPAT (1U << 1)   /* 32-bit: its calls fire no tracepoint */
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

/* Which process the descriptor iterator is to list; written by the daemon, one at a time. */
struct fdw_inspect {
	__u64 session; /* of the reading that found the table; 0 before it */
	__u32 pid;
	__u32 thread; /* whose table is listed */
};

/* What a descriptor record is followed by. */
enum fdw_descriptor_type {
	FDW_DESCRIPTOR_TABLE,  /* the first record: fd holds how many numbers are taken */
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
	struct fdw_socket socket;
};

#define FDW_NAME_MAX 4096

/* What the pins were made by; the last thing to be pinned, so that where it is, all is there. */
struct fdw_meta {
	__u64 build;      /* checksum of the programs */
	__u64 skipped[2]; /* a bit for each tracepoint of the attach table that the kernel lacks */
	__u32 schema;     /* FDW_SCHEMA */
	__u32 reserved;
};

#endif
