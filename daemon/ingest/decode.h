/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the kernel's records into the model's structs. Paths and names in them are any bytes. */
#ifndef FDWATCH_INGEST_DECODE_H
#define FDWATCH_INGEST_DECODE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/descriptor.h"
#include "model/event.h"
#include "model/process.h"

/* One struct fdw_process_record. 0, or -EINVAL for one of another size. */
int decode_process(const void *bytes, size_t size, struct process_sample *sample);

/*
 * One struct fdw_event. `boot_to_real` is what to add to microseconds since boot to get
 * microseconds since the epoch. Sets what the kernel knows; unit and state are left
 * empty. 0, or -EINVAL for one of another size or type.
 */
int decode_event(const void *bytes, size_t size, int64_t boot_to_real, struct event *event);

/* Takes in packed struct fdw_descriptor records piece by piece; a piece may end within a record. */
struct descriptor_decoder;

/* A process that was listed; the list is the callee's to free. Starts are in microseconds since
 * boot.
 */
typedef void descriptors_take(int32_t pid, uint64_t start_time, struct descriptor_list *list,
			      void *data);

/* `take` gets each process as the next begins; NULL: there is one only. NULL without memory. */
struct descriptor_decoder *descriptor_decoder_new(descriptors_take *take, void *data);
void descriptor_decoder_free(struct descriptor_decoder *decoder); /* NULL is well */

/* A descriptor's name: writes at most `size` bytes and returns how many, or -errno. */
typedef ssize_t (*descriptor_name_fn)(int32_t pid, int32_t fd, char *buffer, size_t size);

/* Whom to ask for names that the kernel did not give, as before Linux 5.12. */
void descriptor_decoder_names(struct descriptor_decoder *decoder, descriptor_name_fn name);

/* 0; -EBADMSG for what is no record; -E2BIG for too many; -ENOMEM. No more is to be added then. */
int descriptor_decoder_add(struct descriptor_decoder *decoder, const void *bytes, size_t size);

/*
 * Hands the last list to the caller (descriptor_list_free()). `start_time`, microseconds since
 * boot, is that of the process that was listed. 0; -ESRCH where no process was; -EBADMSG after half
 * a record.
 */
int descriptor_decoder_finish(struct descriptor_decoder *decoder, struct descriptor_list **list,
			      uint64_t *start_time);

/* Whose records came last; 0: none came. */
int32_t descriptor_decoder_pid(const struct descriptor_decoder *decoder);

#endif
