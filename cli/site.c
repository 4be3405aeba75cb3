// SPDX-License-Identifier: BSD-2-Clause
#include "site.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "block.h"
#include "format.h"
#include "text.h"

#define FRAMES_SHOWN 16

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static enum tone tone_of(const char *verdict)
{
	return verdict && strcmp(verdict, "leak") == 0 ? TONE_CRITICAL : TONE_PLAIN;
}

static void report_ages(struct report *report, const json_t *site)
{
	const json_t *oldest = json_object_get(site, "oldest_seconds");
	const json_t *median = json_object_get(site, "median_age_seconds");
	char first[FORMAT_SIZE];
	char second[FORMAT_SIZE];

	report_line(
		report, TONE_PLAIN, 2, "oldest %s, half of them older than %s",
		json_is_number(oldest) ? format_duration(json_number_value(oldest), first) : "-",
		json_is_number(median) ? format_duration(json_number_value(median), second) : "-");
}

static void report_examples(struct report *report, json_t *site)
{
	__attribute__((cleanup(text_free))) struct text text = {0};
	json_t *examples = json_object_get(site, "examples");
	json_t *example;
	size_t i;

	json_array_foreach (examples, i, example) {
		if (i > 0)
			text_put(&text, ", ");
		text_put(&text, json_string_value(example));
	}
	text_add(&text, "", 1);
	if (text.failed)
		report->failed = true;
	else if (json_array_size(examples) > 0)
		report_line(report, TONE_PLAIN, 2, "such as %s", text.bytes);
}

/* "file:line in function", or what stands for it; `before` says how it stands to the others. */
static void report_frame(struct report *report, const json_t *frame, const char *before,
			 unsigned int indent)
{
	const char *function = string_of(frame, "function");
	const char *file = string_of(frame, "file");
	const char *module = string_of(frame, "module");
	const char *build_id = string_of(frame, "build_id");
	json_int_t line = number_of(frame, "line");

	if (file && line)
		report_line(report, TONE_PLAIN, indent, "%s %s:%" JSON_INTEGER_FORMAT " in %s",
			    before, file, line, function ? function : "?");
	else if (file)
		report_line(report, TONE_PLAIN, indent, "%s %s in %s", before, file,
			    function ? function : "?");
	else if (module)
		report_line(report, TONE_PLAIN, indent, "%s %s in %s+0x%llx%s%.12s", before,
			    function ? function : "?", module,
			    (unsigned long long)number_of(frame, "offset"),
			    function || !build_id ? "" : " of build ",
			    function || !build_id ? "" : build_id);
	else
		report_line(report, TONE_PLAIN, indent, "%s %s", before,
			    function ? function : "code that has no name");
}

size_t site_own_frame(const json_t *site)
{
	const json_t *frames = json_object_get(site, "frames");
	const json_t *own = json_object_get(site, "own_frame");
	json_int_t told = json_integer_value(own);
	const json_t *frame;
	size_t i;

	if (json_is_integer(own) && told >= 0 && (size_t)told < json_array_size(frames))
		return (size_t)told;
	json_array_foreach (frames, i, frame)
		if (json_is_false(json_object_get(frame, "library")))
			return i;
	return 0;
}

/* The program's own comes first, then what it called of libraries, then what called it. */
static void report_frames(struct report *report, const json_t *site)
{
	const json_t *frames = json_object_get(site, "frames");
	size_t count = json_array_size(frames);
	size_t own = site_own_frame(site);
	size_t shown = 0;

	if (count == 0) {
		report_line(report, TONE_PLAIN, 2, "where is still being found out");
		return;
	}
	report_frame(report, json_array_get(frames, own), "at", 2);
	for (size_t i = own; i > 0 && shown < FRAMES_SHOWN; i--, shown++)
		report_frame(report, json_array_get(frames, i - 1), "through", 4);
	for (size_t i = own + 1; i < count && shown < FRAMES_SHOWN; i++, shown++)
		report_frame(report, json_array_get(frames, i), "by", 4);
	if (count > shown + 1)
		report_line(report, TONE_PLAIN, 4, "and %zu more", count - shown - 1);
}

static void report_closing(struct report *report, const json_t *site)
{
	json_int_t elsewhere = number_of(site, "closed_elsewhere_total");

	if (elsewhere > 0)
		report_line(report, TONE_PLAIN, 2,
			    "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
			    " closed were closed by other threads than opened them",
			    elsewhere, number_of(site, "closed_total"));
}

