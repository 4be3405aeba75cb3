// SPDX-License-Identifier: BSD-2-Clause
#include "notify/servers.h"

#include <errno.h>
#include <unistd.h>

#include "told.h"

static struct notify_config config;
static struct servers servers;
static struct failure failure;

static int read_urls(const char *urls)
{
	notify_config_defaults(&config);
	snprintf(config.alertmanager.url, sizeof(config.alertmanager.url), "%s", urls);
	return servers_read(&servers, &config, &failure);
}

static void test_urls(void **state)
{
	(void)state;
	assert_int_equal(read_urls("http://localhost:9093"), 0);
	assert_int_equal(servers.count, 1);
	assert_string_equal(servers.urls[0], "http://localhost:9093/api/v2/alerts");
	assert_int_equal(read_urls("  https://a.example/prefix//\thttp://[::1]:9093/ "), 0);
	assert_int_equal(servers.count, 2);
	assert_string_equal(servers.urls[0], "https://a.example/prefix/api/v2/alerts");
	assert_string_equal(servers.urls[1], "http://[::1]:9093/api/v2/alerts");
}

static void test_refused(void **state)
{
	static const char *const urls[] = {
		" ",
		"localhost:9093",
		"ftp://localhost",
		"file:///etc/passwd",
		"http://",
		"http://user@localhost",
		"http://user:secret@localhost",
		"http://localhost/?a=b",
		"http://localhost/#a",
		"http://localhost:99999",
		"http://localhost/api/v2/alerts/",
		"http://localhost http://",
		"http://a http://b http://c http://d http://e http://f http://g http://h http://i",
	};
	char text[400] = "http://";

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		assert_int_equal(read_urls(urls[i]), -EINVAL);
		assert_non_null(strstr(failure.text, "url"));
		assert_null(strstr(failure.text, "secret"));
	}
	memset(text + 7, 'a', 380);
	assert_int_equal(read_urls(text), -EINVAL);
}

static void test_settings(void **state)
{
	char name[256];

	(void)state;
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	read_urls("http://localhost");
	assert_string_equal(servers.instance, name);
	PUT_TEXT(config.alertmanager.instance, "elsewhere");
	PUT_TEXT(config.alertmanager.ca_file, "/nonexistent");
	assert_int_equal(servers_read(&servers, &config, &failure), 0);
	assert_string_equal(servers.instance, "elsewhere");
	assert_int_equal(servers_check_files(&servers, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "ca_file"));
	PUT_TEXT(config.alertmanager.credentials_file, "/nonexistent");
	config.alertmanager.ca_file[0] = '\0';
	assert_int_equal(servers_read(&servers, &config, &failure), 0);
	assert_int_equal(servers_check_files(&servers, &failure), -ENOENT);
	assert_non_null(strstr(failure.text, "credentials_file"));
	config.alertmanager.resend = NAN;
	assert_int_equal(servers_read(&servers, &config, &failure), -EINVAL);
	config.alertmanager.resend = 3601;
	assert_int_equal(servers_read(&servers, &config, &failure), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_settings),
	};

	return RUN_TESTS(tests);
}
