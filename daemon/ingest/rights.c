/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/rights.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A call with a map that is none: whether the kernel comes to look at it. */
static bool anyone_may_use_maps(void)
{
	union bpf_attr attributes = {.map_fd = (__u32)-1};

	return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)) < 0 &&
	       errno == EBADF;
}

void rights_give_up(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_data_struct *set = &sets[CAP_TO_INDEX(CAP_BPF)];

	if (!geteuid() || syscall(SYS_capget, &header, sets) ||
	    !(set->permitted & CAP_TO_MASK(CAP_BPF)))
		return;
	set->effective &= ~CAP_TO_MASK(CAP_BPF);
	if (syscall(SYS_capset, &header, sets))
		return;
	if (anyone_may_use_maps()) {
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_BPF, 0, 0);
		set->permitted &= ~CAP_TO_MASK(CAP_BPF);
		set->inheritable &= ~CAP_TO_MASK(CAP_BPF);
	} else {
		set->effective |= CAP_TO_MASK(CAP_BPF);
	}
	syscall(SYS_capset, &header, sets);
}
