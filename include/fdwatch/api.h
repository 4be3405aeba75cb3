/* SPDX-License-Identifier: BSD-2-Clause */
/* What daemon and client agree on beside the JSON itself. */
#ifndef FDWATCH_API_H
#define FDWATCH_API_H

#define FDW_SOCKET_PATH "/run/fdwatch/fdwatch.sock"
#define FDW_CONFIG_PATH "/etc/fdwatch/fdwatch.conf"
#define FDW_STATE_DIR "/var/lib/fdwatch"
#define FDW_PIN_DIR "/sys/fs/bpf/fdwatch"
#define FDW_METRICS_ADDRESS "127.0.0.1:9024"
#define FDW_GROUP "fdwatch" /* its members see every process, as root does */

#endif
