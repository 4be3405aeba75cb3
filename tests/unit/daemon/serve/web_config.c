// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_config.h"

#include <string.h>

#include "cleanup.h"
#include "scratch.h"

#define HASH "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

/* 0, or -errno with the line. */
static int load(const char *text, struct web_config **config, struct failure *failure)
{
	*failure = (struct failure){};
	*config = NULL;
	scratch_write(text, strlen(text));
	return web_config_load(config, scratch, failure);
}

/* The line says where and what; nothing is left to free. */
static void breaches_are_named(void **state)
{
	static const struct {
		const char *text;
		const char *said;
	} cases[] = {
		{"surprise: 1", ":1: fdwatchd does not know the key 'surprise'"},
		{"\n\ntls_server_config:\n  cipher_suites: [x]",
		 ":4: fdwatchd does not know the key"},
		{"tls_server_config: {cert_file: nowhere}", "nowhere can't be read: No such file"},
		{"tls_server_config: {cert_file: /}", "/ can't be read: Is a directory"},
		{"tls_server_config: {cert_file: /dev/zero}", "/dev/zero can't be read: Invalid"},
		{"tls_server_config: {cert_file: ''}", "the name of a file is wanted"},
		{"tls_server_config: {cert_file: [a]}", "the name of a file is wanted"},
		{"tls_server_config: {cert_file: \"a\\0b\"}", "the name of a file is wanted"},
		{"tls_server_config: {cert_file: /etc/hosts, cert_file: /etc/hosts}", "once"},
		{"tls_server_config: {cert_file: /etc/hosts}",
		 "cert_file and key_file go together"},
		{"tls_server_config: {key_file: /etc/hosts}", "cert_file and key_file go together"},
		{"tls_server_config: {client_ca_file: /etc/hosts}",
		 "client_auth_type that verifies"},
		{"tls_server_config: {client_auth_type: RequireAndVerifyClientCert}",
		 "wants a cert"},
		{"tls_server_config: {client_auth_type: RequestClientCert}", "client_auth_type is"},
		{"tls_server_config: {min_version: TLS14}", "a version is TLS10, TLS11"},
		{"tls_server_config: {min_version: 1.2}", "a version is TLS10, TLS11"},
		{"tls_server_config: {min_version: TLS13, max_version: TLS12}",
		 "above max_version"},
		{"tls_server_config: [cert_file]", "`key: value` is wanted"},
		{"http_server_config: {headers: {}}", "does not know the key 'headers'"},
		{"basic_auth_users: {reader: secret}", "htpasswd"},
		{"basic_auth_users: {reader: ''}", "htpasswd"},
		{"basic_auth_users: {reader: '$nothing$x'}", "htpasswd"},
		{"basic_auth_users: {reader: '*'}", "htpasswd"},
		{"basic_auth_users: {'a:b': '" HASH "'}", "without a colon"},
		{"basic_auth_users: {reader: [x]}", "a hashed password"},
		{"basic_auth_users: reader", "`key: value` is wanted"},
		{"a: b: c", ":1: "},
		{"[", ":2: "},
		{"\t\t", ""},
		{"- a\n- b", "`key: value` is wanted"},
		{"&a {*a : *a}", ""},
		{"a: \xc3(", ""},
	};
	struct web_config *config;
	struct failure failure;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (load(cases[i].text, &config, &failure) >= 0 || config)
			fail_msg("'%s' is no failure", cases[i].text);
		if (strncmp(failure.text, scratch, strlen(scratch)) != 0)
			fail_msg("'%s' says '%s': no file is named", cases[i].text, failure.text);
		if (!strstr(failure.text, cases[i].said))
			fail_msg("'%s' says '%s'", cases[i].text, failure.text);
	}
}

static void nothing_is_well(void **state)
{
	static const char *const cases[] = {
		"",
		"# nothing\n",
		"{}",
		"tls_server_config:\nbasic_auth_users:\n",
		"http_server_config: {http2: false}",
	};
	struct web_config *config;
	struct failure failure;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (load(cases[i], &config, &failure) < 0)
			fail_msg("'%s': %s", cases[i], failure.text);
		assert_null(config->certificate);
		assert_int_equal(config->user_count, 0);
		assert_int_equal(config->minimum, 2);
		assert_int_equal(config->maximum, 3);
		web_config_free(config);
	}
	web_config_free(NULL);
}

/* Names are relative to the file's folder; what is in the files is not looked at here. */
static void all_is_taken(void **state)
{
	char text[1024];
	struct web_config *config;
	struct failure failure;

	(void)state;
	snprintf(text, sizeof(text),
		 "tls_server_config:\n  cert_file: %s\n  key_file: /etc/hosts\n"
		 "  client_ca_file: /etc/hosts\n  client_auth_type: VerifyClientCertIfGiven\n"
		 "  min_version: TLS13\n  max_version: TLS13\n"
		 "basic_auth_users:\n  one: %s\n  \"two \\u00e4\": %s\n",
		 strrchr(scratch, '/') + 1, HASH, HASH);
	if (load(text, &config, &failure) < 0)
		fail_msg("%s", failure.text);
	assert_string_equal(config->certificate, text);
	assert_true(config->key[0] && config->client_ca[0]);
	assert_int_equal(config->client_auth, WEB_CLIENT_IF_GIVEN);
	assert_int_equal(config->minimum, 3);
	assert_int_equal(config->user_count, 2);
	assert_string_equal(config->users[1].name, "two \xc3\xa4");
	assert_string_equal(config->users[1].hash, HASH);
	assert_int_equal(config->file_count, 4);
	assert_false(web_config_changed(config));
	web_config_free(config);
}

/* A file written anew, one renamed over it, one that is gone. */
static void changes_are_seen(void **state)
{
	struct web_config *config;
	struct failure failure;

	(void)state;
	assert_int_equal(load("{}", &config, &failure), 0);
	assert_false(web_config_changed(config));
	scratch_write("{ }", 3);
	assert_true(web_config_changed(config));
	web_config_free(config);

	assert_int_equal(load("{}", &config, &failure), 0);
	unlink(scratch);
	assert_true(web_config_changed(config));
	scratch_write("{}", 2);
	assert_true(web_config_changed(config));
	web_config_free(config);
}

static int write_users(char *text, size_t size, int count)
{
	int length = snprintf(text, size, "basic_auth_users:\n");

	for (int i = 0; i < count; i++)
		length += snprintf(text + length, size - (size_t)length, "  user%d: %s\n", i, HASH);
	return length;
}

/* As many users as there may be, and one more; a file that is too long. */
static void bounds(void **state)
{
	size_t size = 2 * 1024 * 1024;
	_free_ char *text = calloc(1, size);
	struct web_config *config;
	struct failure failure;
	int length = write_users(text, size, WEB_USERS_MAX);

	(void)state;
	assert_int_equal(load(text, &config, &failure), 0);
	assert_int_equal(config->user_count, WEB_USERS_MAX);
	web_config_free(config);
	snprintf(text + length, size - (size_t)length, "  more: %s\n", HASH);
	assert_true(load(text, &config, &failure) < 0);
	assert_non_null(strstr(failure.text, "too many users"));
	memset(text, '\n', size - 1);
	assert_true(load(text, &config, &failure) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breaches_are_named),
		cmocka_unit_test(nothing_is_well),
		cmocka_unit_test(all_is_taken),
		cmocka_unit_test(changes_are_seen),
		cmocka_unit_test(bounds),
	};

	return RUN_TESTS_WITH_SCRATCH(tests);
}
