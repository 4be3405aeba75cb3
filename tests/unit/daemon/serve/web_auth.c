// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_auth.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

#define SECRET_HASH "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define SECRET_HASH_OF_ANOTHER_KIND \
	"$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/" \
	"S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm."
#define SLOW_HASH \
	"$2b$12$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW" /* a third of a second */
#define WAIT_USEC 10000000ULL
#define ROOM 64 /* for who waits */

static char reader[] = "reader", other[] = "other", hash[] = SECRET_HASH,
	    other_hash[] = SECRET_HASH_OF_ANOTHER_KIND, slow_hash[] = SLOW_HASH;

/* A request: what it was told. */
struct request {
	int told;
	bool allowed;
};

static void on_done(void *data, bool allowed)
{
	struct request *request = data;

	request->told++;
	request->allowed = allowed;
}

struct fixture {
	sd_event *loop;
	struct web_auth *auth;
	struct web_config config;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){
		.config = {.user_count = 2, .users = {{reader, hash}, {other, other_hash}}}};
	*state = &f;
	return sd_event_new(&f.loop) < 0 || web_auth_start(&f.auth, f.loop, on_done) < 0;
}

static int stop(void **state)
{
	struct fixture *f = *state;

	web_auth_stop(f->auth);
	sd_event_unref(f->loop);
	return 0;
}

static void await(struct fixture *f, const struct request *request)
{
	while (!request->told)
		if (sd_event_run(f->loop, WAIT_USEC) <= 0)
			fail_msg("nothing was told");
}

/* Asks, and waits where that is due. */
static bool ask(struct fixture *f, const char *user, const char *password)
{
	struct request request = {};

	switch (web_auth_check(f->auth, &f->config, user, password, &request)) {
	case WEB_ALLOWED:
		return true;
	case WEB_PENDING:
		await(f, &request);
		return request.allowed;
	default:
		return false;
	}
}

static void right_and_wrong(void **state)
{
	struct fixture *f = *state;
	char long_text[600];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_true(ask(f, "reader", "secret"));
	assert_true(ask(f, "other", "secret"));
	assert_false(ask(f, "reader", "Secret"));
	assert_false(ask(f, "reader", ""));
	assert_false(ask(f, "", ""));
	assert_false(ask(f, "nobody", "secret"));
	assert_false(ask(f, "nobody", SECRET_HASH));
	assert_false(ask(f, "reader", SECRET_HASH));
	assert_false(ask(f, long_text, "secret"));
	assert_false(ask(f, "reader", long_text));
	/* A first user's password is not everybody's. */
	assert_false(ask(f, "readers", "secret"));
}

/* At once, without another look, until the user has another hash. */
static void what_was_right_is_known(void **state)
{
	struct fixture *f = *state;
	struct request request = {};

	assert_true(ask(f, "reader", "secret"));
	assert_int_equal(web_auth_check(f->auth, &f->config, "reader", "secret", &request),
			 WEB_ALLOWED);
	assert_int_equal(web_auth_check(f->auth, &f->config, "reader", "wrong", &request),
			 WEB_PENDING);
	f->config.users[0].hash = slow_hash;
	assert_int_equal(web_auth_check(f->auth, &f->config, "reader", "secret", &request),
			 WEB_PENDING);
	web_auth_forget(f->auth, &request);
}

/* One more than there is room for is told to come again; who waits is told once. */
static void many(void **state)
{
	struct fixture *f = *state;
	struct request requests[ROOM + 1] = {};
	char password[32];

	for (int i = 0; i < ROOM; i++) {
		snprintf(password, sizeof(password), i % 2 ? "secret" : "wrong%d", i);
		assert_int_equal(
			web_auth_check(f->auth, &f->config, "reader", password, &requests[i]),
			WEB_PENDING);
	}
	assert_int_equal(web_auth_check(f->auth, &f->config, "reader", "x", &requests[ROOM]),
			 WEB_BUSY);
	for (int i = 0; i < ROOM; i++) {
		await(f, &requests[i]);
		assert_int_equal(requests[i].told, 1);
		assert_int_equal(requests[i].allowed, i % 2);
	}
	assert_int_equal(requests[ROOM].told, 0);
	assert_true(ask(f, "reader", "secret"));
}

/* The loop is never held up: a check that takes the thread long has returned long before. */
static void slow_ones(void **state)
{
	struct fixture *f = *state;
	struct request slow[4] = {};
	struct request one = {};
	struct timespec begin, end;
	double seconds;

	f->config.users[0].hash = slow_hash;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (int i = 0; i < 4; i++)
		assert_int_equal(web_auth_check(f->auth, &f->config, "reader", "x", &slow[i]),
				 WEB_PENDING);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	assert_true(seconds < 0.1); /* of this thread: one hash takes more */
	assert_int_equal(web_auth_check(f->auth, &f->config, "other", "secret", &one), WEB_PENDING);
	await(f, &one); /* after the four, in turn */
	assert_true(one.allowed);
	for (int i = 0; i < 4; i++)
		assert_int_equal(slow[i].told, 1);
}

/* Who has gone is told nothing; the others are, when all is to end. */
static void gone(void **state)
{
	struct fixture *f = *state;
	struct request left = {}, stays = {}, last = {};

	f->config.users[0].hash = slow_hash;
	web_auth_check(f->auth, &f->config, "reader", "secret", &left);
	web_auth_check(f->auth, &f->config, "other", "secret", &stays);
	web_auth_forget(f->auth, &left);
	await(f, &stays);
	assert_true(stays.allowed);
	assert_int_equal(left.told, 0);
	web_auth_check(f->auth, &f->config, "reader", "secret", &last);
	web_auth_refuse_all(f->auth);
	assert_int_equal(last.told, 1);
	assert_false(last.allowed);
	web_auth_refuse_all(NULL);
	web_auth_stop(NULL);
}

#define WITH_AUTH(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_AUTH(right_and_wrong),
		WITH_AUTH(what_was_right_is_known),
		WITH_AUTH(many),
		WITH_AUTH(slow_ones),
		WITH_AUTH(gone),
	};

	return RUN_TESTS(tests);
}
