/* Texts that a service has no vector for, and answers that are not kept. */
#include "asking.h"

#include <stdio.h>
#include <string.h>

START_TEST(what_failed_is_kept_and_never_cached)
{
	asking_build();
	service.refused = "number 2"; /* of two documents */
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	ck_assert_uint_eq(lab.embedding.failed_document_count, 2);
	ck_assert(lab.embedding.failed_documents[2] && lab.embedding.failed_documents[3] && !lab.embedding.failed_documents[4]);
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
	ck_assert_uint_eq(lab.embedding.zero_documents, 1); /* the blank one; those two have none */
	ck_assert_uint_eq(lab.embedding.documents.n, DOCUMENTS - 2);
	ck_assert_str_eq(lab.embedding.present.documents[2].id, "d4");
	ck_assert_ptr_null(lab.embedding.failed_topics);
	service.refused = "number 13"; /* of a topic */
	asking_embed();
	ck_assert_uint_eq(service.texts, 1); /* the text that failed: the topic came the first time */
	asking_expect_vectors();
	asking_done();
}
END_TEST

START_TEST(a_first_answer_that_was_at_fault_is_heard_again)
{
	asking_build();
	service.misheard = true;
	asking_embed();
	ck_assert_msg(lab.status == RQ_OK, "%s", lab.err.text);
	ck_assert_uint_eq(service.identified, 2);
	asking_expect_vectors();
	ck_assert_uint_eq(lab.embedding.parts[0].dimension, DIMENSION);
	ck_assert_str_eq(lab.embedding.parts[0].earlier.fingerprint, ""); /* nobody had vectors of that other one */
	lab.cache = (struct rq_cache){0};
	lab.limit = (struct rq_request_limit){.limited = true, .most = 1};
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_E_UNAVAILABLE); /* and not past the limit */
	ck_assert_uint_eq(service.identified, 1);
	asking_done();
}
END_TEST

/* The service answers from the last text to the first. */
START_TEST(failures_come_in_the_order_of_the_texts)
{
	static const char *const ids[] = {"d1", "d10", "d11", "t12", "t13", "t14"};

	asking_build();
	service.refused = "number 1";
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	ck_assert_uint_eq(lab.failures.count, sizeof ids / sizeof *ids);
	for (size_t i = 0; i < lab.failures.count; i++)
		ck_assert_str_eq(lab.failures.items[i].id, ids[i]);
	service.down_after = 8; /* what is told of a run that ends early is in that order too */
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	snprintf(lab.texts[6], sizeof lab.texts[6], "number 1 here");
	snprintf(lab.texts[0], sizeof lab.texts[0], "number 1 there");
	service.down_after = 4;
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_E_UNAVAILABLE);
	ck_assert_uint_eq(lab.failures.count, 4);
	ck_assert_str_eq(lab.failures.items[0].id, "d1");
	ck_assert_str_eq(lab.failures.items[1].id, "d6");
	ck_assert_str_eq(lab.failures.items[2].id, "d10");
	ck_assert_str_eq(lab.failures.items[3].id, "d11");
	asking_done();
}
END_TEST

START_TEST(what_failed_for_the_baseline_is_not_asked_for_again)
{
	struct rq_embedding other = {0};

	asking_build();
	service.refused = "number 2"; /* documents 2 and 3 */
	asking_embed();
	struct rq_side_config candidate = lab.side;
	candidate.name = "candidate";
	struct rq_embed_job work = asking_job();
	work.side = &candidate;
	work.before = &lab.embedding;
	service.texts = 0;
	ck_assert_int_eq(rq_embed_side(&other, &work, &lab.err), RQ_OK);
	ck_assert_uint_eq(service.texts, 0);
	ck_assert_uint_eq(other.failed_document_count, 2);
	ck_assert_uint_eq(other.cached, DOCUMENTS + TOPICS - 1); /* document 3 is told by document 2 */
	ck_assert_uint_eq(lab.failures.count, 4);
	ck_assert_str_eq(lab.failures.items[3].side, "candidate");
	ck_assert_str_eq(lab.failures.items[3].id, "d3");
	ck_assert_str_eq(lab.failures.items[3].reason, "it does not like that");
	ck_assert_uint_eq(lab.failures.items[3].attempts, 2);
	rq_embedding_release(&other);

	snprintf(lab.texts[13], sizeof lab.texts[13], "%s", lab.texts[2]); /* in another role it may be liked */
	service.refused = NULL;
	ck_assert_int_eq(rq_embed_side(&other, &work, &lab.err), RQ_OK);
	ck_assert_uint_eq(service.texts, 1);
	ck_assert_uint_eq(other.failed_topic_count, 0);
	rq_embedding_release(&other);

	service.fingerprint = "sha two"; /* and by another model */
	service.texts = 0;
	ck_assert_int_eq(rq_embed_side(&other, &work, &lab.err), RQ_OK);
	ck_assert_uint_eq(service.texts, DOCUMENTS - 2 + TOPICS);
	ck_assert_uint_eq(other.failed_document_count, 0);
	rq_embedding_release(&other);
	asking_done();
}
END_TEST

START_TEST(a_topic_that_failed_is_marked)
{
	asking_build();
	service.refused = "number 13";
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_OK);
	ck_assert_uint_eq(lab.embedding.failed_topic_count, 1);
	ck_assert(!lab.embedding.failed_topics[0] && lab.embedding.failed_topics[1] && !lab.embedding.failed_topics[2]);
	ck_assert_str_eq(lab.failures.items[0].what, "topic");
	ck_assert_str_eq(lab.failures.items[0].id, "t13");
	asking_done();
}
END_TEST

/* Far beyond what max_failed allows nobody is asked on, and what was refused until then is told. */
START_TEST(a_service_that_refuses_most_is_not_asked_on)
{
	asking_build();
	service.refused = "";
	asking_embed();
	ck_assert_int_eq(lab.status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(lab.err.text, "stopped, since at least 10 of its documents and topics fail, where max_failed allows 0; "
	                               "the first was the document \"d11\": "
	                               "it does not like that");
	ck_assert_uint_eq(lab.failures.count, 10);
	struct rq_embed_job work = asking_job();
	work.max_failed = 5;
	rq_embedding_release(&lab.embedding);
	rq_failures_release(&lab.failures);
	ck_assert_msg(rq_embed_side(&lab.embedding, &work, &lab.err) == RQ_OK, "%s", lab.err.text); /* 13 of them are not ten more */
	ck_assert_uint_eq(lab.failures.count, DOCUMENTS - 1 + TOPICS);
	asking_done();
}
END_TEST

Suite *asking_failures_suite(void)
{
	Suite *suite = suite_create("asking_failures");
	TCase *tests = lab_case("asking_failures");

	tcase_add_test(tests, what_failed_is_kept_and_never_cached);
	tcase_add_test(tests, a_first_answer_that_was_at_fault_is_heard_again);
	tcase_add_test(tests, failures_come_in_the_order_of_the_texts);
	tcase_add_test(tests, what_failed_for_the_baseline_is_not_asked_for_again);
	tcase_add_test(tests, a_topic_that_failed_is_marked);
	tcase_add_test(tests, a_service_that_refuses_most_is_not_asked_on);
	suite_add_tcase(suite, tests);
	return suite;
}
