/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling the kernel whom to track, and what it needs to walk their stacks. */
#include "ingest/track.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "ingest/decode_trace.h"
#include "ingest/state.h"

_Static_assert(sizeof(struct unwind_rule) == sizeof(struct fdw_rule) &&
		       offsetof(struct unwind_rule, bp_offset) ==
			       offsetof(struct fdw_rule, bp_offset),
	       "struct unwind_rule is not the kernel's");
/* bpf/unwind.h and bpf/python.h have these by number. */
_Static_assert(UNWIND_CFA_UNKNOWN == 0 && UNWIND_CFA_END == 1 && UNWIND_CFA_SP == 2 &&
		       UNWIND_CFA_BP == 3 && UNWIND_CFA_BP_AT == 4 && UNWIND_BP_SAME == 0 &&
		       UNWIND_BP_CFA == 1 && UNWIND_BP_AT == 2,
	       "rules of unwinding are not the kernel's");
_Static_assert(PYTHON_LASTI_BYTES == 0 && PYTHON_LASTI_UNITS == 1 && PYTHON_POINTER == 2 &&
		       PYTHON_NONE == FDW_PYTHON_NONE,
	       "struct python_layout is not the kernel's");

struct marked {
	struct fdw_tracked tracked;
	bool found;
};

static int take_marked(const void *bytes, size_t size, void *data)
{
	struct marked *marked = data;

	if (size != sizeof(marked->tracked)) /* one process is marked at a time */
		return -EBADMSG;
	memcpy(&marked->tracked, bytes, size);
	marked->found = true;
	return 0;
}

/* Marks a process, has that applied, and reads how it stands then. 0, -ESRCH or another -errno. */
static int mark(struct kernel *k, int32_t pid, uint64_t start_time, uint32_t flags,
		struct fdw_tracked *tracked)
{
	struct fdw_mark wanted = {.start_time_us = start_time, .flags = flags};
	struct marked marked = {};
	uint32_t key = (uint32_t)pid;
	int r;

	if (bpf_map_update_elem(k->handles[HANDLE_MARKS], &key, &wanted, BPF_ANY))
		return -errno;
	r = read_iterator(k->handles[HANDLE_TRACKING], take_marked, &marked);
	bpf_map_delete_elem(k->handles[HANDLE_MARKS], &key);
	if (!r && !marked.found)
		r = -ESRCH;
	*tracked = marked.tracked;
	return r;
}

int kernel_ask(struct kernel *k, int32_t pid, uint64_t start_time, struct tracked *tracked)
{
	struct fdw_tracked now;
	int r = mark(k, pid, start_time, FDW_TRACK_ASK, &now);

	if (!r && !now.track)
		r = -ENOENT;
	if (!r)
		decode_tracked(&now, tracked);
	return r;
}

int kernel_track(struct kernel *k, int32_t pid, uint64_t start_time, uint32_t flags,
		 struct tracked *tracked)
{
	struct fdw_tracked now;
	int r = mark(k, pid, start_time, flags & (TRACK_CHILDREN | TRACK_LEFT), &now);

	if (!r && !now.track)
		r = -ENOMEM;
	if (!r && tracked)
		decode_tracked(&now, tracked);
	return r;
}

struct marking {
	void (*take)(const struct tracked *tracked, void *data);
	void *data;
};

static int take_all_marked(const void *bytes, size_t size, void *data)
{
	const struct marking *marking = data;
	struct fdw_tracked now;
	struct tracked tracked;

	for (size_t at = 0; at < size; at += sizeof(now)) {
		if (size - at < sizeof(now))
			return -EBADMSG;
		memcpy(&now, (const char *)bytes + at, sizeof(now));
		decode_tracked(&now, &tracked);
		if (now.track && marking->take)
			marking->take(&tracked, marking->data);
	}
	return 0;
}

/* Marks them, has that applied by one reading. 0 or -errno. */
static int mark_all(struct kernel *k, const struct track_wish *wishes, size_t count, uint32_t flags,
		    struct marking *marking)
{
	size_t marked = 0;
	uint32_t pid;
	int r = 0;

	for (; !r && marked < count && marked < TRACK_AT_ONCE; marked++) {
		struct fdw_mark wanted = {.start_time_us = wishes[marked].start_time,
					  .flags = flags};

		pid = (uint32_t)wishes[marked].pid;
		if (bpf_map_update_elem(k->handles[HANDLE_MARKS], &pid, &wanted, BPF_ANY))
			r = -errno;
	}
	if (!r && marked)
		r = read_iterator(k->handles[HANDLE_TRACKING], take_all_marked, marking);
	for (size_t i = 0; i < marked; i++) {
		pid = (uint32_t)wishes[i].pid;
		bpf_map_delete_elem(k->handles[HANDLE_MARKS], &pid);
	}
	return r;
}

int kernel_track_all(struct kernel *k, const struct track_wish *wishes, size_t count,
		     void (*take)(const struct tracked *tracked, void *data), void *data)
{
	struct marking marking = {take, data};

	return mark_all(k, wishes, count, 0, &marking);
}

int kernel_untrack_all(struct kernel *k, const struct track_wish *wishes, size_t count)
{
	struct marking marking = {}; /* nobody is tracked then */

	return mark_all(k, wishes, count, FDW_TRACK_OFF, &marking);
}

int kernel_untrack(struct kernel *k, int32_t pid, uint64_t start_time)
{
	struct fdw_tracked now;

	return mark(k, pid, start_time, FDW_TRACK_OFF, &now);
}

