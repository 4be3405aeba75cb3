/* SPDX-License-Identifier: BSD-2-Clause */
/* What runtimes call the code that they make, in their perf maps. */
#ifndef FDWATCH_MODEL_JIT_NAME_H
#define FDWATCH_MODEL_JIT_NAME_H

#include "model/stack.h"

/*
 * Takes such a name apart, in place: "JS:*load file:///srv/app.js:12:5" (V8),
 * "py::load:/srv/app.py" (CPython). Sets function, file and line as far as it tells them; line is
 * where the function begins. `text` must live as long as the frame.
 */
void jit_name_parse(char *text, struct frame *frame);

#endif
