/* Figures of model drift on real vectors, neighbours by exact search, as a stage joins them: the same documents, titles and topics in four or five
 * models each. Every number is NumPy's, in double, from the definitions: neighbours by sorting all inner products, CKA and the residual by norms
 * and singular values of the centred matrices (numpy.linalg). The overlaps are those that the collections' own READMEs state. */
#include "datasets/unpack.h"
#include "evalcore/base/json.h"
#include "evalcore/index/index.h"
#include "metrics/drift/model.h"
#include "tests/shared.h"

#include <math.h>
#include <string.h>

enum { K = 10, MODELS = 5 };

static struct rq_error err;

#define EXPECT_OK(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

/* One text set in several models; vectors of length 1, in one order. */
struct set {
	struct rq_vectors models[MODELS];
	struct rq_neighbours found[MODELS];
	uint32_t *own;
	size_t count;
};

static void set_release(struct set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		rq_vectors_release(&set->models[i]);
		rq_neighbours_release(&set->found[i]);
	}
	free(set->own);
}

/* ---- reading ---- */

static bool read_whole(struct rq_buf *text, const char *name)
{
	struct rq_unpack unpack;
	char piece[1 << 16];
	const char *path = shared_file(name);
	size_t got = 0;

	if (path == NULL)
		return false;
	EXPECT_OK(rq_unpack_open(&unpack, path, NULL, &err));
	do {
		EXPECT_OK(rq_unpack_next(&got, &unpack, piece, sizeof piece, &err));
		rq_buf_add(text, piece, got);
	} while (got > 0);
	rq_unpack_release(&unpack);
	ck_assert(!text->failed);
	return true;
}

static void take_row(struct rq_vectors *vectors, size_t row, const rq_json *numbers)
{
	size_t j = 0;

	ck_assert_uint_eq(rq_json_size(numbers), vectors->d);
	for (const rq_json *number = rq_json_first(numbers); number != NULL; number = rq_json_next(number))
		vectors->data[row * vectors->d + j++] = (float)rq_json_number(number);
}

/* A flat index of FAISS: its rows stand behind 45 bytes. */
static bool read_flat(struct rq_vectors *vectors, const char *name, size_t n, size_t d)
{
	struct rq_buf text = {0};
	bool there = read_whole(&text, name);

	if (there) {
		EXPECT_OK(rq_vectors_init(vectors, n, d, &err));
		ck_assert_uint_eq(text.size, 45 + n * d * sizeof *vectors->data);
		memcpy(vectors->data, text.data + 45, n * d * sizeof *vectors->data);
	}
	rq_buf_release(&text);
	return there;
}

/* {"title": [numbers], ...} */
static bool read_object(struct rq_vectors *vectors, const char *name, size_t n, size_t d)
{
	struct rq_buf text = {0};
	rq_json *root = NULL;
	size_t row = 0;
	bool there = read_whole(&text, name);

	if (there) {
		EXPECT_OK(rq_json_parse(&root, text.data, text.size, name, &err));
		EXPECT_OK(rq_vectors_init(vectors, n, d, &err));
		ck_assert_uint_eq(rq_json_size(root), n);
		for (const rq_json *title = rq_json_first(root); title != NULL; title = rq_json_next(title))
			take_row(vectors, row++, title);
	}
	rq_json_free(root);
	rq_buf_release(&text);
	return there;
}

