/* SPDX-License-Identifier: BSD-2-Clause */
/* What a socket's record says, in words. */
#ifndef FDWATCH_INGEST_DECODE_SOCKET_H
#define FDWATCH_INGEST_DECODE_SOCKET_H

#include "fdwatch/record.h"
#include "model/descriptor.h"

void decode_socket(const struct fdw_socket *socket, struct socket_info *info);

#endif
