/* SPDX-License-Identifier: BSD-2-Clause */
/* Children below their parents. */
#ifndef FDWATCH_TOP_TREE_H
#define FDWATCH_TOP_TREE_H

#include "top/view.h"

/*
 * Puts sorted lines into the order of a tree, in which those of one parent keep theirs, and sets
 * their depth. Whose parent is not among them stands below the nearest ancestor that is. False
 * without memory: they are then as they were.
 */
bool tree_arrange(struct line *lines, size_t count, const struct rows *rows);

#endif
