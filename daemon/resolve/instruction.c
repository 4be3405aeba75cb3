// SPDX-License-Identifier: BSD-2-Clause
#include "resolve/instruction.h"

#include <stdbool.h>

#define SP 4
#define BP 5

/* What is read of one so far; maps as VEX numbers them: 0 is that of single bytes. */
struct reading {
	const uint8_t *code;
	size_t size, at;
	bool failed;
	bool wide, narrow; /* REX.W; operands of 16 bits */
	unsigned int rex;
	unsigned int map;
	uint8_t opcode;
	bool has_modrm;
	unsigned int mod, reg, rm; /* without REX's bits */
	bool has_sib;
	uint8_t sib;
	int64_t displacement, immediate;
};

static uint8_t next(struct reading *r)
{
	if (r->at < r->size && r->at < INSTRUCTION_MAX)
		return r->code[r->at++];
	r->failed = true;
	return 0;
}

static int64_t number(struct reading *r, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)next(r) << 8 * i;
	switch (bytes) {
	case 1:
		return (int8_t)value;
	case 2:
		return (int16_t)value;
	case 4:
		return (int32_t)value;
	default:
		return (int64_t)value;
	}
}

static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2 || byte == 0xf3 ||
	       (byte & 0xe7) == 0x26 || byte == 0x64 || byte == 0x65;
}

/* Of VEX and EVEX: the prefix is followed by so many bytes, of which one tells the map. */
static void read_vex(struct reading *r, uint8_t prefix)
{
	uint8_t first = next(r);

	r->map = prefix == 0xc5 ? 1 : first & (prefix == 0x62 ? 7 : 31);
	for (int i = prefix == 0x62 ? 2 : prefix == 0xc4 ? 1 : 0; i > 0; i--)
		next(r);
	r->opcode = next(r);
	if (r->map < 1 || r->map > 6)
		r->failed = true;
}

static void read_opcode(struct reading *r)
{
	uint8_t byte = next(r);

	while (is_prefix(byte) && !r->failed) {
		r->narrow |= byte == 0x66;
		byte = next(r);
	}
	if ((byte & 0xf0) == 0x40) {
		r->rex = byte & 15;
		r->wide = byte & 8;
		byte = next(r);
	}
	r->opcode = byte;
	if (byte == 0xc4 || byte == 0xc5 || byte == 0x62) {
		read_vex(r, byte);
		return;
	}
	if (byte != 0x0f)
		return;
	r->map = 1;
	r->opcode = next(r);
	if (r->opcode == 0x38 || r->opcode == 0x3a) {
		r->map = r->opcode == 0x38 ? 2 : 3;
		r->opcode = next(r);
	}
}

static bool in_set(const uint32_t set[8], uint8_t opcode)
{
	return set[opcode / 32] >> opcode % 32 & 1;
}

static bool wants_modrm(const struct reading *r)
{
	static const uint32_t single[8] = {0x0f0f0f0f, 0x0f0f0f0f, 0,          0x00000a08,
					   0x0000fffb, 0,          0xff0f00c3, 0xc0c00000};
	uint8_t o = r->opcode;

	if (r->map == 0)
		return in_set(single, o);
	return r->map != 1 || !((o >= 0x05 && o <= 0x0b) || o == 0x0e || (o >= 0x30 && o <= 0x37) ||
				o == 0x77 || (o >= 0x80 && o <= 0x8f) || (o >= 0xa0 && o <= 0xa2) ||
				(o >= 0xa8 && o <= 0xaa) || (o >= 0xc8 && o <= 0xcf));
}

static void read_modrm(struct reading *r)
{
	uint8_t byte = next(r);
	bool base_is_number;

	r->has_modrm = true;
	r->mod = byte >> 6;
	r->reg = byte >> 3 & 7;
	r->rm = byte & 7;
	if (r->mod == 3)
		return;
	base_is_number = r->mod == 0 && r->rm == 5;
	if (r->rm == 4) {
		r->has_sib = true;
		r->sib = next(r);
		base_is_number = r->mod == 0 && (r->sib & 7) == 5;
	}
	if (r->mod == 1)
		r->displacement = number(r, 1);
	else if (r->mod == 2 || base_is_number)
		r->displacement = number(r, 4);
}

/* Bytes of the operand that stands in the code itself, of a single-byte opcode. */
static size_t single_immediate(const struct reading *r)
{
	/* clang-format off */
	static const uint32_t byte[8] = {0x10101010, 0x10101010, 0, 0xffff0c00,
					 0x00000009, 0x00ff0100, 0x00002043, 0x000008ff};
	static const uint32_t word[8] = {0x20202020, 0x20202020, 0, 0x00000300,
					 0x00000002, 0x00000200, 0x00000080, 0};
	/* clang-format on */
	uint8_t o = r->opcode;

	if (in_set(byte, o))
		return 1;
	if (in_set(word, o))
		return r->narrow ? 2 : 4;
	switch (o) {
	case 0xa0 ... 0xa3:
		return 8;
	case 0xb8 ... 0xbf:
		return r->wide ? 8 : r->narrow ? 2 : 4;
	case 0xc2:
	case 0xca:
		return 2;
	case 0xc8:
		return 3;
	case 0xe8:
	case 0xe9:
		return 4;
	case 0xf6:
		return r->reg < 2;
	case 0xf7:
		return r->reg >= 2 ? 0 : r->narrow ? 2 : 4;
	default:
		return 0;
	}
}

