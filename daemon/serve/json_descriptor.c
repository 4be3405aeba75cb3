// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>

#include "serve/json.h"

/* A path of 4096 bytes that are hard to write takes six times as much. */
#define PATH_BYTES 8192U
#define PATHS_BYTES (16U << 20)

/* How much paths have taken, and how many were left out. */
struct paths {
	size_t bytes;
	size_t cut;
};

/* Flags of a file beside its access mode. O_SYNC holds O_DSYNC's bit, O_TMPFILE O_DIRECTORY's. */
static const struct {
	uint32_t mask;
	const char *name;
} flag_names[] = {
	{O_APPEND, "O_APPEND"},       {O_NONBLOCK, "O_NONBLOCK"}, {O_SYNC, "O_SYNC"},
	{O_ASYNC, "O_ASYNC"},         {O_DIRECT, "O_DIRECT"},     {O_TMPFILE, "O_TMPFILE"},
	{O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"}, {O_NOATIME, "O_NOATIME"},
	{O_DSYNC, "O_DSYNC"},
};

static const char *access_name(uint32_t flags)
{
	static const char *const names[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};

	return flags & O_PATH ? "O_PATH" : names[flags & O_ACCMODE];
}

static void write_flags(struct writer *writer, uint32_t flags)
{
	write_open(writer, "flags", '[');
	write_string(writer, NULL, access_name(flags));
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if ((flags & flag_names[i].mask) != flag_names[i].mask)
			continue;
		write_string(writer, NULL, flag_names[i].name);
		flags &= ~flag_names[i].mask;
	}
	write_close(writer, ']');
}

static void write_socket(struct writer *writer, const struct socket_info *socket)
{
	if (!socket) {
		write_null(writer, "socket");
		return;
	}
	write_open(writer, "socket", '{');
	write_known(writer, "family", socket->family);
	write_known(writer, "type", socket->type);
	write_known(writer, "protocol", socket->protocol);
	write_known(writer, "state", socket->state);
	write_known(writer, "local", socket->local);
	write_known(writer, "remote", socket->remote);
	if (socket->peer_inode)
		write_unsigned(writer, "peer_inode", socket->peer_inode);
	else
		write_null(writer, "peer_inode");
	write_close(writer, '}');
}

static void write_path(struct writer *writer, const char *path, struct paths *paths)
{
	size_t size = path ? write_string_size(path) : 0;

	if (size > PATH_BYTES || size > PATHS_BYTES - paths->bytes) {
		paths->cut++;
		write_null(writer, "path");
		return;
	}
	paths->bytes += size;
	write_known(writer, "path", path);
}

static void write_origin(struct writer *writer, const struct descriptor *descriptor,
			 const struct site_set *sites, uint64_t now)
{
	const struct site *site = descriptor->site ? site_set_find(sites, descriptor->site) : NULL;

	if (descriptor->opened && descriptor->opened <= now)
		write_double(writer, "age_seconds", (double)(now - descriptor->opened) / 1e6);
	else
		write_null(writer, "age_seconds");
	json_site(writer, "site", site);
}

static void write_descriptor(struct writer *writer, const struct descriptor *descriptor,
			     struct paths *paths, const struct site_set *sites, uint64_t now)
{
	char device[24];

	snprintf(device, sizeof(device), "%u:%u", descriptor->device_major,
		 descriptor->device_minor);
	write_open(writer, NULL, '{');
	write_signed(writer, "fd", descriptor->fd);
	write_string(writer, "kind", descriptor_kind_name(descriptor->kind));
	write_path(writer, descriptor->name, paths);
	write_flags(writer, descriptor->flags);
	write_bool(writer, "cloexec", descriptor->cloexec);
	write_origin(writer, descriptor, sites, now);
	write_unsigned(writer, "inode", descriptor->inode);
	write_unsigned(writer, "offset", descriptor->offset);
	write_string(writer, "device", device);
	write_socket(writer, descriptor->socket);
	write_close(writer, '}');
}

void json_descriptors(struct writer *writer, const struct descriptor_list *list,
		      const struct site_set *sites, uint64_t now)
{
	struct paths paths = {.cut = list->names_cut};

	write_open(writer, "kinds", '{');
	for (int kind = 0; kind < FDW_KIND_COUNT; kind++)
		if (list->kinds[kind])
			write_unsigned(writer, descriptor_kind_name((enum fdw_kind)kind),
				       list->kinds[kind]);
	write_close(writer, '}');
	write_open(writer, "descriptors", '[');
	for (size_t i = 0; i < list->count; i++)
		write_descriptor(writer, &list->items[i], &paths, sites, now);
	write_close(writer, ']');
	write_unsigned(writer, "paths_cut", paths.cut);
}
