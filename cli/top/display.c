// SPDX-License-Identifier: BSD-2-Clause
#include "top/display.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "safe.h"

#define ESCAPE_MILLISECONDS 50 /* until an Escape is a key of its own */
#define RAW_MAX 1024           /* bytes that are looked at: more than a line has columns */
#define WIDTH_MAX 10000

/* Red and green are never told apart by colour alone: words and strength say the same. */
static const struct {
	short colour;
	short behind; /* -1: the terminal's own */
	attr_t with;  /* beside the colours */
	attr_t mono;  /* instead of them */
} looks[STYLE_COUNT] = {
	[STYLE_PLAIN] = {-1, -1, A_NORMAL, A_NORMAL},
	[STYLE_DIM] = {-1, -1, A_DIM, A_DIM},
	[STYLE_STRONG] = {-1, -1, A_BOLD, A_BOLD},
	[STYLE_TITLE] = {COLOR_CYAN, -1, A_NORMAL, A_NORMAL},
	[STYLE_HEADINGS] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
	[STYLE_SORTED] = {COLOR_WHITE, COLOR_BLUE, A_BOLD, A_REVERSE | A_BOLD | A_UNDERLINE},
	[STYLE_SELECTED] = {-1, -1, A_REVERSE, A_REVERSE},
	[STYLE_KEY] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
	[STYLE_GROWING] = {COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[STYLE_WARNING] = {COLOR_YELLOW, -1, A_BOLD, A_UNDERLINE},
	[STYLE_CRITICAL] = {COLOR_RED, -1, A_BOLD, A_BOLD | A_UNDERLINE},
	[STYLE_EXHAUSTED] = {COLOR_WHITE, COLOR_RED, A_BOLD, A_BOLD | A_REVERSE},
	[STYLE_BAR] = {COLOR_BLUE, -1, A_BOLD, A_NORMAL},
	[STYLE_PAST] = {COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[STYLE_CONE] = {COLOR_YELLOW, -1, A_NORMAL, A_DIM},
};

static bool wants_colours(void)
{
	const char *no_colour = getenv("NO_COLOR");

	return !(no_colour && *no_colour) && has_colors();
}

static void make_colours(struct display *display)
{
	display->colours = wants_colours() && start_color() == OK && COLOR_PAIRS > STYLE_COUNT;
	if (!display->colours)
		return;
	if (use_default_colors() != OK)
		assume_default_colors(COLOR_WHITE, COLOR_BLACK);
	for (short style = 1; style < STYLE_COUNT; style++)
		init_pair(style, looks[style].colour, looks[style].behind);
}

static attr_t attributes(const struct display *display, enum style style)
{
	if (!display->colours)
		return looks[style].mono;
	return looks[style].with | (attr_t)COLOR_PAIR(style);
}

/* What nearly all terminals send, for those whose description does not know it. */
static void define_keys(void)
{
	static const struct {
		const char *sent;
		int key;
	} keys[] = {
		{"\033[A", KEY_UP},      {"\033OA", KEY_UP},     {"\033[B", KEY_DOWN},
		{"\033OB", KEY_DOWN},    {"\033[C", KEY_RIGHT},  {"\033OC", KEY_RIGHT},
		{"\033[D", KEY_LEFT},    {"\033OD", KEY_LEFT},   {"\033[H", KEY_HOME},
		{"\033OH", KEY_HOME},    {"\033[1~", KEY_HOME},  {"\033[7~", KEY_HOME},
		{"\033[F", KEY_END},     {"\033OF", KEY_END},    {"\033[4~", KEY_END},
		{"\033[8~", KEY_END},    {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
		{"\033[Z", KEY_BTAB},    {"\033OP", KEY_F(1)},   {"\033OQ", KEY_F(2)},
		{"\033OR", KEY_F(3)},    {"\033OS", KEY_F(4)},   {"\033[15~", KEY_F(5)},
		{"\033[17~", KEY_F(6)},  {"\033[18~", KEY_F(7)}, {"\033[20~", KEY_F(9)},
		{"\033[21~", KEY_F(10)},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (key_defined(keys[i].sent) == 0)
			define_key(keys[i].sent, keys[i].key);
}

void display_take_mouse(struct display *display, bool take)
{
	display->mouse = take;
	mousemask(take ? BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON1_PRESSED |
				  BUTTON4_PRESSED | BUTTON5_PRESSED
		       : 0,
		  NULL);
}

bool display_open(struct display *display, bool mouse)
{
	const char *type = getenv("TERM");

	*display = (struct display){.utf8 = safe_is_utf8()};
	/* The console's fonts have blocks, but neither parts of them nor braille. */
	display->blocks = display->utf8 && type && strcmp(type, "linux") != 0;
	if (!newterm(NULL, stdout, stdin))
		return false;
	display->open = true;
	set_escdelay(ESCAPE_MILLISECONDS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	define_keys();
	nodelay(stdscr, TRUE);
	meta(stdscr, TRUE);
	curs_set(0);
	mouseinterval(0); /* a press acts at once: double clicks are told by the caller */
	make_colours(display);
	display_take_mouse(display, mouse);
	display_measure(display);
	return true;
}

void display_close(struct display *display)
{
	if (!display->open)
		return;
	display->open = false;
	curs_set(1);
	endwin();
}

void display_resume(struct display *display)
{
	display->open = true;
	reset_prog_mode();
	display_measure(display);
	clearok(stdscr, TRUE);
	curs_set(0);
	display_take_mouse(display, display->mouse);
	refresh();
}

void display_measure(struct display *display)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0 &&
	    (size.ws_row != LINES || size.ws_col != COLS)) {
		resizeterm(size.ws_row, size.ws_col);
		clearok(stdscr, TRUE);
	}
	display->width = COLS < WIDTH_MAX ? COLS : WIDTH_MAX;
	display->height = LINES;
}

void display_begin(struct display *display)
{
	(void)display;
	erase();
}

void display_end(struct display *display)
{
	move(display->height - 1, 0);
	refresh();
}

int display_safe(struct display *display, int y, int x, int width, enum style style,
		 const char *text, size_t length)
{
	size_t kept;
	size_t used;

	if (y < 0 || y >= display->height || x < 0 || x >= display->width)
		return 0;
	if (width > display->width - x)
		width = display->width - x;
	if (width <= 0)
		return 0;
	attrset(attributes(display, style));
	kept = safe_fit(text, length, (size_t)width);
	if (kept == length || width < 4) {
		mvaddnstr(y, x, text, (int)kept);
		return (int)safe_width(text, kept);
	}
	kept = safe_fit(text, length, (size_t)width - 1);
	used = safe_width(text, kept);
	mvaddnstr(y, x, text, (int)kept);
	addstr(display->utf8 ? "\u2026" : "~");
	return (int)used + 1;
}

int display_raw(struct display *display, int y, int x, int width, enum style style,
		const char *bytes, size_t length)
{
	char text[RAW_MAX * SAFE_EXPANSION];

	if (length > RAW_MAX)
		length = RAW_MAX;
	return display_safe(display, y, x, width, style, text, safe_write(text, bytes, length));
}

int display_string(struct display *display, int y, int x, int width, enum style style,
		   const char *string)
{
	return display_raw(display, y, x, width, style, string, strlen(string));
}

int display_format(struct display *display, int y, int x, int width, enum style style,
		   const char *format, ...)
{
	char text[RAW_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return display_string(display, y, x, width, style, text);
}

void display_right(struct display *display, int y, int x, int width, enum style style,
		   const char *string)
{
	char text[RAW_MAX * SAFE_EXPANSION];
	size_t length = strnlen(string, RAW_MAX);
	int wide;

	length = safe_write(text, string, length);
	wide = (int)safe_width(text, length);
	if (wide < width) {
		x += width - wide;
		width = wide;
	}
	display_safe(display, y, x, width, style, text, length);
}

void display_fill(struct display *display, int y, int x, int width, enum style style)
{
	if (y < 0 || y >= display->height || x >= display->width)
		return;
	if (width > display->width - x)
		width = display->width - x;
	attrset(attributes(display, style));
	mvhline(y, x, ' ' | attributes(display, style), width);
}

void display_glyph(struct display *display, int y, int x, enum style style, uint32_t glyph)
{
	wchar_t text[] = {(wchar_t)glyph, 0};

	if (y < 0 || y >= display->height || x < 0 || x >= display->width)
		return;
	attrset(attributes(display, style));
	mvaddnwstr(y, x, text, 1);
}

void display_bar(struct display *display, int y, int x, int width, enum style style, double part)
{
	double full = (part < 0 ? 0 : part > 1 ? 1 : part) * width;
	int whole = (int)full;
	int eighths = (int)((full - whole) * 8);

	for (int i = 0; i < whole; i++)
		display_glyph(display, y, x + i, style, display->utf8 ? 0x2588 : '|');
	if (whole >= width)
		return;
	if (display->blocks && eighths > 0)
		display_glyph(display, y, x + whole, style, 0x2590 - (uint32_t)eighths);
	else if (!display->blocks && (eighths >= 4 || (whole == 0 && part > 0)))
		display_glyph(display, y, x + whole, style, display->utf8 ? 0x258c : ':');
}

void display_spark(struct display *display, int y, int x, enum style style, const double *levels,
		   size_t count)
{
	static const char ascii[] = "_.-=+*#@";

	for (size_t i = 0; i < count; i++) {
		int level = (int)(levels[i] * 7.999);

		if (levels[i] < 0)
			continue;
		level = level > 7 ? 7 : level;
		display_glyph(display, y, x + (int)i, style,
			      display->blocks ? 0x2581 + (uint32_t)level : (uint32_t)ascii[level]);
	}
}

enum style display_tone(enum tone tone)
{
	return tone == TONE_CRITICAL  ? STYLE_CRITICAL
	       : tone == TONE_WARNING ? STYLE_WARNING
				      : STYLE_PLAIN;
}
