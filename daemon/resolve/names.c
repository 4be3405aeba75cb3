// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/names.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANGLED_MAX 1024 /* bytes; demanglers go down as deep as a name is nested */

static char *(*demangler)(const char *name, char *buffer, size_t *size, int *status);

void names_prepare(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);

	if (library)
		*(void **)&demangler = dlsym(library, "__cxa_demangle");
}

int names_is_mangled(const char *name)
{
	return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);
}

/* Rust's first scheme closes with a hash that means nothing to people: ::h and 16 digits. */
static void drop_hash(char *name)
{
	size_t length = strlen(name);
	char *hash = length > 19 ? name + length - 19 : NULL;

	if (hash && !strncmp(hash, "::h", 3) && strspn(hash + 3, "0123456789abcdef") == 16)
		*hash = '\0';
}

void names_demangle(const char *name, char *buffer, size_t size)
{
	char *plain = NULL;
	int status;

	if (demangler && !strncmp(name, "_Z", 2) && strnlen(name, MANGLED_MAX) < MANGLED_MAX)
		plain = demangler(name, NULL, NULL, &status);
	snprintf(buffer, size, "%s", plain ? plain : name);
	if (plain)
		drop_hash(buffer);
	free(plain);
}
