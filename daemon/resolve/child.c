// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/child.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "resolve/python_find.h"
#include "resolve/python_line.h"
#include "resolve/symbolize.h"
#include "resolve/unwind.h"

static struct space *space_of(struct holdings *h, const struct wire_message *m)
{
	return m->head.slot < WIRE_SPACES ? &h->spaces[m->head.slot] : NULL;
}

static struct elf_file *file_of(struct holdings *h, const struct wire_message *m)
{
	return m->head.slot < WIRE_FILES ? &h->files[m->head.slot] : NULL;
}

static void drop_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void take_file(struct elf_file *file, int fd)
{
	if (!file) {
		drop_fd(fd);
		return;
	}
	elf_file_close(file);
	elf_file_init(file, fd);
}

static void take_debug(struct elf_file *file, const struct wire_message *m, size_t size, int fd)
{
	struct wire_debug debug = {};

	if (size == sizeof(debug))
		memcpy(&debug, m->body, sizeof(debug));
	if (file && debug.kind == WIRE_DEBUG_FILE)
		elf_file_set_debug(file, fd);
	else if (file && debug.kind == WIRE_DEBUG_ALT)
		elf_file_set_alt(file, fd);
	else
		drop_fd(fd);
}

static void take_perf_map(struct space *space, int fd)
{
	if (!space) {
		drop_fd(fd);
		return;
	}
	perf_map_drop(&space->perf_map);
	perf_map_init(&space->perf_map, fd);
	if (fd >= 0)
		perf_map_read(&space->perf_map);
}

static int answer_unwind(struct holdings *h, const struct wire_message *m, size_t size,
			 struct wire_message *answer, size_t *answer_size)
{
	const struct space *space = space_of(h, m);
	struct unwind_registers registers;
	struct unwound unwound;
	int r;

	if (!space || size < sizeof(registers) || size - sizeof(registers) > UNWIND_STACK_MAX)
		return -EBADMSG;
	memcpy(&registers, m->body, sizeof(registers));
	r = unwind_stack(h, space, &registers, m->body + sizeof(registers),
			 size - sizeof(registers), &unwound);
	memcpy(answer->body, &unwound, sizeof(unwound));
	*answer_size = sizeof(unwound);
	return r;
}

static int answer_symbolize(struct holdings *h, const struct wire_message *m, size_t size,
			    struct wire_message *answer, size_t *answer_size)
{
	struct space *space = space_of(h, m);
	bool needed = false;
	ssize_t r = space ? symbolize(h, space, m->body, size, answer->body, sizeof(answer->body),
				      &needed, &answer->head.slot)
			  : -EBADMSG;

	if (r < 0)
		return (int)r;
	if (needed)
		answer->head.type = WIRE_NEED;
	*answer_size = (size_t)r;
	return 0;
}

static int answer_python(struct holdings *h, const struct wire_message *m, size_t size,
			 struct wire_message *answer, size_t *answer_size)
{
	const struct space *space = space_of(h, m);
	struct python_layout layout;
	struct wire_need need;
	int r = space ? python_find(h, space, m->body, size, &layout, &need, &answer->head.slot)
		      : -EBADMSG;

	if (r > 0) {
		answer->head.type = WIRE_NEED;
		memcpy(answer->body, &need, sizeof(need));
		*answer_size = sizeof(need);
	} else if (!r) {
		memcpy(answer->body, &layout, sizeof(layout));
		*answer_size = sizeof(layout);
	}
	return r < 0 ? r : 0;
}

static int answer_line(const struct wire_message *m, size_t size, struct wire_message *answer,
		       size_t *answer_size)
{
	struct wire_line question;
	uint32_t line;

	if (size < sizeof(question))
		return -EBADMSG;
	memcpy(&question, m->body, sizeof(question));
	if (question.size != size - sizeof(question) || question.kind > PYTHON_LOCATIONS)
		return -EBADMSG;
	line = python_line((enum python_lines)question.kind, question.first_line,
			   m->body + sizeof(question), question.size, question.offset);
	memcpy(answer->body, &line, sizeof(line));
	*answer_size = sizeof(line);
	return line ? 0 : -ENOENT;
}

static int answer_question(struct holdings *h, const struct wire_message *m, size_t size,
			   struct wire_message *answer, size_t *answer_size)
{
	switch (m->head.type) {
	case WIRE_UNWIND:
		return answer_unwind(h, m, size, answer, answer_size);
	case WIRE_SYMBOLIZE:
		return answer_symbolize(h, m, size, answer, answer_size);
	case WIRE_PYTHON:
		return answer_python(h, m, size, answer, answer_size);
	case WIRE_LINE:
		return answer_line(m, size, answer, answer_size);
	default:
		return -EBADMSG;
	}
}

bool child_handle(struct holdings *h, const struct wire_message *m, size_t size, int fd,
		  struct wire_message *answer, size_t *answer_size)
{
	struct space *space = space_of(h, m);

	switch (m->head.type) {
	case WIRE_SPACE:
		if (space)
			space_take(space, m->body, size);
		break;
	case WIRE_FORGET:
		if (space)
			space_drop(space);
		break;
	case WIRE_FILE:
		take_file(file_of(h, m), fd);
		return false;
	case WIRE_DEBUG:
		take_debug(file_of(h, m), m, size, fd);
		return false;
	case WIRE_PERF_MAP:
		take_perf_map(space, fd);
		return false;
	default:
		answer->head = (struct wire_head){.type = WIRE_ANSWER, .id = m->head.id};
		*answer_size = 0;
		answer->head.error = answer_question(h, m, size, answer, answer_size);
		if (answer->head.error)
			*answer_size = 0;
		drop_fd(fd);
		return true;
	}
	drop_fd(fd);
	return false;
}
