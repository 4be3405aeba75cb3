// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch track, fdwatch untrack: follow every descriptor of a process, or no more. */
#include <inttypes.h>
#include <stdio.h>

#include "client.h"
#include "command.h"
#include "options.h"
#include "safe.h"

static const char help[] =
	"Usage: fdwatch track PID [--json]\n"
	"       fdwatch untrack PID [--json]\n"
	"Begins to follow every descriptor of a process and where it is opened, or ends\n"
	"that; fdwatch leaks PID shows what came of it. What is untracked is not tracked\n"
	"by itself again while it lives and fdwatchd runs.\n"
	"\n"
	"  --json         print the daemon's answer as it came\n"
	"  --socket PATH  the daemon's socket\n";

static int print_nothing(const struct response *response)
{
	json_auto_t *answer = response_json(response);

	return answer ? EXIT_DONE : EXIT_FAILED;
}

static int set(struct context *context, int argc, char **argv, const char *method)
{
	__attribute__((cleanup(response_clear))) struct response response = {0};
	char path[64];
	int64_t pid;
	int result = options_only_pid(context, argc, argv, help, &pid);

	if (result != OPTIONS_END)
		return result;
	snprintf(path, sizeof(path), "/v1/processes/%" PRId64 "/track", pid);
	result = client_send(context->socket_path, method, path, NULL, &response);
	if (result < 0)
		return client_failed(result, context->socket_path);
	result = response_check(&response);
	if (result != EXIT_DONE || !context->json)
		return result != EXIT_DONE ? result : print_nothing(&response);
	fwrite(response.body, 1, response.length, stdout);
	return EXIT_DONE;
}

int command_track(struct context *context, int argc, char **argv)
{
	return set(context, argc, argv, "PUT");
}

int command_untrack(struct context *context, int argc, char **argv)
{
	return set(context, argc, argv, "DELETE");
}
