// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_config.h"

#include <crypt.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "open_file.h"

#define FILE_MAX (1024 * 1024)
#define MINIMUM_DEFAULT 2 /* TLS 1.2, as the exporters have it */
#define MAXIMUM_DEFAULT 3

/* One reading of a file. */
struct reading {
	const char *path;
	yaml_document_t document;
	struct web_config *config;
	struct failure *failure;
};

void web_config_free(struct web_config *config)
{
	if (!config)
		return;
	free(config->certificate);
	if (config->key)
		explicit_bzero(config->key, strlen(config->key));
	free(config->key);
	free(config->client_ca);
	for (size_t i = 0; i < config->user_count; i++) {
		free(config->users[i].name);
		free(config->users[i].hash);
	}
	for (size_t i = 0; i < config->file_count; i++)
		free(config->files[i].path);
	free(config);
}

static int refuse(struct reading *r, const yaml_node_t *node, const char *text)
{
	return fail(r->failure, -EINVAL, "%s:%zu: %s", r->path, node->start_mark.line + 1, text);
}

/* Reads a whole file, no FIFO, which is remembered. The caller frees the text. */
static int read_file(struct web_config *config, const char *path, char **text)
{
	struct stat st;
	_close_ int fd = open_file(path, &st);
	_free_ char *buffer = NULL;
	struct web_file *file = &config->files[config->file_count];
	ssize_t size;

	if (fd < 0)
		return fd;
	if (st.st_size > FILE_MAX || config->file_count == WEB_FILES_MAX)
		return -EINVAL;
	buffer = calloc(1, (size_t)st.st_size + 1);
	size = buffer ? pread(fd, buffer, (size_t)st.st_size, 0) : -1;
	if (size < 0)
		return -errno;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;
	file->changed = st.st_mtim;
	file->inode = st.st_ino;
	file->size = st.st_size;
	config->file_count++;
	*text = TAKE_PTR(buffer);
	return 0;
}

bool web_config_changed(const struct web_config *config)
{
	for (size_t i = 0; i < config->file_count; i++) {
		const struct web_file *file = &config->files[i];
		struct stat st;

		if (stat(file->path, &st) || st.st_ino != file->inode || st.st_size != file->size ||
		    st.st_mtim.tv_sec != file->changed.tv_sec ||
		    st.st_mtim.tv_nsec != file->changed.tv_nsec)
			return true;
	}
	return false;
}

