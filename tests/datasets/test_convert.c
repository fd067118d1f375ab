#include "datasets/convert.h"
#include "datasets/vectors_convert.h"
#include "datasets/writers.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];

static void make_folder(void)
{
	strcpy(folder, "/tmp/rqgate-convert-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *place(char path[128], const char *name)
{
	if (name == NULL || strcmp(name, "-") == 0)
		return name;
	snprintf(path, 128, "%s/%s", folder, name);
	return path;
}

static void write_bytes(const char *name, const void *data, size_t size)
{
	char path[128];
	struct rq_error err = {0};

	ck_assert_msg(rq_file_write(place(path, name), data, size, &err) == RQ_OK, "%s", err.text);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static struct rq_buf read_bytes(const char *name)
{
	char path[128];
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_file_read(&out, place(path, name), &err) == RQ_OK, "%s", err.text);
	return out;
}

static enum rq_status convert(struct rq_buf *bytes, const char *in, const char *out, const char *from, const char *to, const char *ids, struct rq_error *err)
{
	char paths[3][128];
	struct rq_conversion conversion = {place(paths[0], in), place(paths[1], out), from, to};
	struct rq_vectors_conversion of_vectors = {.in = conversion.in, .out = conversion.out, .from = from, .to = to, .ids = place(paths[2], ids)};
	RQ_CLEANUP(rq_vectors_converted_release) struct rq_vectors_converted done = {0};
	const struct rq_format *source, *target;
	bool vectors;

	RQ_TRY(rq_convert_has_vectors(&vectors, &conversion, err));
	if (!vectors)
		return rq_convert(bytes, &source, &target, &conversion, err);
	RQ_TRY(rq_vectors_convert(&done, &of_vectors, err));
	return rq_vectors_commit(&done, err);
}

static void converted(const char *in, const char *out, const char *ids)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};

	ck_assert_msg(convert(&bytes, in, out, NULL, NULL, ids, &err) == RQ_OK, "%s to %s: %s", in, out, err.text);
	rq_buf_release(&bytes);
}

static void expect_text(const char *name, const char *expected)
{
	struct rq_buf text = read_bytes(name);

	ck_assert_str_eq(text.data, expected);
	rq_buf_release(&text);
}

START_TEST(judgments_there_and_back)
{
	static const char beir[] = "query-id\tcorpus-id\tscore\nq2\td9\t1\nq1\td1\t-2\nq2\td1\t3\n";

	write_text("a.tsv", beir);
	converted("a.tsv", "b.qrels", NULL);
	expect_text("b.qrels", "q2 0 d9 1\nq1 0 d1 -2\nq2 0 d1 3\n");
	converted("b.qrels", "c.tsv", NULL);
	expect_text("c.tsv", beir);
	converted("c.tsv", "d.csv", NULL);
	expect_text("d.csv", "query_id,doc_id,relevance\nq2,d9,1\nq1,d1,-2\nq2,d1,3\n");
	converted("d.csv", "e.json", NULL);
	expect_text("e.json", "{\"q1\": {\"d1\": -2},\n \"q2\": {\"d1\": 3, \"d9\": 1}}\n");
	converted("e.json", "f.qrels.gz", NULL);
	converted("f.qrels.gz", "g.tsv", NULL);
	expect_text("g.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t-2\nq2\td1\t3\nq2\td9\t1\n");
}
END_TEST

