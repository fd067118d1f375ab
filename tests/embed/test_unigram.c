/* The best path of pieces: upstream's own example, and two slow versions, written down as the two searches are described, on seeded random texts. */
#include "evalcore/base/random.h"
#include "evalcore/embed/token/unigram.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct rq_unigram unigram;
static struct rq_unigram_scratch scratch;
static struct rq_token_ids ids;
static struct rq_error err;

static void tear_down(void)
{
	rq_unigram_release(&unigram);
	rq_unigram_scratch_release(&scratch);
	free(ids.items);
	ids = (struct rq_token_ids){0};
}

static void encode(const char *text)
{
	ids.count = 0;
	ck_assert_int_eq(rq_unigram_encode(&ids, &unigram, &scratch, text, strlen(text), &err), RQ_OK);
}

static void init(const struct rq_unigram_piece *pieces, uint32_t count, uint32_t first, enum rq_unigram_search search)
{
	rq_unigram_release(&unigram);
	ck_assert_int_eq(rq_unigram_init(&unigram, pieces, count, first, 0, search, &err), RQ_OK);
}

#define IDS(...) \
	do { \
		const uint32_t expected[] = {__VA_ARGS__}; \
		ck_assert_uint_eq(ids.count, sizeof expected / sizeof *expected); \
		ck_assert_mem_eq(ids.items, expected, sizeof expected); \
	} while (0)

/* Of the documentation of Unigram::encode in huggingface/tokenizers. */
START_TEST(upstreams_example)
{
	const struct rq_unigram_piece pieces[] = {{"<unk>", 5, 0}, {"a", 1, 0}, {"b", 1, 0},   {"c", 1, 0},  {"d", 1, 0},
	                                          {"cd", 2, 1},    {"ab", 2, 2}, {"abc", 3, 5}, {"abcd", 4, 10}};

	init(pieces, 9, 0, RQ_UNIGRAM_SENTENCEPIECE);
	encode("abcdacdxx");
	IDS(8, 1, 5, 0);
	encode("");
	ck_assert_uint_eq(ids.count, 0);
	encode("x<unk>\xC3\xA4" "a\xF0\x9F\x98\x80"); /* what is unknown goes together, the piece that says so too */
	IDS(0, 1, 0);
}
END_TEST

START_TEST(ties_and_pieces_that_are_equal)
{
	const struct rq_unigram_piece pieces[] = {{"?", 1, -9}, {"a", 1, -1}, {"aa", 2, -2}, {"b", 1, -5}, {"b", 1, -1}};

	init(pieces, 5, 0, RQ_UNIGRAM_SENTENCEPIECE);
	encode("aab");
	IDS(2, 4);
	init(pieces, 5, 1, RQ_UNIGRAM_USE);
	encode("aab");
	IDS(1, 1, 4);
}
END_TEST

START_TEST(quirks_of_the_universal_sentence_encoder)
{
	/* A score of 0 counts as none yet: "ab" (0) is replaced by "b" after "a", which is worse. */
	const struct rq_unigram_piece pieces[] = {{"\xEF\xBF\xBD", 3, 0}, {"x", 1, -1}, {"a", 1, -3}, {"b", 1, -4}, {"ab", 2, 0}, {"xy", 2, -1}};

	init(pieces, 6, 2, RQ_UNIGRAM_USE);
	encode("ab");
	IDS(2, 3);
	encode("xxa"); /* x is reserved: two unknown characters, one id */
	IDS(0, 2);
	encode("xyb"); /* no piece begins with y, so that it costs nothing, and less than "xy" */
	IDS(0, 3);
	encode("a!ab"); /* an unknown character costs nothing, so that the score is -3 before "ab", and no 0 behind it */
	IDS(2, 0, 4);
	encode("\xE6\x97\xA5");
	IDS(0);
}
END_TEST

enum { LONGEST = 40, PIECES = 40 };

static const char *const alphabet[] = {"a", "b", "\xC3\xA4", "\xE2\x96\x81"};

