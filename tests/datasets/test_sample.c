#include "datasets/sample.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const FIELDS[] = {"text"};

/* Documents "d0" ... in the order given; where `chunked`, document i is a chunk of parent "p(i / 3)", but every tenth stands alone. */
static struct rq_corpus corpus_of(const size_t *order, size_t count, bool chunked)
{
	struct rq_buf data = {0};
	struct rq_corpus corpus;
	struct rq_error err = {0};

	for (size_t i = 0; i < count; i++) {
		rq_buf_printf(&data, "{\"_id\": \"d%zu\", \"text\": \"x\"", order[i]);
		if (chunked && order[i] % 10 != 0)
			rq_buf_printf(&data, ", \"parent\": \"p%zu\"", order[i] / 3);
		rq_buf_puts(&data, "}\n");
	}
	struct rq_text text = text_of(data.data, data.size);
	ck_assert_msg(rq_corpus_parse(&corpus, &text, FIELDS, 1, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	rq_buf_release(&data);
	return corpus;
}

static struct rq_qrels qrels_of(const char *data)
{
	struct rq_qrels qrels;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_msg(rq_qrels_parse(&qrels, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return qrels;
}

static struct rq_run run_of(const char *data)
{
	struct rq_run run;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_msg(rq_run_parse(&run, &text, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	return run;
}

/* Which documents of 0 ... count - 1 are kept, by number, whatever their order in the corpus. */
static struct rq_sample_counts choose(bool *by_number, const size_t *order, size_t count, bool chunked, const struct rq_qrels *qrels, const struct rq_run *runs,
                                      size_t run_count, struct rq_sample_rule rule)
{
	struct rq_corpus corpus = corpus_of(order, count, chunked);
	struct rq_sample_counts counts;
	struct rq_error err = {0};
	bool *kept = calloc(count, sizeof *kept);
	size_t total = 0;

	ck_assert_msg(rq_sample_choose(kept, &counts, &corpus, qrels, runs, run_count, &rule, &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < count; i++) {
		by_number[order[i]] = kept[i];
		total += kept[i];
	}
	ck_assert_uint_eq(counts.source, count);
	ck_assert_uint_eq(counts.judged + counts.from_runs + counts.distractors, total);
	free(kept);
	rq_corpus_release(&corpus);
	return counts;
}

enum { COUNT = 300 };

static void in_order(size_t *order)
{
	for (size_t i = 0; i < COUNT; i++)
		order[i] = i;
}

static void shuffled(size_t *order, uint64_t seed)
{
	struct rq_random random;

	in_order(order);
	rq_random_seed(&random, seed);
	for (size_t i = COUNT; i > 1; i--) {
		size_t j = rq_random_below(&random, i), swap = order[j];
		order[j] = order[i - 1];
		order[i - 1] = swap;
	}
}

START_TEST(judged_ranked_and_drawn_documents_stay)
{
	struct rq_qrels qrels = qrels_of("q1 0 d7 1\nq1 0 d8 0\nq2 0 d7 1\nq2 0 gone 1\n");
	struct rq_run run = run_of("q1 Q0 d8 1 9 x\nq1 Q0 d20 2 8 x\nq1 Q0 d21 3 7 x\nq2 Q0 d30 1 1 x\n");
	size_t order[COUNT];
	bool kept[COUNT];

	in_order(order);
	struct rq_sample_counts counts = choose(kept, order, COUNT, false, &qrels, &run, 1, (struct rq_sample_rule){.distractors = 25, .depth = 2, .seed = 1});
	ck_assert_uint_eq(counts.judged, 2);
	ck_assert_uint_eq(counts.from_runs, 2);
	ck_assert_uint_eq(counts.distractors, 25);
	ck_assert(kept[7] && kept[8] && kept[20] && kept[30]);
	counts = choose(kept, order, COUNT, false, &qrels, &run, 1, (struct rq_sample_rule){.distractors = 0, .depth = 2, .seed = 1});
	ck_assert(!kept[21]); /* third of its topic */
	counts = choose(kept, order, COUNT, false, &qrels, NULL, 0, (struct rq_sample_rule){.distractors = 5000, .depth = 2, .seed = 1});
	ck_assert_uint_eq(counts.distractors, COUNT - 2);
	rq_qrels_release(&qrels);
	rq_run_release(&run);
}
END_TEST

/* For many seeds: the same whatever the order of the file; a document more changes at most one other; another seed draws others; chunks stay together. */
START_TEST(the_draw_depends_on_ids_and_seed_alone)
{
	struct rq_qrels qrels = qrels_of("q1 0 d10 1\nq1 0 p5 1\n");
	size_t order[COUNT], other[COUNT], differ_by_seed = 0;
	bool kept[COUNT], again[COUNT];

	in_order(order);
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct rq_sample_rule rule = {.distractors = 20, .depth = 1, .seed = seed};
		bool chunked = seed % 2 == 1;
		choose(kept, order, COUNT, chunked, &qrels, NULL, 0, rule);
		shuffled(other, seed);
		choose(again, other, COUNT, chunked, &qrels, NULL, 0, rule);
		ck_assert_int_eq(memcmp(kept, again, sizeof kept), 0);
		ck_assert(kept[10]);
		for (size_t i = 0; chunked && i < COUNT; i++)
			for (size_t j = i - i % 3; j < i - i % 3 + 3 && j < COUNT; j++)
				if (i % 10 != 0 && j % 10 != 0)
					ck_assert_msg(kept[i] == kept[j], "seed %lu: chunks %zu and %zu", (unsigned long)seed, i, j);
		if (chunked) {
			ck_assert(kept[16] && kept[17]); /* judged by their parent's name */
		} else {
			size_t lost = 0, gained = 0;
			memset(again, 0, sizeof again);
			choose(again, order, COUNT - 1, false, &qrels, NULL, 0, rule);
			for (size_t i = 0; i < COUNT; i++) {
				lost += kept[i] && !again[i];
				gained += again[i] && !kept[i];
			}
			ck_assert_uint_le(lost, 1);
			ck_assert_uint_le(gained, 1);
		}
		rule.seed = seed + 1000;
		choose(again, order, COUNT, chunked, &qrels, NULL, 0, rule);
		differ_by_seed += memcmp(kept, again, sizeof kept) != 0;
	}
	ck_assert_uint_eq(differ_by_seed, 40);
	rq_qrels_release(&qrels);
}
END_TEST

/* Over 3000 seeds every document is drawn about equally often: 3000 * 30 / 299 = 301; six standard deviations are 99. */
START_TEST(the_draw_is_uniform)
{
	struct rq_qrels qrels = qrels_of("q1 0 d0 1\n");
	size_t order[COUNT], drawn[COUNT] = {0};
	bool kept[COUNT];
	struct rq_sample_counts counts;
	struct rq_error err = {0};

	in_order(order);
	struct rq_corpus corpus = corpus_of(order, COUNT, false);
	for (uint64_t seed = 0; seed < 3000; seed++) {
		struct rq_sample_rule rule = {.distractors = 30, .depth = 1, .seed = seed};
		ck_assert_int_eq(rq_sample_choose(kept, &counts, &corpus, &qrels, NULL, 0, &rule, &err), RQ_OK);
		for (size_t i = 0; i < COUNT; i++)
			drawn[i] += kept[i];
	}
	ck_assert_uint_eq(drawn[0], 3000);
	for (size_t i = 1; i < COUNT; i++)
		ck_assert_msg(drawn[i] > 301 - 99 && drawn[i] < 301 + 99, "document %zu: %zu times", i, drawn[i]);
	rq_corpus_release(&corpus);
	rq_qrels_release(&qrels);
}
END_TEST

START_TEST(a_run_over_another_corpus_is_refused)
{
	struct rq_qrels qrels = qrels_of("q1 0 d0 1\n");
	struct rq_run run = run_of("q1 Q0 d0 1 2 x\nq1 Q0 elsewhere 2 1 x\n");
	size_t order[COUNT];
	bool kept[COUNT];
	struct rq_sample_counts counts;
	struct rq_error err = {0};
	struct rq_sample_rule rule = {.distractors = 1, .depth = 2};

	in_order(order);
	struct rq_corpus corpus = corpus_of(order, COUNT, false);
	ck_assert_int_eq(rq_sample_choose(kept, &counts, &corpus, &qrels, &run, 1, &rule, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "topic \"q1\" ranks document \"elsewhere\", which is not in the corpus; sample with runs over this corpus");
	rule.depth = 1;
	ck_assert_int_eq(rq_sample_choose(kept, &counts, &corpus, &qrels, &run, 1, &rule, &err), RQ_OK);
	rq_corpus_release(&corpus);
	rq_qrels_release(&qrels);
	rq_run_release(&run);
}
END_TEST

static struct rq_sample_mark mark_beside(const char *folder, const char *json, const char *sha256)
{
	struct rq_sample_mark mark;
	struct rq_error err = {0};
	char path[128], corpus[128];

	snprintf(path, sizeof path, "%s/sample.json", folder);
	snprintf(corpus, sizeof corpus, "%s/corpus.jsonl", folder);
	if (json != NULL)
		ck_assert_msg(rq_file_write(path, json, strlen(json), &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(rq_sample_mark_read(&mark, corpus, sha256, &err), RQ_OK);
	unlink(path);
	return mark;
}

START_TEST(the_mark_is_read_as_it_was_written)
{
	char folder[] = "/tmp/rqgate-sample-XXXXXX";
	struct rq_buf json = {0}, sentence = {0};
	struct rq_error err = {0};
	struct rq_sample_counts counts = {1000, 50, 20, 30};
	struct rq_sample_rule rule = {.distractors = 30, .depth = 100, .seed = 7};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(rq_sample_mark_print(&json, &counts, &rule, "abc", NULL, 0, &err), RQ_OK);
	struct rq_sample_mark mark = mark_beside(folder, json.data, "abc");
	ck_assert_int_eq(mark.state, RQ_SAMPLE_MATCHES);
	rq_sample_mark_describe(&sentence, &mark);
	ck_assert_str_eq(sentence.data, "sampled corpus: absolute values are optimistic (100 of 1000 documents were kept: 50 judged, 20 from runs, 30 distractors of seed 7)");
	rq_buf_clear(&sentence);
	mark = mark_beside(folder, json.data, "other");
	ck_assert_int_eq(mark.state, RQ_SAMPLE_CHANGED);
	rq_sample_mark_describe(&sentence, &mark);
	ck_assert_ptr_nonnull(strstr(sentence.data, "; the corpus was changed since"));
	ck_assert_int_eq(mark_beside(folder, NULL, "abc").state, RQ_SAMPLE_NONE);
	ck_assert_int_eq(mark_beside(folder, "{\"kind\": \"a sample of another program\"}", "abc").state, RQ_SAMPLE_NONE);
	ck_assert_int_eq(mark_beside(folder, "[1]", "abc").state, RQ_SAMPLE_NONE);
	ck_assert_int_eq(mark_beside(folder, "{\"kind\": ", "abc").state, RQ_SAMPLE_UNREADABLE);
	ck_assert_int_eq(mark_beside(folder, "{\"kind\": \"rqgate corpus sample\"}", "abc").state, RQ_SAMPLE_UNREADABLE);
	rmdir(folder);
	rq_buf_release(&json);
	rq_buf_release(&sentence);
}
END_TEST

Suite *sample_suite(void)
{
	Suite *suite = suite_create("sample");
	TCase *tests = tcase_create("sample");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, judged_ranked_and_drawn_documents_stay);
	tcase_add_test(tests, the_draw_depends_on_ids_and_seed_alone);
	tcase_add_test(tests, the_draw_is_uniform);
	tcase_add_test(tests, a_run_over_another_corpus_is_refused);
	tcase_add_test(tests, the_mark_is_read_as_it_was_written);
	suite_add_tcase(suite, tests);
	return suite;
}
