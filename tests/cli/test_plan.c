/* `rqgate run --plan`: what it prints with times and memory as letters, and that it leaves no trace. */
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char config[] =
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}},"
	"\"baseline\": {\"embedder\": \"hash\", \"index\": {\"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", \"search\": \"efSearch=128\"}},"
	"\"candidate\": {\"index\": {\"search\": \"efSearch=16\"}}, \"gates\": [\"RR@10 >= 0.5\"]}";

/* A number with its unit at `text`: its length, else 0. */
static size_t measured_at(const char *text)
{
	static const char *const units[] = {" GB", " MB", " kB", " s", " min"};
	size_t digits = strspn(text, "0123456789."), unit;

	for (unit = 0; digits > 0 && unit < sizeof units / sizeof *units; unit++)
		if (strncmp(text + digits, units[unit], strlen(units[unit])) == 0 && !isalpha((unsigned char)text[digits + strlen(units[unit])]))
			return digits + strlen(units[unit]);
	return 0;
}

/* Times and bytes become "#", blanks and lines of a table as wide as it happens to be become one; a note says that the machine is crowded, or is not there. */
static char *masked(const char *text)
{
	struct rq_buf out = {0};

	rq_buf_puts(&out, "");
	for (size_t i = 0; text[i] != '\0';) {
		if (i > 0 && text[i - 1] == '\n' && strncmp(text + i, "note: ", 6) == 0) {
			i += strcspn(text + i, "\n") + 1;
			continue;
		}
		size_t range = strspn(text + i, "0123456789."), length = measured_at(text + i);
		if (range > 0 && strncmp(text + i + range, " to ", 4) == 0 && measured_at(text + i + range + 4) > 0)
			length = range + 4 + measured_at(text + i + range + 4);
		if (strncmp(text + i, "under 0.1 s", 11) == 0)
			length = 11;
		if (length > 0 || strncmp(text + i, "  ", 2) == 0 || strncmp(text + i, "--", 2) == 0) {
			rq_buf_puts(&out, length > 0 ? "#" : text[i] == ' ' ? " " : "--");
			i += length > 0 ? length : strspn(text + i, text[i] == ' ' ? " " : "-");
		} else {
			size_t word = range > 0 ? range : 1;
			rq_buf_add(&out, text + i, word);
			i += word;
		}
	}
	return out.data;
}

static void expect_golden(const char *name, struct cli result)
{
	char *text = masked(result.out);

	ck_assert_str_eq(result.err, "");
	cli_expect_golden(name, text);
	free(text);
	cli_free(&result);
}

