/* rqgate drift between real models of the same texts, titles of films and topics of TREC, against figures computed here in
 * the slowest, most obvious way: all cosines, all pairs of lists, all products of rows. */
#include "drift_job.h"

#include "datasets/unpack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, WIDEST = 1536, K = 10 };

struct model {
	float rows[MOST][WIDEST];
	size_t n, d;
};

/* ---- reading ---- */

static void take_row(struct model *model, size_t row, const rq_json *numbers)
{
	size_t j = 0;

	ck_assert(row < MOST && rq_json_size(numbers) <= WIDEST);
	for (const rq_json *number = rq_json_first(numbers); number != NULL; number = rq_json_next(number))
		model->rows[row][j++] = (float)rq_json_number(number);
	model->d = j;
	model->n = row + 1 > model->n ? row + 1 : model->n;
}

static bool read_shared(struct rq_buf *text, const char *name)
{
	struct rq_unpack unpack;
	struct rq_error err = {0};
	char piece[1 << 14], *path = cli_shared(name);
	size_t got = 0;

	if (path == NULL)
		return false;
	ck_assert_int_eq(rq_unpack_open(&unpack, path, NULL, &err), RQ_OK);
	do {
		ck_assert_int_eq(rq_unpack_next(&got, &unpack, piece, sizeof piece, &err), RQ_OK);
		rq_buf_add(text, piece, got);
	} while (got > 0);
	rq_unpack_release(&unpack);
	free(path);
	return true;
}

/* {"title": [numbers], ...} */
static bool read_titles(struct model *model, const char *name)
{
	struct rq_buf text = {0};
	struct rq_error err = {0};
	rq_json *root = NULL;
	size_t row = 0;
	bool there = read_shared(&text, name);

	memset(model, 0, sizeof *model);
	if (there)
		ck_assert_int_eq(rq_json_parse(&root, text.data, text.size, name, &err), RQ_OK);
	for (const rq_json *title = there ? rq_json_first(root) : NULL; title != NULL; title = rq_json_next(title))
		take_row(model, row++, title);
	rq_json_free(root);
	rq_buf_release(&text);
	return there;
}

/* Lines of {"qid": a string or a number, "vector": [numbers]}: row i is the topic with the i-th smallest number. */
static bool read_topics(struct model *model, const char *name)
{
	struct rq_buf text = {0};
	struct rq_error err = {0};
	rq_json *lines[MOST];
	double numbers[MOST];
	size_t count = 0;
	bool there = read_shared(&text, name);

	memset(model, 0, sizeof *model);
	for (char *at = text.data; there && *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
		ck_assert_uint_lt(count, MOST);
		ck_assert_int_eq(rq_json_parse(&lines[count], at, strcspn(at, "\n"), name, &err), RQ_OK);
		const rq_json *qid = rq_json_get(lines[count], "qid");
		numbers[count++] = rq_json_string(qid) != NULL ? atof(rq_json_string(qid)) : rq_json_number(qid);
	}
	for (size_t i = 0; i < count; i++) {
		size_t smaller = 0;
		for (size_t j = 0; j < count; j++)
			smaller += numbers[j] < numbers[i];
		take_row(model, smaller, rq_json_get(lines[i], "vector"));
	}
	for (size_t i = 0; i < count; i++)
		rq_json_free(lines[i]);
	rq_buf_release(&text);
	return there;
}

/* ---- by hand ---- */

static double dot(const float *a, const float *b, size_t d)
{
	double sum = 0;

	for (size_t j = 0; j < d; j++)
		sum += (double)a[j] * b[j];
	return sum;
}

static double cosine(const float *a, const float *b, size_t d)
{
	return dot(a, b, d) / sqrt(dot(a, a, d) * dot(b, b, d));
}

static double near(const struct model *model, size_t i, size_t j)
{
	return cosine(model->rows[i], model->rows[j], model->d);
}

