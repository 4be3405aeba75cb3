// SPDX-License-Identifier: BSD-2-Clause
#include "notify/post.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"
#include "notify/credentials.h"

#define CONNECT_SECONDS 5L
#define TOTAL_SECONDS 15L
#define ANSWER_SIZE 256      /* kept of what the server says */
#define ANSWER_MAX (1 << 20) /* bytes: whoever says more is cut short */

struct post {
	CURL *curl;
	struct curl_slist *headers;
	size_t length; /* of answer */
	size_t came;   /* bytes that the server has said */
	char credentials_file[256];
	char answer[ANSWER_SIZE];
	char error[CURL_ERROR_SIZE];
};

/* Whether the URL has this part; CURLUE_OK and "/" for the path of none. */
static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	bool found = !curl_url_get(url, part, &text, 0) && *text;

	curl_free(text);
	return found;
}

static bool is_http(CURLU *url)
{
	char *scheme = NULL;
	bool http = !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) &&
		    (!strcmp(scheme, "http") || !strcmp(scheme, "https"));

	curl_free(scheme);
	return http;
}

int post_check(const char *text, struct failure *failure)
{
	CURLU *url = curl_url();
	int r = 0;

	if (!url)
		return fail(failure, -ENOMEM, "out of memory");
	if (curl_url_set(url, CURLUPART_URL, text, 0) || !is_http(url))
		r = fail(failure, -EINVAL,
			 "url must be of the form http://HOST:PORT or https://HOST:PORT");
	else if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
		r = fail(failure, -EINVAL,
			 "user and password do not belong in url: name a credentials_file");
	else if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
		r = fail(failure, -EINVAL, "url must end with the path");
	curl_url_cleanup(url);
	return r;
}

/* Keeps the beginning; the rest is read, so that the connection can be used again. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *data)
{
	struct post *post = data;
	size_t room = sizeof(post->answer) - 1 - post->length;
	size_t taken = count < room ? count : room;

	(void)size;
	post->came += count;
	if (post->came > ANSWER_MAX)
		return CURL_WRITEFUNC_ERROR;
	memcpy(post->answer + post->length, bytes, taken);
	post->length += taken;
	post->answer[post->length] = '\0';
	return count;
}

static CURLcode set_options(struct post *post, const char *url, const char *ca_file)
{
	CURL *curl = post->curl;
	CURLcode r = curl_easy_setopt(curl, CURLOPT_URL, url);

	r = r ?: curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	r = r ?: curl_easy_setopt(curl, CURLOPT_HTTPHEADER, post->headers);
	r = r ?: curl_easy_setopt(curl, CURLOPT_USERAGENT, "fdwatchd/" FDW_VERSION);
	r = r ?: curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	r = r ?: curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	r = r ?: curl_easy_setopt(curl, CURLOPT_TIMEOUT, TOTAL_SECONDS);
	r = r ?: curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	r = r ?: curl_easy_setopt(curl, CURLOPT_WRITEDATA, post);
	r = r ?: curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, post->error);
	if (*ca_file)
		r = r ?: curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
	return r;
}

int post_new(struct post **post, const char *url, const char *ca_file, const char *credentials_file,
	     struct failure *failure)
{
	struct post *n = calloc(1, sizeof(*n));
	struct curl_slist *more;

	if (!n)
		return fail(failure, -ENOMEM, "out of memory");
	n->curl = curl_easy_init();
	n->headers = curl_slist_append(NULL, "Content-Type: application/json");
	more = curl_slist_append(n->headers, "Expect:"); /* no round trip before the body */
	if (!n->curl || !n->headers || !more || set_options(n, url, ca_file)) {
		post_free(n);
		return fail(failure, -ENOMEM, "libcurl can't be used for %s", url);
	}
	snprintf(n->credentials_file, sizeof(n->credentials_file), "%s", credentials_file);
	*post = n;
	return 0;
}

void post_free(struct post *post)
{
	if (!post)
		return;
	curl_easy_cleanup(post->curl);
	curl_slist_free_all(post->headers);
	free(post);
}

/* Each time anew, since they are changed from time to time. */
static int take_credentials(struct post *post, struct failure *failure)
{
	char credentials[CREDENTIALS_SIZE];
	int r;

	if (!*post->credentials_file)
		return 0;
	r = credentials_read(post->credentials_file, credentials, failure);
	if (!r && curl_easy_setopt(post->curl, CURLOPT_USERPWD, credentials))
		r = fail(failure, -ENOMEM, "out of memory");
	explicit_bzero(credentials, sizeof(credentials));
	return r;
}

int post_send(struct post *post, const char *json, char error[POST_ERROR_SIZE])
{
	char said[POST_ERROR_SIZE - 64];
	struct failure failure;
	CURLcode r;
	long status = 0;

	if (take_credentials(post, &failure)) {
		text_spell(error, POST_ERROR_SIZE, failure.text);
		return -EACCES;
	}
	post->length = post->came = 0;
	post->answer[0] = post->error[0] = '\0';
	r = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, json);
	r = r ?: curl_easy_perform(post->curl);
	if (r) {
		text_spell(error, POST_ERROR_SIZE,
			   post->came > ANSWER_MAX ? "its answer has no end"
			   : *post->error          ? post->error
						   : curl_easy_strerror(r));
		return -EIO;
	}
	curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	post->answer[strcspn(post->answer, "\r\n")] = '\0';
	text_spell(said, sizeof(said), post->answer);
	snprintf(error, POST_ERROR_SIZE, "HTTP status %ld%s%s", status, *said ? ": " : "", said);
	return -EPROTO;
}
