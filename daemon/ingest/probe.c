/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/probe.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define INIT_PID_NAMESPACE 0xEFFFFFFCUL /* PROC_PID_INIT_INO, include/uapi/linux/nsfs.h */

/* A nested namespace sees other pids than the programs in the kernel do. */
static bool in_nested_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != INIT_PID_NAMESPACE;
}

/* Whether the kernel has none of this kind, as far as that can be told with this process's rights.
 */
static bool lacks_map(enum bpf_map_type type)
{
	return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_ARRAY, NULL) == 1 &&
	       libbpf_probe_bpf_map_type(type, NULL) == 0;
}

int probe_tracepoints(struct failure *failure)
{
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, BPF_FUNC_get_attach_cookie, NULL))
		return 0;
	return fail(failure, -ENOTSUP,
		    "this kernel allows no fentry, and its tracepoints have no cookies: boot one "
		    "with CONFIG_FUNCTION_TRACER=y, or Linux 5.15 or newer");
}

int probe_kernel(struct failure *failure)
{
	if (access(BTF_PATH, R_OK))
		return fail(failure, -ENOTSUP,
			    "this kernel has no BTF (%s): boot one with CONFIG_DEBUG_INFO_BTF=y, "
			    "as distributions' kernels from 5.10 on have it",
			    BTF_PATH);
	if (lacks_map(BPF_MAP_TYPE_RINGBUF))
		return fail(failure, -ENOTSUP,
			    "this kernel has no BPF ring buffer: boot Linux 5.8 or newer");
	if (in_nested_pid_namespace())
		return fail(failure, -ENOTSUP,
			    "fdwatchd runs in a nested pid namespace and would show other pids "
			    "than it sees: give its container the host's (--pid=host)");
	return 0;
}
