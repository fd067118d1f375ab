/* rqgate drift on vectors of known kind: real models of the same texts, against what NumPy made of them, and changes that are put in by hand, against
 * figures computed here in the slowest, most obvious way. */
#include "cli.h"

#include "evalcore/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct cli result)
{
	cli_free(&result);
}

static const rq_json *finding(const rq_json *report, const char *name, const char *of)
{
	const rq_json *figures = rq_json_get(rq_json_get(report, "drift"), "figures");

	for (const rq_json *item = rq_json_first(figures); item != NULL; item = rq_json_next(item))
		if (strcmp(rq_json_string(rq_json_get(item, "figure")), name) == 0 && strcmp(rq_json_string(rq_json_get(item, "of")), of) == 0)
			return item;
	ck_abort_msg("no %s of %s", name, of);
}

static double value(const rq_json *report, const char *name, const char *of)
{
	const rq_json *number = rq_json_get(finding(report, name, of), "value");

	return rq_json_type(number) == RQ_JSON_NUMBER ? rq_json_number(number) : (double)NAN;
}

/* `n` documents and a topic of each, whose vectors are in files. */
static void write_texts(size_t n)
{
	struct rq_buf corpus = {0}, topics = {0}, qrels = {0};

	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (size_t i = 0; i < n; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%04zu\", \"text\": \"text %zu\"}\n", i, i);
		rq_buf_printf(&topics, "{\"_id\": \"q%04zu\", \"text\": \"topic %zu\"}\n", i, i);
		rq_buf_printf(&qrels, "q%04zu\td%04zu\t1\n", i, i);
	}
	cli_write("corpus.jsonl", corpus.data);
	cli_write("queries.jsonl", topics.data);
	cli_make_folder("qrels");
	cli_write("qrels/test.tsv", qrels.data);
	rq_buf_release(&corpus);
	rq_buf_release(&topics);
	rq_buf_release(&qrels);
}

static void write_config(const char *documents, const char *topics)
{
	char *config;

	ck_assert_int_ge(asprintf(&config,
	                          "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"kept\": {\"kind\": \"vectors\", \"corpus\": \"%s\", \"topics\": \"%s\"}},"
	                          " \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0\"], \"reports\": {\"json\": \"r.json\"}}",
	                          documents, topics),
	                 0);
	cli_write("gate.json", config);
	free(config);
}

/* ---- real models ---- */

/* Of tests/pipeline/test_drift_real.c, which says how they were made. */
START_TEST(five_models_of_the_same_documents)
{
	static const char *const names[] = {"all_MiniLM_L6_v2", "bert_base_uncased", "bert_large_uncased", "dmis_lab_biobert_base_cased_v1.1",
	                                    "emilyalsentzer_Bio_ClinicalBERT"};
	static const struct {
		int before, after;
		double overlap, jaccard, rbo, cka, procrustes;
	} pairs[] = {{0, 1, 0.596153846154, 0.446637324465, 0.541695111047, 0.839709867715, 0.143867628810},
	             {0, 4, 0.511538461538, 0.361355242294, 0.448859083973, 0.740133816877, 0.193290216479},
	             {1, 2, 0.780769230769, 0.651483132252, 0.752480923237, 0.921737956645, 0.068253132514},
	             {1, 3, 0.740384615385, 0.605469850662, 0.694626346227, 0.909877361543, 0.085657886878},
	             {3, 4, 0.798076923077, 0.677354696585, 0.744348187604, 0.925106516368, 0.073844977559}};
	char *folder = cli_shared("vectors/healthcare"), path[2][512], name[32];

	if (folder == NULL)
		return;
	write_texts(52);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		snprintf(path[0], sizeof *path, "%s/%s.faiss", folder, names[pairs[i].before]);
		snprintf(path[1], sizeof *path, "%s/%s.faiss", folder, names[pairs[i].after]);
		snprintf(name, sizeof name, "pair%zu", i);
		write_config(path[0], path[0]);
		drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", name));
		write_config(path[1], path[1]);
		drop(CLI_EXPECT(1, "drift", "gate.json", "--reference", name));
		rq_json *report = cli_report("drift-r.json", true);
		ck_assert_double_eq_tol(value(report, "knn_overlap", "documents"), pairs[i].overlap, 1e-11);
		ck_assert_double_eq_tol(value(report, "knn_jaccard", "documents"), pairs[i].jaccard, 1e-11);
		ck_assert_double_eq_tol(value(report, "knn_rbo", "documents"), pairs[i].rbo, 1e-11);
		ck_assert_double_eq_tol(value(report, "cka", "documents"), pairs[i].cka, 1e-9);
		ck_assert_double_eq_tol(value(report, "procrustes", "documents"), pairs[i].procrustes, 1e-6);
		bool as_many = (pairs[i].before == 1 && pairs[i].after == 3) || pairs[i].before == 3; /* 768 dimensions both */
		ck_assert(isnan(value(report, "silent_change", "documents")) != as_many);
		rq_json_free(report);
	}
	free(folder);
}
END_TEST