START_TEST(a_plan_before_a_run_and_after_it)
{
	cli_example();
	cli_write("gate.json", config);
	char *before = cli_files();
	expect_golden("plan", CLI_EXPECT(0, "run", "gate.json", "--plan"));
	expect_golden("plan-quiet", CLI_EXPECT(0, "run", "gate.json", "--plan", "--quiet"));
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	ck_assert(!cli_exists(".rqgate") && !cli_exists("out"));
	free(before);
	free(after);

	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet");
	cli_free(&result);
	before = cli_files();
	expect_golden("plan-cached", CLI_EXPECT(0, "run", "gate.json", "--plan"));
	expect_golden("plan-no-cache", CLI_EXPECT(0, "run", "gate.json", "--plan", "--no-cache"));
	after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(a_plan_as_json)
{
	cli_example();
	cli_write("gate.json", config);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--json", "--set", "exact.topics=9");
	rq_json *plan = cli_parse(result.out, "stdout");
	const rq_json *totals = rq_json_get(plan, "totals"), *exact = rq_json_get(plan, "exact"), *seconds = rq_json_get(totals, "seconds");

	ck_assert_str_eq(rq_json_string(rq_json_get(plan, "suite")), "help-centre");
	ck_assert_double_eq(rq_json_number(rq_json_get(plan, "documents")), 220);
	ck_assert_double_eq(rq_json_number(rq_json_get(totals, "texts")), 568);
	ck_assert_double_eq(rq_json_number(rq_json_get(totals, "to_embed")), 568);
	ck_assert_double_eq(rq_json_number(rq_json_get(totals, "sent")), 0);
	ck_assert_double_lt(rq_json_number(rq_json_first(seconds)), rq_json_number(rq_json_next(rq_json_first(seconds))));
	ck_assert_double_eq(rq_json_number(rq_json_get(exact, "topics")), 9);
	ck_assert_double_eq(rq_json_number(rq_json_get(exact, "multiplications")), 220. * 1024 * 9);
	const rq_json *embed = rq_json_next(rq_json_first(rq_json_get(plan, "stages")));
	ck_assert_str_eq(rq_json_string(rq_json_get(embed, "stage")), "embed");
	ck_assert_str_eq(rq_json_string(rq_json_get(embed, "state")), "compute");
	rq_json_free(plan);
	cli_free(&result);
}
END_TEST

/* The same sentence and the same exit code. */
static void expect_same_refusal(const char *set)
{
	struct cli planned = cli("run", "gate.json", "--plan", "--set", set, NULL), run = cli("run", "gate.json", "--set", set, NULL);

	ck_assert_msg(run.exit_code > 2, "%s was not refused", set);
	ck_assert_int_eq(planned.exit_code, run.exit_code);
	ck_assert_str_eq(planned.err, run.err);
	ck_assert_str_eq(planned.out, "");
	cli_free(&planned);
	cli_free(&run);
}

START_TEST(it_refuses_what_a_run_refuses)
{
	cli_example();
	cli_write("gate.json", config);
	expect_same_refusal("baseline.embeder=hash");
	expect_same_refusal("dataset.path=nowhere");
	expect_same_refusal("cutoff=500");
	expect_same_refusal("gates=[\"RR@10 > \"]");
	expect_same_refusal("reports={\"pdf\": \"x.pdf\"}");
	expect_same_refusal("reports={\"md\": \"corpus.jsonl\"}");
	expect_same_refusal("candidate.index={\"factory\": \"PQ7np\"}");
	expect_same_refusal("candidate.index={\"file\": \"README.md\"}");
	expect_same_refusal("candidate={\"run\": \"queries.jsonl\"}");
	expect_same_refusal("embedders.hash={\"kind\": \"vectors\", \"corpus\": \"README.md\", \"topics\": \"README.md\"}");
	expect_same_refusal("embedders.hash={\"kind\": \"lsa\", \"model\": \"README.md\"}");
}
END_TEST

START_TEST(gates_that_cannot_be_decided_are_told)
{
	cli_example();
	cli_write("gate.json", config);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--plan", "--set", "gates=[\"drop(RR@10) <= 0.001\"]");
	ck_assert_str_eq(result.err, "gates[0]: 328 topics cannot pass a margin of 0.001 unless the rankings are the same; the smallest they can decide is 0.02\n");
	cli_free(&result);
}
END_TEST

/* Of the weekly job: the candidate alone, embedded past the cache, and no trace either. */
START_TEST(a_plan_of_a_job_of_drift)
{
	cli_example();
	cli_write("gate.json", config);
	expect_golden("plan-drift-first", CLI_EXPECT(0, "drift", "gate.json", "--plan"));
	ck_assert(!cli_exists("references") && !cli_exists(".rqgate") && !cli_exists("out"));
	struct cli result = CLI_EXPECT(0, "drift", "gate.json");
	cli_free(&result);
	cli_remove("out");
	expect_golden("plan-drift", CLI_EXPECT(0, "drift", "gate.json", "--plan"));
	ck_assert(!cli_exists("out"));
	result = cli("drift", "gate.json", "--plan", "--alone", NULL);
	cli_expect_refusal(&result, 64, "--alone and --plan exclude each other: --alone embeds and searches nothing that could be planned");
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *tests = cli_case("plan");

	tcase_add_test(tests, a_plan_before_a_run_and_after_it);
	tcase_add_test(tests, a_plan_as_json);
	tcase_add_test(tests, it_refuses_what_a_run_refuses);
	tcase_add_test(tests, gates_that_cannot_be_decided_are_told);
	tcase_add_test(tests, a_plan_of_a_job_of_drift);
	suite_add_tcase(suite, tests);
	return suite;
}
