/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/item.h"
#include "config/notify.h"
#include "config/value.h"
#include "fdwatch/api.h"
#include "model/text.h"

#define SHOWN_SIZE 256 /* of a value that is wrong */

#define FIELD(name) offsetof(struct config, name), sizeof(((struct config *)NULL)->name)

const struct config_item config_items[] = {
	{"daemon", "socket", value_path, FIELD(socket), "a path of 107 bytes at most", 0},
	{"daemon", "metrics_listen", value_listen, FIELD(metrics_listen),
	 "an address and port such as 127.0.0.1:9024 or [::1]:9024, or none", 0},
	{"daemon", "state_dir", value_path, FIELD(state_dir), "a path of 255 bytes at most", 0},
	{"daemon", "pin_dir", value_path, FIELD(pin_dir), "a path of 255 bytes at most", 0},
	{"daemon", "backend", value_backend, FIELD(backend), VALUE_BACKEND, 0},
	{"daemon", "interval", value_interval, FIELD(interval), "seconds from 0.01 to 60", 0},
	{"metrics", "group_by", value_group_by, FIELD(group_by), VALUE_GROUP_BY, 0},
	{"metrics", "groups", value_series, FIELD(groups), VALUE_SERIES, 0},
	{"metrics", "processes", value_series, FIELD(processes), VALUE_SERIES, 0},
	{"metrics", "web_config", value_path, FIELD(web_config), "a path of 255 bytes at most", 0},
	{"alarm", "warning", value_threshold, FIELD(all.thresholds.warning), VALUE_THRESHOLD,
	 POLICY_WARNING},
	{"alarm", "critical", value_threshold, FIELD(all.thresholds.critical), VALUE_THRESHOLD,
	 POLICY_CRITICAL},
	{"tracking", "mode", value_tracking, FIELD(all.tracking), VALUE_TRACKING, 0},
	{"journal", "enabled", value_yes_no, FIELD(notify.journal), VALUE_YES_NO, 0},
	{"hook", "command", value_command, FIELD(notify.hook.command), VALUE_COMMAND, 0},
	{"hook", "deadline", value_pause, FIELD(notify.hook.deadline), VALUE_PAUSE, 0},
	{"hook", "retry", value_pause, FIELD(notify.hook.retry), VALUE_PAUSE, 0},
	{"hook", "at_once", value_at_once, FIELD(notify.hook.at_once), "a number from 1 to 64", 0},
	{"alertmanager", "url", value_urls, FIELD(notify.alertmanager.url), VALUE_URLS, 0},
	{"alertmanager", "resend", value_pause, FIELD(notify.alertmanager.resend), VALUE_PAUSE, 0},
	{"alertmanager", "ca_file", value_path, FIELD(notify.alertmanager.ca_file),
	 "a path of 255 bytes at most", 0},
	{"alertmanager", "credentials_file", value_path,
	 FIELD(notify.alertmanager.credentials_file), "a path of 255 bytes at most", 0},
	{"alertmanager", "instance", value_label, FIELD(notify.alertmanager.instance),
	 "a name of 255 bytes at most", 0},
	{"incidents", "retention", value_retention, FIELD(incidents.retention),
	 "a time from 1h to 520w", 0},
	{"incidents", "max_size", value_max_size, FIELD(incidents.max_bytes),
	 "a size from 1M to 1T such as 256M", 0},
};

const size_t config_item_count = sizeof(config_items) / sizeof(config_items[0]);

_Static_assert(sizeof(config_items) / sizeof(config_items[0]) <= CONFIG_ITEMS_MAX, "too many");

void config_defaults(struct config *config)
{
	*config = (struct config){
		.socket = FDW_SOCKET_PATH,
		.metrics_listen = FDW_METRICS_ADDRESS,
		.state_dir = FDW_STATE_DIR,
		.pin_dir = FDW_PIN_DIR,
		.interval = 1,
		.groups = GROUPS_MOST,
		.incidents = {.retention = STORE_RETENTION,
			      .max_bytes = STORE_MAX_BYTES,
			      .retry = STORE_RETRY},
	};
	notify_config_defaults(&config->notify);
}

void config_free(struct config *config)
{
	policies_free(config->policies);
	config->policies = NULL;
}

bool config_has_section(const char *section)
{
	for (size_t i = 0; i < config_item_count; i++)
		if (!strcmp(config_items[i].section, section))
			return true;
	return false;
}

const struct config_item *config_find(const char *section, const char *key, char *error,
				      size_t size)
{
	for (size_t i = 0; i < config_item_count; i++)
		if (!strcmp(config_items[i].section, section) && !strcmp(config_items[i].key, key))
			return &config_items[i];
	if (config_has_section(section))
		snprintf(error, size, "there is no key '%s' in [%s]", key, section);
	else if (section[0])
		snprintf(error, size, "there is no section [%s]", section);
	else
		snprintf(error, size, "'%s' stands before any [section]", key);
	return NULL;
}

int config_check_thresholds(const struct alarm_thresholds *t, char *error, size_t size)
{
	if (t->warning.seconds && t->critical.seconds > t->warning.seconds) {
		snprintf(error, size, "critical is a longer time ahead than warning");
		return -EINVAL;
	}
	if (t->critical.level && t->critical.level < t->warning.level) {
		snprintf(error, size, "critical is a lower level than warning");
		return -EINVAL;
	}
	return 0;
}

int config_set_item(struct config *config, const struct config_item *item, const char *value,
		    char *error, size_t size)
{
	if (!item->parse(value, (char *)config + item->offset, item->size)) {
		char shown[SHOWN_SIZE];

		if (item->parse == value_urls) /* they came here by mistake, and the log is read */
			text_hide_users(shown, sizeof(shown), value);
		else
			snprintf(shown, sizeof(shown), "%s", value);
		snprintf(error, size, "%s can't be '%s': it wants %s", item->key, shown,
			 item->wanted);
		return -EINVAL;
	}
	return item->bit ? config_check_thresholds(&config->all.thresholds, error, size) : 0;
}

int config_set(struct config *config, const char *section, const char *key, const char *value,
	       char *error, size_t size)
{
	const struct config_item *item = config_find(section, key, error, size);

	return item ? config_set_item(config, item, value, error, size) : -ENOENT;
}
