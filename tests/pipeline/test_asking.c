/* What the pipeline owes to an embedder that asks elsewhere. */
#include "asking.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_end(const char *sentence)
{
	ck_assert_int_eq(lab.status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(lab.err.text, sentence);
}

START_TEST(each_text_is_asked_for_once_and_blanks_never)
{
	asking_build();
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(lab.embedding.embedded, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(lab.embedding.cached, 2);
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, 0);
	ck_assert_uint_eq(service.identified, 1); /* all is cached, and yet another model must not go unseen */
	snprintf(lab.texts[7], sizeof lab.texts[7], "changed");
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, 1);
	asking_done();
}
END_TEST

START_TEST(another_model_is_asked_anew_and_told_of)
{
	asking_build();
	asking_embed();
	service.fingerprint = "sha two";
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "sha one");
	ck_assert_str_eq(lab.embedding.served_by.fingerprint, "sha two");
	asking_embed();
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "");
	service.fingerprint = "sha one"; /* back again: what it said is still there */
	asking_embed();
	ck_assert_uint_eq(service.texts, 0);
	lab.options.url = "http://two"; /* elsewhere, but the same model */
	asking_embed();
	ck_assert_uint_eq(service.texts, 0);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, "");
	asking_done();
}
END_TEST

/* A name is no digest: another model may have got it, which shows in the vector of one text. */
START_TEST(another_model_under_the_same_name_is_asked_anew)
{
	asking_build();
	service.named = true;
	service.probe = 1;
	asking_embed();
	for (int i = 0; i < 8; i++) { /* rounding, which differs from machine to machine */
		service.probe = i % 2 == 0 ? 1.004f : .996f;
		asking_embed();
		ck_assert_uint_eq(service.texts, 0);
	}
	service.probe = 1.5f;
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, lab.embedding.served_by.fingerprint);
	service.probe = 1; /* back again, as before to the last bit */
	asking_embed();
	ck_assert_uint_eq(service.texts, 0);
	for (int i = 1; i <= 100; i++) { /* many small steps are one large one */
		service.probe = 1 + .01f * (float)i;
		asking_embed();
		ck_assert_int_eq(lab.status, RQ_OK);
		if (service.texts > 0)
			break;
	}
	ck_assert(service.texts > 0 && service.probe < 1.1f);
	asking_done();
}
END_TEST

START_TEST(a_service_that_breaks_down_is_resumed)
{
	asking_build();
	service.down_after = 8;
	asking_embed();
	expect_end("the service is down; 8 texts came and are kept, 5 are left, and the next run goes on from there");
	service.down_after = 0;
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, 5);
	service.fingerprint = NULL;
	asking_embed();
	expect_end("nobody answers; all 15 texts are in the cache, and --max-requests 0 takes them from there without asking");
	asking_done();
}
END_TEST

START_TEST(requests_end_at_their_limit)
{
	asking_build();
	lab.limit = (struct rq_request_limit){.limited = true};
	asking_embed();
	expect_end("stopped at --max-requests 0: no earlier run has kept who answers, so all texts are left to embed");
	lab.limit.most = 3;
	asking_embed();
	expect_end("stopped at --max-requests 3: 5 texts are left to embed; what came is kept, and the next run goes on");
	ck_assert_uint_eq(lab.limit.sent, 3);
	asking_embed();
	ck_assert_uint_eq(lab.limit.sent, 3);
	asking_expect_vectors();
	lab.limit.most = 0;
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.identified, 0);
	ck_assert(lab.embedding.parts[0].unchecked);
	snprintf(lab.texts[0], sizeof lab.texts[0], "new");
	asking_embed();
	expect_end("stopped at --max-requests 0: 1 text is left to embed; what came is kept, and the next run goes on");
	asking_done();
}
END_TEST

START_TEST(a_plan_asks_nobody)
{
	struct rq_embed_outlook outlook;

	asking_build();
	const struct rq_embed_job work = asking_job();
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(outlook.estimate.dimension, 0);
	ck_assert_uint_eq(outlook.estimate.requests, 4);
	asking_embed();
	snprintf(lab.texts[0], sizeof lab.texts[0], "new");
	service.identified = 0;
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, 1);
	ck_assert_uint_eq(outlook.estimate.dimension, DIMENSION);
	ck_assert_uint_eq(service.identified, 0);
	asking_done();
}
END_TEST

/* The child asks, slowly; the parent waits, and then finds what the child has paid for. A child that is killed in the middle leaves its turn and what
 * it got. */
