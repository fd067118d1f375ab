/* Lines of 100 MB in every text format: refused by their number, soon, in memory of a few times the file. */
#include "cli.h"

#include "tests/faults/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { LONG = 100 * 1000 * 1000 };

#define TOO_LONG(place, size) place ": a line of " size " bytes; expected one record a line, of at most 16777216 bytes: split what is longer"

static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) /* which maps terabytes */
	setrlimit(RLIMIT_DATA, &(struct rlimit){(rlim_t)1 << 30, (rlim_t)1 << 30});
#endif
}

/* A file of one whole line, then a long one. */
static void long_line(const char *name, const char *first, const char *start, char fill)
{
	size_t head = strlen(first) + strlen(start), size = head + LONG;
	char *content = malloc(size);

	memcpy(content, first, strlen(first));
	memcpy(content + strlen(first), start, strlen(start));
	memset(content + head, fill, LONG - 1);
	content[size - 1] = '\n';
	cli_write_bytes(name, content, size);
	free(content);
}

static void refused(const char *config, const char *set, int exit_code, const char *sentence)
{
	struct cli result = cli("run", config, "--no-cache", "--set", set, NULL);

	cli_expect_refusal(&result, exit_code, sentence);
	ck_assert(!cli_exists("out"));
}

START_TEST(a_line_of_100_megabytes)
{
	place_collection();
	cli_prepare(limit_memory);
	long_line("long", "{\"_id\": \"a\", \"text\": \"b\"}\n", "{\"_id\": \"c\", \"text\": \"", 'd');
	refused("gate.json", "dataset.corpus=long", 65, TOO_LONG("long:2", "100000021"));
	refused("gate.json", "dataset.topics=long", 65, TOO_LONG("long:2", "100000021"));
	long_line("long", "a\tb\n", "c\t", 'd');
	refused("gate.json", "dataset.topics=long", 65, TOO_LONG("long:2", "100000001"));
	long_line("long", "t0 0 d0 1\n", "t0 0 ", 'd');
	refused("gate.json", "dataset.qrels=long", 65, TOO_LONG("long:2", "100000004"));
	long_line("long", "t0 Q0 d0 1 1 x\n", "", '\t');
	refused("runs.json", "candidate.run=long", 65, TOO_LONG("long:2", "99999999"));
	long_line("long", "", "{\"topic\": \"t0\", \"hits\": ", '[');
	refused("runs.json", "candidate.run=long", 65, TOO_LONG("long:1", "100000023"));
	long_line("long", "d0\n", "", 'd');
	refused("vectors.json", "embedders.mine.corpus_ids=long", 65, "baseline: " TOO_LONG("long:2", "99999999"));
	long_line("long.csv", "d0,\"[1,2]\"\n", "d1,\"[", '1');
	refused("vectors.json", "embedders.mine.corpus=long.csv", 65, "baseline: " TOO_LONG("long.csv:2", "100000004"));
}
END_TEST

START_TEST(a_config_of_100_megabytes)
{
	place_collection();
	cli_prepare(limit_memory);
	long_line("long.json", "", "{\"suite\": \"", 'x');
	struct cli result = cli("run", "long.json", NULL);
	cli_expect_refusal(&result, 64, "\"long.json\": larger than the 16777216 bytes that are allowed here");
}
END_TEST

/* What is just short enough is read. */
START_TEST(a_line_that_is_short_enough)
{
	struct rq_buf corpus = {0};

	place_collection();
	struct rq_buf before = cli_read("corpus.jsonl");
	rq_buf_puts(&corpus, "{\"_id\": \"long\", \"text\": \"");
	while (corpus.size < ((size_t)16 << 20) - 10)
		rq_buf_puts(&corpus, "a quota ");
	rq_buf_puts(&corpus, "\"}\n");
	rq_buf_add(&corpus, before.data, before.size);
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--set", "embedders.lsa={\"kind\": \"hash\"}");
	cli_free(&result);
	rq_buf_release(&corpus);
	rq_buf_release(&before);
}
END_TEST

Suite *lines_suite(void)
{
	Suite *suite = suite_create("lines");
	TCase *tests = cli_case("lines");

	tcase_add_test(tests, a_line_of_100_megabytes);
	tcase_add_test(tests, a_config_of_100_megabytes);
	tcase_add_test(tests, a_line_that_is_short_enough);
	suite_add_tcase(suite, tests);
	return suite;
}
