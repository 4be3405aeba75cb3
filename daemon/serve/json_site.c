// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/text.h"
#include "serve/json.h"

#define SITE_SIZE 512

void json_site(struct writer *writer, const char *key, const struct site *site)
{
	const struct frame *frame = NULL;
	char text[SITE_SIZE];

	if (site && site->frame_count)
		frame = &site->frames[stack_own(site->frames, site->frame_count)];
	if (!frame || (!frame->file && !frame->module && !frame->function)) {
		write_null(writer, key);
		return;
	}
	if (frame->file && frame->line)
		snprintf(text, sizeof(text), "%s:%u in %s", frame->file, frame->line,
			 frame->function ? frame->function : "?");
	else if (frame->function && (frame->module || frame->file))
		snprintf(text, sizeof(text), "%s in %s", frame->function,
			 text_base_name(frame->module ? frame->module : frame->file));
	else if (frame->function)
		snprintf(text, sizeof(text), "%s", frame->function);
	else
		snprintf(text, sizeof(text), "%s+0x%" PRIx64,
			 text_base_name(frame->module ? frame->module : frame->file),
			 frame->offset);
	write_string(writer, key, text);
}

static void write_frame(struct writer *writer, const struct frame *frame)
{
	write_open(writer, NULL, '{');
	write_string(writer, "language", frame_language_name(frame->language));
	write_known(writer, "function", frame->function);
	write_known(writer, "file", frame->file);
	if (frame->line)
		write_unsigned(writer, "line", frame->line);
	else
		write_null(writer, "line");
	write_known(writer, "module", frame->module);
	if (frame->module)
		write_unsigned(writer, "offset", frame->offset);
	else
		write_null(writer, "offset");
	write_known(writer, "build_id", frame->build_id);
	write_bool(writer, "library", frame_is_library(frame));
	write_close(writer, '}');
}

static void write_frames(struct writer *writer, const struct site *site)
{
	write_open(writer, "frames", '[');
	for (size_t i = 0; i < site->frame_count; i++)
		write_frame(writer, &site->frames[i]);
	write_close(writer, ']');
	if (site->frame_count)
		write_unsigned(writer, "own_frame", stack_own(site->frames, site->frame_count));
	else
		write_null(writer, "own_frame");
}

void json_place(struct writer *writer, int32_t pid, const char *comm, const struct place *place)
{
	write_open(writer, NULL, '{');
	write_signed(writer, "pid", pid);
	write_string(writer, "comm", comm);
	write_string(writer, "kind", descriptor_kind_name(place->kind));
	write_unsigned(writer, "live", place->live);
	write_unsigned(writer, "opened_total", place->opened);
	write_unsigned(writer, "closed_total", place->opened - place->live);
	write_unsigned(writer, "closed_elsewhere_total", place->elsewhere);
	write_double(writer, "oldest_seconds", (double)place->oldest / 1e6);
	write_double(writer, "median_age_seconds", (double)place->median / 1e6);
	write_string(writer, "verdict", verdict_name(place->verdict));
	write_string(writer, "reason", place->reason);
	write_open(writer, "examples", '[');
	for (size_t i = 0; i < place->example_count; i++)
		write_string(writer, NULL, place->examples[i]);
	write_close(writer, ']');
	write_unsigned(writer, "stacks", place->stacks);
	write_known(writer, "call", place->site->call);
	json_site(writer, "place", place->site);
	write_frames(writer, place->site);
	write_close(writer, '}');
}

void json_ranking(struct writer *writer, int32_t pid, const char *comm,
		  const struct ranking *ranking)
{
	write_open(writer, "sites", '[');
	for (size_t i = 0; i < ranking->count; i++)
		json_place(writer, pid, comm, &ranking->places[i]);
	write_close(writer, ']');
	if (ranking->set)
		write_unsigned(writer, "unexplained", ranking->unexplained);
	else
		write_null(writer, "unexplained");
}

static void write_inherited(struct writer *writer, int32_t pid, const char *comm, const char *from,
			    const struct inherited *inherited)
{
	const struct descriptor *d = inherited->descriptor;
	const char *peer = d->socket ? d->socket->remote : "";

	write_open(writer, NULL, '{');
	write_signed(writer, "pid", pid);
	write_string(writer, "comm", comm);
	write_known(writer, "from", from);
	write_bool(writer, "outside", !d->opened);
	write_signed(writer, "fd", d->fd);
	write_string(writer, "class", inherited_class_name(inherited->class));
	write_string(writer, "kind", descriptor_kind_name(d->kind));
	write_known(writer, "path", d->name);
	write_known(writer, "peer", peer);
	write_close(writer, '}');
}

void json_inherited(struct writer *writer, int32_t pid, const char *comm, const char *from,
		    const struct descriptor_list *list)
{
	struct inherited found[INHERITED_MAX];
	size_t count = inherited_find(found, list);

	for (size_t i = 0; i < count && i < INHERITED_MAX; i++)
		write_inherited(writer, pid, comm, from, &found[i]);
}
