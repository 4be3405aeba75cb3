/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdwatch/api.h"

const char options_help[] =
	"Usage: fdwatchd [OPTION]...\n"
	"Watches every process's file descriptors from inside the kernel.\n"
	"\n"
	"  --config FILE              configuration (default " FDW_CONFIG_PATH ")\n"
	"  --socket PATH              where clients connect (default " FDW_SOCKET_PATH ")\n"
	"  --metrics-listen ADDR:PORT|none\n"
	"                             for Prometheus (default " FDW_METRICS_ADDRESS ")\n"
	"  --state-dir DIR            incidents and histories (default " FDW_STATE_DIR ")\n"
	"  --pin-dir DIR              what stays in the kernel (default " FDW_PIN_DIR ")\n"
	"  --backend auto|fentry|tracepoint\n"
	"                             what counts in the kernel (default auto)\n"
	"  --interval SECONDS         time from poll to poll, 0.01 to 60 (default 1)\n"
	"\n"
	"  --load [--user NAME]       load the programs into the kernel, hand them to NAME, exit\n"
	"  --unload                   take everything out of the kernel, exit\n"
	"  --backtest FILE            forecast and alarms over a recorded trace, exit\n"
	"  --check-config FILE        say whether FILE is a valid configuration, exit\n"
	"  --help, --version\n"
	"\n"
	"SIGTERM stops and leaves nothing in the kernel; SIGUSR2 stops and leaves all for the "
	"next.\n"
	"SIGHUP reads the configuration anew.\n";

enum {
	OPTION_CONFIG = 256,
	OPTION_SOCKET,
	OPTION_METRICS_LISTEN,
	OPTION_STATE_DIR,
	OPTION_PIN_DIR,
	OPTION_BACKEND,
	OPTION_INTERVAL,
	OPTION_LOAD,
	OPTION_USER,
	OPTION_UNLOAD,
	OPTION_CHECK_CONFIG,
	OPTION_BACKTEST,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"socket", required_argument, NULL, OPTION_SOCKET},
	{"metrics-listen", required_argument, NULL, OPTION_METRICS_LISTEN},
	{"state-dir", required_argument, NULL, OPTION_STATE_DIR},
	{"pin-dir", required_argument, NULL, OPTION_PIN_DIR},
	{"backend", required_argument, NULL, OPTION_BACKEND},
	{"interval", required_argument, NULL, OPTION_INTERVAL},
	{"load", no_argument, NULL, OPTION_LOAD},
	{"user", required_argument, NULL, OPTION_USER},
	{"unload", no_argument, NULL, OPTION_UNLOAD},
	{"check-config", required_argument, NULL, OPTION_CHECK_CONFIG},
	{"backtest", required_argument, NULL, OPTION_BACKTEST},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{},
};

/* The configuration key that an option sets, or NULL. */
static const char *key_of(int option)
{
	switch (option) {
	case OPTION_SOCKET:
		return "socket";
	case OPTION_METRICS_LISTEN:
		return "metrics_listen";
	case OPTION_STATE_DIR:
		return "state_dir";
	case OPTION_PIN_DIR:
		return "pin_dir";
	case OPTION_BACKEND:
		return "backend";
	case OPTION_INTERVAL:
		return "interval";
	default:
		return NULL;
	}
}

struct overrides {
	const char *config_path;
	struct {
		const char *key;
		const char *value;
	} set[8];
	size_t count;
};

static int set_action(struct options *options, enum action action, struct failure *failure)
{
	if (options->action != ACTION_RUN)
		return fail(failure, -EINVAL,
			    "--load, --unload, --check-config and --backtest exclude one another");
	options->action = action;
	return 0;
}

static int take_override(struct overrides *o, int option, const char *value,
			 struct failure *failure)
{
	if (o->count == sizeof(o->set) / sizeof(o->set[0]))
		return fail(failure, -EINVAL, "--%s is given too often", key_of(option));
	o->set[o->count].key = key_of(option);
	o->set[o->count++].value = value;
	return 0;
}

static int take_option(struct options *options, struct overrides *o, int option,
		       struct failure *failure)
{
	switch (option) {
	case OPTION_CONFIG:
		o->config_path = optarg;
		return 0;
	case OPTION_CHECK_CONFIG:
		options->checked = o->config_path = optarg;
		return set_action(options, ACTION_CHECK_CONFIG, failure);
	case OPTION_BACKTEST:
		options->trace = optarg;
		return set_action(options, ACTION_BACKTEST, failure);
	case OPTION_USER:
		options->user = optarg;
		return 0;
	case OPTION_LOAD:
		return set_action(options, ACTION_LOAD, failure);
	case OPTION_UNLOAD:
		return set_action(options, ACTION_UNLOAD, failure);
	case OPTION_HELP:
		options->action = ACTION_HELP;
		return 0;
	case OPTION_VERSION:
		options->action = ACTION_VERSION;
		return 0;
	default:
		return take_override(o, option, optarg, failure);
	}
}

static int parse(struct options *options, struct overrides *o, int argc, char *argv[],
		 struct failure *failure)
{
	int option, r = 0;

	opterr = 0;
	optind = 0; /* getopt starts anew */
	while (!r && (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (option == '?')
			return fail(failure, -EINVAL, "unknown option %s: see fdwatchd --help",
				    argv[optind - 1]);
		if (option == ':')
			return fail(failure, -EINVAL, "%s wants a value: see fdwatchd --help",
				    argv[optind - 1]);
		r = take_option(options, o, option, failure);
		if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
			return r;
	}
	if (!r && optind < argc)
		return fail(failure, -EINVAL, "unexpected '%s': see fdwatchd --help", argv[optind]);
	if (!r && options->user && options->action != ACTION_LOAD)
		return fail(failure, -EINVAL, "--user goes with --load");
	return r;
}

int options_read(struct options *options, struct config *config, int argc, char *argv[],
		 struct failure *failure)
{
	struct overrides o = {};
	int r = parse(options, &o, argc, argv, failure);

	config_defaults(config);
	if (r < 0 || options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return r;
	r = config_load(config, o.config_path, failure->text, sizeof(failure->text));
	for (size_t i = 0; !r && i < o.count; i++)
		r = config_set(config, "daemon", o.set[i].key, o.set[i].value, failure->text,
			       sizeof(failure->text));
	if (r < 0)
		config_free(config);
	return r;
}
