/* `rqgate judge`: what is pooled, what is merged, and that a verdict moves as was foretold. */
#include "cli.h"

#include "datasets/csv.h"
#include "datasets/datasets.h"
#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact search has the same scores on every machine; a graph has not. */
#define CONFIG(gates) \
	"{\"suite\": \"help-centre\", \"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\", \"nDCG@10\"], " \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 64}}, " \
	"\"baseline\": {\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, \"gates\": [" gates "]}"
#define WARNING "{\"kind\": \"max_drop\", \"metric\": \"nDCG@10\", \"margin\": 0.03, \"level\": \"warn\"}"
#define TAIL(metric, zeros) "{\"kind\": \"tail\", \"metric\": \"" metric "\", \"zeros\": " zeros "}"
static const char config[] = CONFIG("\"RR@10 >= 0.1\", " WARNING);

static void expect_file(const char *name, const char *file)
{
	struct rq_buf text = cli_read(file);

	cli_expect_golden(name, text.data);
	rq_buf_release(&text);
}

static void refused(struct cli result, int exit_code, const char *sentence)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

static void quietly(struct cli result)
{
	cli_free(&result);
}

static void run(const char *json)
{
	cli_write("gate.json", json);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
}

/* ---- the sheet ---- */

START_TEST(what_is_pooled)
{
	cli_example();
	run(config);
	cli_expect_said("help-judge", CLI_EXPECT(0, "help", "judge"));
	cli_expect_said("help-judge-pool", CLI_EXPECT(0, "help", "judge", "pool"));
	cli_expect_said("help-judge-merge", CLI_EXPECT(0, "help", "judge", "merge"));
	cli_expect_said("judge-pool", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "6"));
	cli_expect_said("judge-pool-unblind", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "6", "--unblind", "--no-text"));
	cli_expect_said("judge-pool-topics", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "6", "--topics", "1", "--no-text", "--unblind"));
	cli_expect_said("judge-pool-slice", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "3", "--metric", "RR@10", "--slice", "billing",
	                                             "--depth", "2", "--grade", "1", "--no-text", "--unblind"));
	cli_expect_said("judge-pool-out", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "6", "--out", "holes.csv"));
	expect_file("judge-pool-file", "holes.csv");
	cli_remove("corpus.jsonl");
	cli_expect_said("judge-pool-no-corpus", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "1"));
}
END_TEST

/* What blocks comes first, whatever its kind and place; then what did not pass. */
START_TEST(the_gate_that_needs_judgments_most)
{
	static const struct {
		const char *config, *gate;
	} cases[] = {
		{CONFIG(TAIL("RR@3", "0.99") ", " WARNING ", " TAIL("RR@5", "0.001")), "(gate zero(RR@5) <= 0.1%)"},
		{CONFIG(TAIL("RR@3", "0.99") ", " WARNING), "(gate drop(nDCG@10) <= 0.03)"},
		{CONFIG(TAIL("RR@3", "0.99") ", " TAIL("RR@5", "0.99")), "(gate zero(RR@3) <= 99%)"},
	};

	cli_example();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cli_write("gate.json", cases[i].config);
		quietly(cli("run", "gate.json", NULL));
		struct cli result = CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "2", "--no-text", "--out", "gates.csv", "--force");
		ck_assert_msg(strstr(result.out, cases[i].gate) != NULL, "expected %s in\n%s", cases[i].gate, result.out);
		cli_free(&result);
	}
}
END_TEST

START_TEST(text_is_no_formula)
{
	cli_write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"=1+1\"}\n{\"_id\": \"d2\", \"text\": \"a, \\\"b\\\"\\nc\"}\n");
	cli_write("queries.jsonl", "{\"_id\": \"t1\", \"text\": \"@sum(a)\"}\n{\"_id\": \"t2\", \"text\": \"two\"}\n");
	cli_make_folder("qrels");
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nt1\td2\t1\nt2\td1\t1\n");
	cli_write("a.run", "t1 Q0 d1 1 2 x\nt1 Q0 d2 2 1 x\nt2 Q0 d1 1 1 x\n");
	cli_write("b.run", "t1 Q0 d2 1 2 x\nt2 Q0 d2 1 2 x\nt2 Q0 d1 2 1 x\n");
	run("{\"dataset\": {\"path\": \".\"}, \"baseline\": {\"run\": \"a.run\"}, \"candidate\": {\"run\": \"b.run\"}, \"metrics\": [\"RR@10\"], "
	    "\"gates\": [\"RR@10 >= 0.1\"]}");
	cli_expect_said("judge-pool-formula", CLI_EXPECT(0, "judge", "pool", "out/report.json", "--metric", "RR@10", "--unblind"));
}
END_TEST