/* The text of a scalar, or NULL: it is none, or holds a NUL. */
static const char *text_of(const yaml_node_t *node)
{
	const char *text;

	if (!node || node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

/* A file that a key names, relative to the folder of the configuration. */
static int take_file(struct reading *r, yaml_node_t *value, char **text)
{
	_free_ char *copy = strdup(r->path);
	const char *name = text_of(value);
	char path[4096];
	int code;

	if (!name || !name[0] || *text)
		return refuse(r, value, "here the name of a file is wanted, once");
	if (!copy)
		return fail(r->failure, -ENOMEM, "out of memory");
	if (snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : dirname(copy),
		     name[0] == '/' ? "" : "/", name) >= (int)sizeof(path))
		return refuse(r, value, "the name of the file is too long");
	code = read_file(r->config, path, text);
	if (code < 0)
		return fail(r->failure, code, "%s:%zu: %s can't be read: %s", r->path,
			    value->start_mark.line + 1, path, strerror(-code));
	return 0;
}

static int take_certificate(struct reading *r, yaml_node_t *value)
{
	return take_file(r, value, &r->config->certificate);
}

static int take_key(struct reading *r, yaml_node_t *value)
{
	return take_file(r, value, &r->config->key);
}

static int take_client_ca(struct reading *r, yaml_node_t *value)
{
	return take_file(r, value, &r->config->client_ca);
}

/* The place of the text in a list of `count`, or -1. */
static int find_name(const char *const *names, int count, const char *text)
{
	for (int i = 0; text && i < count; i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

static int take_client_auth(struct reading *r, yaml_node_t *value)
{
	static const char *const names[] = {
		[WEB_CLIENT_NONE] = "NoClientCert",
		[WEB_CLIENT_IF_GIVEN] = "VerifyClientCertIfGiven",
		[WEB_CLIENT_CERTIFICATE] = "RequireAndVerifyClientCert",
	};
	int found = find_name(names, sizeof(names) / sizeof(names[0]), text_of(value));

	if (found < 0)
		return refuse(r, value,
			      "client_auth_type is NoClientCert, VerifyClientCertIfGiven or "
			      "RequireAndVerifyClientCert");
	r->config->client_auth = (enum web_client_auth)found;
	return 0;
}

static int take_version(struct reading *r, yaml_node_t *value, int *version)
{
	static const char *const names[] = {"TLS10", "TLS11", "TLS12", "TLS13"};

	*version = find_name(names, sizeof(names) / sizeof(names[0]), text_of(value));
	if (*version < 0)
		return refuse(r, value, "a version is TLS10, TLS11, TLS12 or TLS13");
	return 0;
}

static int take_minimum(struct reading *r, yaml_node_t *value)
{
	return take_version(r, value, &r->config->minimum);
}

static int take_maximum(struct reading *r, yaml_node_t *value)
{
	return take_version(r, value, &r->config->maximum);
}

static int take_user(struct reading *r, const yaml_node_t *key, yaml_node_t *value)
{
	struct web_config *config = r->config;
	const char *name = text_of(key), *hash = text_of(value);
	struct web_user *user;

	if (!name || !hash || strchr(name, ':'))
		return refuse(r, key, "a user is a name, without a colon, and a hashed password");
	/* What begins with no $ could be a password as it is, taken for a hash of 1979. */
	if (hash[0] != '$' || crypt_checksalt(hash) == CRYPT_SALT_INVALID ||
	    crypt_checksalt(hash) == CRYPT_SALT_METHOD_DISABLED)
		return refuse(r, value,
			      "this is no hashed password: `htpasswd -nBC 10 USER` makes one");
	if (config->user_count == WEB_USERS_MAX)
		return refuse(r, key, "there are too many users");
	user = &config->users[config->user_count++];
	user->name = strdup(name);
	user->hash = strdup(hash);
	return user->name && user->hash ? 0 : fail(r->failure, -ENOMEM, "out of memory");
}

static int take_nothing(struct reading *r, yaml_node_t *value)
{
	(void)r, (void)value;
	return 0;
}

typedef int take_pair(struct reading *r, const yaml_node_t *key, yaml_node_t *value);

/* Calls `take` for each pair of a mapping; an empty value is an empty mapping. */
static int each_pair(struct reading *r, yaml_node_t *mapping, take_pair *take)
{
	int code = 0;

	if (mapping->type == YAML_SCALAR_NODE && !mapping->data.scalar.length)
		return 0;
	if (mapping->type != YAML_MAPPING_NODE)
		return refuse(r, mapping, "here `key: value` is wanted");
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     !code && pair < mapping->data.mapping.pairs.top; pair++)
		code = take(r, yaml_document_get_node(&r->document, pair->key),
			    yaml_document_get_node(&r->document, pair->value));
	return code;
}

struct known_key {
	const char *name;
	int (*take)(struct reading *r, yaml_node_t *value);
};

static int take_known(struct reading *r, const struct known_key *keys, size_t count,
		      const yaml_node_t *key, yaml_node_t *value)
{
	const char *name = text_of(key);

	for (size_t i = 0; name && i < count; i++)
		if (!strcmp(keys[i].name, name))
			return keys[i].take(r, value);
	return fail(r->failure, -EINVAL, "%s:%zu: fdwatchd does not know the key '%s'", r->path,
		    key->start_mark.line + 1, name ? name : "");
}

static int take_tls(struct reading *r, const yaml_node_t *key, yaml_node_t *value)
{
	static const struct known_key keys[] = {
		{"cert_file", take_certificate},    {"key_file", take_key},
		{"client_ca_file", take_client_ca}, {"client_auth_type", take_client_auth},
		{"min_version", take_minimum},      {"max_version", take_maximum},
	};

	return take_known(r, keys, sizeof(keys) / sizeof(keys[0]), key, value);
}

static int take_http(struct reading *r, const yaml_node_t *key, yaml_node_t *value)
{
	static const struct known_key keys[] = {{"http2", take_nothing}};

	return take_known(r, keys, sizeof(keys) / sizeof(keys[0]), key, value);
}

static int take_tls_section(struct reading *r, yaml_node_t *value)
{
	return each_pair(r, value, take_tls);
}

static int take_http_section(struct reading *r, yaml_node_t *value)
{
	return each_pair(r, value, take_http);
}

static int take_users_section(struct reading *r, yaml_node_t *value)
{
	return each_pair(r, value, take_user);
}

static int take_section(struct reading *r, const yaml_node_t *key, yaml_node_t *value)
{
	static const struct known_key sections[] = {
		{"tls_server_config", take_tls_section},
		{"http_server_config", take_http_section},
		{"basic_auth_users", take_users_section},
	};

	return take_known(r, sections, sizeof(sections) / sizeof(sections[0]), key, value);
}

/* What the keys say together. */
static int check(struct reading *r)
{
	const struct web_config *config = r->config;

	if (!config->certificate != !config->key)
		return fail(r->failure, -EINVAL, "%s: cert_file and key_file go together", r->path);
	if (config->minimum > config->maximum)
		return fail(r->failure, -EINVAL, "%s: min_version is above max_version", r->path);
	if (config->client_auth != WEB_CLIENT_NONE && !config->certificate)
		return fail(r->failure, -EINVAL, "%s: client_auth_type wants a cert_file", r->path);
	if ((config->client_auth != WEB_CLIENT_NONE) != (config->client_ca != NULL))
		return fail(r->failure, -EINVAL,
			    "%s: client_ca_file goes with a client_auth_type that verifies",
			    r->path);
	return 0;
}

static int parse(struct reading *r, const char *text)
{
	yaml_parser_t parser;
	yaml_node_t *root;
	int code = 0;

	if (!yaml_parser_initialize(&parser))
		return fail(r->failure, -ENOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
	if (!yaml_parser_load(&parser, &r->document)) {
		code = fail(r->failure, -EINVAL, "%s:%zu: %s", r->path,
			    parser.problem_mark.line + 1,
			    parser.problem ? parser.problem : "no YAML");
		yaml_parser_delete(&parser);
		return code;
	}
	root = yaml_document_get_root_node(&r->document);
	if (root)
		code = each_pair(r, root, take_section);
	yaml_document_delete(&r->document);
	yaml_parser_delete(&parser);
	return code ? code : check(r);
}

int web_config_load(struct web_config **config, const char *path, struct failure *failure)
{
	struct reading r = {.path = path, .failure = failure};
	_free_ char *text = NULL;
	int code;

	r.config = calloc(1, sizeof(*r.config));
	if (!r.config)
		return fail(failure, -ENOMEM, "out of memory");
	r.config->minimum = MINIMUM_DEFAULT;
	r.config->maximum = MAXIMUM_DEFAULT;
	code = read_file(r.config, path, &text);
	code = code < 0 ? fail(failure, code, "%s can't be read: %s", path, strerror(-code))
			: parse(&r, text);
	if (code < 0)
		web_config_free(r.config);
	else
		*config = r.config;
	return code;
}
