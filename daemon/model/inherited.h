/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors that came across exec, for want of close-on-exec, into a program that did not open
 * them: with them go the rights to what they lead to (CWE-403).
 */
#ifndef FDWATCH_MODEL_INHERITED_H
#define FDWATCH_MODEL_INHERITED_H

#include "model/descriptor.h"

#define INHERITED_MAX 256 /* of one process */

/* The worst first. */
enum inherited_class {
	INHERITED_SECRET, /* a file whose name tells that it is kept from others */
	INHERITED_SOCKET,
	INHERITED_OTHER,
};

struct inherited {
	const struct descriptor *descriptor; /* of the list */
	enum inherited_class class;
};

/* "secret", "socket" or "other" */
const char *inherited_class_name(enum inherited_class class);

/*
 * Finds those of the list, the standard three left out, the worst first. Returns how many there
 * are, of which `found` gets as many as it has room for.
 */
size_t inherited_find(struct inherited found[INHERITED_MAX], const struct descriptor_list *list);

#endif
