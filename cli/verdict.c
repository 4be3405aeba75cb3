// SPDX-License-Identifier: BSD-2-Clause
#include "verdict.h"

#include <math.h>
#include <string.h>

#include "format.h"
#include "safe.h"

#define NAME_MAX_BYTES 256

static bool is_wanted(const struct verdict_threshold *threshold)
{
	return threshold->seconds > 0 || threshold->level > 0;
}

static bool is_crossed(const struct verdict_threshold *threshold,
		       const struct verdict_subject *subject)
{
	if (threshold->seconds > 0 && subject->eta <= threshold->seconds)
		return true;
	return threshold->level > 0 && subject->usage >= threshold->level;
}

/* The daemon's state; what is refused descriptors is critical by any measure. */
static enum verdict_level level_of(const struct verdict_subject *subject,
				   const struct verdict_wanted *wanted)
{
	const char *state = json_string_value(json_object_get(subject->object, "state"));
	bool own = !is_wanted(&wanted->warning) && !is_wanted(&wanted->critical);

	if (!state)
		return VERDICT_OK;
	if (!strcmp(state, "exhausted") || (own && !strcmp(state, "critical")))
		return VERDICT_CRITICAL;
	if (own)
		return !strcmp(state, "warning") ? VERDICT_WARNING : VERDICT_OK;
	if (is_crossed(&wanted->critical, subject))
		return VERDICT_CRITICAL;
	return is_crossed(&wanted->warning, subject) ? VERDICT_WARNING : VERDICT_OK;
}

static bool is_worse(const struct verdict_subject *one, const struct verdict_subject *other)
{
	if (!other->object || one->level != other->level)
		return !other->object || one->level > other->level;
	if (one->eta != other->eta)
		return one->eta < other->eta;
	return one->usage > other->usage;
}

static double eta_of(const json_t *object)
{
	const json_t *eta = json_object_get(object, "eta_seconds");

	return json_is_number(eta) ? json_number_value(eta) : INFINITY;
}

static void add(struct verdict *verdict, struct verdict_subject *subject,
		const struct verdict_wanted *wanted)
{
	subject->eta = eta_of(subject->object);
	subject->level = level_of(subject, wanted);
	verdict->counts[subject->level]++;
	if (is_worse(subject, &verdict->worst))
		verdict->worst = *subject;
}

static void add_process(struct verdict *verdict, const struct verdict_wanted *wanted,
			const json_t *process)
{
	struct verdict_subject subject = {
		.object = process,
		.usage = json_number_value(json_object_get(process, "usage")),
	};

	if (json_is_true(json_object_get(process, "silenced")))
		return;
	add(verdict, &subject, wanted);
	if (!verdict->fullest.object || subject.usage > verdict->fullest.usage)
		verdict->fullest = subject;
	if (!verdict->processes || subject.eta < verdict->least_eta)
		verdict->least_eta = subject.eta;
	verdict->processes++;
}

static void add_limit(struct verdict *verdict, const struct verdict_wanted *wanted,
		      const json_t *limit)
{
	double used = json_number_value(json_object_get(limit, "used"));
	double most = json_number_value(json_object_get(limit, "maximum"));
	struct verdict_subject subject = {
		.object = limit,
		.shared = true,
		.usage = most > 0 ? used / most : 0,
	};

	add(verdict, &subject, wanted);
}

void verdict_add(struct verdict *verdict, const struct verdict_wanted *wanted,
		 const json_t *processes, const json_t *limits)
{
	const json_t *object;
	size_t i;

	json_array_foreach (processes, i, object)
		add_process(verdict, wanted, object);
	json_array_foreach (limits, i, object)
		add_limit(verdict, wanted, object);
}

/* A name that cannot end the line nor begin the figures behind it. */
static void put_name(FILE *out, const char *name)
{
	char safe[NAME_MAX_BYTES * SAFE_EXPANSION];
	size_t length = name ? strlen(name) : 0;

	length = safe_write(safe, name ? name : "",
			    length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES);
	for (size_t i = 0; i < length; i++)
		fputc(safe[i] == '|' ? '/' : safe[i], out);
}

