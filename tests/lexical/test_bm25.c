/* BM25 against numbers worked out elsewhere and against a slow obvious version, on made-up texts. */
#include "evalcore/lexical/bm25.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/text/tokens.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static struct rq_neighbours search(const struct rq_bm25_options *options, const char *const *documents, size_t n, const char *const *topics,
                                   size_t nq, size_t k, const uint32_t *tie_rank)
{
	struct rq_error err = {0};
	struct rq_bm25 *bm25;
	struct rq_neighbours out;

	ck_assert_ok(rq_bm25_build(&bm25, options, documents, n, NULL, &err));
	ck_assert_ok(rq_neighbours_init(&out, nq, k, &err));
	ck_assert_ok(rq_bm25_search(&out, bm25, topics, nq, tie_rank, NULL, &err));
	rq_bm25_free(bm25);
	return out;
}

static const char *const pets[] = {"red fish blue fish", "blue whale", "the red red red barn", "", "green"};
static const uint32_t in_order[] = {0, 1, 2, 3, 4};

static void expect_list(const struct rq_bm25_options *options, const char *topic, size_t count, const uint32_t *rows, const double *scores)
{
	struct rq_neighbours out = search(options, pets, 5, &topic, 1, 5, in_order);

	ck_assert_uint_eq(out.counts[0], count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(out.rows[i], rows[i]);
		ck_assert_double_eq_tol(out.scores[i], scores[i], 1e-14);
	}
	rq_neighbours_release(&out);
}

/* By a few lines of Python from the formula in bm25.h. */
START_TEST(worked_out_elsewhere)
{
	const struct rq_bm25_options standard = {.k1 = 1.2, .b = .75, .language = "none"}, other = {.k1 = .9, .b = .4, .language = "none"};

	expect_list(&standard, "red fish", 2, (const uint32_t[]){0, 2}, (const double[]){2.2930512380898174, 1.1165398389441044});
	expect_list(&standard, "blue Blue", 2, (const uint32_t[]){1, 0}, (const double[]){1.8790548509059317, 1.3757365872704141});
	expect_list(&standard, "green unicorn", 1, (const uint32_t[]){4}, (const double[]){1.8208045340082146});
	expect_list(&standard, "the", 1, (const uint32_t[]){2}, (const double[]){.9605819195161447});
	expect_list(&other, "red fish", 2, (const uint32_t[]){0, 2}, (const double[]){2.4549664015239476, 1.1632102104702164});
	expect_list(&standard, "unicorn", 0, NULL, NULL);
	expect_list(&standard, "", 0, NULL, NULL);
}
END_TEST

/* Words as every text embedder sees them: a stop word is no word, "fishes" is "fish". */
START_TEST(stems_and_stop_words)
{
	const struct rq_bm25_options english = {.k1 = 1.2, .b = .75, .language = "english", .stop_words = true};
	const char *const topics[] = {"the", "Fishes!", "REDS"};
	struct rq_neighbours out = search(&english, pets, 5, topics, 3, 5, in_order);

	ck_assert_uint_eq(out.counts[0], 0);
	ck_assert_uint_eq(out.counts[1], 1);
	ck_assert_uint_eq(out.rows[5], 0);
	ck_assert_uint_eq(out.counts[2], 2);
	rq_neighbours_release(&out);
}
END_TEST

START_TEST(nothing_to_find)
{
	const struct rq_bm25_options standard = {.k1 = 1.2, .b = .75, .language = "english", .stop_words = true};
	const char *const empty[] = {"", "the of", ""}, *const topics[] = {"fish", ""};
	struct rq_neighbours out = search(&standard, empty, 3, topics, 2, 3, in_order);

	ck_assert_uint_eq(out.counts[0] + out.counts[1], 0);
	rq_neighbours_release(&out);
	out = search(&standard, pets, 5, topics, 0, 3, in_order);
	rq_neighbours_release(&out);
}
END_TEST

