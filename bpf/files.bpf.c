// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who is refused a file because the host has fs.file-max of them. Every open goes through
 * alloc_empty_file(), so a hook on it costs them all, and nothing that it calls is called by a
 * refusal alone. But one instruction of it is run by none but a refusal: that which makes -ENFILE.
 * daemon/ingest/files.c looks for it, and hooks the function only where it is not found.
 */
#include "args.h"
#include "count.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* alloc_empty_file(flags, credentials): exec and mmap want files, too, and may be refused. */
SEC("fexit")
int file_refused(__u64 *ctx)
{
	return ctx[2] == (__u64)-ENFILE ? refused(-ENFILE, FDW_REFUSAL_OTHER) : 0;
}

#ifndef FDWATCH_EARLY /* whose kernels can't keep the third beyond the load step */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fdw_files);
} files SEC(".maps");

/* Where the current thread is the one that looks for the instruction. */
static __always_inline struct fdw_files *files_of_learner(void)
{
	__u32 zero = 0;
	struct fdw_files *known = bpf_map_lookup_elem(&files, &zero);

	return known && known->learner == (__u32)bpf_get_current_pid_tgid() ? known : NULL;
}

SEC("fentry")
int file_code(__u64 *ctx)
{
	struct fdw_files *known = files_of_learner();

	if (known) {
		known->address = bpf_get_func_ip(ctx);
		bpf_probe_read_kernel(known->code, sizeof(known->code), (void *)known->address);
	}
	return 0;
}

/* That instruction. */
SEC("kprobe")
int file_denied(struct pt_regs *ctx __attribute__((unused)))
{
	struct fdw_files *known = files_of_learner();

	if (!known)
		return refused(-ENFILE, FDW_REFUSAL_OTHER);
	known->denied++;
	return 0;
}

#endif