/* ---- injected ---- */

enum { ROWS = 300, DIMENSIONS = 32, CLUSTERS = 20, CUTOFF = 10 };

struct matrix {
	float rows[ROWS][DIMENSIONS];
	size_t d;
};

/* Clusters of different sizes. */
static void make(struct matrix *matrix, uint64_t seed)
{
	static float centres[CLUSTERS][DIMENSIONS];
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t c = 0; c < CLUSTERS; c++)
		for (size_t j = 0; j < DIMENSIONS; j++)
			centres[c][j] = (float)rq_random_normal(&random);
	matrix->d = DIMENSIONS;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < DIMENSIONS; j++)
			matrix->rows[i][j] = centres[i * i % CLUSTERS][j] + .7F * (float)rq_random_normal(&random);
}

static void put_some(const char *name, const struct matrix *matrix, size_t rows)
{
	struct rq_buf out = {0};
	char dict[118];

	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, matrix->d);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	for (size_t i = 0; i < rows; i++)
		rq_buf_add(&out, matrix->rows[i], matrix->d * sizeof(float));
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

static void put(const char *name, const struct matrix *matrix)
{
	put_some(name, matrix, ROWS);
}

/* The changes. Noise is in shares of a number's own scale. */
static void add_noise(struct matrix *matrix, double scale)
{
	struct rq_random random;

	rq_random_seed(&random, 99);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < DIMENSIONS; j++)
			matrix->rows[i][j] += (float)(scale * 1.22 * rq_random_normal(&random));
}

static void quantise(struct matrix *matrix, double levels)
{
	for (size_t i = 0; i < ROWS; i++) {
		float most = 0;
		for (size_t j = 0; j < DIMENSIONS; j++)
			most = fmaxf(most, fabsf(matrix->rows[i][j]));
		for (size_t j = 0; j < DIMENSIONS; j++)
			matrix->rows[i][j] = (float)(round(matrix->rows[i][j] / most * levels) / levels * most);
	}
}

/* A rotation of each pair of numbers by its own angle. */
static void rotate(struct matrix *matrix, double unused)
{
	(void)unused;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < DIMENSIONS; j += 2) {
			double angle = 1 + .1 * (double)j, x = matrix->rows[i][j], y = matrix->rows[i][j + 1];
			matrix->rows[i][j] = (float)(x * cos(angle) - y * sin(angle));
			matrix->rows[i][j + 1] = (float)(x * sin(angle) + y * cos(angle));
		}
}

static void drop_dimension(struct matrix *matrix, double unused)
{
	(void)unused;
	matrix->d--;
}

/* ---- the same figures, slowly ---- */

static double cosine(const struct matrix *a, size_t i, const struct matrix *b, size_t k)
{
	double xy = 0, xx = 0, yy = 0;

	for (size_t j = 0; j < a->d && j < b->d; j++) {
		xy += (double)a->rows[i][j] * b->rows[k][j];
		xx += (double)a->rows[i][j] * a->rows[i][j];
		yy += (double)b->rows[k][j] * b->rows[k][j];
	}
	return xy / sqrt(xx * yy);
}

