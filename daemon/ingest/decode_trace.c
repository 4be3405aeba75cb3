// SPDX-License-Identifier: BSD-2-Clause
#include "ingest/decode_trace.h"

#include <errno.h>
#include <string.h>

#include "ingest/decode.h"

_Static_assert(SIGHTING_NATIVE_MAX == FDW_NATIVE_MAX && SIGHTING_PYTHON_MAX == FDW_PYTHON_MAX,
	       "a site has other bounds in the kernel");
_Static_assert(sizeof(struct unwind_registers) == FDW_REGISTERS * sizeof(__u64),
	       "struct unwind_registers is not what the kernel sends");
_Static_assert(TRACK_CHILDREN == FDW_TRACK_CHILDREN && TRACK_LEFT == FDW_TRACK_LEFT,
	       "the flags of tracking are not the kernel's");

int trace_type(const void *bytes, size_t size)
{
	__u32 type;

	if (size < sizeof(type))
		return -EINVAL;
	memcpy(&type, bytes, sizeof(type));
	return type <= FDW_TRACE_SLICE ? (int)type : -EINVAL;
}

void decode_tracked(const struct fdw_tracked *from, struct tracked *tracked)
{
	*tracked = (struct tracked){
		.start_time = from->start_time_ns / 1000,
		.since = from->since_ns / 1000,
		.pid = (int32_t)from->pid,
		.parent_pid = (int32_t)from->parent_pid,
		.space = from->space,
		.flags = from->flags,
		.peak = from->peak,
	};
	_Static_assert(sizeof(tracked->comm) == FDW_COMM_LEN, "comm has two sizes");
	memcpy(tracked->comm, from->comm, sizeof(tracked->comm));
	tracked->comm[sizeof(tracked->comm) - 1] = '\0';
}

int decode_life(const void *bytes, size_t size, struct tracked *tracked)
{
	struct fdw_trace_life life;

	if (size != sizeof(life))
		return -EINVAL;
	memcpy(&life, bytes, sizeof(life));
	decode_tracked(&life.tracked, tracked);
	tracked->lost = life.lost;
	return 0;
}

/* The record stands as in a listing of one. */
int decode_left(const void *bytes, size_t size, struct tracked *tracked,
		struct descriptor_list **left)
{
	struct fdw_descriptor table = {.type = FDW_DESCRIPTOR_TABLE, .fd = 1};
	struct descriptor_decoder *decoder;
	struct fdw_trace_left record;
	uint64_t start_time;
	int r;

	if (size != sizeof(record))
		return -EINVAL;
	memcpy(&record, bytes, sizeof(record));
	if (record.descriptor.name_len > FDW_LEFT_NAME ||
	    (record.descriptor.type != FDW_DESCRIPTOR_FILE &&
	     record.descriptor.type != FDW_DESCRIPTOR_SOCKET))
		return -EINVAL;
	decoder = descriptor_decoder_new(NULL, NULL);
	if (!decoder)
		return -ENOMEM;
	r = descriptor_decoder_add(decoder, &table, sizeof(table));
	if (!r)
		r = descriptor_decoder_add(decoder, &record.descriptor, sizeof(record.descriptor));
	if (!r)
		r = descriptor_decoder_add(decoder, record.name,
					   (record.descriptor.name_len + 7) / 8 * 8);
	if (!r)
		r = descriptor_decoder_finish(decoder, left, &start_time);
	descriptor_decoder_free(decoder);
	*tracked = (struct tracked){
		.start_time = record.start_time_ns / 1000,
		.pid = (int32_t)record.pid,
	};
	return r == -EBADMSG ? -EINVAL : r;
}

static int convert_site(const struct fdw_site *from, struct site_sighting *site)
{
	if (from->native_count > FDW_NATIVE_MAX || from->python_count > FDW_PYTHON_MAX ||
	    from->fd > INT32_MAX)
		return -EINVAL;
	*site = (struct site_sighting){
		.site = from->site,
		.start_time = from->start_time_ns / 1000,
		.time = from->time_ns / 1000,
		.pid = (int32_t)from->pid,
		.fd = (int32_t)from->fd,
		.space = from->space,
		.native_cut = from->flags & FDW_SITE_NATIVE_CUT,
		.python_cut = from->flags & FDW_SITE_PYTHON_CUT,
		.native_count = from->native_count,
		.python_count = from->python_count,
	};
	for (uint32_t i = 0; i < from->native_count; i++)
		site->native[i] = from->native[i];
	for (uint32_t i = 0; i < from->python_count; i++) {
		site->python[i].code = from->python[i].code;
		site->python[i].instruction = from->python[i].instruction;
	}
	return 0;
}

int decode_site(const void *bytes, size_t size, struct site_sighting *site)
{
	struct fdw_site record;

	if (size != sizeof(record))
		return -EINVAL;
	memcpy(&record, bytes, sizeof(record));
	return convert_site(&record, site);
}

int decode_slice(const void *bytes, size_t size, struct stack_slice *slice)
{
	struct fdw_slice record;
	int r;

	if (size < sizeof(record))
		return -EINVAL;
	memcpy(&record, bytes, sizeof(record));
	if (record.size > FDW_SLICE_MAX || record.size != size - sizeof(record))
		return -EINVAL;
	r = convert_site(&record.seen, &slice->seen);
	memcpy(&slice->registers, record.registers, sizeof(slice->registers));
	slice->missing = record.missing;
	slice->stack = (const char *)bytes + sizeof(record);
	slice->size = record.size;
	return r;
}

uint64_t site_number(const struct site_sighting *site)
{
	__u64 sum = 0, python = 0;

	for (uint32_t i = 0; i < site->native_count; i++)
		sum = fdw_mix(sum, site->native[i]);
	for (uint32_t i = 0; i < site->python_count; i++) {
		python = fdw_mix(python, site->python[i].code);
		python = fdw_mix(python, (__u32)site->python[i].instruction);
	}
	sum = fdw_mix(sum, python);
	sum &= ~FDW_SITE_PENDING;
	return sum ? sum : 1;
}
