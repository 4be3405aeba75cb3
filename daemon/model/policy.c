/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/policy.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct made {
	struct made *next;
	struct policy policy;
};

struct policies {
	struct policy all;
	struct made *made; /* what sections together have come to, each once */
	struct policy_rule **rules;
	size_t count;
	bool users;
};

struct policies *policies_new(void)
{
	return calloc(1, sizeof(struct policies));
}

void policies_free(struct policies *p)
{
	struct made *next;

	if (!p)
		return;
	for (struct made *made = p->made; made; made = next) {
		next = made->next;
		free(made);
	}
	for (size_t i = 0; i < p->count; i++)
		free(p->rules[i]);
	free(p->rules);
	free(p);
}

static bool exists(const struct policies *p, enum policy_kind kind, const char *pattern)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->rules[i]->kind == kind && !strcmp(p->rules[i]->pattern, pattern))
			return true;
	return false;
}

int policies_add(struct policies *p, enum policy_kind kind, const char *pattern,
		 struct policy_rule **rule)
{
	size_t length = strlen(pattern);
	struct policy_rule **grown, *added;

	if (length >= POLICY_PATTERN_SIZE)
		return -ENAMETOOLONG;
	if (exists(p, kind, pattern))
		return -EEXIST;
	if (p->count == POLICY_RULES_MAX)
		return -ENOSPC;
	grown = reallocarray(p->rules, p->count + 1, sizeof(struct policy_rule *));
	if (!grown)
		return -ENOMEM;
	p->rules = grown;
	added = calloc(1, sizeof(*added));
	if (!added)
		return -ENOMEM;
	added->kind = kind;
	memcpy(added->pattern, pattern, length + 1);
	p->rules[p->count++] = added;
	p->users |= kind == POLICY_USER;
	*rule = added;
	return 0;
}

void policies_set_default(struct policies *p, const struct policy *policy)
{
	p->all = *policy;
}

const struct policy *policies_default(const struct policies *p)
{
	return &p->all;
}

bool policies_name_users(const struct policies *p)
{
	return p->users;
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[");
}

/* Unit names have backslashes of their own: here they escape nothing. */
static bool fits(const char *pattern, const char *text)
{
	return text && *text && !fnmatch(pattern, text, FNM_NOESCAPE);
}

static bool applies(const struct policy_rule *rule, const struct policy_subject *s)
{
	char number[12];

	switch (rule->kind) {
	case POLICY_COMMAND:
		return fits(rule->pattern, s->comm);
	case POLICY_UNIT:
		return fits(rule->pattern, s->unit);
	case POLICY_CONTAINER:
		return fits(rule->pattern, s->container);
	default:
		snprintf(number, sizeof(number), "%u", s->uid);
		return fits(rule->pattern, s->user) || !strcmp(rule->pattern, number);
	}
}

static void take(struct policy *policy, const struct policy_rule *rule)
{
	const struct policy *wanted = &rule->policy;

	if (rule->set & POLICY_WARNING)
		policy->thresholds.warning = wanted->thresholds.warning;
	if (rule->set & POLICY_CRITICAL)
		policy->thresholds.critical = wanted->thresholds.critical;
	if (rule->set & POLICY_SILENCE)
		policy->silence = wanted->silence;
	if (rule->set & POLICY_MARK)
		memcpy(policy->mark, wanted->mark, sizeof(policy->mark));
	if (rule->set & POLICY_RAISE)
		policy->raise_most = wanted->raise_most;
	if (rule->set & POLICY_TRACK)
		policy->tracking = wanted->tracking;
}

/* All of one kind; returns whether any applies. */
static bool take_kind(struct policy *policy, const struct policies *p, enum policy_kind kind,
		      bool patterns, const struct policy_subject *subject)
{
	bool any = false;

	for (size_t i = 0; i < p->count; i++) {
		const struct policy_rule *rule = p->rules[i];

		if (rule->kind != kind || is_pattern(rule->pattern) != patterns ||
		    !applies(rule, subject))
			continue;
		take(policy, rule);
		any = true;
	}
	return any;
}

static bool same_threshold(const struct alarm_threshold *a, const struct alarm_threshold *b)
{
	return a->seconds == b->seconds && a->level == b->level;
}

static bool same(const struct policy *a, const struct policy *b)
{
	return same_threshold(&a->thresholds.warning, &b->thresholds.warning) &&
	       same_threshold(&a->thresholds.critical, &b->thresholds.critical) &&
	       a->raise_most == b->raise_most && a->tracking == b->tracking &&
	       a->silence == b->silence && !strcmp(a->mark, b->mark);
}

static const struct policy *keep(struct policies *p, const struct policy *policy)
{
	struct made *made;

	if (same(policy, &p->all))
		return &p->all;
	for (made = p->made; made; made = made->next)
		if (same(policy, &made->policy))
			return &made->policy;
	made = calloc(1, sizeof(*made));
	if (!made)
		return &p->all;
	made->policy = *policy;
	made->next = p->made;
	p->made = made;
	return &made->policy;
}

const struct policy *policies_match(struct policies *p, const struct policy_subject *subject)
{
	struct policy policy = p->all;
	bool any = false;

	for (int kind = 0; kind < POLICY_KIND_COUNT; kind++) {
		any |= take_kind(&policy, p, (enum policy_kind)kind, true, subject);
		any |= take_kind(&policy, p, (enum policy_kind)kind, false, subject);
	}
	return any ? keep(p, &policy) : &p->all;
}
