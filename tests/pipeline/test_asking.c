/* What the pipeline owes to an embedder that asks elsewhere. The service of these tests is a function that counts what it is asked; its vectors are bits of a hash of
 * the text, so that each text can be told by its vector. */
#include "lab.h"

#include "evalcore/pipeline/embedding.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIMENSION = 16, BATCH = 4, DOCUMENTS = 12, TOPICS = 3 };

static struct {
	const char *fingerprint;
	unsigned identified;
	size_t texts;        /* that it was asked for */
	const char *refused; /* gives up on texts that hold this */
	size_t down_after;   /* breaks down after so many texts; 0: never */
	int slow_until;      /* a descriptor from which it reads a byte before each answer; -1: none */
} service;

struct service_options {
	const char *url;
};

static const struct rq_option service_options[] = {
	{.name = "url", .type = RQ_OPTION_STRING, .offset = offsetof(struct service_options, url), .help = "where it is"},
	RQ_OPTIONS_END,
};

static enum rq_status service_open(void **state, const void *options, const char *model, size_t model_size, struct rq_error *err)
{
	(void)options;
	(void)model;
	(void)model_size;
	(void)err;
	*state = &service;
	return RQ_OK;
}

static enum rq_status service_identify(void *state, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err)
{
	(void)state;
	service.identified++;
	limit->sent++;
	if (service.fingerprint == NULL)
		return rq_fail(err, RQ_E_UNAVAILABLE, "nobody answers");
	snprintf(identity->model, sizeof identity->model, "made-up");
	snprintf(identity->fingerprint, sizeof identity->fingerprint, "%s", service.fingerprint);
	identity->dimension = DIMENSION;
	return RQ_OK;
}

static void embed_one(float *vector, const char *text)
{
	uint64_t seed = rq_hash64(text, strlen(text));

	for (size_t i = 0; i < DIMENSION; i++)
		vector[i] = (float)((seed >> i) & 0xFFF) + 1;
}

static enum rq_status service_ask(void *state, const struct rq_embed_work *work, struct rq_error *err)
{
	float vectors[BATCH * DIMENSION];
	size_t rows[BATCH];
	char byte;

	(void)state;
	for (size_t end = work->count; end > 0;) { /* from the last text to the first: the order is the service's */
		size_t n = 0;
		if (work->limit->limited && work->limit->sent == work->limit->most)
			return rq_fail(err, RQ_E_UNAVAILABLE, "no further request is allowed");
		if (service.down_after > 0 && service.texts >= service.down_after)
			return rq_fail(err, RQ_E_UNAVAILABLE, "the service is down");
		work->limit->sent++;
		for (; n < BATCH && end > 0; n++)
			rows[n] = --end;
		service.texts += n;
		if (service.slow_until >= 0)
			ck_assert_int_eq(read(service.slow_until, &byte, 1), 1);
		size_t good = 0;
		for (size_t i = 0; i < n; i++) {
			const char *text = work->texts[rows[i]];
			if (service.refused != NULL && strstr(text, service.refused) != NULL) {
				RQ_TRY(work->failed(work->context, rows[i], "it does not like that", 2, .5, err));
				continue;
			}
			embed_one(vectors + good * DIMENSION, text);
			rows[good++] = rows[i];
		}
		RQ_TRY(work->arrived(work->context, rows, good, vectors, err));
	}
	return RQ_OK;
}

static void service_use(const void *state, struct rq_service_use *use)
{
	(void)state;
	use->texts = service.texts;
}

static void service_close(void *state)
{
	(void)state;
}

static void service_estimate(struct rq_embedder_estimate *estimate, const void *options, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	(void)options;
	(void)fitted_on;
	*estimate = (struct rq_embedder_estimate){.requests = (texts.texts + BATCH - 1) / BATCH, .tokens = texts.bytes / 4};
}

static const struct rq_embedder embedder = {
	.name = "service", .help = "of a test", .citation = "none", .version = 1, .options = service_options, .options_size = sizeof(struct service_options),
	.open = service_open, .identify = service_identify, .ask = service_ask, .use = service_use, .close = service_close, .estimate = service_estimate,
};

