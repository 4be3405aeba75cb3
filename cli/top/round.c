// SPDX-License-Identifier: BSD-2-Clause
#include "top/round.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor.h"
#include "listing.h"
#include "top/reader.h"
#include "top/sites.h"

#define OK 200
#define PATH_SIZE 128
#define LATE 1.5 /* intervals: on a busy host its polls are late, and more of them are no help */

static int ask(const struct asker *asker, const char *method, const char *path,
	       struct response *response)
{
	struct stream stream = {.watch = &asker->stop, .watch_count = 1, .ends = true};

	return client_send(asker->socket_path, method, path, &stream, response);
}

static int take_piece(const char *bytes, size_t length, void *data)
{
	return reader_feed(data, bytes, length);
}

static int read_rows(const struct asker *asker, const char *path, struct rows *rows)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	struct reader *reader = reader_new(rows);
	struct stream stream = {
		.piece = take_piece,
		.data = reader,
		.watch = &asker->stop,
		.watch_count = 1,
		.ends = true,
	};
	int error;
	int end;

	if (!reader)
		return -ENOMEM;
	error = client_stream(asker->socket_path, path, &stream, &response);
	end = reader_end(reader);
	if (error == 0 && response.status != OK)
		return -EPROTO;
	return error ? error : end;
}

int round_rows(const struct asker *asker, double max_age, struct rows **rows)
{
	char path[PATH_SIZE] = "/v1/rows";
	int error;

	if (max_age > 0)
		snprintf(path, sizeof(path), "/v1/rows?max_age_seconds=%.3f", max_age);
	*rows = calloc(1, sizeof(**rows));
	if (!*rows)
		return -ENOMEM;
	error = read_rows(asker, path, *rows);
	if (error < 0)
		rows_freep(rows);
	return error;
}

/* The answer as JSON, NULL where it is none. */
static int ask_json(const struct asker *asker, const char *path, long *status, json_t **json)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	int error = ask(asker, NULL, path, &response);

	*status = response.status;
	if (error == 0 && response.status == OK && response.body)
		*json = json_loadb(response.body, response.length, JSON_ALLOW_NUL, NULL);
	return error;
}

static int ask_status(const struct asker *asker, struct news *news)
{
	long status;

	return ask_json(asker, "/v1/status", &status, &news->status);
}

static int ask_sites(const struct asker *asker, struct news *news)
{
	json_t *answer = NULL;
	int error = ask_json(asker, "/v1/sites?wait=0", &news->sites_status, &answer);

	if (answer)
		news->sites = sites_read(answer, news->rows);
	json_decref(answer);
	return error;
}

int round_sites(const struct asker *asker, const struct rows *processes, struct rows **sites)
{
	json_auto_t *answer = NULL;
	long status;
	int error = ask_json(asker, "/v1/sites", &status, &answer);

	*sites = answer ? sites_read(answer, processes) : NULL;
	return error == 0 && !*sites ? -EPROTO : error;
}

static int ask_incident(const struct asker *asker, uint64_t id, struct news *news)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/v1/incidents/%" PRIu64, id);
	news->incident_id = id;
	return ask_json(asker, path, &news->incident_status, &news->incident);
}

/* A process can have a million descriptors: they go into a table, and the rest is JSON. */
static int ask_process(const struct asker *asker, int32_t pid, struct news *news)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	__attribute__((cleanup(text_free))) struct text rest = {0};
	char path[PATH_SIZE];
	int error;

	snprintf(path, sizeof(path), "/v1/processes/%" PRId32 "?wait=0", pid);
	error = ask(asker, NULL, path, &response);
	news->pid = pid;
	news->detail_status = response.status;
	if (error < 0 || response.status != OK || !response.body)
		return error;
	news->descriptors = descriptor_table();
	if (listing_read(response.body, response.length, news->descriptors, &rest) && !rest.failed)
		news->detail = json_loadb(rest.bytes, rest.length, JSON_ALLOW_NUL, NULL);
	return news->detail ? 0 : -EPROTO;
}

int round_make(const struct asker *asker, const struct wish *wish, struct news *news)
{
	/* A poll is made for this only where the daemon's own come too seldom. */
	int error = round_rows(asker, wish->interval * LATE, &news->rows);

	if (error == 0)
		error = ask_status(asker, news);
	if (error == 0 && wish->pid)
		error = ask_process(asker, wish->pid, news);
	if (error == 0 && wish->sites)
		error = ask_sites(asker, news);
	if (error == 0 && wish->incidents)
		error = ask_json(asker, "/v1/incidents", &news->incidents_status, &news->incidents);
	if (error == 0 && wish->incident)
		error = ask_incident(asker, wish->incident, news);
	return error;
}

static char *error_text(const struct response *response)
{
	json_auto_t *json = NULL;
	const char *text = NULL;
	char *told = NULL;

	if (response->body)
		json = json_loadb(response->body, response->length, 0, NULL);
	text = json_string_value(json_object_get(json, "error"));
	if (text)
		return strdup(text);
	if (asprintf(&told, "fdwatchd answered with HTTP status %ld", response->status) < 0)
		return NULL;
	return told;
}

int round_track(const struct asker *asker, int32_t pid, bool track, struct news *news)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	char path[PATH_SIZE];
	int error;

	snprintf(path, sizeof(path), "/v1/processes/%" PRId32 "/track", pid);
	error = ask(asker, track ? "PUT" : "DELETE", path, &response);
	if (error < 0)
		return error;
	news->refused = response.status / 100 != 2;
	news->refused_pid = news->refused ? pid : 0;
	if (news->refused)
		news->told = error_text(&response);
	else if (asprintf(&news->told,
			  track ? "%d is tracked: what it opens from now on has its place"
				: "%d is no longer tracked, its call sites are forgotten; T tracks "
				  "it again",
			  pid) < 0)
		news->told = NULL;
	return 0;
}

int round_history(const struct asker *asker,
		  int (*line)(const char *line, size_t length, void *data), void *data)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	struct stream stream = {
		.line = line,
		.data = data,
		.watch = &asker->stop,
		.watch_count = 1,
		.ends = true,
	};

	return client_stream(asker->socket_path, "/v1/events", &stream, &response);
}
