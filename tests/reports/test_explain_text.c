/* The page of a topic on terminals of several widths; tests/cli/test_explain.c has it whole. */
#include "reports/explain.h"
#include "reports/rows.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 35, DEPTH = 10 };

struct lab {
	char ids[DOCUMENTS][40];
	struct rq_explained_document documents[DOCUMENTS];
	size_t ranked[RQ_SIDES][DEPTH];
	const char *moves[1];
	struct rq_compared_topic topic;
	double values[RQ_SIDES];
	struct rq_metric_result metric;
	struct rq_comparison comparison;
	struct rq_explanation explanation;
};

#define TEXT                                                                                                                                         \
	"an \x1b[2J \xC3\xA4rgerlich long text of \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E with many words in it and "   \
	"then some more"

/* The first ten of the baseline, the next ten of the candidate, and fifteen relevant ones that neither has. */
static void fill(struct lab *lab, size_t id_length)
{
	*lab = (struct lab){.topic = {.id = "t1", .text = "a question of several words, which is longer than a line of eighty columns can hold at once"},
	                    .values = {.5, .25},
	                    .moves = {"d00 (grade 2) was at 1 and is not among the 10 that the candidate found; now above it: d10 (unjudged), d11 "
	                              "(unjudged)"}};
	for (size_t i = 0; i < DOCUMENTS; i++) {
		struct rq_explained_document *document = &lab->documents[i];
		memset(lab->ids[i], 'd', id_length);
		lab->ids[i][id_length - 2] = (char)('0' + i / 10);
		lab->ids[i][id_length - 1] = (char)('0' + i % 10);
		*document =
			(struct rq_explained_document){.id = lab->ids[i], .text = TEXT, .judged = i % 3 == 0 || i >= 2 * DEPTH, .grade = 2, .score = {NAN, NAN}};
		if (i >= 2 * DEPTH)
			continue;
		document->rank[i / DEPTH] = document->exact[0] = document->exact[1] = i % DEPTH + 1;
		document->score[i / DEPTH] = 1 - (double)i / 64;
		lab->ranked[i / DEPTH][i % DEPTH] = i;
	}
	lab->metric = (struct rq_metric_result){.name = "nDCG@10", .per_topic = {&lab->values[0], &lab->values[1]}};
	lab->comparison = (struct rq_comparison){.topics = &lab->topic, .topic_count = 1, .metrics = &lab->metric, .metric_count = 1,
	                                         .sides = {{.index = "exact"}, {.index = "run file \"x.run\""}}};
	lab->explanation = (struct rq_explanation){.topic = "t1", .text = lab->topic.text, .depth = DEPTH, .judged = true, .measured = {true, true},
	                                           .answered = {DEPTH, DEPTH}, .documents = lab->documents, .count = DOCUMENTS,
	                                           .ranked = {lab->ranked[0], lab->ranked[1]}, .moves = lab->moves, .move_count = 1};
}

static struct rq_buf draw(const struct lab *lab, struct rq_style style)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_explanation_table(&out, &lab->explanation, &lab->comparison, NULL, style, &err), RQ_OK);
	return out;
}

static void expect_fit(const char *text, size_t width)
{
	for (const char *line = text, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		ck_assert_msg(rq_text_width(line, (size_t)(end - line), true) <= width, "%zu columns: %.*s", width, (int)(end - line), line);
		ck_assert_msg(end == line || end[-1] != ' ', "ends in a blank: %.*s", (int)(end - line), line);
	}
}

START_TEST(lines_fit_the_terminal)
{
	struct lab *lab = malloc(sizeof *lab);

	ck_assert_ptr_nonnull(lab);
	for (size_t length = 3; length <= 27; length += 8) {
		fill(lab, length);
		for (int width = 80; width <= 200; width++) {
			struct rq_buf out = draw(lab, (struct rq_style){.unicode = true, .width = width});
			expect_fit(out.data, (size_t)width);
			ck_assert_ptr_null(strchr(out.data, '\x1b')); /* text cannot steer the terminal */
			rq_buf_release(&out);
		}
	}
	free(lab);
}
END_TEST

START_TEST(words_take_what_is_left)
{
	struct lab *lab = malloc(sizeof *lab);

	ck_assert_ptr_nonnull(lab);
	fill(lab, 3);
	struct rq_buf narrow = draw(lab, (struct rq_style){.unicode = true, .width = 80}),
				  wide = draw(lab, (struct rq_style){.unicode = true, .width = 200});
	ck_assert_msg(strstr(narrow.data, "  an [2J \xC3\xA4rgerlich l...\n") != NULL, "%.900s", narrow.data + 900);
	ck_assert_ptr_nonnull(strstr(wide.data, "with many words in it and then some more\n"));
	rq_buf_release(&narrow);
	rq_buf_release(&wide);
	fill(lab, 38);
	narrow = draw(lab, (struct rq_style){.width = 80}); /* no room: no words at all, rather than a part of their own */
	ck_assert_ptr_null(strstr(narrow.data, "rgerlich"));
	rq_buf_release(&narrow);
	free(lab);
}
END_TEST

START_TEST(relevant_ones_further_down_are_counted)
{
	struct lab *lab = malloc(sizeof *lab);

	ck_assert_ptr_nonnull(lab);
	fill(lab, 3);
	struct rq_buf out = draw(lab, (struct rq_style){.width = 80});
	ck_assert_msg(strstr(out.data, "\nand 5 more relevant documents that neither side has among its first 10; --json\n  lists them\n") != NULL,
	              "%.900s", out.data + out.size - 600);
	rq_buf_release(&out);
	free(lab);
}
END_TEST

Suite *explain_text_suite(void)
{
	Suite *suite = suite_create("explain_text");
	TCase *tests = tcase_create("explain_text");

	tcase_add_test(tests, lines_fit_the_terminal);
	tcase_add_test(tests, words_take_what_is_left);
	tcase_add_test(tests, relevant_ones_further_down_are_counted);
	suite_add_tcase(suite, tests);
	return suite;
}
