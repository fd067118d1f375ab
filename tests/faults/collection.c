#include "tests/faults/collection.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "evalcore/index/index.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENTS = 26, TOPICS = 20, DIMENSION = 6 };

static void need(enum rq_status status, const struct rq_error *err)
{
	if (status == RQ_OK)
		return;
	fprintf(stderr, "the collection for the tests: %s\n", err->text);
	exit(EXIT_FAILURE);
}

static void write_file(const char *path, struct rq_buf *text)
{
	struct rq_error err = {0};

	need(rq_buf_check(text, &err), &err);
	need(rq_file_write(path, text->data, text->size, &err), &err);
	rq_buf_release(text);
}

static void add_words(struct rq_buf *out, int document, int count)
{
	static const char *const words[] = {"disk",  "restore", "backup", "replica", "invoice", "limit",    "token",   "r\u00e9gion", "query",  "index",
	                                    "shard", "billing", "quota",  "export",  "column",  "snapshot", "cluster", "upgrade",     "schema", "node"};
	enum { WORDS = sizeof words / sizeof *words };

	for (int i = 1; i <= count; i++)
		rq_buf_printf(out, "%s ", words[(document * i + i * i) % WORDS]);
}

static void write_dataset(void)
{
	struct rq_buf corpus = {0}, queries = {0}, qrels = {0}, better = {0}, worse = {0}, graded = {0}, ids = {0};
	struct rq_error err = {0};

	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (int i = 0; i < DOCUMENTS; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%d\", \"title\": \"\", \"text\": \"", i);
		add_words(&corpus, i, 8);
		rq_buf_puts(&corpus, "\"}\n");
		rq_buf_printf(&ids, "d%d\n", i);
	}
	for (int i = 0; i < TOPICS; i++) {
		rq_buf_printf(&queries, "{\"_id\": \"t%d\", \"text\": \"", i);
		add_words(&queries, i, 4);
		rq_buf_puts(&queries, "\"}\n");
		rq_buf_printf(&qrels, "t%d\td%d\t1\n", i, i);
		for (int rank = 0; rank < 10; rank++) {
			rq_buf_printf(&better, "t%d Q0 d%d %d %d x\n", i, (i + rank) % DOCUMENTS, rank + 1, 20 - rank);
			rq_buf_printf(&worse, "t%d Q0 d%d %d %d x\n", i, (i + rank + (i % 2)) % DOCUMENTS, rank + 1, 20 - rank);
		}
	}
	need(rq_make_folders("qrels", &err), &err);
	rq_buf_puts(&graded, "topic,document,grade\nt0,d1,1\nt1,d2,\n");
	write_file("graded.csv", &graded);
	write_file("corpus.jsonl", &corpus);
	write_file("queries.jsonl", &queries);
	write_file("qrels/test.tsv", &qrels);
	write_file("x.ids", &ids);
	write_file("better.run", &better);
	write_file("worse.run", &worse);
}

static void fill(struct rq_vectors *vectors, size_t n, uint64_t seed)
{
	struct rq_error err = {0};
	struct rq_random random;

	need(rq_vectors_init(vectors, n, DIMENSION, &err), &err);
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n * DIMENSION; i++)
		vectors->data[i] = (float)rq_random_normal(&random);
	(void)rq_vectors_normalise(vectors);
}

static void write_npy(const char *path, const struct rq_vectors *vectors)
{
	struct rq_buf out = {0};
	char dict[118];

	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", vectors->n, vectors->d);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	rq_buf_add(&out, vectors->data, vectors->n * vectors->d * sizeof *vectors->data);
	write_file(path, &out);
}

/* As a database's bulk file. */
static void write_lines(const char *path, const struct rq_vectors *vectors)
{
	struct rq_buf out = {0};

	for (size_t i = 0; i < vectors->n; i++) {
		rq_buf_printf(&out, "{\"index\": {\"_id\": \"\\u0064%zu\"}}\n{\"text\": \"t\", \"my_vector\": [", i);
		for (size_t j = 0; j < vectors->d; j++)
			rq_buf_printf(&out, "%s%.9g", j == 0 ? "" : ", ", (double)vectors->data[i * vectors->d + j]);
		rq_buf_puts(&out, "]}\n");
	}
	write_file(path, &out);
}

