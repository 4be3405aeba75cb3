/* SPDX-License-Identifier: BSD-2-Clause */
/* An HTTP server that answers as it is told, and keeps what it was sent. */
#ifndef TESTS_UNIT_DAEMON_NOTIFY_LISTENING_H
#define TESTS_UNIT_DAEMON_NOTIFY_LISTENING_H

#include <jansson.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "told.h"

#define DOCUMENTS_MAX 64

struct listening {
	struct MHD_Daemon *server;
	unsigned port;
	atomic_uint status;   /* of its answers */
	atomic_bool endless;  /* is what it answers */
	atomic_uint attempts; /* also those that it answered with a failure */
	pthread_mutex_t lock;
	unsigned count; /* of documents, taken with success */
	json_t *documents[DOCUMENTS_MAX];
	char path[64], type[64], user[64];
};

struct upload {
	char *text;
	size_t length;
};

static inline void listening_keep(struct listening *l, struct MHD_Connection *connection,
				  const char *path, const struct upload *upload)
{
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	char *password = NULL, *user = MHD_basic_auth_get_username_password(connection, &password);
	json_t *document = json_loadb(upload->text, upload->length, 0, NULL);

	pthread_mutex_lock(&l->lock);
	snprintf(l->path, sizeof(l->path), "%s", path);
	snprintf(l->type, sizeof(l->type), "%s", type ? type : "");
	snprintf(l->user, sizeof(l->user), "%s:%s", user ? user : "", password ? password : "");
	if (document && l->count < DOCUMENTS_MAX)
		l->documents[l->count++] = document;
	pthread_mutex_unlock(&l->lock);
	MHD_free(user);
	MHD_free(password);
}

static inline ssize_t listening_go_on(void *data, uint64_t at, char *buffer, size_t size)
{
	(void)data, (void)at;
	memset(buffer, 'a', size);
	return (ssize_t)size;
}

static inline enum MHD_Result listening_answer(void *data, struct MHD_Connection *connection,
					       const char *url, const char *method,
					       const char *version, const char *more, size_t *size,
					       void **context)
{
	static char refused[] = "not\x1b now\nmore";
	struct listening *l = data;
	struct upload *upload = *context;
	struct MHD_Response *response;
	enum MHD_Result r;

	(void)method, (void)version;
	if (!upload) {
		*context = calloc(1, sizeof(struct upload));
		return MHD_YES;
	}
	if (*size) {
		upload->text = realloc(upload->text, upload->length + *size);
		memcpy(upload->text + upload->length, more, *size);
		upload->length += *size;
		*size = 0;
		return MHD_YES;
	}
	l->attempts++;
	if (l->status < 300)
		listening_keep(l, connection, url, upload);
	response = l->endless
			   ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536,
							       listening_go_on, NULL, NULL)
			   : MHD_create_response_from_buffer(l->status < 300 ? 0 : strlen(refused),
							     refused, MHD_RESPMEM_PERSISTENT);
	r = MHD_queue_response(connection, l->status, response);
	MHD_destroy_response(response);
	free(upload->text);
	free(upload);
	return r;
}

/* At `port`, or 0 for one that is free. */
static inline void listening_begin(struct listening *l, unsigned port)
{
	l->status = 200;
	pthread_mutex_init(&l->lock, NULL);
	l->server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)port, NULL, NULL,
				     listening_answer, l, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
				     MHD_OPTION_END);
	assert_non_null(l->server);
	l->port = MHD_get_daemon_info(l->server, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static inline void listening_end(struct listening *l)
{
	if (l->server)
		MHD_stop_daemon(l->server);
	l->server = NULL;
	for (unsigned i = 0; i < l->count; i++)
		json_decref(l->documents[i]);
	l->count = 0;
	pthread_mutex_destroy(&l->lock);
}

static inline unsigned listening_count(struct listening *l)
{
	unsigned count;

	pthread_mutex_lock(&l->lock);
	count = l->count;
	pthread_mutex_unlock(&l->lock);
	return count;
}

#endif
