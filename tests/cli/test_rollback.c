/* The gate rollback, beside snapshots that are of what serves, and beside such as are not. */
#include "snapshots.h"

#define SERVED                                                                                                         \
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "          \
	"\"latency\": {\"samples\": 0}, "                                                                                  \
	"\"snapshots\": \"kept\", \"embedders\": {\"e\": {\"kind\": \"hash\", \"dim\": 8}}, \"metrics\": [\"RR@10\"], "    \
	"\"baseline\": {\"embedder\": \"e\", "                                                                             \
	"\"index\": {\"kind\": \"exact\", \"file\": \"a.npy\", \"ids\": \"v.ids\"}}, \"candidate\": {\"index\": "          \
	"{\"kind\": \"exact\", \"file\": \"b.npy\", \"ids\": \"v.ids\"}}, "                                                \
	"\"gates\": [\"rollback(30d) <= 300s\"]}"

static void write_ids(const char *format)
{
	struct rq_buf ids = {0};

	for (int i = 0; i < ROWS; i++) {
		rq_buf_puts(&ids, format[0] == 'd' ? "d" : "old-");
		rq_buf_printf(&ids, "%d%s", i, strchr(format, '\r') == NULL ? "\n" : "\r\n");
	}
	cli_write("v.ids", ids.data);
	rq_buf_release(&ids);
}

/* A collection, and indexes of its documents, each of other vectors. */
static void serve(void)
{
	cli_collection(ROWS, 20);
	write_ids("d\n");
	for (uint64_t i = 0; i < 4; i++)
		cli_npy((const char *const[]){"a.npy", "b.npy", "c.npy", "d.npy"}[i], ROWS, DIMENSION, i + 1);
	cli_write("gate.json", SERVED);
}

static void keep(const char *file, const char *when)
{
	drop(EXPECT_AT(when, 0, "snapshot", "create", "--index", file, "--kind", "exact", "--vectors", file, "--ids", "v.ids",
	               "--store", "kept"));
}

/* A way back that was tried is none where it leads to what never served. */
START_TEST(the_way_back_is_that_of_what_serves)
{
	serve();
	keep("c.npy", MONDAY);
	keep("d.npy", TUESDAY);
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "kept\" keeps another index than the baseline's, \"");
	keep("a.npy", FRIDAY);
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	drop(CLI_EXPECT(0, "run", "gate.json"));
	keep("b.npy", SATURDAY); /* kept before it is released */
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	drop(CLI_EXPECT(0, "run", "gate.json"));
	expect_said(
		CLI_EXPECT(1, "run", "gate.json", "--set", "baseline.index.file=c.npy", "--set", "candidate.index.file=d.npy"),
		"keep the index that serves now and each later one, ");
	/* the candidate is current already */
	drop(CLI_EXPECT(0, "run", "gate.json", "--set", "baseline.index.file=c.npy"));
}
END_TEST

/* The same index under other ids answers with other documents. */
START_TEST(the_way_back_has_the_ids_of_what_serves)
{
	serve();
	keep("c.npy", MONDAY);
	write_ids("old\n");
	keep("a.npy", TUESDAY);
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	write_ids("d\n");
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "kept\" keeps that index with other ids than the baseline's, \"");
	write_ids("d\r\n");
	keep("a.npy", FRIDAY); /* of the baseline's ids, in a file of other bytes than the config's */
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	write_ids("d\n");
	drop(CLI_EXPECT(0, "run", "gate.json"));
}
END_TEST

Suite *rollback_suite(void)
{
	Suite *suite = suite_create("rollback");
	TCase *tests = cli_case("rollback");

	tcase_add_test(tests, the_way_back_is_that_of_what_serves);
	tcase_add_test(tests, the_way_back_has_the_ids_of_what_serves);
	suite_add_tcase(suite, tests);
	return suite;
}
