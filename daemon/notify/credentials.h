/* SPDX-License-Identifier: BSD-2-Clause */
/* A user and a password, kept in a file of its own. */
#ifndef FDWATCH_NOTIFY_CREDENTIALS_H
#define FDWATCH_NOTIFY_CREDENTIALS_H

#include "failure.h"

#define CREDENTIALS_SIZE 256

/* The file's first line, user:password. 0, or -errno with the reason. */
int credentials_read(const char *path, char credentials[CREDENTIALS_SIZE], struct failure *failure);

#endif
