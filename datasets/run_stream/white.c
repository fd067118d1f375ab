/* 64 bytes make one word of bits. Control characters and what is beyond ASCII are only noticed: the lines of such a text are looked at byte by byte. */
#include "datasets/run_stream/white.h"

enum { WORD = 64 };

static bool everywhere(void)
{
	return true;
}

static unsigned bits_portable(uint64_t *bits, const char *text, size_t size)
{
	unsigned odd = 0;

	for (size_t i = 0; i < size; i += WORD) {
		size_t count = size - i < WORD ? size - i : WORD;
		uint64_t word = 0;
		for (size_t j = 0; j < count; j++) {
			unsigned char byte = (unsigned char)text[i + j];
			bool white = byte == ' ' || (byte >= '\t' && byte <= '\r');
			word |= (uint64_t)white << j;
			odd |= byte > 0x7F ? RQ_HAS_BEYOND_ASCII : !white && (byte < 0x20 || byte == 0x7F) ? RQ_HAS_CONTROL : 0;
		}
		bits[i / WORD] = word;
	}
	return odd;
}

#if defined(__x86_64__)
#include <immintrin.h>

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

/* 32 bits of white space. Gathers sign bits of what is a control character, and of what is beyond ASCII. */
__attribute__((target("avx2"))) static inline uint32_t white_32(__m256i *controls, __m256i *beyond, const char *text)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i from_tab = _mm256_sub_epi8(bytes, _mm256_set1_epi8('\t'));
	__m256i white = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(' ')),
	                                _mm256_cmpeq_epi8(_mm256_min_epu8(from_tab, _mm256_set1_epi8('\r' - '\t')), from_tab));
	__m256i control = _mm256_andnot_si256(white, _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes));
	__m256i deleted = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7F));

	*controls = _mm256_or_si256(*controls, _mm256_or_si256(control, deleted));
	*beyond = _mm256_or_si256(*beyond, bytes);
	return (uint32_t)_mm256_movemask_epi8(white);
}

__attribute__((target("avx2"))) static unsigned bits_avx2(uint64_t *bits, const char *text, size_t size)
{
	__m256i controls = _mm256_setzero_si256(), beyond = controls;
	size_t whole = size / WORD * WORD;

	for (size_t i = 0; i < whole; i += WORD) {
		uint64_t low = white_32(&controls, &beyond, text + i);
		bits[i / WORD] = low | (uint64_t)white_32(&controls, &beyond, text + i + 32) << 32;
	}
	unsigned odd = (_mm256_movemask_epi8(controls) != 0 ? RQ_HAS_CONTROL : 0) | (_mm256_movemask_epi8(beyond) != 0 ? RQ_HAS_BEYOND_ASCII : 0);
	return odd | bits_portable(bits + whole / WORD, text + whole, size - whole);
}

/* Every x86-64 has SSE2. */
static inline uint64_t white_16(__m128i *controls, __m128i *beyond, const char *text)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text), from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
	__m128i white = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab));
	__m128i control = _mm_andnot_si128(white, _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));

	*controls = _mm_or_si128(*controls, _mm_or_si128(control, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F))));
	*beyond = _mm_or_si128(*beyond, bytes);
	return (uint64_t)_mm_movemask_epi8(white);
}

static unsigned bits_sse2(uint64_t *bits, const char *text, size_t size)
{
	__m128i controls = _mm_setzero_si128(), beyond = controls;
	size_t whole = size / WORD * WORD;

	for (size_t i = 0; i < whole; i += WORD) {
		uint64_t word = 0;
		for (unsigned j = 0; j < WORD; j += 16)
			word |= white_16(&controls, &beyond, text + i + j) << j;
		bits[i / WORD] = word;
	}
	unsigned odd = (_mm_movemask_epi8(controls) != 0 ? RQ_HAS_CONTROL : 0) | (_mm_movemask_epi8(beyond) != 0 ? RQ_HAS_BEYOND_ASCII : 0);
	return odd | bits_portable(bits + whole / WORD, text + whole, size - whole);
}
#endif

const struct rq_white_way rq_white_ways[] = {
#if defined(__x86_64__)
	{"avx2", bits_avx2, has_avx2},
	{"sse2", bits_sse2, everywhere},
#endif
	{"portable", bits_portable, everywhere},
};
const size_t rq_white_way_count = sizeof rq_white_ways / sizeof *rq_white_ways;

rq_white_bits rq_white_best(void)
{
	size_t way = 0;

	while (!rq_white_ways[way].works())
		way++;
	return rq_white_ways[way].bits;
}
