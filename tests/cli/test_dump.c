/* Documents whose vectors are a dump of a database, beside a command that embeds the topics alone, as a user runs them. */
#include "cli.h"

#include "evalcore/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 30, TOPICS = 10 };

#define DATASET "\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
#define REST "\"metrics\": [\"RR@10\"], \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"]}"

/* Embedders "own", a command, and "dump", of documents or whatever `files` says; a baseline that takes its topics from the one and its documents from
 * the other. */
static void configure(const char *files, const char *baseline, const char *candidate)
{
	struct rq_buf config = {0};

	rq_buf_printf(&config,
	              "{" DATASET
	              "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"]}, \"dump\": {\"kind\": \"vectors\", %s}}, "
	              "\"baseline\": {%s, \"index\": {\"kind\": \"exact\"}}, \"candidate\": %s, " REST,
	              files, baseline, candidate);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
}

/* The command notes each text that it is asked for. */
static void set_up(const char *vector)
{
	struct rq_buf dump = {0}, command = {0};

	cli_collection(DOCUMENTS, TOPICS);
	for (size_t i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&dump, "d%zu,\"[%zu,1,%zu]\"\n", i, i + 1, i % 4);
	cli_write_bytes("c.csv", dump.data, dump.size);
	rq_buf_printf(&command,
	              "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%%%,*}; echo $id >> asked; "
	              "echo \"{\\\"id\\\":$id,\\\"vector\\\":%s,\\\"model\\\":\\\"m\\\"}\"; done\n",
	              vector);
	cli_write_bytes("embed.sh", command.data, command.size);
	rq_buf_release(&dump);
	rq_buf_release(&command);
}

static size_t asked(void)
{
	struct rq_buf text = cli_read("asked");
	size_t lines = 0;

	for (size_t i = 0; i < text.size; i++)
		lines += text.data[i] == '\n';
	rq_buf_release(&text);
	return lines;
}

static const char *document_embedder_of(const rq_json *report, const char *side)
{
	const rq_json *name = rq_json_get(rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "sides"), side), "document_embedder");

	return name == NULL ? "" : rq_json_string(name);
}

START_TEST(topics_alone_are_asked_for_and_the_candidate_inherits_the_dump)
{
	set_up("[1,${#line},0.5]");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"",
	          "{\"index\": {\"kind\": \"exact\", \"similarity\": \"ip\"}}");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(document_embedder_of(report, "baseline"), "vectors");
	ck_assert_str_eq(document_embedder_of(report, "candidate"), "vectors");
	ck_assert_uint_eq(asked(), 1 + TOPICS + 1); /* who answers, for each side; the candidate's topics are cached */
	rq_json_free(report);
}
END_TEST

/* The same vectors, backwards, as a database's bulk file. */
START_TEST(a_dump_may_be_a_bulk_file)
{
	struct rq_buf lines = {0};

	set_up("[1,${#line},0.5]");
	for (size_t i = DOCUMENTS; i-- > 0;)
		rq_buf_printf(&lines, "{\"index\": {\"_index\": \"docs\", \"_id\": \"d%zu\"}}\n{\"text\": \"t\", \"my_vector\": [%zu, 1.0, %zue0]}\n", i, i + 1, i % 4);
	cli_write_bytes("bulk.jsonl", lines.data, lines.size);
	rq_buf_release(&lines);
	configure("\"corpus\": \"c.csv\"}, \"bulk\": {\"kind\": \"vectors\", \"corpus\": \"bulk.jsonl\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"",
	          "{\"embedder\": \"own\", \"document_embedder\": \"bulk\"}");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	struct rq_buf baseline = cli_read("out/report.d/baseline.ann.run.zst"), candidate = cli_read("out/report.d/candidate.ann.run.zst");
	ck_assert_uint_eq(baseline.size, candidate.size);
	ck_assert_mem_eq(baseline.data, candidate.data, baseline.size);
	rq_buf_release(&baseline);
	rq_buf_release(&candidate);
}
END_TEST

START_TEST(a_plan_takes_the_dimension_from_the_dump)
{
	set_up("[1,${#line},0.5]");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"", "{\"embedder\": \"own\"}");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--plan");
	char expected[40];
	snprintf(expected, sizeof expected, "  %d x 3  ", TOPICS);
	ck_assert_msg(strstr(result.out, expected) != NULL, "%s", result.out);
	snprintf(expected, sizeof expected, "  %d x ?  ", DOCUMENTS + TOPICS); /* the candidate's, which no dump tells of */
	ck_assert_msg(strstr(result.out, expected) != NULL, "%s", result.out);
	ck_assert_ptr_nonnull(strstr(result.out, "candidate: how many dimensions its vectors have is known once the service has answered"));
	ck_assert_ptr_null(strstr(result.out, "baseline: how many dimensions"));
	cli_free(&result);
}
END_TEST

START_TEST(a_candidate_with_an_embedder_of_its_own_embeds_its_documents)
{
	set_up("[1,${#line},0.5]");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"", "{\"embedder\": \"own\"}");
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(document_embedder_of(report, "baseline"), "vectors");
	ck_assert_str_eq(document_embedder_of(report, "candidate"), "");
	ck_assert_uint_eq(asked(), 1 + TOPICS + 1 + DOCUMENTS);
	rq_json_free(report);
}
END_TEST

START_TEST(a_dump_of_another_model_is_refused)
{
	set_up("[1,${#line}]");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"", "{}");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(
		&result, 65, "baseline: document_embedder: \"dump\" has 3 dimensions and the topics' embedder \"own\" has 2; both must come from one model");
}
END_TEST

START_TEST(files_of_the_wrong_role_are_refused)
{
	set_up("[1,${#line},0.5]");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"dump\"", "{}");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(
		&result, 64,
		"gate.json: embedders.dump.topics: missing; expected the vectors of the topics, which the baseline takes from here; where another embedder "
		"makes them, name that one as embedder and this one as document_embedder");
	configure("\"topics\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dump\"", "{}");
	result = cli("run", "gate.json", NULL);
	cli_expect_refusal(
		&result, 64,
		"gate.json: embedders.dump.corpus: missing; expected the vectors of the documents, which the baseline takes from here unless it has a "
		"document_embedder");
	configure("\"corpus\": \"c.csv\"", "\"embedder\": \"own\", \"document_embedder\": \"dmup\"", "{}");
	result = cli("run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert_ptr_nonnull(strstr(result.err, "baseline.document_embedder: "));
	ck_assert_ptr_nonnull(strstr(result.err, "\"dump\""));
	cli_free(&result);
}
END_TEST

Suite *dump_suite(void)
{
	Suite *suite = suite_create("dump");
	TCase *tests = cli_case("dump");

	tcase_add_test(tests, a_dump_may_be_a_bulk_file);
	tcase_add_test(tests, a_plan_takes_the_dimension_from_the_dump);
	tcase_add_test(tests, topics_alone_are_asked_for_and_the_candidate_inherits_the_dump);
	tcase_add_test(tests, a_candidate_with_an_embedder_of_its_own_embeds_its_documents);
	tcase_add_test(tests, a_dump_of_another_model_is_refused);
	tcase_add_test(tests, files_of_the_wrong_role_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
