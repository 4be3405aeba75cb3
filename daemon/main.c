/* SPDX-License-Identifier: BSD-2-Clause */
/* fdwatchd: what it is asked to do. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "backtest.h"
#include "cleanup.h"
#include "config/config.h"
#include "config/options.h"
#include "ingest/kernel.h"
#include "ingest/rights.h"
#include "log.h"
#include "notify/notify.h"
#include "resolve/resolve.h"
#include "serve/web_certificate.h"
#include "service.h"

#define OWN_DESCRIPTORS 4096 /* for some fifty of its own and the connections of all quotas */

static int load(const struct config *config, const char *user, struct failure *failure)
{
	const struct passwd *account = user ? getpwnam(user) : NULL;

	if (user && !account)
		return fail(failure, -ENOENT, "there is no user %s: create it first", user);
	return kernel_load(config->pin_dir, config->backend, account ? account->pw_uid : (uid_t)-1,
			   account ? account->pw_gid : (gid_t)-1, failure);
}

/* A log whose reader has gone ends no daemon; nothing else takes the place of a closed stream. */
static void prepare_streams(void)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	cleanup_close(&fd);
}

/* The usual soft limit is for programs that call select(); this one may have more clients. */
static void raise_own_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= OWN_DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < OWN_DESCRIPTORS ? limit.rlim_max : OWN_DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int check_web(const char *path, struct failure *failure)
{
	struct web_config *web = NULL;
	int r = path[0] ? web_config_load(&web, path, failure) : 0;

	if (web)
		r = web_certificate_check_dates(web, time(NULL), failure);
	web_config_free(web);
	return r;
}

/* What can be said of a configuration before it is used: its files are looked at too. */
static int check_config(const struct config *config, const char *path, struct failure *failure)
{
	struct failure wrong;
	int r = notify_check(&config->notify, &wrong);

	if (!r)
		r = check_web(config->web_config, &wrong);
	if (r < 0)
		return fail(failure, r, "%s: %s", path, wrong.text);
	printf("%s is right: %zu keys in %zu sections\n", path, config->keys, config->sections);
	return 0;
}

int main(int argc, char *argv[])
{
	struct options options = {};
	struct failure failure = {};
	struct config config;
	int r;

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	r = options_read(&options, &config, argc, argv, &failure);
	umask(umask(0077) | 0022); /* as strict as the service manager wants, or stricter */
	prepare_streams();
	raise_own_limit();
	rights_give_up();
	if (r < 0) {
		log_error("%s", failure.text);
		return 2;
	}
	switch (options.action) {
	case ACTION_HELP:
		fputs(options_help, stdout);
		return 0;
	case ACTION_VERSION:
		puts("fdwatchd " FDW_VERSION);
		return 0;
	case ACTION_CHECK_CONFIG:
		r = check_config(&config, options.checked, &failure);
		break;
	case ACTION_BACKTEST:
		r = backtest(options.trace, &config.all.thresholds, stdout, &failure);
		break;
	case ACTION_LOAD:
		r = load(&config, options.user, &failure);
		break;
	case ACTION_UNLOAD:
		r = kernel_unload(config.pin_dir, &failure);
		break;
	case ACTION_RUN:
		r = service_run(&config, argc, argv, &failure);
		break;
	}
	if (options.action != ACTION_RUN)
		config_free(&config);
	if (r < 0)
		log_error("%s", failure.text);
	return r < 0;
}
