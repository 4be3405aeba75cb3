// SPDX-License-Identifier: BSD-2-Clause
#include "notify/alertmanager.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listening.h"

static struct listening server, other;
static struct told told;
static struct channel channel;
static struct alertmanager *manager;
static struct notify_config config;

static int set_up(void **state)
{
	struct notify_calls calls = told_calls(&told);

	(void)state;
	told = (struct told){};
	server = other = (struct listening){};
	listening_begin(&server, 0);
	if (sd_event_new(&told.loop) < 0)
		return -1;
	notify_config_defaults(&config);
	config.alertmanager.resend = 1;
	channel_init(&channel, NOTIFY_ALERTMANAGER, told.loop, &calls);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	alertmanager_free(manager);
	manager = NULL;
	channel_close(&channel);
	sd_event_unref(told.loop);
	listening_end(&server);
	return 0;
}

/* Makes it, or gives it another configuration: ports of this host, 0 for none. */
static void aim(unsigned first, unsigned second)
{
	struct failure failure;
	size_t used;

	snprintf(config.alertmanager.url, sizeof(config.alertmanager.url), "http://127.0.0.1:%u",
		 first);
	used = strlen(config.alertmanager.url);
	if (second)
		snprintf(config.alertmanager.url + used, sizeof(config.alertmanager.url) - used,
			 " http://127.0.0.1:%u", second);
	if (manager)
		assert_int_equal(alertmanager_configure(manager, &config, &failure), 0);
	else
		assert_int_equal(alertmanager_new(&manager, &channel, &config, &failure), 0);
}

static int tell(uint64_t event_id, uint64_t incident, enum notice_step step)
{
	struct notice notice = usual_notice(event_id, incident);

	notice.pid = (int32_t)incident;
	notice.step = step;
	if (step == NOTICE_ENDED)
		end_notice(&notice, INCIDENT_RECOVERED, STATE_WARNING);
	return alertmanager_take(manager, &notice);
}

static void await_documents(struct listening *l, unsigned wanted)
{
	uint64_t end = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;

	while (listening_count(l) < wanted && clock_usec(CLOCK_MONOTONIC) < end)
		run_for(told.loop, 10000);
	assert_true(listening_count(l) >= wanted);
}

/* A time of the first alert of a document. */
static const char *time_of(struct listening *l, unsigned document, const char *name)
{
	return json_string_value(json_object_get(json_array_get(l->documents[document], 0), name));
}

static void test_until_it_is_over(void **state)
{
	unsigned count;

	(void)state;
	aim(server.port, 0);
	run_for(told.loop, 100000);
	assert_int_equal(server.attempts, 0); /* where there is nothing to tell, nothing is told */
	assert_int_equal(tell(1, 7, NOTICE_RAISED), 0);
	run_until(told.loop, &told.done, 1);
	await_documents(&server, 3); /* again and again */
	assert_string_equal(server.path, "/api/v2/alerts");
	assert_true(strcmp(time_of(&server, 0, "endsAt"), time_of(&server, 2, "endsAt")) < 0);
	assert_string_equal(time_of(&server, 0, "startsAt"), time_of(&server, 2, "startsAt"));
	assert_int_equal(told.done, 1); /* but it is done once */
	assert_int_equal(tell(2, 7, NOTICE_ENDED), 0);
	run_until(told.loop, &told.done, 2);
	count = listening_count(&server);
	assert_string_equal(time_of(&server, count - 1, "endsAt"), "2024-05-06T07:08:09.000010Z");
	run_for(told.loop, 2200000);
	assert_int_equal(listening_count(&server), count);
	assert_int_equal(channel.status.told_total, 2);
	assert_string_equal(told.log, "");
}

/* Nobody there, from first sign to end: it waits, is said once, and is told in the end. */
static void test_down(void **state)
{
	unsigned port = server.port;

	(void)state;
	listening_end(&server);
	aim(port, 0);
	tell(1, 7, NOTICE_RAISED);
	tell(2, 7, NOTICE_ENDED);
	tell(3, 8, NOTICE_RAISED);
	while (channel.status.failed_total < 2)
		run_for(told.loop, 10000);
	assert_int_equal(told.done, 0);
	assert_int_equal(told.lines, 1);
	assert_non_null(strstr(told.log, "can't be told"));
	listening_begin(&server, port);
	run_until(told.loop, &told.done, 3);
	assert_int_equal(told.lines, 2);
	assert_non_null(strstr(told.log, "is told again"));
	assert_int_equal(json_array_size(server.documents[0]), 2);
}

static void test_refused(void **state)
{
	(void)state;
	server.status = 500;
	aim(server.port, 0);
	tell(1, 7, NOTICE_RAISED);
	while (server.attempts < 2)
		run_for(told.loop, 10000);
	assert_int_equal(told.done, 0);
	assert_int_equal(told.lines, 1);
	server.status = 200;
	run_until(told.loop, &told.done, 1);
}