static void write_index(const char *path, const struct rq_vectors *vectors)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	struct rq_index_config config = {.kind = "faiss", .factory = "HNSW8,Flat", .seed = 1, .threads = 1, .similarity = 1};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	struct rq_error err = {0};
	struct rq_index *index;

	need(faiss->build(&index, &config, RQ_INNER_PRODUCT, vectors, NULL, &err), &err);
	need(rq_output_open(&output, path, &err), &err);
	need(faiss->save(index, output.stream, &err), &err);
	need(rq_output_commit(&output, &err), &err);
	faiss->close(index);
}

/* Every kind, at bounds that hold or only warn. */
#define GATES \
	"[\"RR@10 >= 0.1\", \"drop(RR@10) <= 0.9\", \"drop(RR@10) <= 90%\", \"slices(RR@10) <= 0.9\", \"zero(RR@10) <= 100%\"," \
	"\"zero_growth(RR@10) <= 90%\", \"p5(RR@10) >= 0\", \"overlap(RBO@10) >= 0\", \"changed(10) <= 100%\", \"coverage(Judged@10) >= 0\"," \
	"\"ratio(latency.p50) <= 1000\", {\"kind\": \"latency\", \"budget\": \"1h\"}, {\"kind\": \"staleness\", \"changed\": 0, \"level\": \"warn\"}," \
	"{\"kind\": \"no_answer\", \"drop\": 0.9, \"level\": \"warn\"}, \"Unique@5 >= 0\"," \
	"{\"kind\": \"diversity\", \"similarity\": 1, \"cutoff\": 5, \"level\": \"warn\"}, {\"kind\": \"size\", \"of\": \"index\", \"max\": \"1TB\", \"level\": \"warn\"}," \
	"{\"kind\": \"power\", \"metric\": \"RR@10\", \"margin\": 0.5, \"level\": \"warn\"}," \
	"{\"kind\": \"losses\", \"metric\": \"RR@10\", \"topics\": [\"t0\", \"t1\"]," \
	" \"waiver\": {\"reason\": \"a trial\", \"by\": \"ana\", \"until\": \"9999-12-31\"}}]"

static void write_config(const char *path, const char *rest)
{
	struct rq_buf text = {0};

	rq_buf_printf(&text, "{\"dataset\": {\"path\": \".\"}, %s, \"latency\": {\"samples\": 2}, \"gates\": %s}", rest, GATES);
	write_file(path, &text);
}

void collection_write(void)
{
	struct rq_vectors documents = {0}, topics = {0};

	write_dataset();
	fill(&documents, DOCUMENTS, 1);
	fill(&topics, TOPICS, 2);
	write_npy("c.npy", &documents);
	write_lines("c.jsonl", &documents);
	write_npy("t.npy", &topics);
	write_index("x.faiss", &documents);
	rq_vectors_release(&documents);
	rq_vectors_release(&topics);
	write_config("gate.json", "\"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 8}}, \"baseline\": {\"index\": {\"kind\": \"exact\"}}, "
	                          "\"candidate\": {\"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW8,Flat\", \"search\": \"efSearch=32\"}}");
	write_config("vectors.json", "\"embedders\": {\"mine\": {\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}}, "
	                             "\"baseline\": {}, \"candidate\": {\"index\": {\"file\": \"x.faiss\"}}");
	write_config("bm25.json", "\"baseline\": {\"index\": {\"kind\": \"bm25\"}}, \"candidate\": {\"index\": {\"kind\": \"bm25\", \"b\": 0.5}}");
	write_config("runs.json", "\"baseline\": {\"run\": \"better.run\"}, \"candidate\": {\"run\": \"worse.run\"}");
}