/* ---- what it embeds ---- */

static struct {
	struct rq_document documents[DOCUMENTS];
	struct rq_topic topics[TOPICS];
	char texts[DOCUMENTS + TOPICS][32], ids[DOCUMENTS + TOPICS][8];
	struct rq_corpus corpus;
	struct rq_topics topic_set;
	struct service_options options;
	struct rq_side_config side;
	struct rq_cache cache;
	struct rq_request_limit limit;
	struct rq_failures failures;
	struct rq_embedding embedding;
	struct rq_error err;
	enum rq_status status;
} lab;

static unsigned told;

static void count_told(const char *text)
{
	ck_assert_str_eq(text, "waiting for another run that embeds with the same model");
	told++;
}

/* Documents 2 and 3 are the same text, document 4 has none. */
static void build(void)
{
	memset(&lab, 0, sizeof lab);
	memset(&service, 0, sizeof service);
	service.fingerprint = "sha one";
	service.slow_until = -1;
	for (size_t i = 0; i < DOCUMENTS + TOPICS; i++) {
		snprintf(lab.texts[i], sizeof lab.texts[i], "text number %zu", i == 3 ? 2 : i);
		snprintf(lab.ids[i], sizeof lab.ids[i], "%c%zu", i < DOCUMENTS ? 'd' : 't', i);
	}
	snprintf(lab.texts[4], sizeof lab.texts[4], " \n");
	for (size_t i = 0; i < DOCUMENTS; i++)
		lab.documents[i] = (struct rq_document){.id = lab.ids[i], .text = lab.texts[i]};
	for (size_t i = 0; i < TOPICS; i++)
		lab.topics[i] = (struct rq_topic){.id = lab.ids[DOCUMENTS + i], .text = lab.texts[DOCUMENTS + i]};
	lab.corpus = (struct rq_corpus){.documents = lab.documents, .count = DOCUMENTS};
	lab.topic_set = (struct rq_topics){.topics = lab.topics, .count = TOPICS};
	lab.options.url = "http://one";
	lab.side = (struct rq_side_config){.name = "baseline", .embedder_name = "mine", .embedder = &embedder, .embedder_options = &lab.options, .embedder_text = "{}"};
	lab.cache = (struct rq_cache){.folder = "cache"};
}

static struct rq_embed_job job(void)
{
	return (struct rq_embed_job){.side = &lab.side, .fit_corpus = &lab.corpus, .corpus = &lab.corpus, .topics = &lab.topic_set, .cache = &lab.cache, .limit = &lab.limit,
	                             .failures = &lab.failures, .tell = count_told};
}

/* Another run, of which the last one's vectors are forgotten. */
static void embed(void)
{
	const struct rq_embed_job work = job();

	rq_embedding_release(&lab.embedding);
	rq_failures_release(&lab.failures);
	lab.err = (struct rq_error){0};
	lab.limit.sent = 0;
	service.texts = service.identified = 0;
	lab.status = rq_embed_side(&lab.embedding, &work, &lab.err);
}

static void expect_vectors(void)
{
	ck_assert_msg(lab.status == RQ_OK, "%s", lab.err.text);
	for (size_t i = 0; i < DOCUMENTS + TOPICS; i++) {
		struct rq_vectors expected, *found = i < DOCUMENTS ? &lab.embedding.documents : &lab.embedding.topics;
		ck_assert_int_eq(rq_vectors_init(&expected, 1, DIMENSION, &lab.err), RQ_OK);
		memset(expected.data, 0, DIMENSION * sizeof(float));
		if (i != 4)
			embed_one(expected.data, lab.texts[i]);
		rq_vectors_normalise(&expected);
		ck_assert_msg(memcmp(expected.data, found->data + (i < DOCUMENTS ? i : i - DOCUMENTS) * DIMENSION, DIMENSION * sizeof(float)) == 0, "%s has another vector", lab.ids[i]);
		rq_vectors_release(&expected);
	}
}

static void done(void)
{
	rq_embedding_release(&lab.embedding);
	rq_failures_release(&lab.failures);
}

