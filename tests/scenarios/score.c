/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: score [-v|-t|-c] FOLDER
 *
 * Reads the traces of generate.py and prints, for each rule, how many leaks it caught in time, how
 * often it raised again, how many healthy traces it alarmed for and how good its forecasts were.
 * Then fdwatch's figures by family.
 * -v: fdwatch's verdict on each trace, by the count alone; -t: with totals. -c: the curve too,
 * fdwatch from wary to careless.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

#define SAMPLES 200000
#define FORECAST_FACTOR 2.0
#define LEAD_MOST (6 * 3600.0)

struct label {
	char file[96];
	char kind[16];
	char family[64];
	double begin, end;
};

struct tally {
	int leaks, caught, again, early, raises;
	int clear, clear_alarms, ramps, ramp_alarms;
	int forecasts, good;
};

#define FAMILIES 256

struct families {
	size_t count;
	char names[FAMILIES][64];
	struct tally tallies[FAMILIES];
};

struct outcome {
	int raises; /* alarms that began after the leak did, or any in a healthy trace */
	int early;  /* before the leak */
	int good, forecasts;
	int good_at[3];
	double lead; /* seconds that the alarm up to the end was up; NAN: none */
	double first;
};

static struct sample samples[SAMPLES];
static struct verdict verdicts[SAMPLES];

static size_t read_trace(const char *folder, const char *file)
{
	char path[4096], line[256];
	bool totals;
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f)) {
		fprintf(stderr, "score: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	totals = strstr(line, ",limit,opened,closed");
	while (n < SAMPLES && fgets(line, sizeof(line), f)) {
		char *p = line;

		samples[n].t = strtod(p, &p);
		samples[n].live = strtod(p + 1, &p);
		samples[n].limit = strtod(p + 1, &p);
		samples[n].opened = totals ? strtod(p + 1, &p) : NAN;
		samples[n].closed = totals ? strtod(p + 1, &p) : NAN;
		n++;
	}
	fclose(f);
	return n;
}

static bool good_forecast(double eta, double truth)
{
	return !isnan(eta) && eta <= truth * FORECAST_FACTOR && eta >= truth / FORECAST_FACTOR;
}

/* Verdicts after `end` are of no interest; for healthy traces `begin` is the start. */
static struct outcome judge(const struct label *label, size_t n)
{
	struct outcome o = {.lead = NAN, .first = NAN};
	double marks[] = {0.25, 0.5, 0.75};
	double length = label->end - label->begin;
	double since = NAN;

	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &samples[i];

		if (s->t >= label->end)
			break;
		for (int m = 0; m < 3; m++) {
			double at = label->begin + marks[m] * length;

			if (s->t > at || (i + 1 < n && samples[i + 1].t <= at))
				continue;
			o.good_at[m] = good_forecast(verdicts[i].eta, label->end - s->t);
			o.good += o.good_at[m];
		}
		if (!verdicts[i].alarm) {
			since = NAN;
		} else if (isnan(since)) {
			since = s->t;
			if (s->t < label->begin) {
				o.early++;
			} else {
				o.raises++;
				if (isnan(o.first))
					o.first = s->t;
			}
		}
	}
	o.forecasts = 3;
	if (!isnan(since) && since >= label->begin)
		o.lead = label->end - since;
	return o;
}

static bool in_time(const struct label *label, const struct outcome *o)
{
	return o->lead >= fmin((label->end - label->begin) / 4, LEAD_MOST);
}

static void add(struct tally *t, const struct label *label, const struct outcome *o)
{
	if (!strcmp(label->kind, "leak")) {
		t->leaks++;
		t->caught += in_time(label, o);
		t->again += o->raises > 1;
		t->raises += o->raises;
		t->early += o->early > 0;
		t->forecasts += o->forecasts;
		t->good += o->good;
	} else if (!strcmp(label->kind, "clear")) {
		t->clear++;
		t->clear_alarms += o->raises > 0;
	} else {
		t->ramps++;
		t->ramp_alarms += o->raises > 0;
	}
}

static double part(int a, int b)
{
	return b ? (double)a / b : NAN;
}

