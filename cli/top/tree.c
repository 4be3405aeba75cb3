// SPDX-License-Identifier: BSD-2-Clause
#include "top/tree.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define ANCESTORS_MAX 1000 /* pids are reused while we look: there may be a circle */

struct tree {
	const struct rows *rows;
	struct line *sorted; /* a copy of the lines */
	size_t *line_of;     /* by row: its line, or NONE */
	size_t *child;       /* by line: the first, the next of the same parent */
	size_t *next;
};

static const struct row *parent_of(const struct rows *rows, const struct row *row)
{
	const struct row *parent = rows_find(rows, (uint64_t)(uint32_t)row->parent);

	/* A number that has been given to a younger process is no parent. */
	if (!parent || parent == row || parent->start_time > row->start_time)
		return NULL;
	return parent;
}

/* The line of the nearest ancestor that has one. */
static size_t find_above(const struct tree *tree, const struct row *row)
{
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		row = parent_of(tree->rows, row);
		if (!row)
			return NONE;
		if (tree->line_of[row - tree->rows->list] != NONE)
			return tree->line_of[row - tree->rows->list];
	}
	return NONE;
}

/* Lists each line under its parent; from the last on, so that each list begins with its first. */
static size_t link_lines(struct tree *tree, size_t count)
{
	size_t root = NONE;

	for (size_t i = count; i-- > 0;) {
		size_t above = find_above(tree, tree->sorted[i].row);
		size_t *list = above == NONE ? &root : &tree->child[above];

		tree->next[i] = *list;
		*list = i;
	}
	return root;
}

/* Which of the depths down to this line's go on after it. */
static uint64_t rails_of(const struct tree *tree, const size_t *stack, size_t depth, size_t at)
{
	uint64_t rails = 0;

	for (size_t i = 1; i <= depth && i < 64; i++)
		if (tree->next[i < depth ? stack[i] : at] != NONE)
			rails |= 1ULL << i;
	return rails;
}

/* Depth first, without recursion: `stack` has room for all. */
static size_t walk(const struct tree *tree, size_t root, struct line *lines, size_t *stack)
{
	size_t used = 0;
	size_t depth = 0;
	size_t at = root;

	while (at != NONE || depth > 0) {
		if (at == NONE) {
			at = tree->next[stack[--depth]];
			continue;
		}
		lines[used] = tree->sorted[at];
		lines[used].depth = (uint32_t)depth;
		lines[used++].rails = rails_of(tree, stack, depth, at);
		stack[depth++] = at;
		at = tree->child[at];
	}
	return used;
}

bool tree_arrange(struct line *lines, size_t count, const struct rows *rows)
{
	size_t *numbers = calloc(rows->count + 3 * count + 1, sizeof(*numbers));
	struct line *sorted = calloc(count + 1, sizeof(*sorted));
	struct tree tree = {.rows = rows, .sorted = sorted, .line_of = numbers};

	if (numbers && sorted) {
		tree.child = numbers + rows->count;
		tree.next = tree.child + count;
		for (size_t i = 0; i < rows->count + 2 * count; i++)
			numbers[i] = NONE;
		memcpy(sorted, lines, count * sizeof(*lines));
		for (size_t i = 0; i < count; i++)
			tree.line_of[lines[i].row - rows->list] = i;
		/* What a circle would keep out of the tree stays as it was. */
		if (walk(&tree, link_lines(&tree, count), lines, tree.next + count) != count)
			memcpy(lines, sorted, count * sizeof(*lines));
	}
	free(numbers);
	free(sorted);
	return numbers && sorted;
}