START_TEST(topics_there_and_back)
{
	static const char json[] = "{\"_id\": \"9\", \"text\": \"say \\\"ni\\\"\", \"slice\": \"s\"}\n"
							   "{\"_id\": \"1\", \"text\": \"\\u00fc\", \"cluster\": \"c\", \"answerable\": false}\n";
	struct rq_buf bytes = {0};
	struct rq_error err = {0};

	write_text("a.tsv", "9\tnine \"n\"\n1\tone\n");
	converted("a.tsv", "b.jsonl", NULL);
	expect_text("b.jsonl", "{\"_id\": \"9\", \"text\": \"nine \\\"n\\\"\"}\n{\"_id\": \"1\", \"text\": \"one\"}\n");
	converted("b.jsonl", "c.tsv", NULL);
	expect_text("c.tsv", "9\tnine \"n\"\n1\tone\n");
	write_text("d.jsonl", json);
	converted("d.jsonl", "e.jsonl.zst", NULL);
	converted("e.jsonl.zst", "f.jsonl", NULL);
	expect_text("f.jsonl", "{\"_id\": \"9\", \"text\": \"say \\\"ni\\\"\", \"slice\": \"s\"}\n"
						   "{\"_id\": \"1\", \"text\": \"\xC3\xBC\", \"cluster\": \"c\", \"answerable\": false}\n");
	ck_assert_int_eq(convert(&bytes, "d.jsonl", "g.tsv", NULL, NULL, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "topic \"9\" (line 1) has a slice, which two columns, id TAB text, cannot hold; keep the topics as JSON lines");
	rq_buf_release(&bytes);
}
END_TEST

/* Random scores, among them the awkward ones: the same doubles and order after two conversions. */
START_TEST(runs_there_and_back)
{
	struct rq_random random;
	struct rq_buf text = {0};
	struct rq_run before, after;
	struct rq_error err = {0};
	char path[128];

	rq_random_seed(&random, 3);
	for (int t = 0; t < 20; t++)
		for (int i = 0; i < 30; i++)
			rq_buf_printf(&text, "t%d Q0 d\"%d,\\ 0 %.17g tag\n", t, i, i == 0 ? 5e-324 : i == 1 ? -1.7e308 : i == 2 ? 0.1 : rq_random_normal(&random));
	write_bytes("a.run", text.data, text.size);
	converted("a.run", "b.jsonl.zst", NULL);
	converted("b.jsonl.zst", "run.json", NULL);
	converted("run.json", "d.csv.gz", NULL);
	converted("d.csv.gz", "c.trec", NULL);
	ck_assert_int_eq(rq_run_load(&before, place(path, "a.run"), &err), RQ_OK);
	ck_assert_int_eq(rq_run_load(&after, place(path, "c.trec"), &err), RQ_OK);
	ck_assert_uint_eq(before.count, after.count);
	for (size_t t = 0; t < before.count; t++) {
		ck_assert_str_eq(before.rankings[t].topic, after.rankings[t].topic);
		ck_assert_uint_eq(before.rankings[t].count, after.rankings[t].count);
		for (size_t i = 0; i < before.rankings[t].count; i++) {
			ck_assert_str_eq(before.rankings[t].documents[i].document, after.rankings[t].documents[i].document);
			ck_assert(before.rankings[t].documents[i].score == after.rankings[t].documents[i].score);
		}
	}
	rq_run_release(&before);
	rq_run_release(&after);
	rq_buf_release(&text);
}
END_TEST

START_TEST(ranks_there_and_back)
{
	write_text("a.run", "q2 Q0 d9 1 0.5 x\nq1 Q0 d1 1 1e3 x\nq1 Q0 d3 2 7 x\nq1 Q0 d2 3 7 x\n");
	converted("a.run", "b.tsv", NULL);
	expect_text("b.tsv", "q1\td1\t1\nq1\td3\t2\nq1\td2\t3\nq2\td9\t1\n");
	converted("b.tsv", "c.run", NULL);
	expect_text("c.run", "q1 Q0 d1 1 -1 rqgate\nq1 Q0 d3 2 -2 rqgate\nq1 Q0 d2 3 -3 rqgate\nq2 Q0 d9 1 -1 rqgate\n");
	converted("c.run", "d.tsv", NULL);
	expect_text("d.tsv", "q1\td1\t1\nq1\td3\t2\nq1\td2\t3\nq2\td9\t1\n");
}
END_TEST

START_TEST(what_the_other_format_cannot_hold_is_refused)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};

	write_text("a.run", "q1 Q0 d1 1 inf x\n");
	ck_assert_int_eq(convert(&bytes, "a.run", "a.jsonl", NULL, NULL, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "the score of document \"d1\" for topic \"q1\" is infinite, which JSON has no number for; keep the run as TREC lines");
	write_text("b.jsonl", "{\"topic\": \"q1\", \"hits\": []}\n");
	ck_assert_int_eq(convert(&bytes, "b.jsonl", "b.run", NULL, NULL, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "topic \"q1\" has no documents, which TREC lines cannot say; remove it or keep the run as JSON lines");
	rq_buf_release(&bytes);
}
END_TEST

/* Random float32 of every size, bit for bit through all formats. */
START_TEST(vectors_there_and_back)
{
	enum { N = 40, D = 7 };
	struct rq_random random;
	struct rq_vectors before, after;
	struct rq_ids ids;
	struct rq_buf bytes = {0}, names = {0};
	struct rq_error err = {0};
	char path[128];

	rq_random_seed(&random, 11);
	ck_assert_int_eq(rq_vectors_init(&before, N, D, &err), RQ_OK);
	for (size_t i = 0; i < N * D; i++) {
		uint32_t bits = (uint32_t)rq_random_u64(&random);
		memcpy(&before.data[i], &bits, sizeof bits);
		if (!isfinite(before.data[i]))
			before.data[i] = 1.0f / 3;
	}
	ck_assert_int_eq(rq_npy_print(&bytes, &before, &err), RQ_OK);
	for (int i = 0; i < N; i++)
		rq_buf_printf(&names, "d\"%d,x\n", i);
	write_bytes("a.npy", bytes.data, bytes.size);
	write_bytes("a.ids", names.data, names.size);
	converted("a.npy", "b.csv", "a.ids");
	converted("b.csv", "c.fvecs", "c.ids");
	expect_text("c.ids", names.data);
	converted("c.fvecs", "c.npy.gz", NULL);
	converted("c.npy.gz", "d.fbin.zst", NULL);
	converted("d.fbin.zst", "d.npy", NULL);
	struct rq_buf last = read_bytes("d.npy");
	ck_assert_uint_eq(last.size, bytes.size);
	ck_assert_mem_eq(last.data, bytes.data, bytes.size);
	ck_assert_int_eq(rq_vectors_load(&after, &ids, NULL, place(path, "b.csv"), &err), RQ_OK);
	ck_assert_uint_eq(after.n, N);
	ck_assert_mem_eq(after.data, before.data, N * D * sizeof(float));
	ck_assert_str_eq(ids.names[3], "d\"3,x");
	rq_ids_release(&ids);
	rq_vectors_release(&before);
	rq_vectors_release(&after);
	rq_buf_release(&bytes);
	rq_buf_release(&names);
	rq_buf_release(&last);
}
END_TEST

/* By the format's description: magic, version, the length of the padded dict so that the array starts at a multiple of 64, the array. */
START_TEST(npy_bytes)
{
	float data[] = {1, 2};
	struct rq_vectors vectors = {data, 1, 2};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_npy_print(&out, &vectors, &err), RQ_OK);
	ck_assert_uint_eq(out.size, 128 + 8);
	ck_assert_mem_eq(out.data, "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }   ", 70);
	ck_assert_int_eq(out.data[127], '\n');
	ck_assert_mem_eq(out.data + 128, "\x00\x00\x80\x3f\x00\x00\x00\x40", 8);
	rq_buf_release(&out);
}
END_TEST