/* The K others with the largest cosines, best first. */
static void nearest(size_t lists[MOST][K], const struct model *model)
{
	for (size_t i = 0; i < model->n; i++) {
		bool taken[MOST] = {false};
		taken[i] = true;
		for (size_t rank = 0; rank < K; rank++) {
			size_t best = MOST;
			for (size_t j = 0; j < model->n; j++)
				if (!taken[j] && (best == MOST || near(model, i, j) > near(model, i, best)))
					best = j;
			taken[lists[i][rank] = best] = true;
		}
	}
}

static size_t shared_to(const size_t *a, const size_t *b, size_t depth)
{
	size_t shared = 0;

	for (size_t i = 0; i < depth; i++)
		for (size_t j = 0; j < depth; j++)
			shared += a[i] == b[j];
	return shared;
}

/* Webber, Moffat and Zobel 2010, equation 32, for two lists of K. */
static double rbo(const size_t *a, const size_t *b)
{
	double p = .9, sum = 0;

	for (size_t depth = 1; depth <= K; depth++)
		sum += (double)shared_to(a, b, depth) / (double)depth * pow(p, (double)depth);
	return (double)shared_to(a, b, K) / K * pow(p, K) + (1 - p) / p * sum;
}

/* Products of all rows of length 1, less the means of rows and columns: the products of centred rows. */
static void centred_products(double out[MOST][MOST], const struct model *model)
{
	double mean[MOST] = {0}, all = 0;
	size_t n = model->n;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			out[i][j] = cosine(model->rows[i], model->rows[j], model->d);
			mean[i] += out[i][j] / (double)n;
			all += out[i][j] / (double)(n * n);
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			out[i][j] += all - mean[i] - mean[j];
}

static double cka(const struct model *x, const struct model *y)
{
	static double a[MOST][MOST], b[MOST][MOST];
	double ab = 0, aa = 0, bb = 0;

	centred_products(a, x);
	centred_products(b, y);
	for (size_t i = 0; i < x->n; i++)
		for (size_t j = 0; j < x->n; j++) {
			ab += a[i][j] * b[i][j];
			aa += a[i][j] * a[i][j];
			bb += b[i][j] * b[i][j];
		}
	return ab / sqrt(aa * bb);
}

/* ---- the job ---- */

static void put(const char *name, const struct model *model)
{
	struct rq_buf out = {0};
	char header[119];

	snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", model->n, model->d);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", header);
	for (size_t i = 0; i < model->n; i++)
		rq_buf_add(&out, model->rows[i], model->d * sizeof *model->rows[i]);
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

/* Each text is a document and a topic. */
static void set_up_texts(size_t n)
{
	struct rq_buf corpus = {0}, topics = {0}, qrels = {0};

	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (size_t i = 0; i < n; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%02zu\", \"text\": \"text %zu\"}\n", i, i);
		rq_buf_printf(&topics, "{\"_id\": \"q%02zu\", \"text\": \"text %zu\"}\n", i, i);
		rq_buf_printf(&qrels, "q%02zu\td%02zu\t1\n", i, i);
	}
	cli_write("corpus.jsonl", corpus.data);
	cli_write("queries.jsonl", topics.data);
	cli_make_folder("qrels");
	cli_write("qrels/test.tsv", qrels.data);
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\"}, \"baseline\": {}, \"candidate\": {}, "
	                       "\"embedders\": {\"kept\": {\"kind\": \"vectors\", "
	                       "\"corpus\": \"v.npy\", \"topics\": \"v.npy\"}}, \"metrics\": [\"RR@10\"], "
	                       "\"gates\": [\"RR@10 >= 0\"], \"reports\": {\"json\": \"r.json\"}}");
	rq_buf_release(&corpus);
	rq_buf_release(&topics);
	rq_buf_release(&qrels);
}

static void expect_lists(const rq_json *report, const struct model *x, const struct model *y)
{
	static size_t then[MOST][K], now[MOST][K];
	double overlap = 0, jaccard = 0, ranked = 0, n = (double)x->n;

	nearest(then, x);
	nearest(now, y);
	for (size_t i = 0; i < x->n; i++) {
		double shared = (double)shared_to(then[i], now[i], K);
		overlap += shared / K / n;
		jaccard += shared / (2 * K - shared) / n;
		ranked += rbo(then[i], now[i]) / n;
	}
	ck_assert_double_eq_tol(value(report, "knn_overlap", "documents"), overlap, 1e-9);
	ck_assert_double_eq_tol(value(report, "knn_jaccard", "documents"), jaccard, 1e-9);
	ck_assert_double_eq_tol(value(report, "knn_rbo", "documents"), ranked, 1e-9);
	ck_assert_str_eq(outcome(report, "knn_jaccard", "documents"), jaccard >= .7 ? "pass" : "fail");
}

