/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * herd PROCESSES DESCRIPTORS [NAMES [moving]]: that many processes hold that many each, until
 * standard input ends; under so many names, herd0 and on. Moving: each opens or closes one about
 * once a second, and its count wanders.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WANDER 40 /* descriptors, at most */

/* Never returns. */
static void move(int descriptors)
{
	int open_now = descriptors;

	srandom((unsigned int)getpid());
	for (;;) {
		struct timespec pause = {.tv_sec = random() % 2, .tv_nsec = random() % 1000000000};
		bool opens = random() % 2;

		nanosleep(&pause, NULL);
		if (opens && open_now < descriptors + WANDER && dup(0) >= 0)
			open_now++;
		else if (!opens && open_now > descriptors)
			close(--open_now);
	}
}

/* Lives as long as its parent. */
static void hold(int descriptors, int number, bool moving)
{
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "herd%d", number);
	prctl(PR_SET_NAME, name);
	for (int fd = 0; fd < descriptors; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			_exit(1);
	if (moving)
		move(descriptors);
	for (;;)
		pause();
}

int main(int argc, char *argv[])
{
	int processes = argc > 1 ? atoi(argv[1]) : 0;
	int descriptors = argc > 2 ? atoi(argv[2]) : 0;
	int names = argc > 3 ? atoi(argv[3]) : 1;
	bool moving = argc > 4 && strcmp(argv[4], "moving") == 0;
	char byte;

	if (processes < 1 || processes > 20000 || names < 1 || descriptors < 3 ||
	    descriptors > 20000) {
		fprintf(stderr, "usage: herd PROCESSES DESCRIPTORS [NAMES [moving]]\n");
		return 2;
	}
	setpgid(0, 0);
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("herd: fork");
			return 1;
		}
		if (pid == 0)
			hold(descriptors, i % names, moving);
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}