/* Appends up to `most` random characters. */
static void random_text(char *text, struct rq_random *random, size_t most)
{
	size_t n = rq_random_below(random, most + 1);

	text[0] = '\0';
	while (n-- > 0)
		strcat(text, alphabet[rq_random_below(random, 4)]);
}

struct slow_step {
	double score;
	size_t from;
	uint32_t id;
	bool reached;
};

/* Is there a character from start to end, with which no piece begins? */
static bool is_foreign(const struct rq_unigram_piece *pieces, uint32_t count, uint32_t first, const char *text, size_t start, size_t end)
{
	bool single = ((unsigned char)text[start] & 0xC0) != 0x80;

	for (size_t i = start + 1; i < end; i++)
		single &= ((unsigned char)text[i] & 0xC0) == 0x80;
	single &= ((unsigned char)text[end] & 0xC0) != 0x80;
	for (uint32_t id = first; id < count; id++)
		single &= pieces[id].length == 0 || strncmp(pieces[id].text, text + start, pieces[id].length) != 0;
	return single;
}

/* Every end, every start, every piece; as the package's own search goes, which has its places in characters. */
static void slow_use(struct slow_step *steps, const struct rq_unigram_piece *pieces, uint32_t count, uint32_t first, const char *text, size_t length)
{
	for (size_t end = 0; end <= length; end++) {
		steps[end] = (struct slow_step){0};
		for (size_t start = 0; start < end; start++) {
			uint32_t id = count; /* of equal pieces the last */
			while (id-- > first && (pieces[id].length != end - start || memcmp(pieces[id].text, text + start, end - start) != 0))
				;
			bool piece = id + 1 > first, foreign = !piece && is_foreign(pieces, count, first, text, start, end);
			double score = (piece ? pieces[id].score : 0) + steps[start].score;
			if ((piece || foreign) && (steps[end].score == 0 || score >= steps[end].score))
				steps[end] = (struct slow_step){score, start, piece ? id : 0, true};
		}
	}
}

static void slow_sentencepiece(struct slow_step *steps, const struct rq_unigram_piece *pieces, uint32_t count, const char *text, size_t length)
{
	double least = 0;

	for (uint32_t id = 0; id < count; id++)
		least = pieces[id].score < least ? pieces[id].score : least;
	steps[0] = (struct slow_step){.reached = true};
	for (size_t end = 1; end <= length; end++) {
		steps[end] = (struct slow_step){0};
		for (size_t start = 0; start < end; start++) {
			bool single = start + 1 == end || ((unsigned char)text[start] >= 0xC0 && ((unsigned char)text[end] & 0xC0) != 0x80);
			uint32_t id = count;
			for (size_t i = start + 1; i < end; i++)
				single &= ((unsigned char)text[i] & 0xC0) == 0x80;
			while (id-- > 0 && (pieces[id].length != end - start || memcmp(pieces[id].text, text + start, end - start) != 0))
				;
			if (!steps[start].reached || (id == UINT32_MAX && !single))
				continue;
			double score = steps[start].score + (id == UINT32_MAX ? least - 10 : pieces[id].score);
			if (!steps[end].reached || score > steps[end].score)
				steps[end] = (struct slow_step){score, start, id == UINT32_MAX ? 0 : id, true};
		}
	}
}

static size_t slow_ids(uint32_t *out, const struct slow_step *steps, const char *text, size_t length)
{
	uint32_t reversed[LONGEST * 4];
	size_t n = 0, kept = 0;

	for (size_t end = length; end > 0;) {
		reversed[n++] = steps[end].id;
		if (steps[end].reached)
			end = steps[end].from;
		else
			while (((unsigned char)text[--end] & 0xC0) == 0x80)
				;
	}
	while (n-- > 0)
		if (reversed[n] != 0 || kept == 0 || out[kept - 1] != 0)
			out[kept++] = reversed[n];
	return kept;
}

