// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fdwatch/api.h"

#define ERROR_MAX 384

static bool parse_path(const char *value, void *target, size_t size)
{
	size_t length = strlen(value);

	if (!length || length >= size)
		return false;
	memcpy(target, value, length + 1);
	return true;
}

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && !*end && port >= 1 && port <= UINT16_MAX;
}

/* "192.0.2.1:9024" or "[2001:db8::1]:9024": no names, so that nothing has to be looked up. */
static bool is_listen_address(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	unsigned char address[16];
	bool v6 = text[0] == '[';
	size_t length;

	if (!colon || !is_port(colon + 1))
		return false;
	length = (size_t)(colon - text);
	if (v6) {
		if (length < 2 || colon[-1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length >= sizeof(host))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, host, address) == 1;
}

static bool parse_listen(const char *value, void *target, size_t size)
{
	if (!strcmp(value, "none"))
		value = "";
	else if (!is_listen_address(value))
		return false;
	return snprintf(target, size, "%s", value) < (int)size;
}

static bool parse_interval(const char *value, void *target, size_t size)
{
	char *end;
	double seconds = strtod(value, &end);

	(void)size;
	if (end == value || *end || !(seconds >= 0.01 && seconds <= 60))
		return false;
	*(double *)target = seconds;
	return true;
}

#define FIELD(name) offsetof(struct config, name), sizeof(((struct config *)NULL)->name)

static const struct item {
	const char *section;
	const char *key;
	bool (*parse)(const char *value, void *target, size_t size);
	size_t offset;
	size_t size;
	const char *wanted;
} items[] = {
	{"daemon", "socket", parse_path, FIELD(socket), "a path of 107 bytes at most"},
	{"daemon", "metrics_listen", parse_listen, FIELD(metrics_listen),
	 "an address and port such as 127.0.0.1:9024 or [::1]:9024, or none"},
	{"daemon", "state_dir", parse_path, FIELD(state_dir), "a path of 255 bytes at most"},
	{"daemon", "pin_dir", parse_path, FIELD(pin_dir), "a path of 255 bytes at most"},
	{"daemon", "interval", parse_interval, FIELD(interval), "seconds from 0.01 to 60"},
};

#define ITEM_COUNT (sizeof(items) / sizeof(items[0]))

void config_defaults(struct config *config)
{
	*config = (struct config){
		.socket = FDW_SOCKET_PATH,
		.metrics_listen = FDW_METRICS_ADDRESS,
		.state_dir = FDW_STATE_DIR,
		.pin_dir = FDW_PIN_DIR,
		.interval = 1,
	};
}

/* NULL with the reason where there is no such key. */
static const struct item *find_item(const char *section, const char *key, char *error, size_t size)
{
	bool known = false;

	for (size_t i = 0; i < ITEM_COUNT; i++) {
		if (strcmp(items[i].section, section) != 0)
			continue;
		known = true;
		if (!strcmp(items[i].key, key))
			return &items[i];
	}
	if (known)
		snprintf(error, size, "there is no key '%s' in [%s]", key, section);
	else if (section[0])
		snprintf(error, size, "there is no section [%s]", section);
	else
		snprintf(error, size, "'%s' stands before any [section]", key);
	return NULL;
}

static int set_item(struct config *config, const struct item *item, const char *value, char *error,
		    size_t size)
{
	if (item->parse(value, (char *)config + item->offset, item->size))
		return 0;
	snprintf(error, size, "%s can't be '%s': it wants %s", item->key, value, item->wanted);
	return -EINVAL;
}

int config_set(struct config *config, const char *section, const char *key, const char *value,
	       char *error, size_t size)
{
	const struct item *item = find_item(section, key, error, size);

	return item ? set_item(config, item, value, error, size) : -ENOENT;
}

/* A file on its way through inih, which tells its handler no line. */
struct reading {
	FILE *file;
	struct config config;
	bool set[ITEM_COUNT];
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

static char *read_line(char *line, int size, void *data)
{
	struct reading *r = data;
	size_t length;

	if (!fgets(line, size, r->file))
		return NULL;
	r->line++;
	length = strlen(line);
	if ((!length || line[length - 1] != '\n') && !feof(r->file)) {
		refuse(r, "the line is no text, or longer than %d bytes", size - 2);
		return NULL;
	}
	return line;
}

static int take_value(void *data, const char *section, const char *key, const char *value)
{
	struct reading *r = data;
	char error[ERROR_MAX];
	const struct item *item = find_item(section, key, error, sizeof(error));

	if (!item) {
		refuse(r, "%s", error);
	} else if (r->set[item - items]) {
		refuse(r, "%s is set a second time", key);
	} else {
		r->set[item - items] = true;
		if (set_item(&r->config, item, value, error, sizeof(error)) < 0)
			refuse(r, "%s", error);
	}
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

/* No FIFO, whose writer may never come. */
static FILE *open_file(const char *name)
{
	_close_ int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) { /* /dev/null is an empty one */
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	FILE *file = fdopen(fd, "r");

	if (file)
		TAKE_FD(fd);
	return file;
}

int config_load(struct config *config, const char *path, char *error, size_t size)
{
	struct reading r = {.config = *config};
	const char *name = path ? path : FDW_CONFIG_PATH;
	int result;

	r.file = open_file(name);
	if (!r.file) {
		if (!path && errno == ENOENT)
			return 0;
		result = -errno;
		snprintf(error, size, "%s can't be opened: %s", name, strerror(errno));
		return result;
	}
	result = read_config(&r);
	if (ferror(r.file)) {
		result = -EIO;
		snprintf(error, size, "%s can't be read", name);
	} else if (result == -ENOMEM) {
		snprintf(error, size, "%s can't be read: out of memory", name);
	} else if (result < 0) {
		snprintf(error, size, "%s:%d: %s", name, r.bad_line, r.error);
	} else {
		*config = r.config;
	}
	fclose(r.file);
	return result;
}