void site_report(struct report *report, const json_t *site)
{
	const char *verdict = string_of(site, "verdict");
	const char *reason = string_of(site, "reason");
	const char *call = string_of(site, "call");
	json_int_t stacks = number_of(site, "stacks");
	json_int_t processes = number_of(site, "processes");
	char pid[FORMAT_SIZE];
	char kind[FORMAT_SIZE];

	if (processes > 1)
		snprintf(pid, sizeof(pid), "in %u processes", (unsigned int)processes);
	report_line(report, tone_of(verdict), 0,
		    "%" JSON_INTEGER_FORMAT " open of %" JSON_INTEGER_FORMAT
		    " opened (%s) by %s %s%s%s%s%s",
		    number_of(site, "live"), number_of(site, "opened_total"),
		    block_value(json_object_get(site, "kind"), kind),
		    string_of(site, "comm") ? string_of(site, "comm") : "?",
		    processes > 1 ? pid : block_value(json_object_get(site, "pid"), pid),
		    verdict && strcmp(verdict, "unknown") != 0 ? ": " : "",
		    verdict && strcmp(verdict, "unknown") != 0 ? verdict : "",
		    reason && verdict && strcmp(verdict, "unknown") != 0 ? ", " : "",
		    reason && verdict && strcmp(verdict, "unknown") != 0 ? reason : "");
	report_frames(report, site);
	if (call)
		report_line(report, TONE_PLAIN, 2, "by a call of %s", call);
	if (stacks > 1)
		report_line(report, TONE_PLAIN, 2,
			    "one of %" JSON_INTEGER_FORMAT " ways that lead there", stacks);
	report_closing(report, site);
	report_ages(report, site);
	report_examples(report, (json_t *)site);
}

static void report_inherited_one(struct report *report, const json_t *one)
{
	const char *from = string_of(one, "from");
	const char *path = string_of(one, "path");
	const char *peer = string_of(one, "peer");
	const char *class = string_of(one, "class");

	report_line(report, class && strcmp(class, "other") != 0 ? TONE_WARNING : TONE_PLAIN, 2,
		    "%s %" JSON_INTEGER_FORMAT " has fd %" JSON_INTEGER_FORMAT " from %s: %s%s%s%s",
		    string_of(one, "comm") ? string_of(one, "comm") : "?", number_of(one, "pid"),
		    number_of(one, "fd"), from ? from : "before",
		    class && strcmp(class, "secret") == 0 ? "secret " : "",
		    path ? path : string_of(one, "kind"), peer ? " to " : "", peer ? peer : "");
}

/* Given to the command by whoever began the run: no fault of what was run, if it leads to nothing
 * that is worth a warning. */
static bool is_harmless(const json_t *one)
{
	const char *class = string_of(one, "class");

	return json_is_true(json_object_get(one, "outside")) && class && !strcmp(class, "other");
}

static void report_inherited(struct report *report, const json_t *inherited)
{
	size_t outside = 0, shown = 0;
	const json_t *one;
	size_t i;

	json_array_foreach (inherited, i, one) {
		if (is_harmless(one)) {
			outside++;
			continue;
		}
		if (shown++ == 0) {
			report_line(report, TONE_PLAIN, 0, "%s", "");
			report_line(report, TONE_WARNING, 0,
				    "Inherited across exec, for want of close-on-exec: with them "
				    "go their rights");
		}
		report_inherited_one(report, one);
	}
	if (outside == 0)
		return;
	report_line(report, TONE_PLAIN, 0, "%s", "");
	report_line(report, TONE_PLAIN, 0, "%zu more came with the command, from who ran it",
		    outside);
}

static void report_overflow(struct report *report, const json_t *processes)
{
	const json_t *process;
	json_int_t overflow = 0;
	size_t i;

	json_array_foreach (processes, i, process)
		overflow += number_of(process, "overflow_total");
	if (overflow > 0)
		report_line(report, TONE_WARNING, 0,
			    "%" JSON_INTEGER_FORMAT
			    " ways to places were not kept: there were too many at once",
			    overflow);
}

void sites_report(struct report *report, const json_t *answer)
{
	const json_t *sites = json_object_get(answer, "sites");
	json_int_t unexplained = number_of(answer, "unexplained");
	const json_t *site;
	size_t i;

	json_array_foreach (sites, i, site) {
		if (i > 0)
			report_line(report, TONE_PLAIN, 0, "%s", "");
		site_report(report, site);
	}
	if (unexplained > 0) {
		if (json_array_size(sites) > 0)
			report_line(report, TONE_PLAIN, 0, "%s", "");
		report_line(report, TONE_PLAIN, 0,
			    "%" JSON_INTEGER_FORMAT
			    " more are open that were opened before tracking, or nobody saw where",
			    unexplained);
	}
	report_overflow(report, json_object_get(answer, "processes"));
	report_inherited(report, json_object_get(answer, "inherited"));
}
