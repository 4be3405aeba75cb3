/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file by which Prometheus's exporters are told of TLS and passwords, described at
 * https://prometheus.io/docs/prometheus/latest/configuration/https/. Of it are known
 * tls_server_config (cert_file, key_file, client_ca_file, client_auth_type, min_version,
 * max_version) and basic_auth_users; http_server_config's http2 is accepted and means nothing here.
 */
#ifndef FDWATCH_SERVE_WEB_CONFIG_H
#define FDWATCH_SERVE_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "failure.h"

#define WEB_USERS_MAX 256
#define WEB_FILES_MAX 4

enum web_client_auth {
	WEB_CLIENT_NONE,
	WEB_CLIENT_IF_GIVEN,    /* a valid one, or none */
	WEB_CLIENT_CERTIFICATE, /* a valid one */
};

struct web_user {
	char *name;
	char *hash; /* what crypt(3) made of the password */
};

struct web_config {
	/* PEM texts; NULL: there is none. With a certificate there is a key. */
	char *certificate;
	char *key;
	char *client_ca;
	enum web_client_auth client_auth;
	int minimum; /* of TLS 1.N */
	int maximum;
	size_t user_count;
	struct web_user users[WEB_USERS_MAX];
	size_t file_count;
	struct web_file {
		char *path;
		struct timespec changed;
		ino_t inode;
		off_t size;
	} files[WEB_FILES_MAX]; /* what all this was read from, itself first */
};

/*
 * Reads the file and those that it names; relative names are relative to its folder. The caller
 * frees *config. 0, or -errno with a line that names the file's line.
 */
int web_config_load(struct web_config **config, const char *path, struct failure *failure);

/* Whether the file, or one that it names, is another than when it was read. */
bool web_config_changed(const struct web_config *config);

void web_config_free(struct web_config *config); /* NULL is well */

#endif
