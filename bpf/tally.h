/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Sums for the whole host: what was lost, and why. Maps in headers are weak: one for all files. */
#ifndef FDWATCH_TALLY_H
#define FDWATCH_TALLY_H

#include "kernel.h"

#include "fdwatch/record.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FDW_TALLY_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} tallies SEC(".maps") __weak;

static __always_inline void tally(__u32 reason, __u64 n)
{
	__u64 *sum = bpf_map_lookup_elem(&tallies, &reason);

	if (sum)
		*sum += n;
}

#endif
