// SPDX-License-Identifier: BSD-2-Clause
/* Files that are broken, by accident or on purpose. */
#include <sys/mman.h>

#include "chain.h"

static size_t read_whole(const char *path, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, size, file);
	fclose(file);
	assert_true(n > 4096 && n < size);
	return n;
}

/* Asks all there is about a file that this process has mapped as if it were code. */
static void ask_about(struct asked *a, const uint8_t *bytes, size_t size)
{
	struct resolver_process self = {getpid(), victim_start_time(getpid())};
	struct unwind_registers registers = {};
	int fd = memfd_create("mutant", MFD_CLOEXEC);
	uint64_t pcs[8], stack[64];
	uint8_t *code;

	assert_int_equal(write(fd, bytes, size), size);
	code = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_true(code != MAP_FAILED);
	close(fd);
	for (size_t i = 0; i < 8; i++)
		pcs[i] = (uint64_t)(uintptr_t)code + 0x1000 + i * 0x40;
	for (size_t i = 0; i < 64; i++)
		stack[i] = pcs[i % 8];
	registers.pc = pcs[0];
	registers.sp = 0x1000;
	registers.bp = 0x1010;
	assert_int_equal(resolver_symbolize(a->resolver, 1, self, pcs, 8, true), 0);
	assert_int_equal(resolver_unwind(a->resolver, 2, self, &registers, stack, sizeof(stack)),
			 0);
	assert_int_equal(resolver_find_python(a->resolver, 3, self), 0);
	assert_true(asked_wait(a, 3));
	munmap(code, size);
}

#define MUTANTS 150
#define MUTANT_MAX (256 * 1024)

/* Cut short, and with bytes changed: each question has an answer, whatever becomes of it. */
static void broken_files(void **state)
{
	static uint8_t whole_file[MUTANT_MAX], mutant[MUTANT_MAX];
	struct state *s = *state;
	unsigned int seed = 1;
	char path[128];
	size_t size;

	assert_int_equal(run_shell("cd %s && gcc -w -O2 -g victim.c -o victim", s->folder), 0);
	snprintf(path, sizeof(path), "%s/victim", s->folder);
	size = read_whole(path, whole_file, sizeof(whole_file));
	for (int i = 0; i < MUTANTS; i++) {
		size_t length = i % 3 ? size : 1 + (size_t)rand_r(&seed) % size;

		memcpy(mutant, whole_file, size);
		for (int k = 0; i % 3 && k < 1 + i; k++)
			mutant[(size_t)rand_r(&seed) % size] = (uint8_t)rand_r(&seed);
		if (i % 3 == 1) /* the headers alone */
			for (int k = 0; k < 8; k++)
				mutant[16 + (size_t)rand_r(&seed) % 1000] = (uint8_t)rand_r(&seed);
		ask_about(s->asked, mutant, length);
	}
	print_message("# %d mutants broke %u processes\n", MUTANTS,
		      (unsigned int)asked_status(s->asked).breaks);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		TEST(broken_files),
	};

	if (argc == 2 && !strcmp(argv[1], RESOLVER_ARGUMENT))
		return resolver_child_main();
	return RUN_TESTS(tests);
}