static void put_whom(FILE *out, const struct verdict_subject *subject)
{
	const json_t *object = subject->object;
	const char *unit = json_string_value(json_object_get(object, "unit"));

	if (subject->shared) {
		put_name(out, json_string_value(json_object_get(object, "subject")));
		return;
	}
	put_name(out, json_string_value(json_object_get(object, "comm")));
	fprintf(out, "[%" JSON_INTEGER_FORMAT "]",
		json_integer_value(json_object_get(object, "pid")));
	if (unit) {
		fputc(' ', out);
		put_name(out, unit);
	}
}

static void put_subject(FILE *out, const struct verdict_subject *subject)
{
	const json_t *object = subject->object;
	const json_t *count = json_object_get(object, subject->shared ? "used" : "fds");
	const json_t *limit = json_object_get(object, subject->shared ? "maximum" : "soft_limit");
	char text[FORMAT_SIZE];

	put_whom(out, subject);
	fprintf(out, ": %" JSON_INTEGER_FORMAT, json_integer_value(count));
	if (json_is_integer(limit))
		fprintf(out, " of %" JSON_INTEGER_FORMAT " (%s)", json_integer_value(limit),
			format_percent(subject->usage, text));
	if (subject->eta < 1)
		fputs(", full", out);
	else if (isfinite(subject->eta))
		fprintf(out, ", full in %s", format_duration(subject->eta, text));
}

static void put_line(FILE *out, const struct verdict *verdict)
{
	unsigned long more = verdict->counts[VERDICT_WARNING] + verdict->counts[VERDICT_CRITICAL];

	if (verdict->worst.level != VERDICT_OK) {
		put_subject(out, &verdict->worst);
		if (more > 1)
			fprintf(out, "; and %lu more", more - 1);
		return;
	}
	fprintf(out, "%lu process%s", verdict->processes, verdict->processes == 1 ? "" : "es");
	if (verdict->fullest.object) {
		fputs(", fullest ", out);
		put_subject(out, &verdict->fullest);
	}
}

/* A threshold as figures have it: a level as a percentage, a time as what lies below it. */
static void put_levels(FILE *out, const struct verdict_wanted *wanted)
{
	fputc(';', out);
	if (wanted->warning.level > 0)
		fprintf(out, "%g", wanted->warning.level * 100);
	fputc(';', out);
	if (wanted->critical.level > 0)
		fprintf(out, "%g", wanted->critical.level * 100);
	fputs(";0;100", out);
}

static void put_times(FILE *out, const struct verdict_wanted *wanted)
{
	fputc(';', out);
	if (wanted->warning.seconds > 0)
		fprintf(out, "%g:", wanted->warning.seconds);
	fputc(';', out);
	if (wanted->critical.seconds > 0)
		fprintf(out, "%g:", wanted->critical.seconds);
	fputs(";0", out);
}

enum verdict_level verdict_print(const struct verdict *verdict, const struct verdict_wanted *wanted,
				 FILE *out)
{
	static const char *const names[] = {"OK", "WARNING", "CRITICAL"};

	fprintf(out, "FDWATCH %s - ", names[verdict->worst.level]);
	put_line(out, verdict);
	fprintf(out, " | processes=%lu;;;0 warning=%lu;;;0 critical=%lu;;;0 usage=%.1f%%",
		verdict->processes, verdict->counts[VERDICT_WARNING],
		verdict->counts[VERDICT_CRITICAL], verdict->fullest.usage * 100);
	put_levels(out, wanted);
	if (verdict->processes && isfinite(verdict->least_eta)) {
		fprintf(out, " time_left=%.0fs", verdict->least_eta);
		put_times(out, wanted);
	}
	fputc('\n', out);
	return verdict->worst.level;
}
