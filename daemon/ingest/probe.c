/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/probe.h"

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

int probe_kernel(struct failure *failure)
{
	if (access(BTF_PATH, R_OK))
		return fail(failure, -ENOTSUP,
			    "this kernel has no BTF (%s): boot one with CONFIG_DEBUG_INFO_BTF=y, "
			    "as distributions' kernels from 5.10 on have it",
			    BTF_PATH);
	if (in_nested_pid_namespace())
		return fail(failure, -ENOTSUP,
			    "fdwatchd runs in a nested pid namespace and would show other pids "
			    "than it sees: give its container the host's (--pid=host)");
	return 0;
}