START_TEST(an_unknown_language)
{
	const struct rq_bm25_options klingon = {.k1 = 1.2, .b = .75, .language = "klingon"};
	struct rq_error err = {0};
	struct rq_bm25 *bm25;

	ck_assert_int_eq(rq_bm25_check(&klingon, &err), RQ_E_CONFIG);
	ck_assert_msg(strncmp(err.text, "language \"klingon\": no such stemmer; expected one of ", 52) == 0, "%s", err.text);
	ck_assert_int_eq(rq_bm25_build(&bm25, &klingon, pets, 5, NULL, &err), RQ_E_CONFIG);
	ck_assert_ptr_null(bm25);
}
END_TEST

/* ---- the slow obvious version ---- */

struct words {
	char *items[128];
	size_t count;
};

static bool keep_word(void *context, const char *stem, size_t length)
{
	struct words *words = context;

	ck_assert_uint_lt(words->count, 128);
	words->items[words->count++] = strndup(stem, length);
	return true;
}

static struct words words_of(const char *text, const struct rq_bm25_options *options)
{
	struct words words = {0};
	struct rq_error err = {0};
	struct rq_tokenizer *tokenizer;

	ck_assert_ok(rq_tokenizer_new(&tokenizer, options->language, options->stop_words, &err));
	ck_assert_ok(rq_tokenize(tokenizer, text, keep_word, &words, &err));
	rq_tokenizer_free(tokenizer);
	return words;
}

static size_t occurrences(const struct words *words, const char *word)
{
	size_t count = 0;

	for (size_t i = 0; i < words->count; i++)
		count += strcmp(words->items[i], word) == 0;
	return count;
}

static void free_words(struct words *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		while (words[i].count > 0)
			free(words[i].items[--words[i].count]);
	free(words);
}

/* A word that stands twice in the topic is simply added twice. */
static double slow_score(const struct words *topic, const struct words *documents, size_t n, size_t document, const struct rq_bm25_options *options)
{
	double score = 0, average = 0;

	for (size_t i = 0; i < n; i++)
		average += (double)documents[i].count / (double)n;
	for (size_t t = 0; t < topic->count; t++) {
		double tf = (double)occurrences(&documents[document], topic->items[t]), with = 0;
		for (size_t i = 0; i < n; i++)
			with += occurrences(&documents[i], topic->items[t]) > 0;
		if (tf > 0)
			score += log(1 + ((double)n - with + .5) / (with + .5)) * tf * (options->k1 + 1) /
			         (tf + options->k1 * (1 - options->b + options->b * (double)documents[document].count / average));
	}
	return score;
}

enum { DOCUMENTS_MAX = 120, TOPICS = 12 };

struct lab {
	char *documents[DOCUMENTS_MAX], *topics[TOPICS];
	size_t n;
	uint32_t tie_rank[DOCUMENTS_MAX];
	struct rq_bm25_options options;
};

static char *random_text(struct rq_random *random, size_t words)
{
	static const char *const others[] = {"the", "fishing", "Fish", "don't", "na\xc3\xafve", "of"};
	struct rq_buf text = {0};

	rq_buf_puts(&text, "");
	for (size_t i = 0; i < words; i++) /* the product skews towards small numbers, as words are */
		if (rq_random_below(random, 5) == 0)
			rq_buf_printf(&text, "%s ", others[rq_random_below(random, 6)]);
		else
			rq_buf_printf(&text, "w%d ", (int)(60 * rq_random_unit(random) * rq_random_unit(random)));
	return text.data;
}