static void share(bool killed, size_t asked)
{
	int go[2], started[2];
	char byte = 0;

	asking_build();
	asking_embed(); /* the marker is there, and the model known */
	snprintf(lab.texts[0], sizeof lab.texts[0], "new one");
	for (size_t i = 5; i < DOCUMENTS; i++)
		snprintf(lab.texts[i], sizeof lab.texts[i], "new %zu", i);
	ck_assert(pipe(go) == 0 && pipe(started) == 0);
	pid_t child = fork();
	if (child == 0) {
		service.slow_until = go[0];
		ck_assert(write(started[1], &byte, 1) == 1);
		asking_embed();
		_exit(lab.status == RQ_OK && service.texts == 8 ? 0 : 1);
	}
	ck_assert(read(started[0], &byte, 1) == 1);
	ck_assert(write(go[1], &byte, 1) == 1); /* the first answer, of four texts; for the second the child waits */
	char *file = NULL;
	for (size_t tries = 0; tries < 1000 && file == NULL; tries++) {
		char *path = lab_only_file("cache/embeddings");
		struct rq_error err = {0};
		uint64_t size = 0; /* it is being written: reading all of it would be refused */
		ck_assert_msg(rq_file_size(&size, path, &err) == RQ_OK, "%s", err.text);
		if (size == 16 + (size_t)(DOCUMENTS - 2 + TOPICS + BATCH) * (16 + DIMENSION * sizeof(float) + 8))
			file = path;
		else
			free(path);
		usleep(10000);
	}
	ck_assert_msg(file != NULL, "the first answer is not in the cache");
	free(file);
	if (killed)
		ck_assert(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	service.release = killed ? -1 : go[1]; /* once this process has met a turn that is taken */
	asking_told = 0;
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, asked);
	ck_assert_uint_eq(asking_told, killed ? 0 : 1);
	int status = 0;
	if (!killed)
		ck_assert(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(started[i]);
	}
	asking_done();
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
	asking_build();
	asking_embed();
	char *path = lab_only_file("cache/identity");
	struct rq_buf content = lab_read(path);
	content.data[content.size / 2] ^= 4;
	lab_write_bytes(path, content.data, content.size);
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, 0); /* it was asked, and is the same */
	ck_assert_uint_eq(lab.cache.damaged, 1);
	rq_buf_release(&content);
	free(path);
	asking_done();
}
END_TEST

START_TEST(documents_may_have_an_embedder_of_their_own)
{
	struct service_options elsewhere = {.url = "http://documents"};

	asking_build();
	lab.side.document_embedder = lab.side.embedder;
	lab.side.document_embedder_name = "theirs";
	lab.side.document_embedder_options = &elsewhere;
	lab.side.document_embedder_text = "{\"of\":\"documents\"}";
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(lab.embedding.part_count, 2);
	ck_assert_str_eq(lab.embedding.documents_served_by.fingerprint, "sha one");
	ck_assert_uint_eq(lab.embedding.parts[0].text_count, TOPICS);
	ck_assert_uint_eq(lab.embedding.parts[1].text_count, DOCUMENTS);
	ck_assert_uint_eq(lab_count_files("cache/embeddings"), 2);
	asking_embed();
	ck_assert_uint_eq(service.texts, 0);
	asking_done();
}
END_TEST

/* What a run without documents leaves alone, a run with them finds as it was. */
START_TEST(documents_that_nobody_needs_are_not_asked_for)
{
	struct rq_embed_outlook outlook;

	asking_build();
	struct rq_embed_job work = asking_job();
	work.without_documents = true;
	ck_assert_int_eq(rq_embed_look(&outlook, &work, 0, NULL, &lab.err), RQ_OK);
	ck_assert_uint_eq(outlook.missing.texts, TOPICS);
	ck_assert(outlook.topics && !outlook.documents);
	ck_assert_msg(rq_embed_side(&lab.embedding, &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_uint_eq(service.texts, TOPICS);
	ck_assert_ptr_null(lab.embedding.documents.data);
	ck_assert_uint_eq(lab.embedding.topics.n, TOPICS);
	ck_assert_uint_eq(lab.embedding.zero_documents, 0);
	asking_embed();
	asking_expect_vectors();
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2);
	asking_done();
}
END_TEST

START_TEST(an_embedder_of_documents_that_nobody_needs_is_not_asked)
{
	struct service_options elsewhere = {.url = "http://documents"};

	asking_build();
	lab.side.document_embedder = lab.side.embedder;
	lab.side.document_embedder_name = "theirs";
	lab.side.document_embedder_options = &elsewhere;
	lab.side.document_embedder_text = "{\"of\":\"documents\"}";
	struct rq_embed_job work = asking_job();
	work.without_documents = true;
	ck_assert_msg(rq_embed_side(&lab.embedding, &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_uint_eq(service.identified, 1);
	ck_assert_uint_eq(service.texts, TOPICS);
	ck_assert_uint_eq(lab.embedding.part_count, 1);
	ck_assert_str_eq(lab.embedding.documents_served_by.fingerprint, "");
	asking_done();
}
END_TEST

/* The limit of the cache is not kept at the expense of documents that the side has, even if nobody looked at them. */
START_TEST(documents_that_were_not_needed_stay_in_the_cache)
{
	struct rq_embedding embeddings[RQ_SIDES] = {0};
	size_t dropped;

	asking_build();
	asking_embed();
	struct rq_embed_job work = asking_job();
	work.without_documents = true;
	ck_assert_msg(rq_embed_side(&embeddings[RQ_BASELINE], &work, &lab.err) == RQ_OK, "%s", lab.err.text);
	ck_assert_int_eq(rq_embedding_shrink_cache(&dropped, embeddings, &lab.cache, &lab.err), RQ_OK);
	ck_assert_uint_eq(dropped, 0);
	asking_embed();
	ck_assert_uint_eq(service.texts, 0);
	rq_embedding_release(&embeddings[RQ_BASELINE]);
	asking_done();
}
END_TEST

Suite *asking_suite(void)
{
	Suite *suite = suite_create("asking");
	TCase *tests = lab_case("asking");

	tcase_add_test(tests, each_text_is_asked_for_once_and_blanks_never);
	tcase_add_test(tests, another_model_is_asked_anew_and_told_of);
	tcase_add_test(tests, another_model_under_the_same_name_is_asked_anew);
	tcase_add_test(tests, a_service_that_breaks_down_is_resumed);
	tcase_add_test(tests, requests_end_at_their_limit);
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