static bool is_neighbour(const struct matrix *matrix, size_t of, size_t row)
{
	size_t nearer = 0;

	for (size_t other = 0; other < ROWS; other++)
		nearer += other != of && other != row && cosine(matrix, of, matrix, other) > cosine(matrix, of, matrix, row);
	return row != of && nearer < CUTOFF;
}

static double slow_jaccard(const struct matrix *before, const struct matrix *after)
{
	double sum = 0;

	for (size_t of = 0; of < ROWS; of++) {
		size_t both = 0, either = 0;
		for (size_t row = 0; row < ROWS; row++) {
			bool then = is_neighbour(before, of, row), now = is_neighbour(after, of, row);
			both += then && now;
			either += then || now;
		}
		sum += (double)both / (double)either;
	}
	return sum / ROWS;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The two order statistics that the 1st percentile of 300 lies between. */
static void slow_percentile(double between[2], const struct matrix *before, const struct matrix *after)
{
	double cosines[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		cosines[i] = cosine(before, i, after, i);
	qsort(cosines, ROWS, sizeof *cosines, ascending);
	between[0] = cosines[2];
	between[1] = cosines[3];
}

/* HSIC of linear kernels by its definition, on n x n matrices (Kornblith et al. 2019). */
static double slow_hsic(const struct matrix *a, const struct matrix *b)
{
	static double kernels[2][ROWS][ROWS];
	const struct matrix *both[2] = {a, b};
	double sum = 0;

	for (int side = 0; side < 2; side++) {
		const struct matrix *m = both[side];
		double lengths[ROWS], mean[ROWS] = {0}, all = 0;
		for (size_t i = 0; i < ROWS; i++) {
			lengths[i] = 0;
			for (size_t j = 0; j < m->d; j++)
				lengths[i] += (double)m->rows[i][j] * m->rows[i][j];
		}
		for (size_t i = 0; i < ROWS; i++)
			for (size_t k = 0; k < ROWS; k++) {
				kernels[side][i][k] = 0;
				for (size_t j = 0; j < m->d; j++)
					kernels[side][i][k] += (double)m->rows[i][j] * m->rows[k][j] / sqrt(lengths[i] * lengths[k]);
				mean[i] += kernels[side][i][k] / ROWS;
				all += kernels[side][i][k] / (ROWS * (double)ROWS);
			}
		for (size_t i = 0; i < ROWS; i++)
			for (size_t k = 0; k < ROWS; k++)
				kernels[side][i][k] += all - mean[i] - mean[k];
	}
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < ROWS; k++)
			sum += kernels[0][i][k] * kernels[1][i][k];
	return sum;
}

static double slow_cka(const struct matrix *before, const struct matrix *after)
{
	return slow_hsic(before, after) / sqrt(slow_hsic(before, before) * slow_hsic(after, after));
}

static const struct {
	const char *name;
	void (*apply)(struct matrix *matrix, double amount);
	double amount;
	int exit_code;
	bool same_model, same_neighbours; /* silent_change and knn_jaccard pass */
} changes[] = {
	{"noise of .005", add_noise, .005, 0, true, true}, {"noise of .05", add_noise, .05, 1, false, true}, {"noise of .5", add_noise, .5, 1, false, false},
	{"int8", quantise, 127, 0, true, true},            {"int4", quantise, 7, 1, false, true},            {"rotated", rotate, 0, 1, false, true},
	{"one dimension dropped", drop_dimension, 0, 1, false, true},
};

START_TEST(changes_that_are_put_in)
{
	static struct matrix documents, topics, changed_documents, changed_topics;
	double between[2];

	make(&documents, 1);
	make(&topics, 2);
	put("documents.npy", &documents);
	put("topics.npy", &topics);
	write_texts(ROWS);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	changed_documents = documents;
	changed_topics = topics;
	changes[_i].apply(&changed_documents, changes[_i].amount);
	changes[_i].apply(&changed_topics, changes[_i].amount);
	put("documents.npy", &changed_documents);
	put("topics.npy", &changed_topics);
	struct cli result = cli("drift", "gate.json", NULL);
	ck_assert_msg(result.exit_code == changes[_i].exit_code, "%s: exit %d\n%s", changes[_i].name, result.exit_code, result.out);
	cli_free(&result);
	rq_json *report = cli_report("drift-r.json", true);
	double cosines = value(report, "silent_change", "documents"), jaccard = value(report, "knn_jaccard", "documents");
	ck_assert_double_eq_tol(jaccard, slow_jaccard(&documents, &changed_documents), 1e-12);
	ck_assert_double_eq_tol(value(report, "cka", "documents"), slow_cka(&documents, &changed_documents), 1e-6); /* vectors are kept in single precision */
	ck_assert(changes[_i].same_neighbours == (jaccard >= .7));
	if (changed_documents.d == DIMENSIONS) {
		slow_percentile(between, &documents, &changed_documents);
		ck_assert_msg(cosines >= between[0] - 1e-6 && cosines <= between[1] + 1e-6, "%s: %g is not from %g to %g", changes[_i].name, cosines, between[0],
		              between[1]);
		ck_assert(changes[_i].same_model == (cosines >= .9999));
	} else {
		ck_assert(isnan(cosines));
	}
	if (changes[_i].apply == rotate) {
		ck_assert_double_eq(jaccard, 1);
		ck_assert_double_eq(value(report, "retrieval_rbo", "topics"), 1);
		ck_assert_double_lt(cosines, .5);
	}
	rq_json_free(report);
}
END_TEST

/* 1 % and 20 % of the documents are others: told by the distribution where they are many. */
START_TEST(documents_that_are_replaced)
{
	static struct matrix documents, topics;
	static const size_t every[] = {100, 5};

	make(&topics, 2);
	for (size_t i = 0; i < 2; i++) {
		struct rq_random random;
		char name[16];
		make(&documents, 1);
		put("documents.npy", &documents);
		put("topics.npy", &topics);
		write_texts(ROWS);
		write_config("documents.npy", "topics.npy");
		snprintf(name, sizeof name, "every%zu", every[i]);
		drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", name));
		rq_random_seed(&random, 5);
		struct rq_buf corpus = {0};
		for (size_t row = 0; row < ROWS; row++) {
			bool other = row % every[i] == 0;
			rq_buf_printf(&corpus, "{\"_id\": \"d%04zu\", \"text\": \"%s %zu\"}\n", row, other ? "another" : "text", row);
			for (size_t j = 0; other && j < DIMENSIONS; j++)
				documents.rows[row][j] = (j % 2 == 0 ? 2 : -2) + .7F * (float)rq_random_normal(&random);
		}
		cli_write("corpus.jsonl", corpus.data);
		rq_buf_release(&corpus);
		put("documents.npy", &documents);
		drop(cli("drift", "gate.json", "--reference", name, NULL));
		rq_json *report = cli_report("drift-r.json", true);
		ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(report, "drift"), "same_documents")), every[i] == 100 ? 297 : 240);
		ck_assert_double_ge(value(report, "silent_change", "documents"), 1 - 1e-6);
		ck_assert_double_eq(value(report, "knn_jaccard", "documents"), 1);
		ck_assert_double_gt(value(report, "mmd", "documents"), .1); /* three texts that are far from the others are told as sixty are */
		ck_assert_double_le(rq_json_number(rq_json_get(finding(report, "mmd", "documents"), "p")), .002);
		const rq_json *flow = rq_json_get(rq_json_get(report, "drift"), "documents");
		ck_assert_double_eq(rq_json_number(rq_json_get(flow, "came")), every[i] == 100 ? 3 : 60);
		ck_assert_double_eq(rq_json_number(rq_json_get(flow, "went")), every[i] == 100 ? 3 : 60);
		ck_assert_double_eq(rq_json_number(rq_json_get(flow, "stayed")), every[i] == 100 ? 297 : 240);
		rq_json_free(report);
	}
}
END_TEST