/* Some documents are empty, some are there twice. */
static void set_up(struct lab *lab, uint64_t seed)
{
	static const char *const languages[] = {"english", "none", "german"};
	struct rq_random random;

	rq_random_seed(&random, seed);
	lab->n = 1 + rq_random_below(&random, DOCUMENTS_MAX);
	lab->options = (struct rq_bm25_options){.k1 = rq_random_below(&random, 4) == 0 ? 0 : 3 * rq_random_unit(&random),
	                                        .b = rq_random_below(&random, 4) == 0 ? 1 : rq_random_unit(&random),
	                                        .language = languages[rq_random_below(&random, 3)],
	                                        .stop_words = rq_random_below(&random, 2) == 0};
	for (size_t i = 0; i < lab->n; i++) {
		bool twin = i > 0 && rq_random_below(&random, 5) == 0;
		lab->documents[i] = twin ? strdup(lab->documents[rq_random_below(&random, i)]) : random_text(&random, rq_random_below(&random, 30));
		lab->tie_rank[i] = (uint32_t)i;
	}
	for (size_t i = lab->n; i-- > 1;) {
		size_t j = rq_random_below(&random, i + 1);
		uint32_t kept = lab->tie_rank[i];
		lab->tie_rank[i] = lab->tie_rank[j];
		lab->tie_rank[j] = kept;
	}
	for (size_t i = 0; i < TOPICS; i++)
		lab->topics[i] = random_text(&random, rq_random_below(&random, 10));
}

static void tear_down(struct lab *lab)
{
	for (size_t i = 0; i < lab->n; i++)
		free(lab->documents[i]);
	for (size_t i = 0; i < TOPICS; i++)
		free(lab->topics[i]);
}

#define NEAR 1e-12

/* Every score is that of the slow version, the list is in order, and nothing that was left out belongs into it. */
static void check_topic(const struct lab *lab, const struct rq_neighbours *out, size_t topic, const double *scores)
{
	const uint32_t *rows = out->rows + topic * out->k, *tie_rank = lab->tie_rank;
	const double *found = out->scores + topic * out->k;
	size_t count = out->counts[topic], positive = 0;
	bool listed[DOCUMENTS_MAX] = {false};

	for (size_t i = 0; i < count; i++) {
		ck_assert_double_eq_tol(found[i], scores[rows[i]], NEAR * (1 + scores[rows[i]]));
		ck_assert(!listed[rows[i]]);
		listed[rows[i]] = true;
		if (i > 0)
			ck_assert(found[i - 1] > found[i] || (found[i - 1] == found[i] && tie_rank[rows[i - 1]] > tie_rank[rows[i]]));
	}
	for (size_t i = 0; i < lab->n; i++) {
		positive += scores[i] > 0;
		if (listed[i] || count == 0)
			continue;
		uint32_t last = rows[count - 1];
		ck_assert(scores[i] <= found[count - 1] + NEAR * (1 + scores[i]));
		if (count == out->k && strcmp(lab->documents[i], lab->documents[last]) == 0) /* the same words, so the same digits: ids decide */
			ck_assert_uint_lt(tie_rank[i], tie_rank[last]);
	}
	ck_assert_uint_eq(count, positive < out->k ? positive : out->k);
}

START_TEST(as_the_slow_version_says)
{
	struct lab lab;
	double scores[DOCUMENTS_MAX];
	size_t listed = 0, cut = 0;

	set_up(&lab, (uint64_t)_i);
	size_t k = 1 + (size_t)_i % lab.n;
	struct words *documents = calloc(lab.n, sizeof *documents), *topics = calloc(TOPICS, sizeof *topics);
	for (size_t i = 0; i < lab.n; i++)
		documents[i] = words_of(lab.documents[i], &lab.options);
	struct rq_neighbours out =
		search(&lab.options, (const char *const *)lab.documents, lab.n, (const char *const *)lab.topics, TOPICS, k, lab.tie_rank);
	for (size_t t = 0; t < TOPICS; t++) {
		topics[t] = words_of(lab.topics[t], &lab.options);
		for (size_t i = 0; i < lab.n; i++)
			scores[i] = slow_score(&topics[t], documents, lab.n, i, &lab.options);
		check_topic(&lab, &out, t, scores);
		listed += out.counts[t];
		cut += out.counts[t] == k;
	}
	ck_assert(lab.n < 10 || (listed > 0 && (k > lab.n / 2 || cut > 0)));
	rq_neighbours_release(&out);
	free_words(documents, lab.n);
	free_words(topics, TOPICS);
	tear_down(&lab);
}
END_TEST

