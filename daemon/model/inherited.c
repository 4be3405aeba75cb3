// SPDX-License-Identifier: BSD-2-Clause
#include "model/inherited.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD 2 /* the last of those that every program is given */

const char *inherited_class_name(enum inherited_class class)
{
	static const char *const names[] = {"secret", "socket", "other"};

	return names[class];
}

static bool ends(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && !strcmp(text + length - size, end);
}

static bool is_secret(const struct descriptor *d)
{
	static const char *const files[] = {
		"/shadow", "/gshadow", "/mem",      "/kmem",       "/.netrc", "/.pgpass", "/.env",
		"/id_rsa", "/id_dsa",  "/id_ecdsa", "/id_ed25519", ".pem",    ".key",     ".p12",
		".pfx",    ".kdbx",    ".jks",      ".keytab",     ".gpg"};
	static const char *const words[] = {"secret", "passw", "token", "credential", "private"};

	if (!d->name || d->socket)
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (ends(d->name, files[i]) || !strcmp(d->name, files[i] + (*files[i] == '/')))
			return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(d->name, words[i]))
			return true;
	return false;
}

static enum inherited_class class_of(const struct descriptor *d)
{
	if (is_secret(d))
		return INHERITED_SECRET;
	return d->kind == FDW_KIND_SOCKET ? INHERITED_SOCKET : INHERITED_OTHER;
}

static int compare(const void *left, const void *right)
{
	const struct inherited *a = left, *b = right;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return a->descriptor->fd - b->descriptor->fd;
}

size_t inherited_find(struct inherited found[INHERITED_MAX], const struct descriptor_list *list)
{
	size_t count = 0;

	for (int class = INHERITED_SECRET; class <= INHERITED_OTHER; class ++)
		for (size_t i = 0; i < list->count; i++) {
			const struct descriptor *d = &list->items[i];

			if (!d->executed || d->fd <= STANDARD || (int)class_of(d) != class)
				continue;
			if (count < INHERITED_MAX)
				found[count] = (struct inherited){d, class_of(d)};
			count++;
		}
	qsort(found, count < INHERITED_MAX ? count : INHERITED_MAX, sizeof(*found), compare);
	return count;
}
