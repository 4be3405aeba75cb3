/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pace of a whole growth, however uneven: it goes on at its mean, and at its newest pace as far
 * as paces last in it (an autoregression of first order; Box and Jenkins 1970). What comes in
 * bursts comes by its mean, what has become faster by what it is now.
 */
#ifndef FDWATCH_MODEL_PACE_H
#define FDWATCH_MODEL_PACE_H

#include "model/series.h"

/* Seconds until floors meet the limit; INFINITY where too little has grown to tell. */
double pace_eta(const struct series *series, double limit);

#endif
