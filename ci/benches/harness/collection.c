#include "ci/benches/harness/collection.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the noise beside the centre's or the document's 1: neighbours of other clusters come into the top 100, and topics find their document
 * among the first, but not always first. */
static const double DOCUMENT_NOISE = .9, TOPIC_NOISE = .6;
enum { SEED = 20261121, WORDS = 60, WORD_SYLLABLES = 3, BLOCK = 1 << 20 };

size_t rq_topic_document(size_t topic, size_t documents)
{
	return topic * 7919 % documents; /* a prime: spread over all clusters */
}

struct making {
	const struct rq_shape *shape;
	struct rq_made *made;
	const struct rq_vectors *centres;
};

/* out = from + noise, each of its d parts of standard deviation noise / sqrt(d). */
static void draw_near(float *out, const float *from, size_t d, double noise, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t j = 0; j < d; j++)
		out[j] = (float)((from == NULL ? 0 : from[j]) + noise * rq_random_normal(&random) / sqrt((double)d));
	struct rq_vectors row = {.data = out, .n = 1, .d = d};
	rq_vectors_normalise(&row);
}

static void draw_document(void *context, size_t i)
{
	const struct making *making = context;
	size_t d = making->shape->d;

	draw_near(making->made->documents.data + i * d, making->centres->data + i % making->shape->clusters * d, d, DOCUMENT_NOISE, SEED + 1 + i);
}

enum rq_status rq_make_vectors(struct rq_made *made, const struct rq_shape *shape, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors centres = {0};
	size_t d = shape->d;

	*made = (struct rq_made){0};
	RQ_TRY(rq_vectors_init(&centres, shape->clusters, d, err));
	RQ_TRY(rq_vectors_init(&made->documents, shape->documents, d, err));
	enum rq_status status = rq_vectors_init(&made->topics, shape->topics, d, err);
	if (status != RQ_OK) {
		rq_made_release(made);
		return status;
	}
	for (size_t i = 0; i < shape->clusters; i++)
		draw_near(centres.data + i * d, NULL, d, 1, SEED - 1 - i);
	struct making making = {.shape = shape, .made = made, .centres = &centres};
	rq_parallel_for(shape->documents, draw_document, &making);
	for (size_t i = 0; i < shape->topics; i++)
		draw_near(made->topics.data + i * d, made->documents.data + rq_topic_document(i, shape->documents) * d, d, TOPIC_NOISE,
		          SEED + ((uint64_t)1 << 40) + i);
	return RQ_OK;
}

void rq_made_release(struct rq_made *made)
{
	rq_vectors_release(&made->documents);
	rq_vectors_release(&made->topics);
}

/* ---- files ---- */

static enum rq_status open_file(struct rq_output *output, const char *folder, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, folder, name);

	return path == NULL ? rq_fail_memory(err) : rq_output_open(output, path, err);
}

/* Few words are frequent and most are rare, as in text: the product of two uniform numbers falls off like that. */
static void put_word(FILE *out, struct rq_random *random)
{
	static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";
	uint64_t kinds = (sizeof consonants - 1) * (sizeof vowels - 1);
	uint64_t word = (uint64_t)(rq_random_unit(random) * rq_random_unit(random) * (double)(kinds * kinds * kinds));

	for (int i = 0; i < WORD_SYLLABLES; i++, word /= kinds) {
		putc_unlocked(consonants[word % kinds / (sizeof vowels - 1)], out);
		putc_unlocked(vowels[word % (sizeof vowels - 1)], out);
	}
}

static void put_words(FILE *out, struct rq_random *random, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			putc_unlocked(' ', out);
		put_word(out, random);
	}
}

enum rq_status rq_make_corpus(const char *folder, size_t documents, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	struct rq_random random;

	RQ_TRY(open_file(&output, folder, "corpus.jsonl", err));
	rq_random_seed(&random, SEED);
	for (size_t i = 0; i < documents; i++) {
		fprintf(output.stream, "{\"_id\": \"d%zu\", \"title\": \"", i);
		put_words(output.stream, &random, 4);
		fputs("\", \"text\": \"", output.stream);
		put_words(output.stream, &random, WORDS / 2 + (size_t)rq_random_below(&random, WORDS));
		fputs(".\"}\n", output.stream);
	}
	return rq_output_commit(&output, err);
}

enum rq_status rq_make_topics(const char *folder, const struct rq_shape *shape, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output topics = {0}, qrels = {0};
	struct rq_random random;

	RQ_TRY(open_file(&topics, folder, "queries.jsonl", err));
	RQ_TRY(open_file(&qrels, folder, "qrels.tsv", err));
	rq_random_seed(&random, SEED + 1);
	fputs("query-id\tcorpus-id\tscore\n", qrels.stream);
	for (size_t i = 0; i < shape->topics; i++) {
		fprintf(topics.stream, "{\"_id\": \"t%zu\", \"text\": \"", i);
		put_words(topics.stream, &random, 8);
		fputs("\"}\n", topics.stream);
		fprintf(qrels.stream, "t%zu\td%zu\t1\n", i, rq_topic_document(i, shape->documents));
	}
	RQ_TRY(rq_output_commit(&topics, err));
	return rq_output_commit(&qrels, err);
}

enum rq_status rq_make_npy(const char *folder, const char *name, const struct rq_vectors *vectors, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	char shape[118];

	RQ_TRY(open_file(&output, folder, name, err));
	snprintf(shape, sizeof shape, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", vectors->n, vectors->d);
	fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, output.stream);
	fprintf(output.stream, "%-117s\n", shape); /* header of 128 bytes in all */
	fwrite(vectors->data, sizeof *vectors->data, vectors->n * vectors->d, output.stream);
	return rq_output_commit(&output, err); /* finds what could not be written */
}
