/* SPDX-License-Identifier: BSD-2-Clause */
/* The right that pinned maps take on some kernels. */
#ifndef FDWATCH_INGEST_RIGHTS_H
#define FDWATCH_INGEST_RIGHTS_H

/*
 * Gives CAP_BPF up where this kernel lets anyone use maps that were handed over, as it does from
 * 5.19 on. Nothing for root, who loads programs as well. Before the process has threads.
 */
void rights_give_up(void);

#endif
