/* rq_run_judge against the slow way, over shapes of files, sizes of blocks, threads and options. */
#include "stream_case.h"

#include "evalcore/base/system.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static const size_t cutoffs[] = {1, 3, 5, 10, 30, 1000};

/* As it is, or compressed, in two members where it is long enough. */
static void pack(struct rq_buf *out, const struct rq_buf *text, size_t how)
{
	size_t half = how == 1 ? text->size / 2 : text->size, room = text->size * 2 + 1024;
	char *packed = malloc(room);

	for (size_t at = 0, part = half; how > 0 && at < text->size; at += part, part = text->size - at) {
		size_t size = 0;
		if (how == 1) {
			z_stream stream = {.next_in = (Bytef *)text->data + at, .avail_in = (uInt)part, .next_out = (Bytef *)packed, .avail_out = (uInt)room};
			ck_assert_int_eq(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
			ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
			size = stream.total_out;
			deflateEnd(&stream);
		} else {
			size = ZSTD_compress(packed, room, text->data + at, part, 1);
		}
		rq_buf_add(out, packed, size);
	}
	if (how == 0)
		rq_buf_add(out, text->data, text->size);
	free(packed);
}

/* Only what does not stand together may be visited before all of it was read. */
static void same_visits(const struct case_ranking *found, const struct case_ranking *expected, bool grouped)
{
	if (grouped || found->visits < 2)
		ck_assert_uint_eq(found->visits, expected->visits);
	else
		ck_assert_uint_eq(found->visits, 2);
}

static void same_ranking(const struct case_ranking *found, const struct case_ranking *expected, const struct rq_reading *reading)
{
	ck_assert_uint_eq(found->count, expected->count);
	ck_assert_uint_eq(found->judged_count, expected->judged_count);
	ck_assert_uint_eq(found->ideal_count, expected->ideal_count);
	ck_assert_uint_eq(found->hit_count, expected->hit_count);
	ck_assert_uint_eq(found->past_count, expected->past_count);
	ck_assert_mem_eq(found->hits, expected->hits, (expected->hit_count + expected->past_count) * sizeof *found->hits);
	ck_assert_uint_eq(found->tie_count, expected->tie_count);
	ck_assert_mem_eq(found->ties, expected->ties, expected->tie_count * sizeof *found->ties);
	for (size_t i = 0; i < reading->cutoff_count; i++)
		ck_assert_int_eq(found->cuts[i].tie, expected->cuts[i].tie);
}

/* Equal prefixes have equal hashes, others others, whichever the ranking. */
static void prefixes_are_told_apart(const struct case_result *found, const struct case_result *expected, size_t count)
{
	for (size_t a = 0; a < CASE_TOPICS * count; a++)
		for (size_t b = 0; b < a; b++) {
			const struct case_ranking *left = &expected->rankings[a / count], *right = &expected->rankings[b / count];
			bool same = strcmp(left->prefixes[a % count], right->prefixes[b % count]) == 0;
			if (left->visits > 0 && right->visits > 0)
				ck_assert_int_eq(same, found->rankings[a / count].cuts[a % count].prefix == found->rankings[b / count].cuts[b % count].prefix);
		}
}

static void same_facts(const struct rq_run_facts *found, const struct rq_run_facts *expected)
{
	ck_assert_uint_eq(found->lines, expected->lines);
	ck_assert_uint_eq(found->topics, expected->topics);
	ck_assert_uint_eq(found->topics_unjudged, expected->topics_unjudged);
	ck_assert_uint_eq(found->duplicates, expected->duplicates);
	ck_assert_uint_eq(found->bad_numbers, expected->bad_numbers);
	ck_assert_str_eq(found->tag, expected->tag);
	ck_assert_str_eq(found->unjudged_topic, expected->unjudged_topic);
}

static struct rq_reading random_reading(struct rq_random *random, bool duplicates)
{
	struct rq_reading reading = {.lenient = rq_random_below(random, 2) == 0,
	                             .float32 = rq_random_below(random, 2) == 0,
	                             .judged_only = rq_random_below(random, 3) == 0,
	                             .depth = rq_random_below(random, 2) == 0 ? 0 : 1 + (size_t)rq_random_below(random, 20),
	                             .cutoffs = cutoffs,
	                             .cutoff_count = rq_random_below(random, 1 + sizeof cutoffs / sizeof *cutoffs),
	                             .prefixes = rq_random_below(random, 2) == 0};

	if (duplicates)
		reading.dedupe = rq_random_below(random, 2) == 0 ? RQ_DEDUPE_FIRST : RQ_DEDUPE_BEST;
	return reading;
}

static void judge(struct case_result *found, const struct rq_buf *packed, size_t block, const struct stream_case *stream_case, const struct rq_reading *reading)
{
	struct rq_unpack input;
	struct rq_error err = {0};

	memset(found, 0, sizeof *found);
	found->threads = (size_t)rq_threads();
	found->cutoff_count = reading->cutoff_count;
	ck_assert_int_eq(rq_unpack_from(&input, "x", packed->data, packed->size, &err), RQ_OK);
	enum rq_status status = rq_run_judge_trec(&found->facts, &input, block, &stream_case->pool, reading, case_visit, found, &err);
	ck_assert_msg(status == RQ_OK, "%s", err.text);
	rq_unpack_release(&input);
}

/* Every loop is some dozens of files; what is kept of a seed is all there is to know of a failure. */
START_TEST(any_shape_of_file_is_judged_as_the_slow_way_does)
{
	static const size_t blocks[] = {16, 64, 300, 1 << 20};
	struct stream_case *stream_case = malloc(sizeof *stream_case);
	struct case_result *expected = malloc(sizeof *expected), *found = malloc(sizeof *found);
	size_t hits = 0, ties = 0;

	for (uint64_t seed = 0; seed < 60; seed++) {
		bool grouped = seed % 3 != 0, duplicates = seed % 4 == 0;
		struct rq_buf text = {0}, packed = {0};
		case_make(stream_case, seed * 1000 + (uint64_t)_i, grouped, duplicates);
		case_write(&text, stream_case);
		pack(&packed, &text, rq_random_below(&stream_case->random, 3));
		struct rq_reading reading = random_reading(&stream_case->random, duplicates);
		memset(expected, 0, sizeof *expected);
		case_judge_slowly(expected, stream_case, &reading);
		for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
			rq_threads_set(seed == 7 ? 4 : 1 + (seed % 6 == b)); /* seldom several: on a busy machine they wait for each other */
			judge(found, &packed, blocks[b], stream_case, &reading);
			same_facts(&found->facts, &expected->facts);
			for (size_t t = 0; t < CASE_TOPICS; t++) {
				same_visits(&found->rankings[t], &expected->rankings[t], grouped);
				same_ranking(&found->rankings[t], &expected->rankings[t], &reading);
				hits += found->rankings[t].hit_count;
				ties += found->rankings[t].tie_count;
			}
			if (reading.prefixes)
				prefixes_are_told_apart(found, expected, reading.cutoff_count);
			rq_run_facts_release(&found->facts);
		}
		rq_buf_release(&packed);
		rq_buf_release(&text);
		case_release(stream_case);
	}
	ck_assert_uint_gt(hits, 400);
	ck_assert_uint_gt(ties, 40);
	free(stream_case);
	free(expected);
	free(found);
}
END_TEST

