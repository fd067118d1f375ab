/* Letters are told by the block that they stand in: what is no letter in these blocks is rare, and a text is judged by most of its characters. */
#include "evalcore/pipeline/scripts.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum script { LATIN, GREEK, CYRILLIC, HEBREW, ARABIC, DEVANAGARI, THAI, HANGUL, KANA, HAN, OTHER, SCRIPTS };

const char *const rq_script_names[SCRIPTS + 1] = {"Latin", "Greek",  "Cyrillic", "Hebrew", "Arabic", "Devanagari",
                                                  "Thai",  "Hangul", "Kana",     "Han",    "other",  NULL};

/* Ascending. */
static const struct {
	uint32_t first, last;
	int script; /* SCRIPTS: signs that any script uses */
} blocks[] = {
	{0x0000, 0x0040, SCRIPTS},  {0x0041, 0x005A, LATIN},   {0x005B, 0x0060, SCRIPTS}, {0x0061, 0x007A, LATIN},      {0x007B, 0x00BF, SCRIPTS},
	{0x00C0, 0x024F, LATIN},    {0x0250, 0x036F, SCRIPTS}, {0x0370, 0x03FF, GREEK},   {0x0400, 0x052F, CYRILLIC},   {0x0590, 0x05FF, HEBREW},
	{0x0600, 0x06FF, ARABIC},   {0x0750, 0x077F, ARABIC},  {0x08A0, 0x08FF, ARABIC},  {0x0900, 0x097F, DEVANAGARI}, {0x0E00, 0x0E7F, THAI},
	{0x1100, 0x11FF, HANGUL},   {0x1C80, 0x1C8F, CYRILLIC}, {0x1E00, 0x1EFF, LATIN},  {0x1F00, 0x1FFF, GREEK},      {0x2000, 0x2BFF, SCRIPTS},
	{0x2C60, 0x2C7F, LATIN},    {0x2DE0, 0x2DFF, CYRILLIC}, {0x2E00, 0x2E7F, SCRIPTS}, {0x2E80, 0x2FDF, HAN},       {0x3000, 0x3004, SCRIPTS},
	{0x3005, 0x3007, HAN},      {0x3008, 0x303F, SCRIPTS}, {0x3040, 0x30FF, KANA},    {0x3130, 0x318F, HANGUL},     {0x31F0, 0x31FF, KANA},
	{0x3400, 0x4DBF, HAN},      {0x4E00, 0x9FFF, HAN},     {0xA720, 0xA7FF, LATIN},   {0xAC00, 0xD7FF, HANGUL},     {0xE000, 0xF8FF, SCRIPTS},
	{0xF900, 0xFAFF, HAN},      {0xFB1D, 0xFB4F, HEBREW},  {0xFB50, 0xFDFF, ARABIC},  {0xFE00, 0xFE6F, SCRIPTS},    {0xFE70, 0xFEFE, ARABIC},
	{0xFEFF, 0xFF20, SCRIPTS},  {0xFF21, 0xFF3A, LATIN},   {0xFF3B, 0xFF40, SCRIPTS}, {0xFF41, 0xFF5A, LATIN},      {0xFF5B, 0xFF65, SCRIPTS},
	{0xFF66, 0xFF9F, KANA},     {0xFFA0, 0xFFDC, HANGUL},  {0xFFDD, 0xFFFF, SCRIPTS}, {0x1D400, 0x1D7FF, SCRIPTS},  {0x1F000, 0x1FAFF, SCRIPTS},
	{0x20000, 0x323AF, HAN},    {0xE0000, 0x10FFFF, SCRIPTS},
};

static int script_of(uint32_t character)
{
	size_t low = 0, high = sizeof blocks / sizeof *blocks;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (character > blocks[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof blocks / sizeof *blocks && character >= blocks[low].first ? blocks[low].script : OTHER;
}

/* The next character; texts were checked when they were read. */
static uint32_t decode(const unsigned char **at)
{
	const unsigned char *text = *at;
	int more = text[0] < 0x80 ? 0 : text[0] < 0xE0 ? 1 : text[0] < 0xF0 ? 2 : 3;
	uint32_t character = more == 0 ? text[0] : text[0] & (0x3FU >> more);

	for (int i = 1; i <= more; i++)
		character = character << 6 | (text[i] & 0x3FU);
	*at += more + 1;
	return character;
}

int rq_text_script(const char *text)
{
	size_t letters[SCRIPTS + 1] = {0};
	int most = -1;

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0';)
		letters[script_of(decode(&at))]++;
	for (int script = 0; script < SCRIPTS; script++)
		if (letters[script] > 0 && (most < 0 || letters[script] > letters[most]))
			most = script;
	return most;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int64_t rq_text_length(const char *text)
{
	size_t size = text == NULL ? 0 : strlen(text), from = 0;
	int64_t characters = 0;

	while (size > 0 && is_blank(text[size - 1]))
		size--;
	while (from < size && is_blank(text[from]))
		from++;
	for (size_t i = from; i < size; i++)
		characters += ((unsigned char)text[i] & 0xC0) != 0x80;
	return characters;
}