/* A text is the same under any id and how often it is there; of a single new one nothing is told, and it is no alarm. */
START_TEST(what_came_is_counted_by_text)
{
	static struct matrix documents, topics;
	struct rq_buf corpus = {0};

	make(&documents, 1);
	make(&topics, 2);
	put("documents.npy", &documents);
	put("topics.npy", &topics);
	write_texts(ROWS);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", "flow"));
	for (size_t row = 0; row < ROWS; row++)
		rq_buf_printf(&corpus, "{\"_id\": \"%s%04zu\", \"text\": \"%s %zu\"}\n", row == 3 ? "renamed" : "d", row, row == 5 ? "another" : "text",
		              row == 7 ? 8 : row);
	cli_write("corpus.jsonl", corpus.data);
	rq_buf_release(&corpus);
	drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", "flow", "--set", "dataset.unknown_judgments=warn"));
	rq_json *report = cli_report("drift-r.json", true);
	const rq_json *flow = rq_json_get(rq_json_get(report, "drift"), "documents");
	ck_assert_double_eq(rq_json_number(rq_json_get(flow, "came")), 1);
	ck_assert_double_eq(rq_json_number(rq_json_get(flow, "went")), 2);
	ck_assert_double_eq(rq_json_number(rq_json_get(flow, "stayed")), ROWS - 2);
	ck_assert(isnan(value(report, "mmd", "documents")));
	ck_assert_str_eq(rq_json_string(rq_json_get(finding(report, "mmd", "documents"), "absent")),
	                 "a single text came, and of one nobody can tell whether others like it would be different from those that were there");
	ck_assert(value(report, "mmd", "topics") == 0);
	rq_json_free(report);
	struct cli result = CLI_EXPECT(0, "drift", "gate.json", "--reference", "flow", "--set", "dataset.unknown_judgments=warn", "--set",
	                               "gates=[\"drift.mmd(documents)\"]");
	ck_assert_ptr_nonnull(strstr(result.out, "inconclusive gates: drift.mmd(documents): has no value yet: a single text came"));
	drop(result);
}
END_TEST

