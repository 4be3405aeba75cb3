/* SPDX-License-Identifier: BSD-2-Clause */
/* What the daemon knows of one process. Times are microseconds since boot. */
#ifndef FDWATCH_MODEL_PROCESS_H
#define FDWATCH_MODEL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESS_COMM_LEN 16

/* No limit, where a limit is asked for. */
#define LIMIT_INFINITY UINT64_MAX

enum process_state {
	STATE_OK,
	STATE_GROWING,
	STATE_WARNING,
	STATE_CRITICAL,
	STATE_EXHAUSTED,
	STATE_COUNT
};

/* Why descriptors were refused; the order is the kernel record's. */
enum refusal_cause {
	CAUSE_NOFILE,
	CAUSE_FILE_MAX,
	CAUSE_PIPE,
	CAUSE_INOTIFY,
	CAUSE_FANOTIFY,
	CAUSE_MQUEUE,
	CAUSE_OTHER,
	CAUSE_COUNT
};

/* How many inotify instances a user has; `used` 0: none, or not known. */
struct inotify_use {
	uint32_t used;
	uint32_t most; /* allowed */
	uint32_t uid;
	uint32_t user_ns; /* inode of the user namespace that counts them */
};

/* One process as the last snapshot showed it. */
struct process_sample {
	uint64_t start_time; /* with pid: the process's identity */
	uint64_t soft_limit; /* LIMIT_INFINITY: none */
	uint64_t hard_limit;
	uint64_t opened; /* since watching began */
	uint64_t closed;
	uint64_t unattributed; /* of opened: by a way that is not hooked */
	uint64_t drift;
	uint64_t refusals[CAUSE_COUNT];
	uint64_t last_refusal; /* 0: never */
	uint64_t cgroup_id;
	uint64_t execs;
	int32_t pid; /* as the host sees it */
	int32_t parent_pid;
	uint32_t uid; /* real */
	uint32_t euid;
	uint32_t suid;
	uint32_t fds;
	uint32_t peak;
	uint32_t reserved;
	uint32_t threads;
	struct inotify_use inotify; /* of its user, where room is least */
	uint32_t space;             /* where it is tracked: see struct tracked; else 0 */
	uint32_t sites;             /* that the kernel knows of it, where it is tracked */
	bool reserved_known;
	bool dumpable;               /* its owner may look into it */
	bool compat;                 /* 32-bit: its stacks can't be walked */
	bool uncounted;              /* its calls can't be hooked, so rates are unknown */
	bool shared;                 /* another process uses the same table */
	char comm[PROCESS_COMM_LEN]; /* NUL-terminated; any other bytes */
};

/* Where a process belongs; strings are "" where there is none. Any bytes but NUL. */
struct process_identity {
	char unit[256];
	char container[65]; /* full id, lower-case hex, or a runtime's name for it */
};

struct forecast;
struct group;
struct policy;

struct process {
	uint64_t exhausted_at; /* its own limit last refused it; 0: never */
	struct process_sample sample;
	struct process_identity identity;
	struct group *group;       /* whose counters it adds to; NULL: none yet */
	struct forecast *forecast; /* NULL before the first look, or without memory; the table's */
	const struct policy *policy; /* what the configuration wants for it (policy.h) */
	bool untracked;              /* a user ended its tracking: it does not begin by itself */
	bool policy_settled;         /* else its user's name is still to be known */
	uint64_t slept;              /* microseconds that the host has slept since its first look */
	uint64_t ceiling;            /* fs.nr_open where that is below its soft limit; else 0 */
	uint64_t refusals_before[CAUSE_COUNT]; /* at the look before the last */
	enum process_state state;
	float sensitivity; /* of its forecast, by how earlier processes of its program ended */
	struct {
		uint64_t due;  /* microseconds since boot: when it is saved next; 0: not known */
		uint32_t slot; /* in the file, and 1; 0: none */
		uint32_t turn; /* of its next saving */
		bool growing;  /* when last looked at */
		bool recalled; /* its forecast is an earlier daemon's */
	} history;             /* of its forecast, on the disk */
};

/* "ok", "growing", … */
const char *process_state_name(enum process_state state);

/* "RLIMIT_NOFILE", "fs.file-max", … : the limit that refused. */
const char *refusal_cause_name(enum refusal_cause cause);

/*
 * What may stop it: its soft limit or fs.nr_open; LIMIT_INFINITY: nothing, or a soft limit that was
 * lowered below what it holds, as sandboxes do (OpenSSH before it knows the user): it wants no
 * more, and where it does, the refusal tells.
 */
uint64_t process_limit(const struct process *process);

/* Microseconds that it could run in by `now`: its forecast's clock, which stands still in sleep. */
uint64_t process_age(const struct process *process, uint64_t now);

/* fds / that limit, 0 to 1 and, by fs.nr_open, beyond; 0 without a limit. */
double process_usage(const struct process *process);

/* Of two pointers to processes, for qsort(): the more endangered first, by state, then by usage. */
int process_compare_danger(const void *left, const void *right);

#endif
