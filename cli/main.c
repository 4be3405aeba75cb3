// SPDX-License-Identifier: BSD-2-Clause
/* fdwatch: asks fdwatchd and prints what it says. */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "fdwatch/api.h"
#include "options.h"
#include "safe.h"

static const struct {
	const char *name;
	int (*run)(struct context *context, int argc, char **argv);
} commands[] = {
	{"top", command_top},       {"ps", command_ps},           {"show", command_show},
	{"status", command_status}, {"events", command_events},   {"leaks", command_leaks},
	{"track", command_track},   {"untrack", command_untrack}, {"run", command_run},
	{"record", command_record}, {"check", command_check},     {"incidents", command_incidents},
};

static const char help[] =
	"Usage: fdwatch [--socket PATH] COMMAND [--json]\n"
	"Shows the file descriptors of every process, counted in the kernel.\n"
	"\n"
	"  top [--once]                 every process as it changes, and one in depth\n"
	"  ps [--sort KEY] [--limit N]  processes, those nearest to their limit first\n"
	"  show PID                     one process and each of its descriptors\n"
	"  events [--follow]            refusals, limits reached, ends of processes\n"
	"  incidents [ID]               alarms from first sign to end; what was open then\n"
	"  leaks [PID]                  where what is open was opened, and which place leaks\n"
	"  track PID, untrack PID       follow where a process opens descriptors, or no more\n"
	"  run [--fail-over N] -- COMMAND...\n"
	"                               run a command and tell what it left open, and where\n"
	"  record PID                   a trace of one process, as CSV, until interrupted\n"
	"  check [--warning T] [--critical T]\n"
	"                               one line and an exit status for monitoring\n"
	"  status                       how the daemon and the host are\n"
	"\n"
	"  --socket PATH  the daemon's socket (else $FDWATCH_SOCKET, else\n"
	"                 " FDW_SOCKET_PATH ")\n"
	"  --json         print the daemon's answer as it came\n"
	"  --help         this, or with a command: its help\n"
	"  --version      print the version\n"
	"\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 3 daemon not reachable; check\n"
	"has its own.\n";

/* Whatever is opened later must not become standard output. */
static void open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run_command(struct context *context, int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[0], commands[i].name) == 0) {
			optind = 0; /* getopt starts anew */
			return commands[i].run(context, argc, argv);
		}
	}
	complain("unknown command '%s'; see fdwatch --help", argv[0]);
	return EXIT_USAGE;
}

static int parse_and_run(struct context *context, int argc, char **argv)
{
	static const struct option list[] = {
		{"version", no_argument, NULL, 'V'},
		OPTIONS_COMMON,
	};
	static const struct options options = {.list = list, .stop = "+", .help = help};

	switch (options_next(context, argc, argv, &options)) {
	case OPTIONS_END:
		break;
	case OPTIONS_HELP:
		return EXIT_DONE;
	case 'V':
		puts("fdwatch " FDW_VERSION);
		return EXIT_DONE;
	default:
		return EXIT_USAGE;
	}
	if (optind == argc) {
		complain("no command given; see fdwatch --help");
		return EXIT_USAGE;
	}
	return run_command(context, argc - optind, argv + optind);
}

/* What could not be written is an error, unless its reader wanted no more. */
static int finish_output(int status)
{
	struct pollfd output = {.fd = STDOUT_FILENO};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (poll(&output, 1, 0) > 0 && output.revents & (POLLERR | POLLHUP))
		return status;
	complain("standard output cannot be written: is its disk full?");
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	const char *path = getenv("FDWATCH_SOCKET");
	struct context context = {.socket_path = path && *path ? path : FDW_SOCKET_PATH};

	setlocale(LC_CTYPE, "");
	open_standard_streams();
	signal(SIGPIPE, SIG_IGN);
	return finish_output(parse_and_run(&context, argc, argv));
}