/* Lines of {"qid": a string or a number, "vector": [numbers]} in any order: by qid. */
static bool read_lines(struct rq_vectors *vectors, const char *name, size_t n, size_t d)
{
	struct rq_buf text = {0};
	struct {
		double qid;
		rq_json *line;
	} lines[64];
	size_t count = 0;
	bool there = read_whole(&text, name);

	for (char *at = text.data; there && *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
		rq_json *line = NULL;
		EXPECT_OK(rq_json_parse(&line, at, strcspn(at, "\n"), name, &err));
		const rq_json *qid = rq_json_get(line, "qid");
		double number = rq_json_string(qid) != NULL ? atof(rq_json_string(qid)) : rq_json_number(qid);
		size_t place = count++;
		ck_assert_uint_le(count, sizeof lines / sizeof *lines);
		for (; place > 0 && lines[place - 1].qid > number; place--)
			lines[place] = lines[place - 1];
		lines[place].qid = number;
		lines[place].line = line;
	}
	if (there) {
		ck_assert_uint_eq(count, n);
		EXPECT_OK(rq_vectors_init(vectors, n, d, &err));
	}
	for (size_t i = 0; i < count; i++) {
		take_row(vectors, i, rq_json_get(lines[i].line, "vector"));
		rq_json_free(lines[i].line);
	}
	rq_buf_release(&text);
	return there;
}

/* ---- figures ---- */

static void add_model(struct set *set, struct rq_vectors vectors)
{
	struct rq_neighbours *found = &set->found[set->count];

	(void)rq_vectors_normalise(&vectors);
	set->models[set->count++] = vectors;
	if (set->own == NULL) {
		set->own = malloc(vectors.n * sizeof *set->own);
		ck_assert_ptr_nonnull(set->own);
		for (uint32_t i = 0; i < vectors.n; i++)
			set->own[i] = i;
	}
	EXPECT_OK(rq_neighbours_init(found, vectors.n, K + 1, &err));
	EXPECT_OK(rq_exact_search(found, &vectors, vectors.data, vectors.n, RQ_INNER_PRODUCT, set->own, NULL, &err));
}

static struct rq_nearest nearest_of(const struct set *set, size_t model)
{
	const struct rq_neighbours *found = &set->found[model];

	return (struct rq_nearest){found->rows, found->counts, found->scores, set->own, found->queries, found->k, 0};
}

/* What another program found for two models of a set. */
struct expected {
	size_t before, after;
	double overlap, jaccard, rbo, cka, cka_chance, procrustes;
};

static void expect_pairs(const struct set *set, const struct expected *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct expected *pair = &pairs[i];
		const struct rq_vectors *x = &set->models[pair->before], *y = &set->models[pair->after];
		struct rq_nearest before = nearest_of(set, pair->before), after = nearest_of(set, pair->after);
		struct rq_list_drift lists;
		struct rq_alignment alignment;
		EXPECT_OK(rq_neighbour_drift(&lists, &before, &after, K, x->n, &err));
		EXPECT_OK(rq_alignment(&alignment, x, y, 1, &err));
		ck_assert_double_eq_tol(lists.overlap.value, pair->overlap, 1e-11);
		ck_assert_double_eq_tol(lists.jaccard.value, pair->jaccard, 1e-11);
		ck_assert_double_eq_tol(lists.rbo.value, pair->rbo, 1e-11);
		ck_assert_double_eq_tol(alignment.cka.value, pair->cka, 1e-9); /* lengths are 1 to rounding of single precision, here and there */
		ck_assert_double_eq_tol(alignment.cka.chance, pair->cka_chance, 1e-9);
		ck_assert_double_eq_tol(alignment.procrustes.value, pair->procrustes, 1e-6);
		ck_assert_double_gt(alignment.procrustes.chance, alignment.procrustes.value);
	}
}