/* A corpus that grew fivefold by documents of its kind has larger hubs and smaller margins, and has not drifted. */
START_TEST(a_corpus_that_grew_has_its_shape)
{
	static struct matrix matrix;
	struct rq_random random;

	rq_random_seed(&random, 8);
	matrix.d = DIMENSIONS;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < DIMENSIONS; j++)
			matrix.rows[i][j] = (float)rq_random_normal(&random);
	put_some("documents.npy", &matrix, ROWS / 5);
	put_some("topics.npy", &matrix, ROWS / 5);
	write_texts(ROWS / 5);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", "grown"));
	put("documents.npy", &matrix);
	put("topics.npy", &matrix);
	write_texts(ROWS);
	drop(cli("drift", "gate.json", "--reference", "grown", NULL));
	rq_json *report = cli_report("drift-r.json", true);
	ck_assert_double_eq_tol(value(report, "hubness", "documents"), 0, .3);
	ck_assert_double_eq_tol(value(report, "margin", "documents"), 0, .2);
	ck_assert_double_eq(rq_json_number(rq_json_get(finding(report, "hubness", "documents"), "n")), ROWS / 5.);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(rq_json_get(report, "drift"), "documents"), "came")), ROWS - ROWS / 5.);
	rq_json_free(report);
}
END_TEST

/* One of 300 is too few for the 1st percentile of cosines, and fails all the same; one that was zeros before does not. */
START_TEST(a_vector_that_is_lost_fails)
{
	static const char kept[] = "embedders.kept={\"kind\": \"vectors\", \"corpus\": \"documents.npy\", \"topics\": \"topics.npy\", \"zero_rows\": \"keep\"}";
	static struct matrix documents, topics;

	make(&documents, 1);
	make(&topics, 2);
	memset(documents.rows[7], 0, sizeof documents.rows[7]);
	put("documents.npy", &documents);
	put("topics.npy", &topics);
	write_texts(ROWS);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json", "--set", kept));
	drop(CLI_EXPECT(0, "drift", "gate.json", "--set", kept));
	memset(documents.rows[8], 0, sizeof documents.rows[8]);
	put("documents.npy", &documents);
	struct cli result = CLI_EXPECT(1, "drift", "gate.json", "--set", kept, "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.broken_vectors of documents is 0.0033, over the ceiling 0: some vectors are all zeros"));
	cli_free(&result);
}
END_TEST

