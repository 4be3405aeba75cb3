// SPDX-License-Identifier: BSD-2-Clause
#include "serve/web_auth.h"

#include <crypt.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "cleanup.h"
#include "worker.h"

#define WAITING_MAX 64 /* of at most 128 connections */
#define KNOWN_MAX 64
#define TEXT_MAX 256
#define DIGEST_SIZE 32 /* SHA-256 */

enum stage {
	STAGE_FREE,
	STAGE_ASKED,
	STAGE_CHECKED,
};

struct question {
	enum stage stage;
	uint64_t turn; /* who asked first is answered first */
	bool real;     /* the user is one */
	bool right;
	void *request; /* NULL: nobody waits for it any more */
	char hash[CRYPT_OUTPUT_SIZE];
	char password[TEXT_MAX];
	unsigned char digest[DIGEST_SIZE];
};

/* Shared with the thread. */
struct desk {
	struct worker worker;
	pthread_cond_t asked;
	int checked; /* eventfd */
	uint64_t turns;
	struct question questions[WAITING_MAX];
};

struct web_auth {
	struct desk *desk;
	sd_event_source *source;
	web_auth_done *done;
	size_t known_next;
	unsigned char known[KNOWN_MAX][DIGEST_SIZE]; /* of user, password and hash that fit */
};

static void leave(struct desk *desk)
{
	if (!worker_leave(&desk->worker))
		return;
	close(desk->checked);
	pthread_cond_destroy(&desk->asked);
	pthread_mutex_destroy(&desk->worker.lock);
	explicit_bzero(desk, sizeof(*desk));
	free(desk);
}

static struct question *next_question(struct desk *desk)
{
	struct question *first = NULL;

	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct question *question = &desk->questions[i];

		if (question->stage == STAGE_ASKED && (!first || question->turn < first->turn))
			first = question;
	}
	return first;
}

static bool is_right(const struct question *question, struct crypt_data *data)
{
	const char *hash = crypt_r(question->password, question->hash, data);

	return hash && !strcmp(hash, question->hash) && question->real;
}

static void *check_questions(void *shared)
{
	_free_ struct crypt_data *data = calloc(1, sizeof(*data)); /* 32 KiB */
	struct desk *desk = shared;

	pthread_mutex_lock(&desk->worker.lock);
	while (!desk->worker.stop) {
		struct question *question = next_question(desk), copy;

		if (!question) {
			pthread_cond_wait(&desk->asked, &desk->worker.lock);
			continue;
		}
		copy = *question;
		pthread_mutex_unlock(&desk->worker.lock);
		copy.right = data && is_right(&copy, data);
		pthread_mutex_lock(&desk->worker.lock);
		question->right = copy.right;
		question->stage = STAGE_CHECKED;
		explicit_bzero(&copy, sizeof(copy));
		explicit_bzero(question->password, sizeof(question->password));
		eventfd_write(desk->checked, 1);
	}
	leave(desk);
	return NULL;
}

static void remember(struct web_auth *auth, const unsigned char digest[DIGEST_SIZE])
{
	memcpy(auth->known[auth->known_next++ % KNOWN_MAX], digest, DIGEST_SIZE);
}

static bool is_known(const struct web_auth *auth, const unsigned char digest[DIGEST_SIZE])
{
	for (size_t i = 0; i < KNOWN_MAX && i < auth->known_next; i++)
		if (!memcmp(auth->known[i], digest, DIGEST_SIZE))
			return true;
	return false;
}

static int on_checked(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct web_auth *auth = data;
	struct desk *desk = auth->desk;
	eventfd_t count;

	(void)source, (void)events;
	eventfd_read(fd, &count);
	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct question *question = &desk->questions[i];
		bool right, checked;
		void *request;

		pthread_mutex_lock(&desk->worker.lock);
		checked = question->stage == STAGE_CHECKED;
		right = question->right;
		request = question->request;
		if (checked)
			question->stage = STAGE_FREE;
		pthread_mutex_unlock(&desk->worker.lock);
		if (!checked)
			continue;
		if (right)
			remember(auth, question->digest);
		if (request)
			auth->done(request, right);
	}
	return 0;
}

static struct desk *desk_new(void)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (!desk)
		return NULL;
	pthread_cond_init(&desk->asked, NULL);
	desk->checked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (desk->checked >= 0 && !worker_start(&desk->worker, check_questions, desk))
		return desk;
	if (desk->checked >= 0) {
		close(desk->checked);
		pthread_mutex_destroy(&desk->worker.lock);
	}
	pthread_cond_destroy(&desk->asked);
	free(desk);
	return NULL;
}

