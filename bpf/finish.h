/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * CPython closes what a program left open when it shuts down, before the process ends: what is open
 * as that begins was left. The first thing it does then is to give SIGINT back its default, with no
 * Python frame any more on the thread's stack.
 */
#ifndef FDWATCH_FINISH_H
#define FDWATCH_FINISH_H

#include "python.h"
#include "walk.h"

#define SIGINT 2
#define FINISH_FRAMES 3 /* that belong to no Python code */

/* Whether the current thread has a state of Python's, and no frame of Python code. */
static __always_inline bool finish_begun(struct capture *c, struct fdw_python *layout)
{
	__u64 thread, frame, at;

	c->window_size = c->frames_size = 0;
	thread = python_thread(layout);
	if (!thread)
		return 0;
	frame = python_frame_first(c, layout);
	for (int i = 0; i < FINISH_FRAMES && frame; i++) {
		at = python_read(c, layout, frame);
		if (at > WINDOW || layout->frame_owner == FDW_PYTHON_NONE ||
		    FRAME_BYTE(c, at, layout->frame_owner) < OWNER_SKIP)
			return 0;
		frame = FRAME_WORD(c, at, layout->frame_previous);
	}
	return !frame;
}

static long finish_tell(__u32 i, struct walk *w)
{
	struct fdw_live *record;
	bool open;
	__u32 fd;

	if (!walk_next(w, i, &fd, &open))
		return 1;
	record = open ? record_get(w->track, fd) : NULL;
	if (!record || !(record->flags & FDW_LIVE_PYTHON) || record->flags & FDW_LIVE_TOLD)
		return 0;
	if (!left_tell(w->track, fd))
		record->flags |= FDW_LIVE_TOLD;
	return 0;
}

WALKER(finish_tell)

/* The current process has changed what SIGINT does. */
__weak __attribute__((noinline)) int finish_look(void)
{
	struct task_struct *task = current_task();
	struct process *p = process_get(READ(task, group_leader));
	struct fdw_python *layout;
	struct capture *c;
	struct walk w;
	bool begun;

	if (!p || !gate_open() || !p->track || !(p->track_flags & FDW_TRACK_LEFT) ||
	    p->files != (__u64)READ(task, files))
		return 0;
	layout = bpf_map_lookup_elem(&pythons, &p->space);
	c = layout ? capture_take() : NULL;
	if (!c)
		return 0;
	begun = finish_begun(c, layout);
	capture_leave(c);
	if (!begun)
		return 0;
	w = walk_of(task, p->track);
	WALK(finish_tell, &w);
	return 0;
}

#endif
