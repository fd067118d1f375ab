/* 64 bytes make one word of bits. Control characters and what is beyond ASCII are only noticed: the lines of such a text are looked at byte by byte. */
#include "datasets/run_stream/white.h"

enum { WORD = 64 };

static bool everywhere(void)
{
	return true;
}

static bool bits_portable(uint64_t *bits, const char *text, size_t size)
{
	bool plain = true;

	for (size_t i = 0; i < size; i += WORD) {
		size_t count = size - i < WORD ? size - i : WORD;
		uint64_t word = 0;
		for (size_t j = 0; j < count; j++) {
			unsigned char byte = (unsigned char)text[i + j];
			bool white = byte == ' ' || (byte >= '\t' && byte <= '\r');
			word |= (uint64_t)white << j;
			plain &= white || (byte > 0x1F && byte < 0x7F);
		}
		bits[i / WORD] = word;
	}
	return plain;
}

#if defined(__x86_64__)
#include <immintrin.h>

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

/* Sets *odd where a byte is no plain one; 32 bits of white space. */
__attribute__((target("avx2"))) static inline uint32_t white_32(__m256i *odd, const char *text)
{
	__m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i from_tab = _mm256_sub_epi8(bytes, _mm256_set1_epi8('\t'));
	__m256i white = _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(' ')),
	                                _mm256_cmpeq_epi8(_mm256_min_epu8(from_tab, _mm256_set1_epi8('\r' - '\t')), from_tab));
	__m256i control = _mm256_andnot_si256(white, _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes));
	__m256i deleted = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7F));

	*odd = _mm256_or_si256(*odd, _mm256_or_si256(bytes, _mm256_or_si256(control, deleted))); /* beyond ASCII a byte's sign bit is set, too */
	return (uint32_t)_mm256_movemask_epi8(white);
}

__attribute__((target("avx2"))) static bool bits_avx2(uint64_t *bits, const char *text, size_t size)
{
	__m256i odd = _mm256_setzero_si256();
	size_t whole = size / WORD * WORD;

	for (size_t i = 0; i < whole; i += WORD) {
		uint64_t low = white_32(&odd, text + i);
		bits[i / WORD] = low | (uint64_t)white_32(&odd, text + i + 32) << 32;
	}
	bool plain = _mm256_movemask_epi8(odd) == 0;
	return bits_portable(bits + whole / WORD, text + whole, size - whole) && plain;
}

/* Every x86-64 has SSE2. */
static inline uint64_t white_16(__m128i *odd, const char *text)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text), from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
	__m128i white = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab));
	__m128i control = _mm_andnot_si128(white, _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes));

	*odd = _mm_or_si128(*odd, _mm_or_si128(bytes, _mm_or_si128(control, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)))));
	return (uint64_t)_mm_movemask_epi8(white);
}

static bool bits_sse2(uint64_t *bits, const char *text, size_t size)
{
	__m128i odd = _mm_setzero_si128();
	size_t whole = size / WORD * WORD;

	for (size_t i = 0; i < whole; i += WORD) {
		uint64_t word = 0;
		for (unsigned j = 0; j < WORD; j += 16)
			word |= white_16(&odd, text + i + j) << j;
		bits[i / WORD] = word;
	}
	bool plain = _mm_movemask_epi8(odd) == 0;
	return bits_portable(bits + whole / WORD, text + whole, size - whole) && plain;
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