/* Enough topics for many blocks; a reader's own answers, query by query, are the same too. */
START_TEST(threads_change_no_digit)
{
	enum { MANY = 200 };
	struct lab lab;
	struct rq_error err = {0};
	struct rq_random random;
	char *topics[MANY];
	struct rq_bm25 *bm25;
	struct rq_bm25_reader *reader;
	struct rq_neighbours one, two, single;

	set_up(&lab, 77);
	rq_random_seed(&random, 78);
	for (size_t i = 0; i < MANY; i++)
		topics[i] = random_text(&random, 8);
	rq_threads_set(1);
	one = search(&lab.options, (const char *const *)lab.documents, lab.n, (const char *const *)topics, MANY, 10, lab.tie_rank);
	rq_threads_set(4);
	two = search(&lab.options, (const char *const *)lab.documents, lab.n, (const char *const *)topics, MANY, 10, lab.tie_rank);
	ck_assert_mem_eq(one.counts, two.counts, MANY * sizeof *one.counts);
	ck_assert_mem_eq(one.rows, two.rows, MANY * 10 * sizeof *one.rows);
	ck_assert_mem_eq(one.scores, two.scores, MANY * 10 * sizeof *one.scores);
	ck_assert_ok(rq_bm25_build(&bm25, &lab.options, (const char *const *)lab.documents, lab.n, NULL, &err));
	ck_assert_ok(rq_bm25_reader_new(&reader, bm25, &err));
	ck_assert_ok(rq_neighbours_init(&single, 1, 10, &err));
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_ok(rq_bm25_reader_search(&single, 0, reader, topics[i], lab.tie_rank, &err));
		ck_assert_uint_eq(single.counts[0], one.counts[i]);
		ck_assert_mem_eq(single.rows, one.rows + i * 10, single.counts[0] * sizeof *one.rows);
		ck_assert_mem_eq(single.scores, one.scores + i * 10, single.counts[0] * sizeof *one.scores);
	}
	rq_bm25_reader_free(reader);
	rq_bm25_free(bm25);
	rq_neighbours_release(&one);
	rq_neighbours_release(&two);
	rq_neighbours_release(&single);
	for (size_t i = 0; i < MANY; i++)
		free(topics[i]);
	tear_down(&lab);
}
END_TEST

/* More words than the first table of slots holds, each in one document: each finds its own. */
START_TEST(many_words)
{
	enum { WORDS = 20000 };
	const struct rq_bm25_options plain = {.k1 = 1.2, .b = .75, .language = "none"};
	static char texts[WORDS][16];
	static const char *pointers[WORDS];
	static uint32_t tie_rank[WORDS];

	for (uint32_t i = 0; i < WORDS; i++) {
		snprintf(texts[i], sizeof texts[i], "x%u", (unsigned)i);
		pointers[i] = texts[i];
		tie_rank[i] = i;
	}
	struct rq_neighbours out = search(&plain, pointers, WORDS, pointers, WORDS, 2, tie_rank);
	for (size_t i = 0; i < WORDS; i++) {
		ck_assert_uint_eq(out.counts[i], 1);
		ck_assert_uint_eq(out.rows[2 * i], i);
	}
	rq_neighbours_release(&out);
}
END_TEST

Suite *bm25_suite(void)
{
	Suite *suite = suite_create("bm25");
	TCase *tests = tcase_create("bm25");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, worked_out_elsewhere);
	tcase_add_test(tests, stems_and_stop_words);
	tcase_add_test(tests, nothing_to_find);
	tcase_add_test(tests, an_unknown_language);
	tcase_add_loop_test(tests, as_the_slow_version_says, 0, 60);
	tcase_add_test(tests, threads_change_no_digit);
	tcase_add_test(tests, many_words);
	suite_add_tcase(suite, tests);
	return suite;
}