static void expect_bytes(const char *name, const char *expected)
{
	struct rq_buf found = read_bytes(name);

	ck_assert_str_eq(found.data, expected);
	rq_buf_release(&found);
}

/* An OUT that cannot be written, from the start or for want of room, leaves the file of ids as it was; and so the other way round. */
START_TEST(out_and_ids_are_replaced_together)
{
	static const struct {
		const char *out, *ids, *expected;
	} cases[] = {{"taken", "i", "taken\": is a folder, expected a file"}, {"v.npy", "i", "v.npy\": cannot write: "}, {"v.npy", "taken", "taken\": is a folder, expected a file"}};
	struct rlimit old, small;
	char path[128];

	ck_assert_int_eq(rq_make_folders(place(path, "taken"), NULL), RQ_OK);
	write_text("v.csv", "a,\"[1,2]\"\nb,\"[3,4]\"\n");
	write_text("i", "old ids\n");
	write_text("v.npy", "old vectors\n");
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 100, .rlim_max = old.rlim_max}; /* of a file: more than the ids, less than the vectors */
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_buf bytes = {0};
		struct rq_error err = {0};
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
		enum rq_status status = convert(&bytes, "v.csv", cases[i].out, NULL, "npy", cases[i].ids, &err);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
		ck_assert_int_eq(status, RQ_E_IO);
		ck_assert_msg(strstr(err.text, cases[i].expected) != NULL, "%s", err.text);
		expect_bytes("i", "old ids\n");
		expect_bytes("v.npy", "old vectors\n");
		rq_buf_release(&bytes);
	}
	signal(SIGXFSZ, handler);
}
END_TEST

