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

/* Digits behind the last colon, which are cut off with it; 0 where there are none. */
static uint32_t cut_number(char *text)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long number;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return 0;
	number = strtoul(colon + 1, &end, 10);
	if (*end || !number || number > INT32_MAX)
		return 0;
	*colon = '\0';
	return (uint32_t)number;
}

/* JS:*name file:line:column, with a sign that tells the compiler, or none. */
static void take_v8(char *name, struct jit_name *parts)
{
	char *file = strchr(name, ' ');

	name += strspn(name, "*~^+");
	parts->function = *name && *name != ' ' ? name : "(anonymous)";
	if (!file)
		return;
	*file++ = '\0';
	parts->file = file;
	cut_number(file); /* the column */
	parts->line = cut_number(file);
}

/* py::qualified name:file */
static void take_python(char *name, struct jit_name *parts)
{
	char *colon = strchr(name, ':');

	parts->function = name;
	if (!colon)
		return;
	*colon = '\0';
	parts->file = colon + 1;
}

void names_take_apart(char *name, struct jit_name *parts)
{
	*parts = (struct jit_name){.function = name};
	if (!strncmp(name, "JS:", 3))
		take_v8(name + 3, parts);
	else if (!strncmp(name, "py::", 4))
		take_python(name + 4, parts);
}
