/* SPDX-License-Identifier: BSD-2-Clause */
/* The file, line by line. */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/item.h"
#include "fdwatch/api.h"
#include "open_file.h"

#define ERROR_MAX 384
#define SECTION_SIZE (POLICY_PATTERN_SIZE + 16)

/*
 * A file on its way through inih, which tells its handler no line and keeps 49 bytes of a section
 * at most, none behind a bracket: sections are read here.
 */
struct reading {
	FILE *file;
	struct config config;
	char section[SECTION_SIZE];
	struct policy_rule *rule; /* the section's, where it is for some processes */
	bool set[CONFIG_ITEMS_MAX];
	int line;     /* read last */
	int bad_line; /* the first that was refused; 0: none */
	char error[ERROR_MAX];
};

__attribute__((format(printf, 2, 3))) static void refuse(struct reading *r, const char *format, ...)
{
	va_list args;

	if (r->bad_line)
		return;
	r->bad_line = r->line;
	va_start(args, format);
	vsnprintf(r->error, sizeof(r->error), format, args);
	va_end(args);
}

/* What stands between the brackets; false where it is no section's line or too long. */
static bool copy_section(const char *line, char section[SECTION_SIZE])
{
	const char *end = line + strcspn(line, "\r\n");

	for (const char *c = line; c < end; c++)
		if (*c == ';' && (c[-1] == ' ' || c[-1] == '\t'))
			end = c; /* a comment, as inih has it */
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end - line < 2 || end[-1] != ']' || end - line - 2 >= SECTION_SIZE)
		return false;
	line += 1 + strspn(line + 1, " \t");
	for (end--; end > line && (end[-1] == ' ' || end[-1] == '\t');)
		end--;
	if (end < line)
		end = line;
	memcpy(section, line, (size_t)(end - line));
	section[end - line] = '\0';
	return true;
}

static void begin_section(struct reading *r, const char *line)
{
	char error[ERROR_MAX];
	int result;

	r->rule = NULL;
	r->config.sections++;
	if (!copy_section(line, r->section)) {
		refuse(r, "neither a [section] nor a key = value");
		return;
	}
	if (config_has_section(r->section))
		return;
	result = config_begin_rule(r->config.policies, r->section, &r->rule, error, sizeof(error));
	if (result == -ENOENT)
		refuse(r, "there is no section [%s]", r->section);
	else if (result < 0)
		refuse(r, "%s", error);
}

static void look_for_section(struct reading *r, const char *line)
{
	size_t indent;

	if (r->line == 1 && !strncmp(line, "\xEF\xBB\xBF", 3))
		line += 3;
	indent = strspn(line, " \t\r\n\v\f");
	if (line[indent] != '[')
		return;
	if (indent)
		refuse(r, "a [section] begins in the first column");
	else
		begin_section(r, line);
}

static char *read_line(char *line, int size, void *data)
{
	struct reading *r = data;
	size_t length;

	if (!fgets(line, size, r->file))
		return NULL;
	r->line++;
	length = strlen(line);
	if ((!length || line[length - 1] != '\n') && !feof(r->file))
		refuse(r, "the line is no text, or longer than %d bytes", size - 2);
	else
		look_for_section(r, line);
	return r->bad_line ? NULL : line;
}

static void set_item(struct reading *r, const char *key, const char *value)
{
	char error[ERROR_MAX];
	const struct config_item *item = config_find(r->section, key, error, sizeof(error));

	if (!item) {
		refuse(r, "%s", error);
	} else if (r->set[item - config_items]) {
		refuse(r, "%s is set a second time", key);
	} else {
		r->set[item - config_items] = true;
		if (config_set_item(&r->config, item, value, error, sizeof(error)) < 0)
			refuse(r, "%s", error);
	}
}

static int take_value(void *data, const char *section, const char *key, const char *value)
{
	struct reading *r = data;
	char error[ERROR_MAX];

	(void)section;
	r->config.keys++;
	if (!r->rule)
		set_item(r, key, value);
	else if (config_set_rule(r->rule, key, value, error, sizeof(error)) < 0)
		refuse(r, "%s", error);
	return !r->bad_line;
}

/* Reads all of it; returns 0, or -errno with the reason in r->error. */
static int read_config(struct reading *r)
{
	int line = ini_parse_stream(read_line, r, take_value, r);

	if (line < 0)
		return -ENOMEM;
	if (line && (!r->bad_line || line < r->bad_line)) {
		r->bad_line = 0;
		r->line = line;
		refuse(r, "neither a [section] nor a key = value");
	}
	return r->bad_line ? -EINVAL : 0;
}

/* Returns 0 with r->file set, or -errno. */
static int open_config(struct reading *r, const char *name)
{
	_close_ int fd = open_file(name, NULL);

	if (fd < 0)
		return fd;
	r->file = fdopen(fd, "r");
	if (!r->file)
		return -errno;
	TAKE_FD(fd);
	return 0;
}

static int load(struct reading *r, const char *name, char *error, size_t size)
{
	int result = read_config(r);

	if (ferror(r->file)) {
		result = -EIO;
		snprintf(error, size, "%s can't be read", name);
	} else if (result == -ENOMEM) {
		snprintf(error, size, "%s can't be read: out of memory", name);
	} else if (result < 0) {
		snprintf(error, size, "%s:%d: %s", name, r->bad_line, r->error);
	}
	return result;
}

int config_load(struct config *config, const char *path, char *error, size_t size)
{
	struct reading r = {.config = *config};
	const char *name = path ? path : FDW_CONFIG_PATH;
	int result;

	r.config.policies = policies_new();
	if (!r.config.policies) {
		snprintf(error, size, "out of memory");
		return -ENOMEM;
	}
	result = open_config(&r, name);
	if (!result) {
		result = load(&r, name, error, size);
		fclose(r.file);
	} else if (!path && result == -ENOENT) {
		result = 0;
	} else {
		snprintf(error, size, "%s can't be opened: %s", name, strerror(-result));
	}
	if (result < 0) {
		config_free(&r.config);
		return result;
	}
	policies_set_default(r.config.policies, &r.config.all);
	*config = r.config;
	return 0;
}