/* Every pair is another model, and is told. */
START_TEST(five_models_of_the_same_documents)
{
	static const struct {
		const char *name;
		size_t d;
	} files[] = {{"all_MiniLM_L6_v2", 384},
	             {"bert_base_uncased", 768},
	             {"bert_large_uncased", 1024},
	             {"dmis_lab_biobert_base_cased_v1.1", 768},
	             {"emilyalsentzer_Bio_ClinicalBERT", 768}};
	static const struct expected pairs[] = {
		{0, 1, 0.596153846154, 0.446637324465, 0.541695111047, 0.839709867715, 0.278183318663, 0.143867628810},
		{0, 2, 0.580769230769, 0.438071284448, 0.540237537110, 0.805449167774, 0.280729937871, 0.160184743820},
		{0, 3, 0.538461538462, 0.384537345510, 0.486544769575, 0.767410919181, 0.257714310581, 0.172557320571},
		{0, 4, 0.511538461538, 0.361355242294, 0.448859083973, 0.740133816877, 0.265229999146, 0.193290216479},
		{1, 2, 0.780769230769, 0.651483132252, 0.752480923237, 0.921737956645, 0.256192074525, 0.068253132514},
		{1, 3, 0.740384615385, 0.605469850662, 0.694626346227, 0.909877361543, 0.235188182505, 0.085657886878},
		{1, 4, 0.694230769231, 0.548856592126, 0.651659955599, 0.883730872699, 0.242046944558, 0.106398097563},
		{2, 3, 0.738461538462, 0.602512871744, 0.696195789266, 0.905571309654, 0.237341204282, 0.093776891320},
		{2, 4, 0.707692307692, 0.565612272343, 0.658326639619, 0.881193310803, 0.244262754626, 0.115586346627},
		{3, 4, 0.798076923077, 0.677354696585, 0.744348187604, 0.925106516368, 0.224236887189, 0.073844977559},
	};
	struct set set = {0};

	for (size_t i = 0; i < MODELS; i++) {
		struct rq_vectors vectors;
		char name[256];
		snprintf(name, sizeof name, "vectors/healthcare/%s.faiss", files[i].name);
		if (!read_flat(&vectors, name, 52, files[i].d))
			return;
		add_model(&set, vectors);
	}
	expect_pairs(&set, pairs, sizeof pairs / sizeof *pairs);
	set_release(&set);
}
END_TEST

static bool read_movies(struct set *set)
{
	static const char *const names[] = {"3-small-1536", "3-small-256", "ada-002", "3-large-256"};
	static const size_t dimensions[] = {1536, 256, 1536, 256};

	for (size_t i = 0; i < 4; i++) {
		struct rq_vectors vectors;
		char name[256];
		snprintf(name, sizeof name, "vectors/movies/peliculas_text-embedding-%s.json", names[i]);
		if (!read_object(&vectors, name, 62, dimensions[i]))
			return false;
		add_model(set, vectors);
	}
	return true;
}

START_TEST(four_models_of_the_same_titles)
{
	static const struct expected pairs[] = {
		{0, 1, 0.737096774194, 0.596611721612, 0.692890580283, 0.957415854079, 0.591616620949, 0.034298598386},
		{0, 2, 0.596774193548, 0.437999539992, 0.547634856559, 0.920581666894, 0.603389790896, 0.047832867796},
		{0, 3, 0.487096774194, 0.337122119755, 0.437565022573, 0.862521951456, 0.588606832999, 0.093580028052},
		{1, 2, 0.530645161290, 0.374718550478, 0.466049467760, 0.882230729282, 0.565648895830, 0.081128194215},
		{1, 3, 0.424193548387, 0.283874187000, 0.379196523710, 0.829678839734, 0.551790584108, 0.122617741533},
		{2, 3, 0.487096774194, 0.338717016086, 0.421061523269, 0.845724792343, 0.562771215976, 0.102843041049},
	};
	struct set set = {0};

	if (read_movies(&set))
		expect_pairs(&set, pairs, sizeof pairs / sizeof *pairs);
	set_release(&set);
}
END_TEST

/* The first 256 of 1,536 numbers, normalised anew, are the vectors of the smaller size: no other model, yet of ten neighbours of the long vectors
 * three are others. */