#define ALL \
	"csv-run, csv-qrels, json-run, json-qrels, jsonl-run, trec-run, msmarco-run, beir-qrels, trec-qrels, jsonl-topics, tsv-topics, " \
	"npy, npz, safetensors, faiss, fvecs, bvecs, ivecs, fbin, f16bin, u8bin, i8bin, ibin, bin, hdf5, csv, json"

START_TEST(what_is_possible_is_listed)
{
	static const struct {
		const char *in, *out, *from, *to, *ids, *expected;
	} cases[] = {
		{"q.tsv", "x.npy", NULL, NULL, NULL, "--to: missing, and the name \"FOLDER/x.npy\" tells no format for judgments (beir-qrels); possible are csv-qrels, json-qrels, beir-qrels, trec-qrels"},
		{"q.tsv", "x", NULL, "npy", NULL, "beir-qrels holds judgments and cannot become npy; possible are csv-qrels, json-qrels, beir-qrels, trec-qrels"},
		{"q.tsv", "x", NULL, "trec-qrel", NULL, "--to: unknown format \"trec-qrel\"; did you mean \"trec-qrels\"?"},
		{"q.tsv", "x", "zip", NULL, NULL,
	     "--from: unknown format \"zip\"; there is: " ALL},
		{"q.tsv", "x", "parqet", NULL, NULL, "--from: unknown format \"parqet\"; there is: " ALL},
		{"noise", "x", NULL, NULL, NULL,
	     "\"FOLDER/noise\": looks like no format that is known; name one with --from: " ALL},
		{"bad.run", "x", NULL, NULL, NULL, "FOLDER/bad.run:1: invalid UTF-8 at byte 5 of the file, counted from 0; expected UTF-8 text"},
		{"pipe", "x.run", NULL, NULL, NULL, "--from: missing; \"FOLDER/pipe\" is no regular file, and can be read only once: name its format"},
		{"v.csv", "v.npy", NULL, NULL, "-", "--ids: \"-\" is no file; name one"},
		{"both.jsonl", "o.jsonl", NULL, NULL, NULL,
	     "--from: missing; \"FOLDER/both.jsonl\" holds topics and vectors, and \"FOLDER/o.jsonl\" can be one of them: name jsonl-topics or json"},
		{"-", "-", NULL, "trec-qrels", NULL, "--from: missing; standard input needs its format named"},
		{"v.csv", "v.npy", NULL, NULL, NULL, "--ids: missing; npy holds no ids, so name the file to write them to"},
		{"v.csv", "v", NULL, "npz", NULL,
	     "--to: \"npz\" is read, not written; expected one of npy, safetensors, fvecs, bvecs, ivecs, fbin, f16bin, u8bin, i8bin, ibin, bin, csv, json"},
		{"noise", "v.npy", "npy", NULL, NULL, "FOLDER/noise: no .npy header in 13 bytes; expected a file that numpy.save wrote"},
		{"cut.csv.gz", "q.qrels", NULL, NULL, NULL, "FOLDER/cut.csv.gz: the gzip data is cut short after 5 bytes; write the file again"},
		{"v.csv", "w.csv", NULL, NULL, "i", "--ids: has no use between csv and csv, which both hold the ids; leave it out"},
	};

	write_text("q.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\n");
	write_text("noise", "what is this\n");
	write_bytes("cut.csv.gz", "\x1f\x8b\x08\0\0", 5);
	write_text("v.csv", "a,\"[1,2]\"\n");
	write_text("bad.run", "q1 Q0\xff d1 1 1 x\n");
	write_text("both.jsonl", "{\"_id\": \"q1\", \"text\": \"words\", \"embedding\": [1, 2]}\n");
	char pipe[128];
	ck_assert_int_eq(mkfifo(place(pipe, "pipe"), 0600), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_buf bytes = {0}, expected = {0};
		struct rq_error err = {0};
		const char *rest = cases[i].expected;
		ck_assert_int_ne(convert(&bytes, cases[i].in, cases[i].out, cases[i].from, cases[i].to, cases[i].ids, &err), RQ_OK);
		for (const char *at; (at = strstr(rest, "FOLDER")) != NULL; rest = at + strlen("FOLDER")) {
			rq_buf_add(&expected, rest, (size_t)(at - rest));
			rq_buf_puts(&expected, folder);
		}
		rq_buf_puts(&expected, rest);
		ck_assert_str_eq(err.text, expected.data);
		rq_buf_release(&bytes);
		rq_buf_release(&expected);
	}
}
END_TEST