START_TEST(what_pool_refuses)
{
	cli_example();
	run(config);
	refused(cli("judge", NULL), 64, "\"rqgate judge\" needs an action; \"rqgate help judge\" lists them");
	refused(cli("judge", "pol", "out/report.json", NULL), 64, "\"rqgate judge\" has no action \"pol\"; did you mean \"pool\"?");
	refused(cli("judge", "pool", "out/report.json", "--metric", "ann_recall@10", NULL), 64,
	        "ann_recall@10: is no mean of values from 0 to 1 on judgments, whose fall is a loss; expected one such as nDCG@10");
	refused(cli("judge", "pool", "out/report.json", "--metric", "RR@10", "--slice", "biling", NULL), 65,
	        "out/report.json: no topic is in slice \"biling\"");
	refused(cli("judge", "pool", "out/report.json", "--grade", "0", NULL), 64,
	        "--grade: 0 is the grade of what is not relevant, which changes next to nothing; expected one above it");
	cli_write("holes.csv", "graded");
	refused(cli("judge", "pool", "out/report.json", "--out", "holes.csv", NULL), 64,
	        "\"holes.csv\": is there already, and may have grades in it; choose another name, or say --force");
	quietly(CLI_EXPECT(0, "judge", "pool", "out/report.json", "--out", "holes.csv", "--force"));
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq001\tsessions\t1\n");
	refused(cli("judge", "pool", "out/report.json", NULL), 65,
	        "out/report.json: cannot be pooled without its judgments: grades are left out: \"qrels/test.tsv\" is no longer what the report was made "
	        "of");
	cli_remove("gate.json");
	refused(cli("judge", "pool", "out/report.json", NULL), 65,
	        "out/report.json: cannot be pooled without its judgments: grades, queries and texts are left out: \"gate.json\": cannot open: No such "
	        "file or directory; --config names the config where it is elsewhere");
	cli_example();
	run("{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {}, \"candidate\": {}, \"metrics\": "
	    "[\"RR@10\"], \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.1\"]}");
	refused(cli("judge", "pool", "out/report.json", NULL), 64,
	        "out/report.json: has no gate on a drop, so nothing tells whose difference counts; name the metric with --metric");
}
END_TEST

/* ---- grades ---- */

#define MERGE "judge", "merge", "qrels/test.tsv"
#define OF_REPORT "--report", "out/report.json"

START_TEST(what_is_merged)
{
	cli_example();
	run(config);
	cli_write("ann.csv", "topic,document,grade\nq010,pitr-cli,1\nq010,audit-log,\nq010,data-api,0\n");
	cli_write("bob.csv", "topic,document,grade\nq010,promote-restored-branch,2\nq010,pitr-cli,1\n");
	cli_expect_said("judge-merge", CLI_EXPECT(0, MERGE, "ann.csv", "bob.csv", "--by", "ann", "--by", "bob", OF_REPORT, "--out", "qrels/new.tsv",
	                                        "--date", "2026-11-21"));
	expect_file("judge-merge-log", "qrels/new.tsv.log.jsonl");
	struct rq_buf old = cli_read("qrels/test.tsv"), new = cli_read("qrels/new.tsv");
	ck_assert_uint_gt(new.size, old.size);
	ck_assert_mem_eq(new.data, old.data, old.size);
	ck_assert_str_eq(new.data + old.size, "q010\tpitr-cli\t1\nq010\tpromote-restored-branch\t2\n");
	rq_buf_release(&old);
	rq_buf_release(&new);
	/* A second time, over what there is: the log goes on. */
	cli_write("eve.csv", "topic,document,grade\nq010,pitr-cli,3\n");
	cli_expect_said("judge-merge-again", cli_in(".", "SOURCE_DATE_EPOCH=1795230000", "judge", "merge", "qrels/new.tsv", "eve.csv", "--by", "eve",
	                                          "--data", "gate.json", "--out", "qrels/new.tsv", "--force", "--prefer", "new", NULL));
	expect_file("judge-merge-again-log", "qrels/new.tsv.log.jsonl");
	char *files = cli_files();
	ck_assert_msg(strstr(files, "qrels/new.tsv.log.jsonl\n") != NULL && strstr(files, "qrels/new.tsv.log.jsonl.") == NULL, "%s", files);
	free(files);
}
END_TEST