static void expect_end(const char *sentence)
{
	ck_assert_int_eq(lab.status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(lab.err.text, sentence);
}

/* ---- tests ---- */

START_TEST(each_text_is_asked_for_once_and_blanks_never)
{
	build();
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(lab.embedding.embedded, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(lab.embedding.cached, 2);
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, 0);
	ck_assert_uint_eq(service.identified, 1); /* all is cached, and yet another model must not go unseen */
	snprintf(lab.texts[7], sizeof lab.texts[7], "changed");
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, 1);
	done();
}
END_TEST

START_TEST(another_model_is_asked_anew_and_told_of)
{
	build();
	embed();
	service.fingerprint = "sha two";
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "sha one");
	ck_assert_str_eq(lab.embedding.served_by.fingerprint, "sha two");
	embed();
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "");
	service.fingerprint = "sha one"; /* back again: what it said is still there */
	embed();
	ck_assert_uint_eq(service.texts, 0);
	lab.options.url = "http://two"; /* elsewhere, but the same model */
	embed();
	ck_assert_uint_eq(service.texts, 0);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "");
	done();
}
END_TEST

START_TEST(a_service_that_breaks_down_is_resumed)
{
	build();
	service.down_after = 8;
	embed();
	expect_end("the service is down; 8 texts came and are kept, 5 are left, and the next run goes on with them");
	service.down_after = 0;
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, 5);
	service.fingerprint = NULL;
	embed();
	expect_end("nobody answers; all 15 texts are in the cache, and --max-requests 0 takes them from there without asking");
	done();
}
END_TEST

START_TEST(requests_end_at_their_limit)
{
	build();
	lab.limit = (struct rq_request_limit){.limited = true};
	embed();
	expect_end("stopped at --max-requests 0: no earlier run has kept who answers, so all texts are left to embed");
	lab.limit.most = 3;
	embed();
	expect_end("stopped at --max-requests 3: 5 texts are left to embed; what came is kept, and the next run goes on");
	ck_assert_uint_eq(lab.limit.sent, 3);
	embed();
	ck_assert_uint_eq(lab.limit.sent, 3);
	expect_vectors();
	lab.limit.most = 0;
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.identified, 0);
	ck_assert(lab.embedding.parts[0].unchecked);
	snprintf(lab.texts[0], sizeof lab.texts[0], "new");
	embed();
	expect_end("stopped at --max-requests 0: 1 texts are left to embed; what came is kept, and the next run goes on");
	done();
}
END_TEST

START_TEST(what_failed_is_kept_and_never_cached)
{
	build();
	service.refused = "number 2"; /* of two documents */
	embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	ck_assert_uint_eq(lab.embedding.failed_documents, 2);
	ck_assert_uint_eq(lab.failures.count, 2);
	const struct rq_failure *failure = &lab.failures.items[0];
	ck_assert_str_eq(failure->side, "baseline");
	ck_assert_str_eq(failure->stage, "embed");
	ck_assert_str_eq(failure->what, "document");
	ck_assert_str_eq(failure->id, "d2");
	ck_assert_str_eq(failure->input, "text number 2");
	ck_assert_str_eq(failure->reason, "it does not like that");
	ck_assert_uint_eq(failure->attempts, 2);
	ck_assert_str_eq(lab.failures.items[1].id, "d3");
	ck_assert_uint_eq(lab.embedding.zero_documents, 3);
	ck_assert_ptr_null(lab.embedding.failed_topics);
	service.refused = "number 13"; /* of a topic */
	embed();
	ck_assert_uint_eq(service.texts, 1); /* the text that failed: the topic came the first time */
	expect_vectors();
	done();
}
END_TEST

START_TEST(a_topic_that_failed_is_marked)
{
	build();
	service.refused = "number 13";
	embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	ck_assert_uint_eq(lab.embedding.failed_topic_count, 1);
	ck_assert(!lab.embedding.failed_topics[0] && lab.embedding.failed_topics[1] && !lab.embedding.failed_topics[2]);
	ck_assert_str_eq(lab.failures.items[0].what, "topic");
	ck_assert_str_eq(lab.failures.items[0].id, "t13");
	done();
}
END_TEST