START_TEST(standard_input_may_be_compressed)
{
	static const char *const names[] = {"a.npy", "a.npy.gz", "a.npy.zst"};
	char path[128];

	write_text("a.csv", "embedding\n\"[1,2]\"\n");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct rq_buf bytes = {0};
		struct rq_error err = {0};
		converted("a.csv", names[i], NULL);
		ck_assert_ptr_nonnull(freopen(place(path, names[i]), "rb", stdin));
		ck_assert_msg(convert(&bytes, "-", "b.jsonl", "npy", NULL, NULL, &err) == RQ_OK, "%s", err.text);
		expect_text("b.jsonl", "{\"embedding\": [1, 2]}\n");
		rq_buf_release(&bytes);
	}
}
END_TEST

START_TEST(every_row_can_be_written_and_guessed)
{
	for (size_t i = 0; rq_formats[i] != NULL; i++) {
		ck_assert_ptr_eq(rq_format_find(rq_formats[i]->name), rq_formats[i]);
		ck_assert_ptr_nonnull(rq_formats[i]->looks_like);
		ck_assert_ptr_nonnull(rq_formats[i]->endings[0]);
		ck_assert_uint_gt(strlen(rq_formats[i]->help), 0);
		ck_assert_ptr_eq(rq_format_for(rq_formats[i]->endings[0], rq_formats[i]->kind), rq_formats[i]);
	}
}
END_TEST

/* By the name of the file where the content cannot tell, else by its content alone. */
START_TEST(each_format_is_guessed)
{
	static const struct {
		const char *name, *text, *file;
	} cases[] = {
		{"csv-qrels", "query_id,doc_id,relevance\nq1,d1,1\n", "x.csv"},
		{"csv-run", "qid,docno,score,label\nq1,d1,1.5,1\n", NULL},
		{"csv-qrels", "qid,docno,score\nq1,d1,1\n", "Qrels.csv"},
		{"json-qrels", "{\"q1\": {\"d1\": 1}}", NULL},
		{"json-run", "{\"q1\": {\"d1\": 1.0}}", NULL},
		{"json-run", "{\"q1\": {\"d1\": 1}}", "run.json"},
		{"json-qrels", "{\"q1\": {\"d1\": 1.0}}", "my-qrels"},
		{"jsonl-topics", "{\"metadata\": {\"slice\": \"s\"}, \"_id\": \"q1\", \"text\": \"words\"}\n", NULL},
		{"trec-qrels", "q1 0 d1 1 also this\n", NULL},
		{"jsonl-run", "{\"topic\": \"q1\", \"hits\": [{\"id\": \"d1\", \"score\": 1}]}\n", NULL},
		{"trec-run", "q1 Q0 d1 1 0.5 x\n", NULL},
		{"msmarco-run", "1048585\t7187158\t1\n", NULL},
		{"tsv-topics", "7\tarea 51\n", NULL},
		{"beir-qrels", "query-id\tcorpus-id\tscore\nq1\td1\t1\n", NULL},
		{"trec-qrels", "q1 0 d1 1\n", NULL},
		{"jsonl-topics", "{\"_id\": \"q1\", \"text\": \"words\"}\n", NULL},
		{"tsv-topics", "q1\tsome words\n", NULL},
	};
	const struct rq_format *format;
	struct rq_error err = {0};
	char path[128];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *file = cases[i].file == NULL ? "x" : cases[i].file;
		write_text(file, cases[i].text);
		ck_assert_msg(rq_format_guess(&format, place(path, file), &err) == RQ_OK, "%s", err.text);
		ck_assert_msg(format != NULL, "%s is not known", cases[i].name);
		ck_assert_str_eq(format->name, cases[i].name);
	}
}
END_TEST