int kernel_trim(struct kernel *k, int32_t pid, uint64_t start_time)
{
	struct fdw_tracked now;

	return mark(k, pid, start_time, FDW_TRACK_TRIM, &now);
}

static struct fdw_python python_of(const struct python_layout *l)
{
	return (struct fdw_python){
		.runtime = l->runtime,
		.loop = l->loop,
		.loop_size = l->loop_end > l->loop ? l->loop_end - l->loop : 0,
		.tss_key = l->tss_known ? l->tss_key : FDW_UNKNOWN32,
		.instruction = l->instruction,
		.version = l->version,
		.runtime_interpreters = l->runtime_interpreters,
		.interpreter_threads = l->interpreter_threads,
		.interpreter_next = l->interpreter_next,
		.thread_next = l->thread_next,
		.thread_id = l->thread_id,
		.thread_frame = l->thread_frame,
		.cframe_frame = l->cframe_frame,
		.frame_previous = l->frame_previous,
		.frame_code = l->frame_code,
		.frame_instruction = l->frame_instruction,
		.frame_owner = l->frame_owner,
		.code_tag = l->code_tag,
		.code_filename = l->code_filename,
		.code_name = l->code_name,
		.code_first_line = l->code_first_line,
		.code_line_table = l->code_line_table,
		.code_bytecode = l->code_bytecode,
		.string_length = l->string_length,
		.string_state = l->string_state,
		.string_data = l->string_data,
		.bytes_size = l->bytes_size,
		.bytes_data = l->bytes_data,
	};
}

int kernel_python(struct kernel *k, uint32_t space, const struct python_layout *layout)
{
	struct fdw_python python;
	int r;

	if (layout) {
		python = python_of(layout);
		r = bpf_map_update_elem(k->handles[HANDLE_PYTHONS], &space, &python, BPF_ANY);
	} else {
		r = bpf_map_delete_elem(k->handles[HANDLE_PYTHONS], &space);
		if (r && errno == ENOENT)
			r = 0;
	}
	return r ? -errno : 0;
}

int kernel_rule(struct kernel *k, uint32_t space, uint64_t pc, const struct unwind_rule *rule)
{
	struct fdw_rule_key key = {.pc = pc, .space = space};
	struct fdw_rule value = {
		.cfa = rule->cfa,
		.bp = rule->bp,
		.cfa_offset = rule->cfa_offset,
		.bp_offset = rule->bp_offset,
	};

	return bpf_map_update_elem(k->handles[HANDLE_RULES], &key, &value, BPF_ANY) ? -errno : 0;
}

/* The frames that the kernel will find by these rules: it ends where unwind_frame() does. */
static void take_steps(struct site_sighting *site, const struct unwind_step *steps, size_t count,
		       const struct fdw_python *python)
{
	site->native_count = 0;
	site->native_cut = true;
	for (size_t i = 0; i < count && i < SIGHTING_NATIVE_MAX && site->native_cut; i++) {
		site->native[site->native_count++] = steps[i].pc;
		site->native_cut = steps[i].rule.cfa != UNWIND_CFA_END &&
				   steps[i].pc - python->loop >= python->loop_size;
	}
	for (size_t i = site->native_count; i < SIGHTING_NATIVE_MAX; i++)
		site->native[i] = 0;
}

int kernel_learn(struct kernel *k, const struct site_sighting *seen,
		 const struct unwind_step *steps, size_t count, struct site_sighting *sighting)
{
	struct fdw_python python = {};
	int r = 0;

	if (!count || !seen->native_count || steps[0].pc != seen->native[0])
		return -EINVAL;
	for (size_t i = 0; !r && i < count; i++)
		r = kernel_rule(k, seen->space, steps[i].pc, &steps[i].rule);
	if (r)
		return r;
	*sighting = *seen;
	if (seen->python_count)
		bpf_map_lookup_elem(k->handles[HANDLE_PYTHONS], &seen->space, &python);
	take_steps(sighting, steps, count, &python);
	sighting->site = site_number(sighting);
	return bpf_map_update_elem(k->handles[HANDLE_SETTLED], &seen->site, &sighting->site,
				   BPF_ANY)
		       ? -errno
		       : 0;
}

/* A site that is not settled yet is not known. */
static uint64_t settled(struct kernel *k, uint64_t site)
{
	uint64_t found = 0;

	if (!(site & FDW_SITE_PENDING))
		return site;
	bpf_map_lookup_elem(k->handles[HANDLE_SETTLED], &site, &found);
	return found;
}

#define CHAIN_MAX \
	(1 << 14) /* longer than the kernel lets one grow: memory is not to be trusted \
		   */

int kernel_site_totals(struct kernel *k, uint32_t track, uint64_t first,
		       int (*take)(const struct site_total *total, void *data), void *data)
{
	struct fdw_site_key key = {.site = first, .track = track};
	int r = 0;

	for (size_t i = 0; !r && key.site && key.track && i < CHAIN_MAX; i++) {
		struct fdw_site_total value;
		struct site_total total;

		if (bpf_map_lookup_elem(k->handles[HANDLE_SITES], &key, &value))
			break; /* it ends in this moment */
		total.site = settled(k, key.site);
		total.opened = value.opened;
		total.elsewhere = value.closed_elsewhere;
		total.last = value.last_ns / 1000;
		r = take(&total, data);
		key.site = value.next;
	}
	return r;
}