START_TEST(a_plan_asks_nobody)
{
	struct rq_embed_outlook outlook;

	build();
	const struct rq_embed_job work = job();
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(outlook.estimate.dimension, 0);
	ck_assert_uint_eq(outlook.estimate.requests, 4);
	embed();
	snprintf(lab.texts[0], sizeof lab.texts[0], "new");
	service.identified = 0;
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, 1);
	ck_assert_uint_eq(outlook.estimate.dimension, DIMENSION);
	ck_assert_uint_eq(service.identified, 0);
	done();
}
END_TEST

/* The child asks, slowly; the parent waits, and then finds what the child has paid for. A child that is killed in the middle leaves its turn and what it got. */
static void share(bool killed, size_t asked)
{
	int go[2], started[2];
	char byte = 0;

	build();
	embed(); /* the marker is there, and the model known */
	snprintf(lab.texts[0], sizeof lab.texts[0], "new one");
	for (size_t i = 5; i < DOCUMENTS; i++)
		snprintf(lab.texts[i], sizeof lab.texts[i], "new %zu", i);
	ck_assert(pipe(go) == 0 && pipe(started) == 0);
	pid_t child = fork();
	if (child == 0) {
		service.slow_until = go[0];
		ck_assert(write(started[1], &byte, 1) == 1);
		embed();
		_exit(lab.status == RQ_OK && service.texts == 8 ? 0 : 1);
	}
	ck_assert(read(started[0], &byte, 1) == 1);
	ck_assert(write(go[1], &byte, 1) == 1); /* the first answer, of four texts; for the second the child waits */
	char *file = NULL;
	for (size_t tries = 0; tries < 1000 && file == NULL; tries++) {
		char *path = lab_only_file("cache/embeddings");
		struct rq_buf content = lab_read(path);
		if (content.size == 16 + (size_t)(DOCUMENTS - 2 + TOPICS + BATCH) * (16 + DIMENSION * sizeof(float) + 8))
			file = path;
		else
			free(path);
		rq_buf_release(&content);
		usleep(10000);
	}
	ck_assert_msg(file != NULL, "the first answer is not in the cache");
	free(file);
	if (killed)
		ck_assert(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	pid_t helper = killed ? 0 : fork();
	if (!killed && helper == 0) {
		usleep(200000); /* the parent meets a turn that is taken */
		_exit(write(go[1], &byte, 1) == 1 ? 0 : 1);
	}
	told = 0;
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, asked);
	ck_assert_uint_eq(told, killed ? 0 : 1);
	int status = 0;
	if (!killed) {
		ck_assert(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
		ck_assert(waitpid(helper, NULL, 0) == helper);
	}
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(started[i]);
	}
	done();
}

START_TEST(of_two_runs_one_asks_and_the_other_finds)
{
	share(false, 0);
}
END_TEST

START_TEST(a_killed_run_leaves_its_turn_and_what_it_got)
{
	share(true, 4);
}
END_TEST

START_TEST(a_damaged_note_of_who_answered_is_made_again)
{
	build();
	embed();
	char *path = lab_only_file("cache/identity");
	struct rq_buf content = lab_read(path);
	content.data[content.size / 2] ^= 4;
	lab_write_bytes(path, content.data, content.size);
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, 0); /* it was asked, and is the same */
	ck_assert_uint_eq(lab.cache.damaged, 1);
	rq_buf_release(&content);
	free(path);
	done();
}
END_TEST

START_TEST(documents_may_have_an_embedder_of_their_own)
{
	struct service_options elsewhere = {.url = "http://documents"};

	build();
	lab.side.document_embedder = &embedder;
	lab.side.document_embedder_name = "theirs";
	lab.side.document_embedder_options = &elsewhere;
	lab.side.document_embedder_text = "{\"of\":\"documents\"}";
	embed();
	expect_vectors();
	ck_assert_uint_eq(lab.embedding.part_count, 2);
	ck_assert_str_eq(lab.embedding.documents_served_by.fingerprint, "sha one");
	ck_assert_uint_eq(lab.embedding.parts[0].text_count, TOPICS);
	ck_assert_uint_eq(lab.embedding.parts[1].text_count, DOCUMENTS);
	ck_assert_uint_eq(lab_count_files("cache/embeddings"), 2);
	embed();
	ck_assert_uint_eq(service.texts, 0);
	done();
}
END_TEST