int web_auth_start(struct web_auth **auth, sd_event *loop, web_auth_done *done)
{
	struct web_auth *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	a->done = done;
	a->desk = desk_new();
	r = a->desk ? sd_event_add_io(loop, &a->source, a->desk->checked, EPOLLIN, on_checked, a)
		    : -ENOMEM;
	if (r < 0) {
		web_auth_stop(a);
		return r;
	}
	*auth = a;
	return 0;
}

void web_auth_stop(struct web_auth *auth)
{
	pthread_t thread;

	if (!auth)
		return;
	sd_event_source_disable_unref(auth->source);
	if (auth->desk) {
		thread = auth->desk->worker.thread;
		pthread_mutex_lock(&auth->desk->worker.lock);
		auth->desk->worker.stop = true;
		pthread_cond_signal(&auth->desk->asked);
		leave(auth->desk);
		worker_join(thread);
	}
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

/* Of all that has to fit; a changed password file makes another of it. */
static int digest_of(const struct question *question, const char *user,
		     unsigned char digest[DIGEST_SIZE])
{
	char text[3 * TEXT_MAX + CRYPT_OUTPUT_SIZE];
	int length = snprintf(text, sizeof(text), "%s%c%s%c%s", user, 0, question->password, 0,
			      question->hash);
	int r = length < (int)sizeof(text)
			? gnutls_hash_fast(GNUTLS_DIG_SHA256, text, (size_t)length, digest)
			: -1;

	explicit_bzero(text, sizeof(text));
	return r;
}

static void fill(struct question *question, const struct web_config *config, const char *user,
		 const char *password)
{
	*question = (struct question){};
	/* Whoever is unknown takes as long as one who is known. */
	if (config->user_count)
		snprintf(question->hash, sizeof(question->hash), "%s", config->users[0].hash);
	snprintf(question->password, sizeof(question->password), "%s", password);
	for (size_t i = 0; i < config->user_count; i++) {
		if (strcmp(config->users[i].name, user) != 0)
			continue;
		snprintf(question->hash, sizeof(question->hash), "%s", config->users[i].hash);
		question->real = true;
	}
}

static enum web_verdict ask(struct desk *desk, const struct question *question)
{
	enum web_verdict verdict = WEB_BUSY;

	pthread_mutex_lock(&desk->worker.lock);
	for (size_t i = 0; verdict == WEB_BUSY && i < WAITING_MAX; i++) {
		if (desk->questions[i].stage != STAGE_FREE)
			continue;
		desk->questions[i] = *question;
		desk->questions[i].stage = STAGE_ASKED;
		desk->questions[i].turn = desk->turns++;
		pthread_cond_signal(&desk->asked);
		verdict = WEB_PENDING;
	}
	pthread_mutex_unlock(&desk->worker.lock);
	return verdict;
}

enum web_verdict web_auth_check(struct web_auth *auth, const struct web_config *config,
				const char *user, const char *password, void *request)
{
	struct question question;
	enum web_verdict verdict;

	if (strlen(user) >= TEXT_MAX || strlen(password) >= TEXT_MAX)
		return WEB_DENIED;
	fill(&question, config, user, password);
	question.request = request;
	if (digest_of(&question, user, question.digest) < 0)
		verdict = WEB_DENIED;
	else if (question.real && is_known(auth, question.digest))
		verdict = WEB_ALLOWED;
	else
		verdict = ask(auth->desk, &question);
	explicit_bzero(&question, sizeof(question));
	return verdict;
}

void web_auth_refuse_all(struct web_auth *auth)
{
	for (size_t i = 0; auth && i < WAITING_MAX; i++) {
		struct question *question = &auth->desk->questions[i];
		void *request;

		pthread_mutex_lock(&auth->desk->worker.lock);
		request = question->stage == STAGE_FREE ? NULL : question->request;
		question->request = NULL;
		pthread_mutex_unlock(&auth->desk->worker.lock);
		if (request)
			auth->done(request, false);
	}
}

void web_auth_forget(struct web_auth *auth, const void *request)
{
	struct desk *desk = auth->desk;

	pthread_mutex_lock(&desk->worker.lock);
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (desk->questions[i].request == request)
			desk->questions[i].request = NULL;
	pthread_mutex_unlock(&desk->worker.lock);
}