/* What comes out is in the format of what went in; a compressed name compresses. */
START_TEST(the_format_stays)
{
	static const char *const names[] = {"q.trec", "q.json", "q.csv"};

	cli_example();
	run(config);
	cli_write("ann.csv", "topic,document,grade\nq010,pitr-cli,1\n");
	quietly(CLI_EXPECT(0, MERGE, "ann.csv", "--by", "ann", OF_REPORT, "--out", "qrels/new.tsv", "--date", "2026-11-21"));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		static const char *const formats[] = {"trec-qrels", "json-qrels", "csv-qrels"};
		quietly(CLI_EXPECT(0, "dataset", "convert", "qrels/test.tsv", names[i], "--to", formats[i]));
		quietly(CLI_EXPECT(0, "judge", "merge", names[i], "ann.csv", "--by", "ann", "--data", "gate.json", "--out", "merged.zst", "--force"));
		cli_remove("merged.zst.log.jsonl"); /* of other judgments than the next ones */
		quietly(CLI_EXPECT(0, "dataset", "convert", "merged.zst", "back.tsv", "--from", formats[i], "--to", "beir-qrels"));
		quietly(CLI_EXPECT(0, "dataset", "convert", "qrels/new.tsv", "expected.tsv", "--to", "json-qrels"));
		quietly(CLI_EXPECT(0, "dataset", "convert", "back.tsv", "found.tsv", "--from", "beir-qrels", "--to", "json-qrels"));
		struct rq_buf expected = cli_read("expected.tsv"), found = cli_read("found.tsv");
		ck_assert_str_eq(found.data, expected.data);
		rq_buf_release(&expected);
		rq_buf_release(&found);
	}
}
END_TEST

START_TEST(what_merge_refuses)
{
	cli_example();
	run(config);
	cli_write("ann.csv", "topic,document,grade\nq010,rest-api-v2-basics,0\n");
	cli_write("bad.csv", "topic,document,grade\nq010,all-service-limit,1\n");
	refused(cli(MERGE, "ann.csv", OF_REPORT, "--out", "x.tsv", NULL), 64, "--by: missing; expected the name of whoever graded");
	refused(cli(MERGE, "ann.csv", "--by", "", OF_REPORT, "--out", "x.tsv", NULL), 64, "--by: is empty; expected the name of whoever graded");
	refused(cli(MERGE, "ann.csv", "--by", "a", "--by", "b", OF_REPORT, "--out", "x.tsv", NULL), 64,
	        "--by: 2 names for 1 file; expected one for all, or one for each");
	refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, NULL), 64, "--out: missing; expected the file that the judgments go to");
	refused(cli(MERGE, "ann.csv", "--by", "a", "--out", "x.tsv", NULL), 64,
	        "--report: missing; expected the report that was pooled, or a data set with --data: ids are checked against it");
	refused(cli(MERGE, "ann.csv", "--by", "a", "--data", ".", OF_REPORT, "--out", "x.tsv", NULL), 64,
	        "--report and --data exclude each other; keep one");
	refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, "--out", "qrels/test.tsv", NULL), 64,
	        "--out: \"qrels/test.tsv\" is there already; choose another name, or say --force");
	refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, "--out", "ann.csv", "--force", NULL), 64,
	        "--out: \"ann.csv\" is one of the files with grades; choose another name");
	refused(cli("judge", "merge", "-", "ann.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", NULL), 64,
	        "judgments are read from a file and written to a file, which their log stands beside; expected a name instead of \"-\"");
	refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", "--prefer", "mine", NULL), 64,
	        "--prefer: \"mine\" is neither; expected new or old");
	static const char *const dates[] = {"2026-02-30", "2026-2-3", "today", "2026-11-21x"};
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		char sentence[128];
		snprintf(sentence, sizeof sentence, "--date: \"%s\" is no day; expected one such as 2026-11-21", dates[i]);
		refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", "--date", dates[i], NULL), 64, sentence);
	}
	refused(cli(MERGE, "ann.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", NULL), 65,
	        "topic \"q010\" document \"rest-api-v2-basics\": qrels/test.tsv:124 says 2, and ann.csv:2 says 0; settle it in the files, or say whose "
	        "grade counts with --prefer new or --prefer old");
	refused(cli(MERGE, "bad.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", NULL), 65,
	        "bad.csv:2: document \"all-service-limit\" is not in the rankings of out/report.json, in topic q010; expected ids as they stand there");
	refused(cli(MERGE, "bad.csv", "--by", "a", "--data", ".", "--out", "x.tsv", NULL), 65,
	        "bad.csv:2: document \"all-service-limit\" is not in the data set of .; expected ids as they stand there");
	refused(cli("judge", "merge", "queries.jsonl", "ann.csv", "--by", "a", OF_REPORT, "--out", "x.tsv", NULL), 65,
	        "\"queries.jsonl\": holds topics; expected judgments");
	ck_assert(!cli_exists("x.tsv") && !cli_exists("x.tsv.log.jsonl"));
}
END_TEST