static size_t immediate_bytes(const struct reading *r)
{
	uint8_t o = r->opcode;

	if (r->map == 0)
		return single_immediate(r);
	if (r->map != 1)
		return r->map == 3;
	if (o >= 0x80 && o <= 0x8f)
		return 4;
	return (o >= 0x70 && o <= 0x73) || o == 0xa4 || o == 0xac || o == 0xba || o == 0xc2 ||
	       (o >= 0xc4 && o <= 0xc6);
}

/* Registers by their whole numbers: r12 is not sp. */
static unsigned int rm_of(const struct reading *r)
{
	return r->mod == 3 ? r->rm | (r->rex & 1) << 3 : ~0u;
}

static unsigned int reg_of(const struct reading *r)
{
	return r->reg | (r->rex & 4) << 1;
}

/* sp plus a number. */
static bool is_at_sp(const struct reading *r)
{
	return r->has_sib && r->mod != 3 && r->sib == 0x24 && !(r->rex & 3);
}

static bool is_at_bp(const struct reading *r)
{
	return (r->mod == 1 || r->mod == 2) && r->rm == BP && !(r->rex & 1);
}

static void set(struct instruction *i, enum instruction_effect effect, int64_t value)
{
	i->effect = effect;
	i->value = value;
}

static void popped(struct instruction *i, unsigned int number)
{
	if (number == BP)
		set(i, EFFECT_POP_BP, 0);
	else
		set(i, number == SP ? EFFECT_END : EFFECT_SP, 8);
}

/* Moves, sums and addresses, as far as they come to sp or bp. */
static void operate(const struct reading *r, struct instruction *i)
{
	unsigned int rm = rm_of(r), reg = reg_of(r);
	bool to_rm = !(r->opcode & 2), sum = r->opcode < 0x40 && (r->opcode & 0x38) != 0x38;

	switch (r->opcode) {
	case 0x81:
	case 0x83:
		if (rm == SP && r->reg != 7)
			set(i, r->reg == 0 || r->reg == 5 ? EFFECT_SP : EFFECT_END,
			    r->reg == 5 ? -r->immediate : r->immediate);
		break;
	case 0x8d:
		if (reg == SP)
			set(i,
			    is_at_sp(r)   ? EFFECT_SP
			    : is_at_bp(r) ? EFFECT_SP_OF_BP
					  : EFFECT_END,
			    r->displacement);
		break;
	case 0x89:
		if (rm == SP)
			set(i, reg == BP ? EFFECT_SP_OF_BP : EFFECT_END, 0);
		else if (rm == BP && reg == SP)
			set(i, EFFECT_END, 0); /* a prologue */
		break;
	case 0x8b:
		if (reg == SP)
			set(i, rm == BP ? EFFECT_SP_OF_BP : EFFECT_END, 0);
		else if (reg == BP && is_at_sp(r))
			set(i, EFFECT_LOAD_BP, r->displacement);
		break;
	default:
		if (r->has_modrm && (sum || r->opcode == 0x87) && (to_rm ? rm : reg) == SP)
			set(i, EFFECT_END, 0);
	}
}

static void single(const struct reading *r, struct instruction *i)
{
	switch (r->opcode) {
	case 0x50 ... 0x57:
	case 0x68:
	case 0x6a:
	case 0x9c:
		set(i, EFFECT_SP, -8);
		break;
	case 0x58 ... 0x5f:
		popped(i, (r->opcode & 7u) | (r->rex & 1) << 3);
		break;
	case 0x8f:
		popped(i, rm_of(r));
		break;
	case 0x9d:
		set(i, EFFECT_SP, 8);
		break;
	case 0x70 ... 0x7f:
	case 0xe0 ... 0xe3:
		set(i, EFFECT_BRANCH, r->immediate);
		break;
	case 0xe8:
		set(i, EFFECT_CALL, 0);
		break;
	case 0xe9:
	case 0xeb:
		set(i, EFFECT_JUMP, r->immediate);
		break;
	case 0xc3:
		set(i, EFFECT_RETURN, 0);
		break;
	case 0xc9:
		set(i, EFFECT_LEAVE, 0);
		break;
	case 0xff:
		if (r->reg == 6)
			set(i, EFFECT_SP, -8);
		else if (r->reg >= 2)
			set(i, r->reg < 4 ? EFFECT_CALL : EFFECT_END, 0);
		break;
	case 0x94:
		if (!(r->rex & 1))
			set(i, EFFECT_END, 0);
		break;
	case 0xc2: /* it takes its arguments along: nobody's convention */
	case 0xc8:
	case 0xca ... 0xcc:
	case 0xcf:
	case 0xf1:
	case 0xf4:
		set(i, EFFECT_END, 0);
		break;
	default:
		operate(r, i);
	}
}

static void find_effect(const struct reading *r, struct instruction *i)
{
	uint8_t o = r->opcode;

	if (r->map == 0)
		single(r, i);
	else if (r->map == 1 && o >= 0x80 && o <= 0x8f)
		set(i, EFFECT_BRANCH, r->immediate);
	else if (r->map == 1 && (o == 0x0b || o == 0xb9 || o == 0xff || o == 0x34 || o == 0x35))
		set(i, EFFECT_END, 0);
}

struct instruction instruction_read(const uint8_t *code, size_t size)
{
	static const uint32_t none[8] = {0xc0c040c0, 0x80808080, 0,          0x00000003,
					 0x04000004, 0,          0x00704000, 0x00000400};
	struct reading r = {.code = code, .size = size};
	struct instruction i = {};

	read_opcode(&r);
	if (r.map == 0 && in_set(none, r.opcode))
		return i;
	if (wants_modrm(&r))
		read_modrm(&r);
	r.immediate = number(&r, immediate_bytes(&r));
	if (r.failed)
		return i;
	find_effect(&r, &i);
	i.length = r.at;
	return i;
}