/* What a run without documents leaves alone, a run with them finds as it was. */
START_TEST(documents_that_nobody_needs_are_not_asked_for)
{
	struct rq_embed_outlook outlook;

	build();
	struct rq_embed_job work = job();
	work.without_documents = true;
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, TOPICS);
	ck_assert(outlook.topics && !outlook.documents);
	ck_assert_msg(rq_embed_side(&lab.embedding, &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_uint_eq(service.texts, TOPICS);
	ck_assert_ptr_null(lab.embedding.documents.data);
	ck_assert_uint_eq(lab.embedding.topics.n, TOPICS);
	ck_assert_uint_eq(lab.embedding.zero_documents, 0);
	embed();
	expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2);
	done();
}
END_TEST

START_TEST(an_embedder_of_documents_that_nobody_needs_is_not_asked)
{
	struct service_options elsewhere = {.url = "http://documents"};

	build();
	lab.side.document_embedder = &embedder;
	lab.side.document_embedder_name = "theirs";
	lab.side.document_embedder_options = &elsewhere;
	lab.side.document_embedder_text = "{\"of\":\"documents\"}";
	struct rq_embed_job work = job();
	work.without_documents = true;
	ck_assert_msg(rq_embed_side(&lab.embedding, &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_uint_eq(service.identified, 1);
	ck_assert_uint_eq(service.texts, TOPICS);
	ck_assert_uint_eq(lab.embedding.part_count, 1);
	ck_assert_str_eq(lab.embedding.documents_served_by.fingerprint, "");
	done();
}
END_TEST

/* The limit of the cache is not kept at the expense of documents that the side has, even if nobody looked at them. */
START_TEST(documents_that_were_not_needed_stay_in_the_cache)
{
	struct rq_embedding embeddings[RQ_SIDES] = {0};
	size_t dropped;

	build();
	embed();
	struct rq_embed_job work = job();
	work.without_documents = true;
	ck_assert_msg(rq_embed_side(&embeddings[RQ_BASELINE], &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_int_eq(rq_embedding_shrink_cache(&dropped, embeddings, &lab.cache, &lab.err), RQ_OK);
	ck_assert_uint_eq(dropped, 0);
	embed();
	ck_assert_uint_eq(service.texts, 0);
	rq_embedding_release(&embeddings[RQ_BASELINE]);
	done();
}
END_TEST

Suite *asking_suite(void)
{
	Suite *suite = suite_create("asking");
	TCase *tests = lab_case("asking");

	tcase_add_test(tests, each_text_is_asked_for_once_and_blanks_never);
	tcase_add_test(tests, another_model_is_asked_anew_and_told_of);
	tcase_add_test(tests, a_service_that_breaks_down_is_resumed);
	tcase_add_test(tests, requests_end_at_their_limit);
	tcase_add_test(tests, what_failed_is_kept_and_never_cached);
	tcase_add_test(tests, a_topic_that_failed_is_marked);
	tcase_add_test(tests, a_plan_asks_nobody);
	tcase_add_test(tests, of_two_runs_one_asks_and_the_other_finds);
	tcase_add_test(tests, a_killed_run_leaves_its_turn_and_what_it_got);
	tcase_add_test(tests, a_damaged_note_of_who_answered_is_made_again);
	tcase_add_test(tests, documents_may_have_an_embedder_of_their_own);
	tcase_add_test(tests, documents_that_nobody_needs_are_not_asked_for);
	tcase_add_test(tests, an_embedder_of_documents_that_nobody_needs_is_not_asked);
	tcase_add_test(tests, documents_that_were_not_needed_stay_in_the_cache);
	suite_add_tcase(suite, tests);
	return suite;
}