/* All of a cluster are told; one that has it is enough, and one that is dead keeps no end alive. */
static void test_cluster(void **state)
{
	unsigned dead;

	(void)state;
	listening_begin(&other, 0);
	dead = other.port;
	aim(server.port, other.port);
	tell(1, 7, NOTICE_RAISED);
	await_documents(&server, 1);
	await_documents(&other, 1);
	assert_int_equal(told.done, 1);
	listening_end(&other);
	tell(2, 7, NOTICE_ENDED);
	run_until(told.loop, &told.done, 2);
	listening_begin(&other, dead);
	await_documents(&other, 1); /* when it is back it is told the end, too */
	assert_string_equal(time_of(&other, 0, "endsAt"), "2024-05-06T07:08:09.000010Z");
	listening_end(&other);
}

static void test_batches(void **state)
{
	size_t sum = 0;

	(void)state;
	config.alertmanager.resend = 600;
	aim(server.port, 0);
	for (unsigned i = 1; i <= 150; i++)
		assert_int_equal(tell(i, i, NOTICE_RAISED), 0);
	run_until(told.loop, &told.done, 150);
	for (unsigned i = 0; i < server.count; i++) {
		assert_true(json_array_size(server.documents[i]) <= 64);
		sum += json_array_size(server.documents[i]);
	}
	assert_int_equal(sum, 150);
}

/* One that accepts and never answers holds up nothing here. */
static void test_hangs(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);
	uint64_t begun;

	(void)state;
	assert_int_equal(bind(deaf, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(deaf, 5), 0);
	getsockname(deaf, (struct sockaddr *)&address, &size);
	aim(ntohs(address.sin_port), server.port);
	tell(1, 7, NOTICE_RAISED);
	begun = clock_usec(CLOCK_MONOTONIC);
	run_until(told.loop, &told.done, 1); /* by the other */
	alertmanager_free(manager);
	manager = NULL;
	assert_true(clock_usec(CLOCK_MONOTONIC) - begun < 5000000);
	close(deaf);
}

/* Another server is told of what stands; what it was told before does not count. */
static void test_configured_anew(void **state)
{
	struct failure failure;

	(void)state;
	config.alertmanager.resend = 600;
	aim(server.port, 0);
	tell(1, 7, NOTICE_RAISED);
	run_until(told.loop, &told.done, 1);
	listening_begin(&other, 0);
	aim(other.port, 0);
	await_documents(&other, 1);
	PUT_TEXT(config.alertmanager.url, "nonsense");
	assert_int_equal(alertmanager_configure(manager, &config, &failure), -EINVAL);
	tell(2, 8, NOTICE_RAISED);
	run_until(told.loop, &told.done, 2);
	assert_int_equal(listening_count(&other), 2);
	assert_int_equal(listening_count(&server), 1);
	alertmanager_free(manager);
	manager = NULL;
	listening_end(&other);
}

/* It comes back as the configuration is read anew: the log says so all the same. */
static void test_back_with_a_configuration(void **state)
{
	unsigned port = server.port;

	(void)state;
	listening_end(&server);
	aim(port, 0);
	tell(1, 7, NOTICE_RAISED);
	while (!channel.status.failed_total)
		run_for(told.loop, 10000);
	assert_int_equal(told.lines, 1);
	listening_begin(&server, port);
	aim(port, 0);
	run_until(told.loop, &told.done, 1);
	assert_int_equal(told.lines, 2);
	assert_non_null(strstr(told.log, "is told again"));
	aim(port, 0);
	await_documents(&server, 2);
	run_for(told.loop, 50000);
	assert_int_equal(told.lines, 2);
}

/* An alarm that was no warning has nothing to be told. */
static void test_nothing_to_tell(void **state)
{
	struct notice notice = usual_notice(1, 7);

	(void)state;
	aim(server.port, 0);
	notice.state = STATE_GROWING;
	notice.previous = STATE_OK;
	notice.worst = STATE_GROWING;
	assert_int_equal(alertmanager_take(manager, &notice), 0);
	assert_int_equal(told.done, 1);
	run_for(told.loop, 100000);
	assert_int_equal(server.attempts, 0);
}

/* Handed over once more, as after there was no room: it is done once more, and told no more often.
 */
static void test_handed_over_again(void **state)
{
	(void)state;
	config.alertmanager.resend = 600;
	aim(server.port, 0);
	tell(1, 7, NOTICE_RAISED);
	run_until(told.loop, &told.done, 1);
	tell(1, 7, NOTICE_RAISED);
	run_until(told.loop, &told.done, 2);
	run_for(told.loop, 200000);
	assert_int_equal(listening_count(&server), 1);
}

/* The same process alarmed anew before the end of the former alarm could be told. */
static void test_goes_on(void **state)
{
	unsigned port = server.port;
	struct notice notice;

	(void)state;
	listening_end(&server);
	aim(port, 0);
	tell(1, 7, NOTICE_RAISED);
	tell(2, 7, NOTICE_ENDED);
	notice = usual_notice(3, 8);
	notice.pid = 7;
	assert_int_equal(alertmanager_take(manager, &notice), 0);
	assert_int_equal(told.done, 2); /* the former is of no interest any more */
	listening_begin(&server, port);
	run_until(told.loop, &told.done, 3);
	assert_int_equal(json_array_size(server.documents[0]), 1);
	assert_string_not_equal(time_of(&server, 0, "endsAt"), "2024-05-06T07:08:09.000010Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_until_it_is_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_down, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cluster, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_batches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_configured_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_back_with_a_configuration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_to_tell, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_handed_over_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
	};

	curl_global_init(CURL_GLOBAL_DEFAULT);
	return RUN_TESTS(tests);
}
