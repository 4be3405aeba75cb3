/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where a stack is put together: one place for each CPU, since it is too large for the BPF stack.
 */
#ifndef FDWATCH_CAPTURE_H
#define FDWATCH_CAPTURE_H

#include "track.h"

#define PAGE 4096

struct capture {
	struct fdw_slice slice;
	__u8 stack[FDW_SLICE_MAX]; /* follows the slice when that is sent */
	__u8 beyond[PAGE];         /* where a last page may reach to */
	__u8 frame[128];           /* a Python frame under reading */
	__u8 code[128];
	__u64 code_at[FDW_PYTHON_MAX]; /* address of each frame's code object */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct capture);
} captures SEC(".maps") __weak;

static __always_inline struct capture *capture_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&captures, &zero);
}

#endif
