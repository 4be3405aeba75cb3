// SPDX-License-Identifier: BSD-2-Clause
#include "model/cgroup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ID_LENGTH 64 /* of a container's full id, in hexadecimal digits */

/* A part of the text, without a NUL of its own. */
struct piece {
	const char *text;
	size_t length;
};

static bool equals(struct piece p, const char *text)
{
	return p.length == strlen(text) && !memcmp(p.text, text, p.length);
}

static bool take_prefix(struct piece *p, const char *prefix)
{
	size_t length = strlen(prefix);

	if (p->length <= length || memcmp(p->text, prefix, length) != 0)
		return false;
	p->text += length;
	p->length -= length;
	return true;
}

static bool take_suffix(struct piece *p, const char *suffix)
{
	size_t length = strlen(suffix);

	if (p->length <= length || memcmp(p->text + p->length - length, suffix, length) != 0)
		return false;
	p->length -= length;
	return true;
}

static bool has_prefix(struct piece p, const char *prefix)
{
	return take_prefix(&p, prefix);
}

static bool has_suffix(struct piece p, const char *suffix)
{
	return take_suffix(&p, suffix);
}

/* Cuts `rest` at the first `separator`: what is before it, which `rest` then lacks. */
static struct piece cut(struct piece *rest, char separator)
{
	struct piece before = *rest;
	const char *end = rest->length ? memchr(rest->text, separator, rest->length) : NULL;

	if (end)
		before.length = (size_t)(end - rest->text);
	rest->text += before.length + !!end;
	rest->length -= before.length + !!end;
	return before;
}

/* The next component of a path that is not empty. */
static bool next_part(struct piece *path, struct piece *part)
{
	do {
		if (!path->length)
			return false;
		*part = cut(path, '/');
	} while (!part->length);
	return true;
}

static void copy(char *to, size_t size, struct piece from)
{
	size_t length = from.length < size ? from.length : size - 1;

	memcpy(to, from.text, length);
	to[length] = '\0';
}

static bool is_unit(struct piece part)
{
	static const char *const suffixes[] = {".service", ".scope", ".socket",
					       ".mount",   ".swap",  ".slice"};
	static const char *const others = ":-_.\\@"; /* beside letters and digits */
	bool known = false;

	if (part.length >= sizeof(((struct process_identity *)NULL)->unit))
		return false;
	for (size_t i = 0; i < part.length; i++)
		if (!isascii(part.text[i]) ||
		    (!isalnum(part.text[i]) && (!part.text[i] || !strchr(others, part.text[i]))))
			return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		known = known || has_suffix(part, suffixes[i]);
	return known;
}

/* The first unit below the slices; below a user's manager, the first one of that manager. */
static void find_unit(struct piece path, char *unit, size_t size)
{
	struct piece part;
	bool below_user = false;

	while (next_part(&path, &part)) {
		take_prefix(&part, "_"); /* set before names that would look like the kernel's */
		if (!is_unit(part))
			return;
		if (has_suffix(part, ".slice"))
			continue;
		copy(unit, size, part);
		if (below_user || !has_prefix(part, "user@"))
			return;
		below_user = true;
	}
}

/* docker-ID.scope, cri-containerd-ID.scope, libpod-ID.scope, crio-ID, SLICE:cri-containerd:ID, ID …
 */
static bool find_id(struct piece part, struct piece *id)
{
	const char *digits;
	size_t before;

	take_suffix(&part, ".scope");
	if (part.length < ID_LENGTH)
		return false;
	before = part.length - ID_LENGTH;
	digits = part.text + before;
	for (size_t i = 0; i < ID_LENGTH; i++)
		if (!isdigit((unsigned char)digits[i]) && (digits[i] < 'a' || digits[i] > 'f'))
			return false;
	if (before && digits[-1] != '-' && digits[-1] != ':')
		return false;
	if (before && memmem(part.text, before, "conmon", strlen("conmon")))
		return false; /* the container's monitor, which is outside of it */
	*id = (struct piece){digits, ID_LENGTH};
	return true;
}

/* lxc.payload.NAME (also of LXD and Incus), and lxc/NAME of old and of Proxmox. */
static bool find_lxc(struct piece previous, struct piece part, struct piece *name)
{
	*name = part;
	return equals(previous, "lxc") || take_prefix(name, "lxc.payload.");
}

/* machine-NAME.scope and systemd-nspawn@NAME.service; libvirt's virtual machines are none. */
static bool find_machine(struct piece part, struct piece *name)
{
	*name = part;
	if (take_prefix(name, "systemd-nspawn@"))
		return take_suffix(name, ".service");
	return take_prefix(name, "machine-") && take_suffix(name, ".scope") &&
	       !has_prefix(*name, "qemu\\x2d");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A machine's name in a unit's has \x2d for a dash. What is no such escape stays as it is. */
static void unescape(char *to, size_t size, struct piece from)
{
	size_t n = 0;

	for (size_t i = 0; i < from.length && n + 1 < size; i++) {
		const char *c = from.text + i;
		bool escape = from.length - i >= 4 && c[0] == '\\' && c[1] == 'x';
		int value = escape ? hex_value(c[2]) * 16 + hex_value(c[3]) : -1;

		if (escape && hex_value(c[2]) >= 0 && hex_value(c[3]) >= 0 && value) {
			to[n++] = (char)value;
			i += 3;
		} else {
			to[n++] = *c;
		}
	}
	to[n] = '\0';
}

static void find_container(struct piece path, char *container, size_t size)
{
	struct piece part, previous = {"", 0}, name;
	bool machine = false;

	for (; next_part(&path, &part); previous = part) {
		if (machine && equals(part, "supervisor"))
			container[0] = '\0'; /* systemd-nspawn itself */
		machine = false;
		if (find_id(part, &name) || find_lxc(previous, part, &name)) {
			copy(container, size, name);
		} else if (find_machine(part, &name)) {
			unescape(container, size, name);
			machine = true;
		}
	}
}

void cgroup_identify(const char *text, size_t size, struct process_identity *identity)
{
	struct piece rest = {text, size};
	bool unified = false;

	memset(identity, 0, sizeof(*identity));
	while (rest.length) {
		struct piece path = cut(&rest, '\n');
		struct piece hierarchy = cut(&path, ':');
		struct piece controllers = cut(&path, ':');
		bool is_unified = equals(hierarchy, "0") && !controllers.length;

		take_suffix(&path, " (deleted)");
		if (is_unified || (equals(controllers, "name=systemd") && !unified)) {
			char unit[sizeof(identity->unit)] = "";

			find_unit(path, unit, sizeof(unit));
			unified = is_unified && unit[0];
			if (unit[0])
				memcpy(identity->unit, unit, sizeof(unit));
		}
		if (!identity->container[0])
			find_container(path, identity->container, sizeof(identity->container));
	}
}