/* One of 300 has the vector of another: the percentile is what it was, the job fails all the same, and says which text. */
START_TEST(one_vector_that_is_another_fails)
{
	static struct matrix documents, topics;

	make(&documents, 1);
	make(&topics, 2);
	put("documents.npy", &documents);
	put("topics.npy", &topics);
	write_texts(ROWS);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	memcpy(documents.rows[7], documents.rows[8], sizeof documents.rows[7]);
	put("documents.npy", &documents);
	struct cli result = CLI_EXPECT(1, "drift", "gate.json", "--quiet");
	ck_assert_msg(strstr(result.out, "drift.changed_vectors of documents is 0.0033, over the ceiling 0: some texts get quite other vectors than were stored, "
	                                 "which a percentile of many does not show (d0007) (gate drift.changed_vectors <= 0)") != NULL, "%s", result.out);
	cli_free(&result);
	rq_json *report = cli_report("drift-r.json", true);
	ck_assert_double_gt(value(report, "silent_change", "documents"), .9999);
	rq_json_free(report);
	/* who knows of it says so */
	drop(CLI_EXPECT(0, "drift", "gate.json", "--set", "gates=[\"RR@10 >= 0\", \"drift.changed_vectors <= 0.01\"]"));
}
END_TEST

/* Documents in pairs, each as far from all others, and then all in one place: margins that fell by no spread at all. The value
 * is a number that JSON has, so that the report that is read back says what the job said. */
START_TEST(what_has_no_spread_is_a_number)
{
	enum { PAIRED = 2 * DIMENSIONS };
	static struct matrix documents, topics;

	make(&topics, 2);
	documents.d = DIMENSIONS;
	for (size_t i = 0; i < PAIRED; i++)
		documents.rows[i][i / 2] = 1;
	put_some("documents.npy", &documents, PAIRED);
	put_some("topics.npy", &topics, PAIRED);
	write_texts(PAIRED);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	for (size_t i = 0; i < PAIRED; i++)
		memcpy(documents.rows[i], documents.rows[0], sizeof documents.rows[0]);
	put_some("documents.npy", &documents, PAIRED);
	drop(CLI_EXPECT(1, "drift", "gate.json", "--report", "md=said.md"));
	rq_json *report = cli_report("drift-r.json", true);
	ck_assert_double_eq(value(report, "margin", "documents"), -1e6);
	rq_json_free(report);
	struct cli again = CLI_EXPECT(0, "report", "drift-r.json", "--to", "md");
	struct rq_buf said = cli_read("said.md");
	ck_assert_str_eq(again.out, said.data);
	rq_buf_release(&said);
	cli_free(&again);
}
END_TEST

START_TEST(a_deeper_cutoff_is_no_drift)
{
	static struct matrix documents, topics;

	make(&documents, 1);
	make(&topics, 2);
	put("documents.npy", &documents);
	put("topics.npy", &topics);
	write_texts(ROWS);
	write_config("documents.npy", "topics.npy");
	drop(CLI_EXPECT(0, "drift", "gate.json", "--set", "metrics=[\"RR@5\"]", "--set", "gates=[\"RR@5 >= 0\"]"));
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	rq_json *report = cli_report("drift-r.json", true);
	ck_assert_double_eq(value(report, "retrieval_overlap", "topics"), 1);
	ck_assert_double_eq(value(report, "retrieval_rbo", "topics"), 1);
	rq_json_free(report);
}
END_TEST

Suite *drift_vectors_suite(void)
{
	Suite *suite = suite_create("drift_vectors");
	TCase *tests = cli_case("drift_vectors");

	tcase_add_test(tests, five_models_of_the_same_documents);
	tcase_add_loop_test(tests, changes_that_are_put_in, 0, sizeof changes / sizeof *changes);
	tcase_add_test(tests, documents_that_are_replaced);
	tcase_add_test(tests, what_came_is_counted_by_text);
	tcase_add_test(tests, a_corpus_that_grew_has_its_shape);
	tcase_add_test(tests, a_vector_that_is_lost_fails);
	tcase_add_test(tests, one_vector_that_is_another_fails);
	tcase_add_test(tests, what_has_no_spread_is_a_number);
	tcase_add_test(tests, a_deeper_cutoff_is_no_drift);
	suite_add_tcase(suite, tests);
	return suite;
}