struct small {
	struct rq_judgment judgments[3];
	struct rq_topic_judgments topics[1];
	struct rq_qrels qrels;
	struct rq_pool pool;
};

/* Topic "1": a is relevant, b is not, c is in the pool but unjudged. */
static void small_make(struct small *small)
{
	struct rq_error err;

	*small = (struct small){.judgments = {{"a", 2, 0}, {"b", 0, 0}, {"c", -1, 0}}};
	small->topics[0] = (struct rq_topic_judgments){"1", small->judgments, 3};
	small->qrels = (struct rq_qrels){.topics = small->topics, .count = 1, .judgments = 3};
	ck_assert_int_eq(rq_pool_make(&small->pool, &small->qrels, &err), RQ_OK);
}

static void judge_file(struct case_result *found, const char *path, const struct rq_reading *reading)
{
	struct small small;
	struct rq_error err = {0};

	small_make(&small);
	memset(found, 0, sizeof *found);
	found->threads = (size_t)rq_threads();
	ck_assert_msg(rq_run_judge(&found->facts, path, &small.pool, reading, case_visit, found, &err) == RQ_OK, "%s", err.text);
	rq_pool_release(&small.pool);
}

static void release(struct case_result *found)
{
	rq_run_facts_release(&found->facts);
	free(found);
}

