// SPDX-License-Identifier: BSD-2-Clause
#include "model/site_save.h"

#include "model/strings.h"

/* Instead of a length: there is none, or it is that of the frame before. */
#define ABSENT 0xffff
#define AS_BEFORE 0xfffe

static void save_text(struct bytes_out *out, const char *text, const char *before)
{
	size_t length = text ? strlen(text) : 0;
	uint16_t head = text ? (uint16_t)length : ABSENT;

	if (text && text == before) /* the set has each once */
		head = AS_BEFORE;
	if (length > STRINGS_LENGTH_MAX) {
		out->failed = true;
		return;
	}
	BYTES_PUT(out, head);
	if (head != ABSENT && head != AS_BEFORE)
		bytes_put(out, text, length);
}

static void save_frame(struct bytes_out *out, const struct frame *frame, const struct frame *before)
{
	uint8_t language = (uint8_t)frame->language;

	BYTES_PUT(out, language);
	BYTES_PUT(out, frame->line);
	BYTES_PUT(out, frame->offset);
	save_text(out, frame->function, before->function);
	save_text(out, frame->file, before->file);
	save_text(out, frame->module, before->module);
	save_text(out, frame->build_id, before->build_id);
}

/* Frames until there are no more: each has a mark before it, and there is always room for the last.
 */
void site_save(const struct site *site, struct bytes_out *out)
{
	static const struct frame none;
	const uint8_t more = 1, last = 0;
	struct bytes_out bounded = *out;

	if (bounded.left > SITE_SAVE_MAX)
		bounded.left = SITE_SAVE_MAX;
	BYTES_PUT(&bounded, site->id);
	BYTES_PUT(&bounded, site->first_seen);
	save_text(&bounded, site->call, NULL);
	if (bounded.left < sizeof(last))
		bounded.failed = true;
	for (size_t i = 0; i < site->frame_count && !bounded.failed; i++) {
		struct bytes_out next = bounded;

		BYTES_PUT(&next, more);
		save_frame(&next, &site->frames[i], i ? &site->frames[i - 1] : &none);
		if (next.failed || next.left < sizeof(last))
			break;
		bounded = next;
	}
	BYTES_PUT(&bounded, last);
	out->left -= (size_t)(bounded.at - out->at);
	out->at = bounded.at;
	out->failed |= bounded.failed;
}

/* The set's copy of the text. */
static const char *restore_text(struct site_set *set, struct bytes_in *in, const char *before)
{
	char text[STRINGS_LENGTH_MAX + 1];
	uint16_t length;

	BYTES_GET(in, length);
	if (length == ABSENT || length == AS_BEFORE)
		return length == AS_BEFORE ? before : NULL;
	if (length > STRINGS_LENGTH_MAX) {
		in->failed = true;
		return NULL;
	}
	bytes_get(in, text, length);
	text[length] = '\0';
	return in->failed ? NULL : site_set_keep(set, text);
}

static struct frame restore_frame(struct site_set *set, struct bytes_in *in,
				  const struct frame *before)
{
	struct frame frame = {};
	uint8_t language;

	BYTES_GET(in, language);
	BYTES_GET(in, frame.line);
	BYTES_GET(in, frame.offset);
	frame.function = restore_text(set, in, before->function);
	frame.file = restore_text(set, in, before->file);
	frame.module = restore_text(set, in, before->module);
	frame.build_id = restore_text(set, in, before->build_id);
	in->failed |= language > FRAME_JIT;
	frame.language = (enum frame_language)language;
	return frame;
}

bool site_restore(struct site_set *set, struct bytes_in *in)
{
	static const struct frame none;
	struct frame frames[STACK_MAX];
	uint64_t id, first_seen;
	struct site *site;
	const char *call;
	size_t count = 0;
	uint8_t more;

	BYTES_GET(in, id);
	BYTES_GET(in, first_seen);
	call = restore_text(set, in, NULL);
	for (BYTES_GET(in, more); more && count < STACK_MAX && !in->failed; count++) {
		frames[count] = restore_frame(set, in, count ? &frames[count - 1] : &none);
		BYTES_GET(in, more);
	}
	if (in->failed || more || !count || !id)
		return false;
	if (site_set_own(set, id))
		return true;
	site = site_set_add(set, id, first_seen);
	if (site)
		site_resolve(set, site, frames, count, call);
	return site != NULL;
}
