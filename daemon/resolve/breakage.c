// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/breakage.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"

#define LINE_BYTES 256
#define MINUTE_USEC 60000000ull
#define FAULTS_MAX 2                /* then the process's files are left alone */
#define BAN_USEC (10 * MINUTE_USEC) /* for so long */

__attribute__((format(printf, 2, 3))) static void say(const struct resolver *r, const char *format,
						      ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (r->handlers.log)
		r->handlers.log(line, r->handlers.data);
}

int breakage_start(struct resolver *r, uint64_t now)
{
	uint64_t *slot = &r->started_at[r->status.starts % RESOLVER_STARTS];
	int error;

	if (*slot && now - *slot < MINUTE_USEC)
		return -EAGAIN;
	error = link_start(r->link);
	if (error) {
		say(r, "the resolving process can't be started: %s", strerror(-error));
		return -EIO;
	}
	*slot = now;
	r->status.starts++;
	return 0;
}

bool breakage_is_clean(int status)
{
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void describe(char *text, size_t size, const struct resolver *r, int status)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (r->overdue)
		snprintf(text, size, "was ended, for it took too long");
	else if (signal == SIGSYS)
		snprintf(text, size, "was ended for a system call that it may not make");
	else if (signal == SIGXCPU)
		snprintf(text, size, "was ended for the processor time that it took");
	else if (signal)
		snprintf(text, size, "was ended by signal %d (%s)", signal, strsignal(signal));
	else if (!r->greeted)
		snprintf(text, size, "could not give up its rights and ended");
	else
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

void breakage_ended(struct resolver *r, int status, const struct question *head)
{
	struct book_space *space =
		head && head->process.pid ? books_find(&r->books, head->process) : NULL;
	char what[128];

	if (breakage_is_clean(status))
		return;
	r->status.breaks++;
	describe(what, sizeof(what), r, status);
	if (!space) {
		say(r, "the resolving process %s; the next question gets a new one", what);
		return;
	}
	if (++space->faults >= FAULTS_MAX) {
		space->banned_until = clock_usec(CLOCK_MONOTONIC) + BAN_USEC;
		space->faults = 0;
	}
	say(r, "the resolving process %s, at process %" PRId32 ": one place is without names%s",
	    what, space->process.pid,
	    space->faults ? "" : "; that process is left alone for 10 minutes");
}