static void is_sample(const char *text, const struct rq_reading *reading)
{
	struct case_result *found = malloc(sizeof *found);
	const struct case_ranking *ranking = &found->rankings[0];
	char *path = file_with("", text, strlen(text));

	judge_file(found, path, reading);
	ck_assert_uint_gt(ranking->visits, 0);
	ck_assert_uint_eq(ranking->count, 4);
	ck_assert_uint_eq(ranking->hit_count, 3);
	ck_assert_uint_eq(ranking->hits[0].rank, 1); /* c, then a and x tied: x stands before a */
	ck_assert_int_eq(ranking->hits[0].grade, -1);
	ck_assert_uint_eq(ranking->hits[1].rank, 3);
	ck_assert_int_eq(ranking->hits[1].grade, 2);
	ck_assert_uint_eq(ranking->hits[2].rank, 4);
	ck_assert_uint_eq(ranking->tie_count, 1);
	ck_assert_uint_eq(ranking->ties[0].first, 2);
	ck_assert_uint_eq(ranking->ties[0].last, 3);
	ck_assert_uint_eq(found->facts.lines, 5);
	ck_assert_uint_eq(found->facts.topics, 2);
	ck_assert_str_eq(found->facts.unjudged_topic, "2");
	file_remove(path);
	release(found);
}

START_TEST(every_format_of_runs_is_judged_alike)
{
	is_sample("1 Q0 a 1 2 t\n1 Q0 b 2 1 t\n1 Q0 c 3 3 t\n1 Q0 x 4 2 t\n2 Q0 a 1 1 t\n", &(struct rq_reading){0});
	is_sample("1 Q0 a 1 2 t\n2 Q0 a 1 1 t\n1 Q0 b 2 1 t\n1 Q0 c 3 3 t\n1 Q0 x 4 2 t\n", &(struct rq_reading){.format = "trec"});
	is_sample("{\"1\": {\"a\": 2, \"b\": 1, \"c\": 3, \"x\": 2}, \"2\": {\"a\": 1}}", &(struct rq_reading){0});
	is_sample("{\"topic\": \"1\", \"hits\": [{\"id\": \"a\", \"score\": 2}, {\"id\": \"b\", \"score\": 1}, {\"id\": \"c\", \"score\": 3}, {\"id\": \"x\", \"score\": 2}]}\n"
	          "{\"topic\": \"2\", \"hits\": [{\"id\": \"a\", \"score\": 1}]}\n",
	          &(struct rq_reading){0});
	is_sample("qid,docid,score\n1,a,2\n1,b,1\n1,c,3\n1,x,2\n2,a,1\n", &(struct rq_reading){0});
	is_sample("t,d,s\n1,a,2\n1,b,1\n1,c,3\n1,x,2\n2,a,1\n", &(struct rq_reading){.format = "csv", .columns = {"t", "d", "s"}});
}
END_TEST

START_TEST(ranks_alone_are_judged)
{
	static const char text[] = "1\ta\t30\n1\tb\t4\n1\tc\t1\n1\tx\t2\n2\ta\t1\n";
	struct case_result *found = malloc(sizeof *found);
	const struct case_ranking *ranking = &found->rankings[0];
	char *path = file_with("", text, strlen(text));

	for (int i = 0; i < 2; i++) {
		judge_file(found, path, &(struct rq_reading){.format = i == 0 ? NULL : "msmarco"});
		ck_assert_uint_eq(found->facts.lines, 5);
		ck_assert_uint_eq(ranking->count, 4);
		ck_assert_uint_eq(ranking->hit_count, 3);
		ck_assert_uint_eq(ranking->hits[0].rank, 1); /* c */
		ck_assert_int_eq(ranking->hits[1].grade, 0); /* b, which is third of four, whatever its number */
		ck_assert_uint_eq(ranking->hits[1].rank, 3);
		ck_assert_int_eq(ranking->hits[2].grade, 2);
		ck_assert_uint_eq(ranking->hits[2].rank, 4);
		ck_assert_uint_eq(ranking->tie_count, 0);
		rq_run_facts_release(&found->facts);
	}
	file_remove(path);
	free(found);
}
END_TEST

