/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/alarm.h"

enum process_state alarm_state(const struct process *process, uint64_t now)
{
	if (process->exhausted_at && now < process->exhausted_at + EXHAUSTED_FOR)
		return STATE_EXHAUSTED;
	return STATE_OK;
}