#define GRADED "ann.csv", "--by", "a", OF_REPORT

/* What stands where a log or the judgments would go, and is neither, stays. */
START_TEST(no_file_of_anybody_is_lost)
{
	cli_example();
	run(config);
	cli_write("ann.csv", "topic,document,grade\nq010,pitr-cli,1\n");
	cli_write("x.tsv.log.jsonl", "mine");
	refused(cli(MERGE, GRADED, "--out", "x.tsv", NULL), 64,
	        "--out: its log \"x.tsv.log.jsonl\" is there already, and is not that of \"qrels/test.tsv\", which goes on; choose another name, or "
	        "move it away");
	refused(cli(MERGE, GRADED, "--out", "x.tsv", "--force", NULL), 64,
	        "--out: its log \"x.tsv.log.jsonl\" is there already, and is not that of \"qrels/test.tsv\", which goes on; choose another name, or "
	        "move it away");
	cli_write("grades.log.jsonl", "topic,document,grade\nq010,pitr-cli,1\n");
	refused(cli(MERGE, "grades.log.jsonl", "--by", "a", OF_REPORT, "--out", "grades", NULL), 64,
	        "--out: \"grades.log.jsonl\" is one of the files with grades; choose another name");
	cli_write("qrels/test.tsv.log.jsonl", "{}\n");
	refused(cli(MERGE, GRADED, "--out", "qrels/test.tsv.log.jsonl", "--force", NULL), 64,
	        "--out: \"qrels/test.tsv.log.jsonl\" is the log of \"qrels/test.tsv\"; choose another name");
	refused(cli(MERGE, GRADED, "--out", "queries.jsonl", "--force", NULL), 64,
	        "--out: \"queries.jsonl\" is there already and holds topics; only judgments are written over, so choose another name");
	refused(cli(MERGE, GRADED, "--out", "out/report.json", "--force", NULL), 64,
	        "--out: \"out/report.json\" is there already and looks like no judgments; only judgments are written over, so choose another name");
	struct rq_buf log = cli_read("x.tsv.log.jsonl"), previous = cli_read("qrels/test.tsv.log.jsonl");
	ck_assert(strcmp(log.data, "mine") == 0 && strcmp(previous.data, "{}\n") == 0 && !cli_exists("x.tsv"));
	rq_buf_release(&log);
	rq_buf_release(&previous);
	quietly(CLI_EXPECT(0, MERGE, GRADED, "--out", "qrels/test.tsv", "--force")); /* in their place: both go on */
	log = cli_read("qrels/test.tsv.log.jsonl");
	ck_assert(strncmp(log.data, "{}\n{", 4) == 0);
	rq_buf_release(&log);
}
END_TEST

START_TEST(judgments_are_those_of_the_report)
{
	cli_example();
	run(config);
	cli_write("ann.csv", "topic,document,grade\nq010,pitr-cli,1\n");
	cli_write("other.tsv", "query-id\tcorpus-id\tscore\nq001\tsessions\t1\n");
	refused(cli("judge", "merge", "other.tsv", GRADED, "--out", "x.tsv", NULL), 65,
	        "out/report.json: its judgments (sha256 c397c151563a) are not those of \"other.tsv\" (sha256 dd660782e1bb); merge into the ones that "
	        "it was scored with, or check ids against a data set with --data");
	refused(cli(MERGE, "ann.csv", "--by", "\xFF", OF_REPORT, "--out", "x.tsv", NULL), 64,
	        "--by: \"\\xff\" is no UTF-8 from byte 1 on; expected text in UTF-8");
	ck_assert(!cli_exists("x.tsv") && !cli_exists("x.tsv.log.jsonl"));
	quietly(CLI_EXPECT(0, "judge", "merge", "other.tsv", "ann.csv", "--by", "a", "--data", "gate.json", "--out", "x.tsv"));
}
END_TEST