START_TEST(a_shortened_vector_is_the_same_model)
{
	struct set set = {0};
	struct rq_vectors cut;
	struct rq_cosine_drift same, other;
	struct rq_list_drift lists;

	if (read_movies(&set)) {
		EXPECT_OK(rq_vectors_init(&cut, 62, 256, &err));
		for (size_t i = 0; i < 62; i++)
			memcpy(cut.data + i * 256, set.models[0].data + i * 1536, 256 * sizeof *cut.data);
		add_model(&set, cut);
		EXPECT_OK(rq_cosine_drift(&same, &set.models[1], &set.models[4], &err));
		ck_assert_double_eq_tol(same.least, .9999990882, 1e-8);
		ck_assert_int_eq(rq_drift_judge(&same.silent_change, .9999, NAN), RQ_PASS);
		struct rq_nearest before = nearest_of(&set, 1), after = nearest_of(&set, 4);
		EXPECT_OK(rq_neighbour_drift(&lists, &before, &after, K, 62, &err));
		ck_assert_double_eq(lists.overlap.value, 1);
		EXPECT_OK(rq_cosine_drift(&other, &set.models[0], &set.models[2], &err)); /* 3-small and ada-002 have as many dimensions */
		ck_assert_double_eq_tol(other.least, -.0687936589469783, 1e-8);
		ck_assert_int_eq(rq_drift_judge(&other.silent_change, .9999, NAN), RQ_FAIL);
	}
	set_release(&set);
}
END_TEST

START_TEST(five_models_of_the_same_topics)
{
	static const struct {
		const char *name;
		size_t d;
	} files[] = {
	    {"bge-base-en-v1.5", 768}, {"cohere-embed-english-v3.0", 1024}, {"cos-dpr-distil", 768}, {"openai-ada2", 1536}, {"openai-ada2-hyde", 1536}};
	static const struct expected pairs[] = {
		{0, 1, 0.611627906977, 0.449940620255, 0.576804155049, 0.947689557327, 0.801092756267, 0.031273181918},
		{0, 2, 0.511627906977, 0.358879150945, 0.461527180667, 0.915476400418, 0.793439468362, 0.051649745458},
		{0, 3, 0.502325581395, 0.344680627170, 0.469739917461, 0.927011441805, 0.806942440678, 0.041978009780},
		{0, 4, 0.437209302326, 0.291372482207, 0.418733416520, 0.904700493003, 0.798395149494, 0.054756301695},
		{1, 2, 0.546511627907, 0.384310969468, 0.496100075043, 0.916899760534, 0.803934052304, 0.049872637838},
		{1, 3, 0.548837209302, 0.394690315005, 0.517409570405, 0.936854980235, 0.817615624352, 0.035346440205},
		{1, 4, 0.509302325581, 0.350407724211, 0.462456910666, 0.920143904164, 0.808955280732, 0.045732033116},
		{2, 3, 0.486046511628, 0.335289691309, 0.442980758840, 0.912231106855, 0.809804484231, 0.052185651443},
		{2, 4, 0.411627906977, 0.267789000545, 0.355341954713, 0.888071799517, 0.801226877726, 0.066494569207},
		{3, 4, 0.553488372093, 0.397451765441, 0.513363772432, 0.942312733589, 0.814862378329, 0.031562632101},
	};
	struct set set = {0};

	for (size_t i = 0; i < MODELS; i++) {
		struct rq_vectors vectors;
		char name[256];
		snprintf(name, sizeof name, "vectors/dl-queries/topics.dl19-passage.%s.jsonl.gz", files[i].name);
		if (!read_lines(&vectors, name, 43, files[i].d))
			return;
		add_model(&set, vectors);
	}
	expect_pairs(&set, pairs, sizeof pairs / sizeof *pairs);
	set_release(&set);
}
END_TEST

Suite *drift_real_suite(void)
{
	Suite *suite = suite_create("drift_real");
	TCase *tests = tcase_create("real");

	tcase_add_test(tests, five_models_of_the_same_documents);
	tcase_add_test(tests, four_models_of_the_same_titles);
	tcase_add_test(tests, a_shortened_vector_is_the_same_model);
	tcase_add_test(tests, five_models_of_the_same_topics);
	suite_add_tcase(suite, tests);
	return suite;
}