/* A pipe, which can be read once, with topics that make a second reading necessary. */
START_TEST(standard_input_may_be_a_pipe)
{
	static const char *const texts[] = {"1 Q0 a 1 2 t\n2 Q0 a 1 1 t\n1 Q0 b 2 1 t\n", "{\"1\": {\"a\": 2, \"b\": 1}, \"2\": {\"a\": 1}}"};
	struct case_result *found = malloc(sizeof *found);
	int ends[2], kept = dup(STDIN_FILENO);

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(ends), 0);
		ck_assert_int_eq(write(ends[1], texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
		close(ends[1]);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		judge_file(found, "-", &(struct rq_reading){0});
		ck_assert_uint_eq(found->rankings[0].hit_count, 2);
		ck_assert_uint_eq(found->facts.lines, 3);
		rq_run_facts_release(&found->facts);
	}
	dup2(kept, STDIN_FILENO);
	close(kept);
	free(found);
}
END_TEST

enum source { FROM_PATH, FROM_REDIRECTED, FROM_FIFO, SOURCES };

/* The path to judge, which is there until the source is ended. */
struct source_file {
	char *path;
	const char *shown;
	pid_t writer;
	int kept;
};

static void source_begin(struct source_file *file, enum source source, const struct rq_buf *text)
{
	*file = (struct source_file){.path = file_with("", text->data, text->size), .kept = dup(STDIN_FILENO)};
	file->shown = source == FROM_REDIRECTED ? "-" : file->path;
	if (source == FROM_REDIRECTED) {
		int opened = open(file->path, O_RDONLY);
		ck_assert_int_eq(dup2(opened, STDIN_FILENO), STDIN_FILENO);
		close(opened);
	}
	if (source != FROM_FIFO)
		return;
	ck_assert_int_eq(unlink(file->path), 0);
	ck_assert_int_eq(mkfifo(file->path, 0600), 0);
	file->writer = fork();
	if (file->writer == 0) {
		int out = open(file->path, O_WRONLY);
		for (size_t at = 0; at < text->size;) {
			ssize_t written = write(out, text->data + at, text->size - at);
			if (written <= 0)
				_exit(1);
			at += (size_t)written;
		}
		_exit(0);
	}
}

static void source_end(struct source_file *file)
{
	int status = 0;

	if (file->writer > 0)
		ck_assert_int_eq(waitpid(file->writer, &status, 0), file->writer);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(dup2(file->kept, STDIN_FILENO), STDIN_FILENO);
	close(file->kept);
	file_remove(file->path);
}

enum { SHAPES = 5 };

/* Documents x0, x1, ... of topic 1 in descending order, with a in the middle and b at the end: as TREC, its topics grouped or not, CSV, JSON, JSON lines. */
static void write_shape(struct rq_buf *out, size_t shape, size_t count)
{
	static const char *const begins[SHAPES] = {"", "2 Q0 x 1 1 t\n", "qid,docid,score\n", "{\"1\": {", "{\"topic\": \"1\", \"hits\": ["};
	static const char *const ends[SHAPES] = {"", "2 Q0 y 1 1 t\n", "", "}}\n", "]}\n"};
	static const char *const lines[SHAPES] = {"1 Q0 %s%.0zu 1 %zu t\n", "1 Q0 %s%.0zu 1 %zu t\n", "1,%s%.0zu,%zu\n", "\"%s%.0zu\": %zu", "{\"id\": \"%s%.0zu\", \"score\": %zu}"};

	rq_buf_puts(out, begins[shape]);
	for (size_t i = 0; i < count; i++) {
		bool unjudged = i != count / 2 && i + 1 != count;
		rq_buf_puts(out, i > 0 && shape > 2 ? "," : "");
		rq_buf_printf(out, lines[shape], unjudged ? "x" : i + 1 == count ? "b" : "a", unjudged ? i : 0, count - i);
	}
	rq_buf_puts(out, ends[shape]);
}