/* ---- a round trip ---- */

struct hole {
	char topic[32], document[32];
	double effect;
};

struct sheet {
	struct hole *holes;
	size_t count;
};

static void copy(char out[32], struct rq_span span)
{
	ck_assert_uint_lt(span.length, 32);
	memcpy(out, span.at, span.length);
	out[span.length] = '\0';
}

static enum rq_status on_record(struct rq_csv *csv, struct rq_error *err)
{
	struct sheet *sheet = csv->context;
	struct rq_span effect = rq_csv_field(csv, 6);
	struct hole *hole = &sheet->holes[sheet->count];

	(void)err;
	ck_assert_uint_eq(csv->fields, 8);
	if (csv->records == 0)
		return RQ_OK;
	copy(hole->topic, rq_csv_field(csv, 0));
	copy(hole->document, rq_csv_field(csv, 2));
	ck_assert(rq_parse_f64(&hole->effect, effect.at, effect.length));
	sheet->count++;
	return RQ_OK;
}

static struct sheet read_sheet(const char *name)
{
	struct rq_error err = {0};
	struct rq_text text = {0};
	struct sheet sheet = {0};
	char *path = cli_path(name);

	ck_assert_msg(rq_text_read(&text, path, &err) == RQ_OK, "%s", err.text);
	sheet.holes = calloc(rq_text_filled_lines(&text), sizeof *sheet.holes);
	struct rq_csv csv = {.text = &text, .expected = "a sheet", .on_record = on_record, .context = &sheet};
	ck_assert_msg(rq_csv_walk(&csv, &err) == RQ_OK, "%s", err.text);
	rq_text_release(&text);
	free(path);
	return sheet;
}

static int grade_of(const struct rq_qrels *qrels, const char *topic, const char *document)
{
	const struct rq_topic_judgments *judgments = rq_qrels_find(qrels, topic);

	for (size_t i = 0; judgments != NULL && i < judgments->count; i++)
		if (strcmp(judgments->judgments[i].document, document) == 0)
			return judgments->judgments[i].grade;
	return 0;
}

static bool is_ranked(const struct rq_run *run, const char *topic, const char *document)
{
	const struct rq_ranking *ranking = rq_run_find(run, topic);

	for (size_t i = 0; ranking != NULL && i < ranking->count && i < 10; i++)
		if (strcmp(ranking->documents[i].document, document) == 0)
			return true;
	return false;
}

/* Judgments as they come about: of what the baseline has shown alone. */
static void hold_out(const struct rq_qrels *all)
{
	struct rq_buf text = {0};
	struct rq_run run = {0};
	struct rq_error err = {0};
	char *path = cli_path("out/report.d/baseline.ann.run.zst");

	ck_assert_msg(rq_run_load(&run, path, &err) == RQ_OK, "%s", err.text);
	rq_buf_puts(&text, "query-id\tcorpus-id\tscore\n");
	for (size_t t = 0; t < all->count; t++)
		for (size_t i = 0; i < all->topics[t].count; i++)
			if (is_ranked(&run, all->topics[t].topic, all->topics[t].judgments[i].document))
				rq_buf_printf(&text, "%s\t%s\t%d\n", all->topics[t].topic, all->topics[t].judgments[i].document, all->topics[t].judgments[i].grade);
	cli_write("held.tsv", text.data);
	rq_buf_release(&text);
	rq_run_release(&run);
	free(path);
}

static double delta_with(int exit_code, const char *qrels)
{
	char set[64];

	snprintf(set, sizeof set, "dataset.qrels=%s", qrels);
	quietly(CLI_EXPECT(exit_code, "run", "gate.json", "--set", set));
	rq_json *report = cli_report("out/report.json", true);
	double delta = cli_metric(report, "nDCG@10", "delta");
	rq_json_free(report);
	return delta;
}

static void merge_sheet(const char *out)
{
	quietly(CLI_EXPECT(0, "judge", "merge", "held.tsv", "graded.csv", "--by", "cleverdon", "--report", "pooled/report.json", "--out", out));
}