static void check_random(enum rq_unigram_search search, uint64_t seed)
{
	struct rq_random random;
	char texts[PIECES][16], text[LONGEST * 4];
	struct rq_unigram_piece pieces[PIECES] = {{"<unk>", 5, -2}};
	struct slow_step steps[LONGEST * 4 + 1];
	uint32_t expected[LONGEST * 4], count = 1, first = search == RQ_UNIGRAM_USE ? 3 : 0;

	rq_random_seed(&random, seed);
	for (uint32_t wanted = 2 + (uint32_t)rq_random_below(&random, PIECES - 2); count < wanted; count++) {
		random_text(texts[count], &random, 4);
		pieces[count] = (struct rq_unigram_piece){texts[count], strlen(texts[count]), -(double)rq_random_below(&random, 6) / 2};
	}
	init(pieces, count, first, search);
	for (size_t i = 0; i < 50; i++) {
		random_text(text, &random, LONGEST);
		size_t length = strlen(text);
		if (search == RQ_UNIGRAM_USE)
			slow_use(steps, pieces, count, first, text, length);
		else
			slow_sentencepiece(steps, pieces, count, text, length);
		size_t n = slow_ids(expected, steps, text, length);
		encode(text);
		ck_assert_msg(ids.count == n && (n == 0 || memcmp(ids.items, expected, n * sizeof *expected) == 0), "seed %lu, \"%s\"", (unsigned long)seed,
		              text);
	}
}

START_TEST(sentencepiece_as_the_slow_version)
{
	check_random(RQ_UNIGRAM_SENTENCEPIECE, (uint64_t)_i);
}
END_TEST

START_TEST(use_as_the_slow_version)
{
	check_random(RQ_UNIGRAM_USE, (uint64_t)_i);
}
END_TEST

/* Keys of every shape: none but the keys are found, and each with its value. */
START_TEST(a_trie_holds_its_keys_and_no_others)
{
	struct rq_random random;
	struct rq_trie trie;
	char texts[500][9];
	struct rq_trie_key keys[500];

	rq_random_seed(&random, (uint64_t)_i);
	for (uint32_t i = 0; i < 500; i++) {
		size_t length = rq_random_below(&random, sizeof texts[i]);
		for (size_t b = 0; b < length; b++)
			texts[i][b] = (char)rq_random_below(&random, _i % 2 == 0 ? 4 : 256);
		keys[i] = (struct rq_trie_key){texts[i], length, i};
	}
	ck_assert_int_eq(rq_trie_build(&trie, keys, 400, &err), RQ_OK); /* sorts those; the others were not asked for */
	for (size_t i = 0; i < 500; i++) {
		uint32_t expected = RQ_TRIE_NONE;
		for (size_t k = 0; k < 400; k++)
			if (keys[k].length == keys[i].length && memcmp(keys[k].bytes, keys[i].bytes, keys[i].length) == 0 &&
			    (expected == RQ_TRIE_NONE || keys[k].value > expected))
				expected = keys[k].value;
		ck_assert_uint_eq(rq_trie_find(&trie, keys[i].bytes, keys[i].length), expected);
	}
	rq_trie_release(&trie);
	ck_assert_int_eq(rq_trie_build(&trie, keys, 0, &err), RQ_OK);
	ck_assert_uint_eq(rq_trie_find(&trie, "a", 1), RQ_TRIE_NONE);
	rq_trie_release(&trie);
}
END_TEST

Suite *unigram_suite(void)
{
	Suite *suite = suite_create("unigram");
	TCase *tests = tcase_create("unigram");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, upstreams_example);
	tcase_add_test(tests, ties_and_pieces_that_are_equal);
	tcase_add_test(tests, quirks_of_the_universal_sentence_encoder);
	tcase_add_loop_test(tests, sentencepiece_as_the_slow_version, 0, 40);
	tcase_add_loop_test(tests, use_as_the_slow_version, 0, 40);
	tcase_add_loop_test(tests, a_trie_holds_its_keys_and_no_others, 0, 10);
	suite_add_tcase(suite, tests);
	return suite;
}
