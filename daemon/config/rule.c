/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections of the configuration that are for some processes: [unit nginx.service]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/item.h"
#include "config/value.h"

#define FIELD(name) offsetof(struct policy, name), sizeof(((struct policy *)NULL)->name)

static const struct config_item items[] = {
	{"", "warning", value_threshold, FIELD(thresholds.warning), VALUE_THRESHOLD,
	 POLICY_WARNING},
	{"", "critical", value_threshold, FIELD(thresholds.critical), VALUE_THRESHOLD,
	 POLICY_CRITICAL},
	{"", "silence", value_yes_no, FIELD(silence), VALUE_YES_NO, POLICY_SILENCE},
	{"", "mark", value_label, FIELD(mark), "a text of 63 bytes at most", POLICY_MARK},
	{"", "raise_limit", value_raise, FIELD(raise_most),
	 "yes, no, or the highest soft limit to raise to, 1073741824 at most", POLICY_RAISE},
	{"", "track", value_yes_no, 0, 0, VALUE_YES_NO, POLICY_TRACK},
};

static const char *const kinds[POLICY_KIND_COUNT] = {
	[POLICY_COMMAND] = "command",
	[POLICY_USER] = "user",
	[POLICY_UNIT] = "unit",
	[POLICY_CONTAINER] = "container",
};

/* The kind that `text` begins with, *pattern what follows it; -1 where it is none. */
static int kind_of(const char *text, const char **pattern)
{
	for (int kind = 0; kind < POLICY_KIND_COUNT; kind++) {
		size_t length = strlen(kinds[kind]);

		if (strncmp(text, kinds[kind], length) != 0 ||
		    (text[length] && text[length] != ' ' && text[length] != '\t'))
			continue;
		*pattern = text + length + strspn(text + length, " \t");
		return kind;
	}
	return -1;
}

static int check_pattern(enum policy_kind kind, const char *pattern, char *error, size_t size)
{
	if (!*pattern) {
		snprintf(error, size, "[%s] wants a name or a pattern behind '%s'", kinds[kind],
			 kinds[kind]);
		return -EINVAL;
	}
	if (kind == POLICY_COMMAND && !strpbrk(pattern, "*?[") &&
	    strlen(pattern) >= PROCESS_COMM_LEN) {
		snprintf(error, size,
			 "no command is called that: the kernel keeps %d bytes, '%.*s'",
			 PROCESS_COMM_LEN - 1, PROCESS_COMM_LEN - 1, pattern);
		return -EINVAL;
	}
	return 0;
}

int config_begin_rule(struct policies *policies, const char *text, struct policy_rule **rule,
		      char *error, size_t size)
{
	const char *pattern;
	int kind = kind_of(text, &pattern);
	int r = kind < 0 ? -ENOENT : check_pattern((enum policy_kind)kind, pattern, error, size);

	if (r < 0)
		return r;
	r = policies_add(policies, (enum policy_kind)kind, pattern, rule);
	if (r == -EEXIST)
		snprintf(error, size, "[%s %s] stands a second time", kinds[kind], pattern);
	else if (r == -ENAMETOOLONG)
		snprintf(error, size, "a pattern has %d bytes at most", POLICY_PATTERN_SIZE - 1);
	else if (r == -ENOSPC)
		snprintf(error, size, "there are more than %d sections for processes",
			 POLICY_RULES_MAX);
	else if (r < 0)
		snprintf(error, size, "out of memory");
	return r;
}

static const struct config_item *find(const char *key)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		if (!strcmp(items[i].key, key))
			return &items[i];
	return NULL;
}

/* yes and no, where all others choose a mode. */
static bool parse_track(const char *value, struct policy *policy)
{
	bool yes;

	if (!value_yes_no(value, &yes, sizeof(yes)))
		return false;
	policy->tracking = yes ? TRACK_ALWAYS : TRACK_NEVER;
	return true;
}

int config_set_rule(struct policy_rule *rule, const char *key, const char *value, char *error,
		    size_t size)
{
	const struct config_item *item = find(key);
	bool good;

	if (!item) {
		snprintf(error, size, "there is no key '%s' in [%s %s]", key, kinds[rule->kind],
			 rule->pattern);
		return -ENOENT;
	}
	if (rule->set & item->bit) {
		snprintf(error, size, "%s is set a second time", key);
		return -EEXIST;
	}
	good = item->bit == POLICY_TRACK
		       ? parse_track(value, &rule->policy)
		       : item->parse(value, (char *)&rule->policy + item->offset, item->size);
	if (!good) {
		snprintf(error, size, "%s can't be '%s': it wants %s", key, value, item->wanted);
		return -EINVAL;
	}
	rule->set |= item->bit;
	return config_check_thresholds(&rule->policy.thresholds, error, size);
}