/* Each of the first documents alone does to the difference what the sheet said. */
static void expect_effects(const struct sheet *sheet, double delta)
{
	for (size_t i = 0; i < 5; i++) {
		struct rq_buf text = {0};
		char out[32];
		rq_buf_printf(&text, "topic,document,grade\n%s,%s,4\n", sheet->holes[i].topic, sheet->holes[i].document);
		cli_write("graded.csv", text.data);
		snprintf(out, sizeof out, "one%zu.tsv", i);
		merge_sheet(out);
		double moved = delta_with(1, out) - delta;
		ck_assert_msg(fabs(moved - sheet->holes[i].effect) < 1e-8, "%s %s: %g, foretold %g", sheet->holes[i].topic, sheet->holes[i].document, moved,
		              sheet->holes[i].effect);
		rq_buf_release(&text);
	}
}

/* Out of the way of later runs. */
static void keep_report(void)
{
	char *from = cli_path("out"), *to = cli_path("pooled");

	ck_assert_int_eq(rename(from, to), 0);
	free(from);
	free(to);
}

/* On Cranfield, judged for what one search shows: another fails for what nobody has looked at, until that is judged. */
START_TEST(a_verdict_that_hung_on_holes)
{
	char *path = cli_shared("cranfield");
	struct rq_buf text = {0};
	struct rq_qrels all = {0};
	struct rq_error err = {0};

	if (path == NULL)
		return;
	rq_buf_printf(&text,
	              "{\"dataset\": {\"corpus\": \"%s/corpus.jsonl\", \"topics\": \"%s/queries.jsonl\", \"qrels\": \"%s/qrels/test.tsv\", \"fields\": "
	              "[\"text\"]}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 128}}, \"baseline\": {\"embedder\": \"lsa\", \"index\": "
	              "{\"kind\": \"exact\"}}, \"candidate\": {\"index\": {\"kind\": \"bm25\"}}, \"metrics\": [\"nDCG@10\"], \"latency\": {\"samples\": "
	              "0}, \"gates\": [\"drop(nDCG@10) <= 0.05\"]}",
	              path, path, path);
	cli_write("gate.json", text.data);
	rq_buf_clear(&text);
	rq_buf_printf(&text, "%s/qrels/test.tsv", path);
	ck_assert_msg(rq_qrels_load(&all, text.data, &err) == RQ_OK, "%s", err.text);
	free(path);
	quietly(CLI_EXPECT(0, "run", "gate.json"));
	hold_out(&all);
	double delta = delta_with(1, "held.tsv");
	quietly(CLI_EXPECT(0, "judge", "pool", "out/report.json", "--limit", "1000000", "--unblind", "--no-text", "--out", "holes.csv"));
	keep_report();
	struct sheet sheet = read_sheet("holes.csv");
	ck_assert_uint_gt(sheet.count, 100);
	expect_effects(&sheet, delta);
	rq_buf_clear(&text);
	rq_buf_puts(&text, "topic,document,grade\n");
	for (size_t i = 0; i < sheet.count; i++)
		rq_buf_printf(&text, "%s,%s,%d\n", sheet.holes[i].topic, sheet.holes[i].document,
		              grade_of(&all, sheet.holes[i].topic, sheet.holes[i].document));
	cli_write("graded.csv", text.data);
	merge_sheet("whole.tsv");
	double judged = delta_with(0, "whole.tsv"); /* it fails no longer */
	ck_assert_msg(delta < -.08 && judged > -.03, "%g, then %g", delta, judged);
	rq_buf_release(&text);
	rq_qrels_release(&all);
	free(sheet.holes);
}
END_TEST

Suite *judge_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = cli_case("judge");

	tcase_add_test(tests, what_is_pooled);
	tcase_add_test(tests, the_gate_that_needs_judgments_most);
	tcase_add_test(tests, text_is_no_formula);
	tcase_add_test(tests, what_pool_refuses);
	tcase_add_test(tests, what_is_merged);
	tcase_add_test(tests, the_format_stays);
	tcase_add_test(tests, what_merge_refuses);
	tcase_add_test(tests, no_file_of_anybody_is_lost);
	tcase_add_test(tests, judgments_are_those_of_the_report);
	tcase_add_test(tests, a_verdict_that_hung_on_holes);
	suite_add_tcase(suite, tests);
	return suite;
}