static void print_tally(const char *name, const struct tally *t)
{
	printf("%-34s %6.2f %6.2f %6.2f %6.2f %6.2f %8.2f\n", name, part(t->caught, t->leaks),
	       part(t->again, t->leaks), part(t->early, t->leaks), part(t->clear_alarms, t->clear),
	       part(t->ramp_alarms, t->ramps), part(t->good, t->forecasts));
}

static void print_trace(const struct label *label, const struct outcome *o)
{
	double length = label->end - label->begin;

	if (strcmp(label->kind, "leak")) {
		if (o->raises)
			printf("%-28s %-5s alarm at %.0f\n", label->file, label->kind, o->first);
		return;
	}
	printf("%-28s length %9.0f lead %6.3f %-6s raises %d early %d forecasts %d%d%d\n",
	       label->file, length, o->lead / length, in_time(label, o) ? "" : "MISSED", o->raises,
	       o->early, o->good_at[0], o->good_at[1], o->good_at[2]);
}

static bool read_label(FILE *f, struct label *label)
{
	char line[256], begin[32] = "", end[32] = "";

	if (!fgets(line, sizeof(line), f))
		return false;
	if (sscanf(line, "%95[^,],%15[^,],%63[^,],%31[^,\n],%31[^,\n]", label->file, label->kind,
		   label->family, begin, end) < 3) {
		fprintf(stderr, "score: not a label: %s", line);
		exit(1);
	}
	label->begin = *begin ? strtod(begin, NULL) : -INFINITY;
	label->end = *end ? strtod(end, NULL) : INFINITY;
	return true;
}

static void print_head(const char *what)
{
	printf("%-34s %6s %6s %6s %6s %6s %8s\n", what, "caught", "again", "early", "clear",
	       "ramps", "forecast");
}

/* The families' tallies, in the order of the labels. */
static struct tally *family_of(struct families *f, const struct label *label)
{
	size_t last = f->count - 1;

	if (!f->count || strcmp(f->names[last], label->family)) {
		if (f->count == FAMILIES) {
			fprintf(stderr, "score: more than %d families\n", FAMILIES);
			exit(1);
		}
		last = f->count++;
		memcpy(f->names[last], label->family, sizeof(f->names[last]));
	}
	return &f->tallies[last];
}

static void score(const struct rule *rule, size_t n, const struct label *label, struct tally *tally,
		  struct outcome *o)
{
	rule->judge(rule, samples, n, verdicts);
	*o = judge(label, n);
	add(tally, label, o);
}

int main(int argc, char *argv[])
{
	bool with = argc == 3 && !strcmp(argv[1], "-t");
	bool verbose = with || (argc == 3 && !strcmp(argv[1], "-v"));
	bool all = argc == 3 && !strcmp(argv[1], "-c");
	size_t count = verbose ? 1 : rule_count, curves = all ? curve_count : 0;
	struct tally tallies[32] = {}, swept[32] = {};
	static struct families families;
	char path[4096];
	struct label label;
	struct outcome o;
	FILE *labels;

	if (argc < 2 || argc > 3 || (argc == 3 && !verbose && !all)) {
		fprintf(stderr, "usage: score [-v|-t|-c] FOLDER\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/labels.csv", argv[argc - 1]);
	labels = fopen(path, "r");
	if (!labels) {
		fprintf(stderr, "score: %s: %s: run generate.py first\n", path, strerror(errno));
		return 1;
	}
	while (read_label(labels, &label)) {
		size_t n = read_trace(argv[argc - 1], label.file);

		for (size_t r = 0; r < count; r++) {
			score(&rules[with ? 1 : r], n, &label, &tallies[r], &o);
			if (!r)
				add(family_of(&families, &label), &label, &o);
			if (verbose)
				print_trace(&label, &o);
		}
		for (size_t r = 0; r < curves; r++)
			score(&curve[r], n, &label, &swept[r], &o);
	}
	fclose(labels);
	print_head("rule");
	for (size_t r = 0; r < count; r++)
		print_tally(rules[with ? 1 : r].name, &tallies[r]);
	for (size_t r = 0; r < curves; r++)
		print_tally(curve[r].name, &swept[r]);
	print_head("\nfdwatch, family by family");
	for (size_t i = 0; i < families.count; i++)
		print_tally(families.names[i], &families.tallies[i]);
	return 0;
}
