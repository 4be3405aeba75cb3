/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys that there are: for what reads the file and for its values. */
#ifndef FDWATCH_CONFIG_ITEM_H
#define FDWATCH_CONFIG_ITEM_H

#include "config/config.h"

/* One key: where it goes in struct config, or for a section of processes in struct policy. */
struct config_item {
	const char *section;
	const char *key;
	bool (*parse)(const char *value, void *target, size_t size); /* as value.h has them */
	size_t offset;
	size_t size;
	const char *wanted;
	unsigned bit; /* enum policy_key; 0: none */
};

extern const struct config_item config_items[];
extern const size_t config_item_count;

#define CONFIG_ITEMS_MAX 64

/* Whether there is such a section with keys of the whole daemon. */
bool config_has_section(const char *section);

/* NULL with the reason where there is no such key. */
const struct config_item *config_find(const char *section, const char *key, char *error,
				      size_t size);

/* 0 or -EINVAL with the reason. */
int config_set_item(struct config *config, const struct config_item *item, const char *value,
		    char *error, size_t size);

/*
 * Begins the section of the processes that `text`, such as "unit nginx.service", names. 0; -ENOENT:
 * it names none; another -errno with the reason.
 */
int config_begin_rule(struct policies *policies, const char *text, struct policy_rule **rule,
		      char *error, size_t size);

/* Sets a key of such a section, once. 0 or -errno with the reason. */
int config_set_rule(struct policy_rule *rule, const char *key, const char *value, char *error,
		    size_t size);

/*
 * Whether the two fit together where both are of one kind: a critical alarm is no earlier than a
 * warning. 0 or -EINVAL with the reason.
 */
int config_check_thresholds(const struct alarm_thresholds *thresholds, char *error, size_t size);

#endif