/* Few lines, and more than are looked at to tell the format; each is read from its first byte to its last, and hashed so. */
START_TEST(every_format_comes_from_every_source_whole)
{
	static const size_t counts[] = {3, 20000};
	struct case_result *found = malloc(sizeof *found);

	for (size_t i = 0; i < SHAPES * SOURCES * 2; i++) {
		size_t shape = i % SHAPES, count = counts[i / SHAPES / SOURCES];
		struct source_file file;
		struct rq_buf text = {0}, packed = {0};
		char expected[RQ_SHA256_HEX];
		write_shape(&text, shape, count);
		pack(&packed, &text, (size_t)_i);
		ck_assert_int_eq(rq_sha256(expected, packed.data, packed.size, NULL), RQ_OK);
		source_begin(&file, (enum source)(i / SHAPES % SOURCES), &packed);
		judge_file(found, file.shown, &(struct rq_reading){.digest = true});
		source_end(&file);
		ck_assert_str_eq(found->facts.sha256, expected);
		ck_assert_str_eq(found->facts.tag, shape < 2 ? "t" : "");
		ck_assert_uint_eq(found->facts.lines, count + (shape == 1 ? 2 : 0));
		ck_assert_uint_eq(found->rankings[0].hit_count, 2);
		ck_assert_uint_eq(found->rankings[0].hits[0].rank, count / 2 + 1);
		ck_assert_uint_eq(found->rankings[0].hits[1].rank, count);
		rq_run_facts_release(&found->facts);
		rq_buf_release(&packed);
		rq_buf_release(&text);
	}
	free(found);
}
END_TEST

/* What trec_eval reads of them by atof; a NaN it puts anywhere. */
START_TEST(lenient_numbers_are_their_leading_digits)
{
	static const char text[] = "1 Q0 a 1 2abc t\n1 Q0 b 1 abc t\n1 Q0 c 1 nan t\n1 Q0 x 1 1e999 t\n1 Q0 y 1 0x10 t\n1 Q0 z 1 -1 t\n";
	struct case_result *found = malloc(sizeof *found);
	const struct case_ranking *ranking = &found->rankings[0];
	char *path = file_with("", text, strlen(text));

	judge_file(found, path, &(struct rq_reading){.lenient = true});
	ck_assert_uint_eq(found->facts.bad_numbers, 5);
	ck_assert_uint_eq(ranking->count, 6); /* x inf, y 16, a 2, c and b 0, z -1 */
	ck_assert_uint_eq(ranking->hits[0].rank, 3);
	ck_assert_uint_eq(ranking->hits[1].rank, 4);
	ck_assert_int_eq(ranking->hits[1].grade, -1);
	ck_assert_uint_eq(ranking->hits[2].rank, 5);
	ck_assert_uint_eq(ranking->ties[0].last, 5);
	file_remove(path);
	release(found);
}
END_TEST

START_TEST(white_space_is_found_alike_by_every_cpu)
{
	struct rq_random random;
	unsigned char text[200];
	uint64_t expected[4], bits[4];

	rq_random_seed(&random, (uint64_t)_i);
	for (int round = 0; round < 2000; round++) {
		size_t size = rq_random_below(&random, sizeof text + 1);
		unsigned span = round % 3 == 0 ? 256 : 0x5F;
		for (size_t i = 0; i < size; i++)
			text[i] = rq_random_below(&random, 4) == 0 ? (unsigned char)"\t\n\v\f\r "[rq_random_below(&random, 6)] : (unsigned char)(0x20 + rq_random_below(&random, span));
		unsigned odd = 0;
		memset(expected, 0, sizeof expected);
		for (size_t i = 0; i < size; i++) {
			bool white = text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r');
			expected[i / 64] |= (uint64_t)white << i % 64;
			odd |= text[i] > 0x7F ? RQ_HAS_BEYOND_ASCII : !white && (text[i] < 0x20 || text[i] == 0x7F) ? RQ_HAS_CONTROL : 0;
		}
		for (size_t way = 0; way < rq_white_way_count; way++) {
			memset(bits, 0, sizeof bits);
			if (!rq_white_ways[way].works())
				continue;
			ck_assert_msg(rq_white_ways[way].bits(bits, (const char *)text, size) == odd, "%s", rq_white_ways[way].name);
			ck_assert_mem_eq(bits, expected, sizeof bits);
		}
	}
}
END_TEST

Suite *run_stream_suite(void)
{
	Suite *suite = suite_create("run_stream");
	TCase *tests = tcase_create("run_stream");

	tcase_add_loop_test(tests, any_shape_of_file_is_judged_as_the_slow_way_does, 0, 20);
	tcase_add_test(tests, every_format_of_runs_is_judged_alike);
	tcase_add_test(tests, ranks_alone_are_judged);
	tcase_add_test(tests, standard_input_may_be_a_pipe);
	tcase_add_loop_test(tests, every_format_comes_from_every_source_whole, 0, 3);
	tcase_add_test(tests, lenient_numbers_are_their_leading_digits);
	tcase_add_loop_test(tests, white_space_is_found_alike_by_every_cpu, 0, 3);
	suite_add_tcase(suite, tests);
	return suite;
}