/* What is vectors and what is not, where a text may be either. */
START_TEST(vectors_are_told_from_the_others)
{
	static const struct {
		const char *name, *text, *out, *from, *to;
		bool vectors;
	} cases[] = {
		{"x", "\x93NUMPY\x01", "y", NULL, NULL, true},
		{"x.fvecs", "\1", "y", NULL, NULL, true},
		{"x.csv", "id,embedding\na,\"[1,2]\"\n", "y.csv", NULL, NULL, true},
		{"x.csv", "query_id,doc_id,relevance\nq1,d1,1\n", "y.csv", NULL, NULL, false},
		{"x.jsonl", "{\"id\": \"q1\", \"embedding\": [1]}\n", "y.npy", NULL, NULL, true},
		{"x.jsonl", "{\"id\": \"q1\", \"embedding\": [1]}\n", "y", NULL, "fbin", true},
		{"x.jsonl", "{\"_id\": \"q1\", \"text\": \"words\"}\n", "y.tsv", NULL, NULL, false},
		{"x.json", "{\"q1\": {\"d1\": 1}}", "y.tsv", NULL, NULL, false},
		{"x", "q1 0 d1 1\n", "y.npy", NULL, NULL, false},
		{"both.jsonl", "{\"_id\": \"q1\", \"text\": \"words\", \"embedding\": [1]}\n", "y.npy", NULL, NULL, true},
		{"both.jsonl", "{\"_id\": \"q1\", \"text\": \"words\", \"embedding\": [1]}\n", "y.tsv", NULL, NULL, false},
		{"both.jsonl", "{\"_id\": \"q1\", \"text\": \"words\", \"embedding\": [1]}\n", "y.jsonl", NULL, "jsonl-topics", false},
		{"both.jsonl", "{\"_id\": \"q1\", \"text\": \"words\", \"embedding\": [1]}\n", "y.jsonl", "json", NULL, true},
		{"-", "", "y", "fvecs", NULL, true},
		{"-", "", "y", "trec-qrels", NULL, false},
	};
	struct rq_error err = {0};
	char in[128], out[128];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct rq_conversion conversion = {place(in, cases[i].name), place(out, cases[i].out), cases[i].from, cases[i].to};
		bool vectors;
		if (cases[i].name[0] != '-')
			write_text(cases[i].name, cases[i].text);
		ck_assert_msg(rq_convert_has_vectors(&vectors, &conversion, &err) == RQ_OK, "%s", err.text);
		ck_assert_msg(vectors == cases[i].vectors, "%zu: %s", i, cases[i].text);
	}
}
END_TEST

/* Published files, byte for byte but for the iteration column. */
START_TEST(real_files)
{
	const char *path = shared_file("vectors/dl-queries/topics.dl19-passage.txt");
	struct rq_error err = {0};
	struct rq_buf bytes = {0};
	const struct rq_format *from, *to;

	if (path == NULL)
		return;
	char *topics = strdup(path), out[128];
	struct rq_conversion there = {.in = topics, .out = place(out, "t.jsonl")}, back = {.in = out, .out = "-", .to = "tsv-topics"};
	ck_assert_msg(rq_convert(&bytes, &from, &to, &there, &err) == RQ_OK, "%s", err.text);
	rq_buf_clear(&bytes);
	ck_assert_msg(rq_convert(&bytes, &from, &to, &back, &err) == RQ_OK, "%s", err.text);
	struct rq_buf source = {0};
	ck_assert_int_eq(rq_file_read(&source, topics, &err), RQ_OK);
	ck_assert_str_eq(bytes.data, source.data);
	rq_buf_release(&bytes);
	rq_buf_release(&source);
	free(topics);
}
END_TEST

Suite *convert_suite(void)
{
	Suite *suite = suite_create("convert");
	TCase *tests = tcase_create("convert");

	tcase_add_checked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, judgments_there_and_back);
	tcase_add_test(tests, topics_there_and_back);
	tcase_add_test(tests, runs_there_and_back);
	tcase_add_test(tests, ranks_there_and_back);
	tcase_add_test(tests, what_the_other_format_cannot_hold_is_refused);
	tcase_add_test(tests, vectors_there_and_back);
	tcase_add_test(tests, vectors_are_told_from_the_others);
	tcase_add_test(tests, npy_bytes);
	tcase_add_test(tests, out_and_ids_are_replaced_together);
	tcase_add_test(tests, what_is_possible_is_listed);
	tcase_add_test(tests, standard_input_may_be_compressed);
	tcase_add_test(tests, every_row_can_be_written_and_guessed);
	tcase_add_test(tests, each_format_is_guessed);
	tcase_add_test(tests, real_files);
	suite_add_tcase(suite, tests);
	return suite;
}