/* Of so few texts the 1st percentile is the least. */
static void expect_cosines(const rq_json *report, const struct model *x, const struct model *y)
{
	double least = 1, below = 0;

	for (size_t i = 0; x->d == y->d && i < x->n; i++) {
		double one = cosine(x->rows[i], y->rows[i], x->d);
		least = one < least ? one : least;
		below += one < .9;
	}
	if (x->d != y->d) {
		ck_assert_str_eq(outcome(report, "silent_change", "documents"), "absent");
		return;
	}
	ck_assert_double_eq_tol(value(report, "silent_change", "documents"), least, 1e-6);
	ck_assert_double_eq_tol(value(report, "changed_vectors", "topics"), below / (double)x->n, 1e-12);
}

/* What the job says of going from one model to another; the residual, which takes singular values, is NumPy's
 * (tests/pipeline/test_drift_real.c). */
static void expect_pair(const struct model *x, const struct model *y, double procrustes, const char *name, int code)
{
	set_up_texts(x->n);
	put("v.npy", x);
	drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", name));
	put("v.npy", y);
	drop(cli_expect_code(__FILE__, __LINE__, cli("drift", "gate.json", "--reference", name, NULL), code));
	rq_json *report = cli_report("drift-r.json", true);
	expect_lists(report, x, y);
	expect_cosines(report, x, y);
	ck_assert_double_eq_tol(value(report, "cka", "documents"), cka(x, y), 1e-6);
	ck_assert_double_eq_tol(value(report, "procrustes", "documents"), procrustes, 1e-6);
	rq_json_free(report);
}

START_TEST(four_models_of_the_same_titles)
{
	static struct model models[4];
	static const char *const names[] = {"3-small-1536", "3-small-256", "ada-002", "3-large-256"};
	static const struct {
		int before, after;
		double procrustes;
	} pairs[] = {{0, 1, .034298598386}, {0, 2, .047832867796}, {2, 0, .047832867796}, {1, 3, .122617741533}};
	char name[64];

	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "vectors/movies/peliculas_text-embedding-%s.json", names[i]);
		if (!read_titles(&models[i], name))
			return;
	}
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		snprintf(name, sizeof name, "pair%zu", i);
		expect_pair(&models[pairs[i].before], &models[pairs[i].after], pairs[i].procrustes, name, 1);
	}
	/* cut to its first 256 numbers, the long one is the short one: no change */
	models[0].d = 256;
	expect_pair(&models[0], &models[1], 0, "cut", 0);
}
END_TEST

START_TEST(five_models_of_the_same_topics)
{
	static struct model models[5];
	static const char *const names[] = {"bge-base-en-v1.5", "cohere-embed-english-v3.0", "cos-dpr-distil", "openai-ada2",
	                                    "openai-ada2-hyde"};
	static const struct {
		int before, after;
		double procrustes;
	} pairs[] = {{0, 1, .031273181918}, {0, 2, .051649745458}, {2, 4, .066494569207}, {3, 4, .031562632101}};
	char name[96];

	for (size_t i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "vectors/dl-queries/topics.dl19-passage.%s.jsonl.gz", names[i]);
		if (!read_topics(&models[i], name))
			return;
	}
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		snprintf(name, sizeof name, "pair%zu", i);
		expect_pair(&models[pairs[i].before], &models[pairs[i].after], pairs[i].procrustes, name, 1);
	}
}
END_TEST

Suite *drift_models_suite(void)
{
	Suite *suite = suite_create("drift_models");
	TCase *tests = cli_case("drift_models");

	tcase_add_test(tests, four_models_of_the_same_titles);
	tcase_add_test(tests, five_models_of_the_same_topics);
	suite_add_tcase(suite, tests);
	return suite;
}
