/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: score [-v] FOLDER
 *
 * Reads the traces of generate.py and prints, for each rule, how many leaks it caught in time, how
 * often it raised again, how many healthy traces it alarmed for and how good its forecasts were.
 * -v: fdwatch's verdict on each trace, and its figures by family.
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
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f)) {
		fprintf(stderr, "score: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while (n < SAMPLES && fgets(line, sizeof(line), f)) {
		char *p = line;

		samples[n].t = strtod(p, &p);
		samples[n].live = strtod(p + 1, &p);
		samples[n].limit = strtod(p + 1, &p);
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

int main(int argc, char *argv[])
{
	bool verbose = argc == 3 && !strcmp(argv[1], "-v");
	const char *folder = argv[argc - 1];
	struct tally tallies[16] = {}, family = {};
	struct label label, previous = {};
	char path[4096];
	FILE *labels;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: score [-v] FOLDER\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/labels.csv", folder);
	labels = fopen(path, "r");
	if (!labels) {
		fprintf(stderr, "score: %s: %s: run generate.py first\n", path, strerror(errno));
		return 1;
	}
	while (read_label(labels, &label)) {
		size_t n = read_trace(folder, label.file);

		for (size_t r = 0; r < (verbose ? 1 : rule_count); r++) {
			struct outcome o;

			rules[r].judge(&rules[r], samples, n, verdicts);
			o = judge(&label, n);
			add(&tallies[r], &label, &o);
			if (!verbose)
				continue;
			if (*previous.family && strcmp(previous.family, label.family)) {
				print_tally(previous.family, &family);
				family = (struct tally){};
			}
			previous = label;
			add(&family, &label, &o);
			print_trace(&label, &o);
		}
	}
	fclose(labels);
	if (verbose)
		print_tally(previous.family, &family);
	printf("%-34s %6s %6s %6s %6s %6s %8s\n", "rule", "caught", "again", "early", "clear",
	       "ramps", "forecast");
	for (size_t r = 0; r < (verbose ? 1 : rule_count); r++)
		print_tally(rules[r].name, &tallies[r]);
	return 0;
}
