// SPDX-License-Identifier: BSD-2-Clause
#include "serve/metrics_cache.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"

#define GZIP_WINDOW (15 + 16) /* the largest, in gzip's own wrapping */
#define GZIP_MEMORY 8         /* zlib's default */

void metrics_cache_clear(struct metrics_cache *cache)
{
	for (int format = 0; format < EXPOSITION_FORMATS; format++) {
		for (int gzip = 0; gzip < 2; gzip++) {
			if (cache->responses[format][gzip])
				MHD_destroy_response(cache->responses[format][gzip]);
			cache->responses[format][gzip] = NULL;
		}
	}
}

/* The caller frees *packed. False without memory. */
static bool pack(const char *text, size_t length, char **packed, size_t *size)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)length};
	int r;

	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	*size = deflateBound(&stream, length);
	*packed = malloc(*size);
	stream.next_out = (Bytef *)*packed;
	stream.avail_out = (uInt)*size;
	r = *packed ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
	*size = stream.total_out;
	deflateEnd(&stream);
	return r == Z_STREAM_END;
}

/* Takes the text over. */
static struct MHD_Response *respond(char *text, size_t length, enum exposition_format format,
				    bool gzip)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);

	if (!response) {
		free(text);
		return NULL;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				exposition_content_type(format));
	MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
	if (gzip)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return response;
}

static struct MHD_Response *write_response(const struct metrics_source *source,
					   enum exposition_format format, bool gzip)
{
	_free_ char *packed = NULL;
	_free_ char *text = NULL;
	size_t length, size;

	if (metrics_write(source, format, &text, &length) < 0)
		return NULL;
	if (!gzip)
		return respond(TAKE_PTR(text), length, format, false);
	if (!pack(text, length, &packed, &size))
		return NULL;
	return respond(TAKE_PTR(packed), size, format, true);
}

static bool wants_gzip(struct MHD_Connection *request)
{
	const char *accepted = MHD_lookup_connection_value(request, MHD_HEADER_KIND,
							   MHD_HTTP_HEADER_ACCEPT_ENCODING);
	const char *found = accepted ? strcasestr(accepted, "gzip") : NULL;

	/* "gzip;q=0" says that it is not wanted. */
	return found && strncmp(found, "gzip;q=0", strlen("gzip;q=0")) != 0;
}

struct MHD_Response *metrics_cache_get(struct metrics_cache *cache, struct MHD_Connection *request)
{
	enum exposition_format format = exposition_accepted(
		MHD_lookup_connection_value(request, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	bool gzip = wants_gzip(request);
	struct MHD_Response **response = &cache->responses[format][gzip];

	if (cache->polls != cache->source.status->polls)
		metrics_cache_clear(cache);
	cache->polls = cache->source.status->polls;
	if (!*response)
		*response = write_response(&cache->source, format, gzip);
	return *response;
}
