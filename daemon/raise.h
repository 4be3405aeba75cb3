/* SPDX-License-Identifier: BSD-2-Clause */
/* Another process's soft limit raised, where a section of the configuration asks for it. */
#ifndef FDWATCH_RAISE_H
#define FDWATCH_RAISE_H

#include "model/process.h"

/*
 * The soft limit that comes after `soft`: twice as high, below its hard one, `most` at most.
 * `soft` itself where there is no way up.
 */
uint64_t raise_next(uint64_t soft, uint64_t hard, uint64_t most);

/*
 * Raises the soft limit of the process that `sample` shows to raise_next(). The kernel's call takes
 * a number: the process is looked at before, and is not raised where its limit is another by now.
 * 0 with *soft the new limit; -EALREADY: there is no way up; -ESRCH: it is gone; -EAGAIN: its limit
 * has changed; -EPERM: it is another user's, and CAP_SYS_RESOURCE lacks; another -errno.
 */
int raise_soft_limit(const struct process_sample *sample, uint64_t most, uint64_t *soft);

#endif
