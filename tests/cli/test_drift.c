/* rqgate drift: the reference that it makes, what it says of a model, a corpus and an index that changed, and what is kept of it. */
#include "drift_job.h"

#include "evalcore/base/file.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 25 };

START_TEST(help)
{
	struct cli result = CLI_EXPECT(0, "drift", "--help");
	cli_expect_golden("help-drift", result.out);
	cli_free(&result);
}
END_TEST

START_TEST(the_first_time_makes_a_reference)
{
	char path[256], said[256];

	set_up(CONFIG(OF_A_RUN));
	struct cli first = EXPECT_AT(MONDAY, 0, "drift", "gate.json");
	ck_assert_uint_eq(references(path, "default"), 1);
	snprintf(said, sizeof said, "no reference yet: made one of 220 documents and 348 topics, references/default/%.12s...\n", strrchr(path, '/') + 1);
	expect_said(first, said);
	rq_json *report = cli_report("out/drift-report.json", true);
	const rq_json *verdict = rq_json_get(rq_json_get(report, "run"), "verdict");
	ck_assert_str_eq(rq_json_string(rq_json_get(verdict, "outcome")), "inconclusive"); /* nothing was compared */
	ck_assert_double_eq(rq_json_number(rq_json_get(verdict, "exit_code")), 0);
	ck_assert_int_eq(strncmp(rq_json_string(rq_json_get(verdict, "sentence")), said, strlen(said) - 1), 0);
	rq_json_free(report);
	struct cli read = CLI_EXPECT(0, "report", "out/drift-report.json", "--to", "html");
	ck_assert_ptr_nonnull(strstr(read.out, "no reference yet: made one of 220 documents and 348 topics, "));
	ck_assert_ptr_nonnull(strstr(read.out, "&amp;&amp; rqgate drift gate.json"));
	cli_free(&read);
	struct cli again = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json");
	cli_expect_golden("drift-same", again.out);
	ck_assert_str_eq(again.err, "");
	cli_free(&again);
	ck_assert_uint_eq(references(path, "default"), 1);
	struct rq_buf text = cli_read("out/drift-report.md");
	cli_expect_golden("drift-same.md", text.data);
	rq_buf_release(&text);
	ck_assert(!cli_exists("out/report.json"));
}
END_TEST

START_TEST(another_model_fails)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--set", "embedders.words.dim=32");
	cli_expect_golden("drift-dimensions", result.out);
	cli_free(&result);
	/* as many numbers, and other ones */
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--set", "embedders.words.stop_words=false", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: 7 of 19 gates failed, first drift.silent_change of topics is "));
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "silent_change", "documents"), "fail");
	ck_assert_str_eq(outcome(report, "mmd", "documents"), "absent");
	ck_assert_str_eq(rq_json_string(rq_json_get(figure(report, "mmd", "documents"), "absent")),
	                 "the same texts have other vectors than then, so it would tell of the model and not of the texts");
	rq_json_free(report);
}
END_TEST

START_TEST(another_corpus_is_told_as_such)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	replace_documents(5);
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json");
	cli_expect_golden("drift-corpus", result.out);
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "silent_change", "documents"), "pass"); /* of those that are the same */
	ck_assert_str_eq(outcome(report, "knn_jaccard", "documents"), "pass");
	ck_assert_str_eq(outcome(report, "mmd", "documents"), "fail");
	ck_assert_str_eq(outcome(report, "mmd", "topics"), "pass");
	rq_json_free(report);
}
END_TEST

static void expect_ids(const rq_json *report, const char *list, double count, size_t told, const char *first)
{
	const rq_json *ids = rq_json_get(rq_json_get(rq_json_get(report, "drift"), "document_ids"), list);

	ck_assert_double_eq(rq_json_number(rq_json_get(ids, "count")), count);
	ck_assert_uint_eq(rq_json_size(rq_json_get(ids, "first")), told);
	if (told > 0)
		ck_assert_str_eq(rq_json_string(rq_json_first(rq_json_get(ids, "first"))), first);
}

/* One goes, 25 come, and every fifth says something else. */
START_TEST(who_came_and_went_is_told)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct rq_buf corpus = cli_read("corpus.jsonl"), changed = {0};
	rq_buf_puts(&changed, strchr(corpus.data, '\n') + 1);
	for (int i = 0; i < 25; i++)
		rq_buf_printf(&changed, "{\"_id\": \"new-%d\", \"title\": \"\", \"text\": \"something about branches, number %d\"}\n", i, i);
	cli_write("corpus.jsonl", changed.data);
	replace_documents(50);
	struct cli result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--set", "dataset.unknown_judgments=\"warn\"", NULL);
	ck_assert_msg(strstr(result.out, "documents: 25 came: new-0, new-1, new-2, new-3, new-4 and 20 more\n") != NULL, "%s%s", result.out, result.err);
	ck_assert_ptr_nonnull(strstr(result.out, "documents: 1 went: "));
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	expect_ids(report, "came", 25, 20, "new-0");
	expect_ids(report, "changed", 5, 5, rq_json_string(rq_json_first(rq_json_get(rq_json_get(rq_json_get(rq_json_get(report, "drift"), "document_ids"), "changed"), "first"))));
	char *first = strndup(corpus.data + strlen("{\"_id\": \""), strcspn(corpus.data + strlen("{\"_id\": \""), "\""));
	expect_ids(report, "went", 1, 1, first);
	free(first);
	rq_json_free(report);
	/* read back */
	result = CLI_EXPECT(0, "report", "out/drift-report.json", "--to", "md");
	ck_assert_ptr_nonnull(strstr(result.out, "- documents: 25 came: new-0"));
	cli_free(&result);
	/* but for what no figure can come to */
	struct rq_buf out = cli_read("out/drift-report.json");
	char *cka = strstr(strstr(out.data, "\"figure\": \"cka\""), "\"value\": ") + strlen("\"value\": ");
	*cka = '7';
	cli_write("r.json", out.data);
	rq_buf_release(&out);
	result = cli("report", "r.json", "--to", "md", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, "expected a value that the figure can have"));
	cli_free(&result);
	rq_buf_release(&changed);
	rq_buf_release(&corpus);
}
END_TEST

/* What was current at a time is compared with again, to the same numbers. */
START_TEST(update_adds_and_as_of_goes_back)
{
	char path[256], paths[2][256], old[256];

	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	ck_assert_uint_eq(references(old, "default"), 1);
	replace_documents(5);
	struct cli result = EXPECT_AT(WEDNESDAY, 1, "drift", "gate.json", "--update");
	ck_assert_uint_eq(references(path, "default"), 2);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: note: made a new reference: references/default/"));
	cli_free(&result);
	rq_json *before = cli_report("out/drift-report.json", false);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json"));
	rq_json *current = cli_report("out/drift-report.json", false);
	ck_assert_double_eq(value(current, "knn_jaccard", "documents"), 1);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(current, "drift"), "same_documents")), 220);
	rq_json_free(current);
	drop(EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--as-of", "2026-11-03"));
	rq_json *back = cli_report("out/drift-report.json", false);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(rq_json_get(back, "drift"), "reference"), "as_of")), "2026-11-03");
	rq_json_remove(rq_json_member(rq_json_member(back, "drift"), "reference"), "as_of");
	rq_json_remove(rq_json_member(rq_json_member(before, "drift"), "reference"), "as_of");
	cli_expect_same(before, back);
	/* the same again: nothing is made */
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--update");
	ck_assert_str_eq(result.err, "rqgate: note: the reference holds what is there now: none was made\n");
	cli_free(&result);
	ck_assert_uint_eq(references(path, "default"), 2);
	/* a single one, by its folder: the old one has other documents than there are now */
	ck_assert_uint_eq(find_references(paths, "default"), 2);
	bool old_first = strcmp(paths[0], old) == 0;
	ck_assert(old_first || strcmp(paths[1], old) == 0);
	drop(EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--reference", paths[old_first ? 0 : 1]));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--reference", paths[old_first ? 1 : 0]));
	drop(CLI_EXPECT(0, "drift", "gate.json", "--reference", "./references/default"));
	result = cli("drift", "gate.json", "--as-of", "2026-11-01", NULL);
	cli_expect_refusal(&result, 64, "--as-of: no reference was there at 2026-11-01; the first one is of 2026-11-02T09:00:00Z");
	result = cli("drift", "gate.json", "--update", "--as-of", "2026-11-03", NULL);
	cli_expect_refusal(&result, 64, "--update and --as-of exclude each other: a reference is made of what is there now");
	result = cli("drift", "gate.json", "--reference", ".hidden", NULL);
	cli_expect_refusal(&result, 64,
	                   "--reference: \".hidden\" cannot be the name of a reference; expected letters, digits, '.', '_' and '-', at most 100 of them and "
	                   "beginning with a letter, a digit or '_', or the path of a folder, with a '/'");
	result = cli("drift", "gate.json", "--reference", "new", "--as-of", "2026-11-03", NULL);
	cli_expect_refusal(&result, 64, "--as-of: \"references/new\" holds no reference; leave it out, and one is made of what is there now");
}
END_TEST

START_TEST(gates_decide)
{
	set_up(CONFIG("[\"RR@10 >= 0.2\", \"drift.mmd(documents)\", \"drift.knn_jaccard >= 0.5\", " OTHERS_OFF "]"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	replace_documents(5);
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: drift.mmd(documents) of documents is "));
	ck_assert_ptr_nonnull(strstr(result.out, "(gate drift.mmd(documents) <= 0.001); look which documents or questions are new"));
	ck_assert_ptr_nonnull(strstr(result.out, "  config    FAIL\ndomain_auc         documents"));
	ck_assert_ptr_nonnull(strstr(result.out, "  standard  pass\ndomain_auc         topics"));
	ck_assert_ptr_nonnull(strstr(result.out, "  -         beyond\nretrieval_jaccard  topics"));
	cli_free(&result);
	result = cli("run", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 0);
	ck_assert_str_eq(result.err, "rqgate: note: 4 gates are on drift, and left to \"rqgate drift\"\n");
	cli_free(&result);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", "gates=[\"RR@10 >= 0.2\", \"drift.mmd <= 1\", " OTHERS_OFF "]"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", "gates=[{\"kind\": \"drift\", \"figure\": \"mmd\", \"level\": \"warn\"}, " OTHERS_OFF "]"));
	/* one gate on drift leaves the standard ones of every other figure in force */
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "gates=[\"RR@10 >= 0.2\", \"drift.mmd <= 1\"]");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: 3 of 23 gates failed, first drift.retrieval_overlap of topics is 0.7612"));
	cli_free(&result);
	result = cli("run", "gate.json", "--set", "gates=[\"drift.mmd <= 1\"]", NULL);
	cli_expect_refusal(&result, 64,
	                   "gate.json: gates: all of them are on drift, which \"rqgate drift\" judges; a run without gates cannot fail");
	/* what is not measured never passes */
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "gates=[\"drift.length\", " OTHERS_OFF "]");
	ck_assert_str_eq(result.out, "FAIL: drift.length has no value: vectors are compared by their cosine, for which their length is nothing (gate drift.length <= 0.01); "
	                             "supply what it needs or take the gate out\n");
	cli_free(&result);
}
END_TEST

/* A store that takes nothing in, or takes in again. */
static void change_store(const char *sql)
{
	sqlite3 *db;
	char *path = cli_path("h.db");

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	free(path);
}

/* What could not be kept or told leaves the reference as it was, so that trying again compares with the same one. */
START_TEST(a_job_that_fails_makes_no_reference)
{
	char path[256];

	set_up(CONFIG(OF_A_RUN ", \"store\": \"h.db\""));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	replace_documents(5);
	change_store("CREATE TRIGGER full BEFORE INSERT ON batch BEGIN SELECT raise(ABORT, 'full'); END");
	struct cli result = cli_in(".", WEDNESDAY, "drift", "gate.json", "--update", NULL);
	ck_assert_int_ge(result.exit_code, 64);
	cli_free(&result);
	ck_assert_uint_eq(references(path, "default"), 1);
	result = cli_in(".", WEDNESDAY, "drift", "gate.json", "--reference", "new", NULL);
	ck_assert_int_ge(result.exit_code, 64);
	cli_free(&result);
	ck_assert(!cli_exists("references/new"));
	change_store("DROP TRIGGER full");
	drop(EXPECT_AT(WEDNESDAY, 1, "drift", "gate.json", "--update"));
	ck_assert_uint_eq(references(path, "default"), 2);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(report, "drift"), "same_documents")), 176);
	rq_json_free(report);
}
END_TEST

/* What the store takes until the very last, and then does not keep: neither reports nor a reference remain. */
START_TEST(what_is_not_kept_does_not_appear)
{
	char path[256];

	set_up(CONFIG(OF_A_RUN ", \"store\": \"h.db\""));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	change_store("CREATE TABLE late (id INTEGER REFERENCES batch (batch_id) DEFERRABLE INITIALLY DEFERRED);"
	             "CREATE TRIGGER later AFTER INSERT ON batch BEGIN INSERT INTO late VALUES (-1); END");
	replace_documents(5);
	struct cli result = cli_in(".", WEDNESDAY, "drift", "gate.json", "--update", NULL);
	ck_assert_int_ge(result.exit_code, 64);
	ck_assert_str_eq(result.out, "");
	cli_free(&result);
	ck_assert_uint_eq(references(path, "default"), 1);
	ck_assert(!cli_exists("out/drift-report.json"));
	result = cli_in(".", WEDNESDAY, "drift", "gate.json", "--reference", "new", NULL);
	ck_assert_int_ge(result.exit_code, 64);
	cli_free(&result);
	ck_assert(!cli_exists("references/new"));
	result = cli_in(".", WEDNESDAY, "run", "gate.json", NULL);
	ck_assert_int_ge(result.exit_code, 64);
	cli_free(&result);
	ck_assert(!cli_exists("out/report.json") && !cli_exists("out/report.d"));
	change_store("DROP TRIGGER later");
	drop(EXPECT_AT(WEDNESDAY, 1, "drift", "gate.json", "--update"));
	ck_assert_uint_eq(references(path, "default"), 2);
}
END_TEST

/* A reference that is gone is not a first time. */
START_TEST(a_lost_reference_is_told)
{
	set_up(CONFIG(OF_A_RUN));
	struct cli result = EXPECT_AT(MONDAY, 0, "drift", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: warning: nothing was compared yet: commit or cache the reference, for without it, "));
	cli_free(&result);
	cli_remove("references");
	result = EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--store", "h.db");
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
	cli_remove("references");
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--store", "h.db", NULL);
	cli_expect_refusal(&result, 65,
	                   "\"references/default\": holds no reference, and the store remembers a job on 2026-11-02 that had one; restore it, from where it is "
	                   "committed or cached, or make one of what is there now on purpose: --update");
	ck_assert(!cli_exists("references"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--store", "h.db", "--reference", "new")); /* one of its own */
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--store", "h.db", "--update"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--store", "h.db"));
	char *other = cli_path("references/other");
	ck_assert_int_eq(mkdir(other, 0777), 0);
	free(other);
	cli_write("references/other/notes", "x");
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--reference", "other", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	cli_free(&result);
}
END_TEST

/* Of several at once all make the same first one, or one does. */
START_TEST(several_at_once_make_one_reference)
{
	char path[256];
	pid_t jobs[4];

	set_up(CONFIG(OF_A_RUN));
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		jobs[i] = cli_start("drift", "gate.json", NULL);
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		int status;
		ck_assert_int_eq(waitpid(jobs[i], &status, 0), jobs[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "exit %d", WEXITSTATUS(status));
	}
	ck_assert_uint_eq(references(path, "default"), 1);
}
END_TEST

/* A side that searches words has no vectors: what is found is compared, and which documents there are. */
START_TEST(words_are_compared_by_what_they_find)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--set", "candidate.index={\"kind\": \"bm25\"}"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", "candidate.index={\"kind\": \"bm25\", \"b\": 0}");
	cli_expect_golden("drift-words", result.out);
	cli_free(&result);
	/* and which documents there were: those that are gone, and those that say something else */
	replace_documents(10);
	struct rq_buf corpus = cli_read("corpus.jsonl");
	char *some = corpus.data;
	for (int line = 0; line < 24; line++)
		some = strchr(some, '\n') + 1;
	cli_write("corpus.jsonl", some);
	rq_buf_release(&corpus);
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--set", "candidate.index={\"kind\": \"bm25\"}", "--set",
	                   "dataset.unknown_judgments=\"warn\"");
	ck_assert_ptr_nonnull(strstr(result.out, "  then 220 documents, 348 topics\n  now  196 documents, 348 topics; 177 and 348 are the same as then\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "\ngone_documents     documents  0.1091  <= 0.1          -  standard  FAIL\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "  texts documents: 19 came, 43 went, 177 stayed; topics: 0 came, 0 went, 348 stayed\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "documents: 24 went: "));
	ck_assert_ptr_nonnull(strstr(result.out, "documents: 19 with another text: "));
	cli_free(&result);
}
END_TEST

/* ---- what is kept ---- */

START_TEST(the_same_week_again_is_one_batch)
{
	set_up(CONFIG(OF_A_RUN ", \"store\": \"h.db\""));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	drop(EXPECT_AT(WEDNESDAY, 0, "drift", "gate.json"));
	struct cli result = CLI_EXPECT(0, "history", "--config", "gate.json", "--metric", "drift.knn_jaccard");
	cli_expect_golden("drift-history", result.out);
	cli_free(&result);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "history", "check", "--config", "gate.json", "--max-age", "8d", "--suite", "help"));
	drop(cli_expect_code(__FILE__, __LINE__, cli_in(".", "SOURCE_DATE_EPOCH=1795000000", "history", "check", "--config", "gate.json", "--max-age", "8d", NULL), 1));
}
END_TEST

/* Ten weeks; from the sixth on the index holds half of the corpus. */
START_TEST(a_metric_that_fell_is_dated)
{
	char when[64];

	set_up(CONFIG("[\"drift.change_point(RR@10)\"], \"store\": \"h.db\""));
	for (int week = 0; week < 10; week++) {
		snprintf(when, sizeof when, "SOURCE_DATE_EPOCH=%d", 1793610000 + week * 604800);
		if (week == 6)
			replace_documents(2);
		drop(cli_in(".", when, "drift", "gate.json", "--set", "dataset.unknown_judgments=\"warn\"", NULL));
	}
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "change_point", "RR@10"), "fail");
	ck_assert_double_lt(value(report, "change_point", "RR@10"), -.02);
	ck_assert_double_eq(rq_json_number(rq_json_get(figure(report, "change_point", "RR@10"), "n")), 10);
	rq_json_free(report);
	/* a trial is of no series but its own */
	drop(cli_in(".", when, "drift", "gate.json", "--set", "dataset.unknown_judgments=\"warn\"", "--set", "embedders.words.dim=32", NULL));
	report = cli_report("out/drift-report.json", true);
	ck_assert_str_eq(outcome(report, "change_point", "RR@10"), "absent");
	rq_json_free(report);
}
END_TEST

/* The job of each week from `first` to `last`, called with one argument more (NULL: none). */
static void pass_weeks(int first, int last, const char *argument)
{
	char when[64];

	for (int week = first; week <= last; week++) {
		snprintf(when, sizeof when, "SOURCE_DATE_EPOCH=%d", 1793610000 + week * 604800);
		drop(cli_in(".", when, "drift", "gate.json", "--set", "dataset.unknown_judgments=\"warn\"", argument, NULL));
	}
}

static void expect_series(const char *metric, const char *judged, double weeks)
{
	rq_json *report = cli_report("out/drift-report.json", true);

	ck_assert_str_eq(outcome(report, "change_point", metric), judged);
	ck_assert_double_eq(rq_json_number(rq_json_get(figure(report, "change_point", metric), "n")), weeks);
	rq_json_free(report);
}

/* Who makes a new reference takes what is there now as it is: the fall of before is no fall any more. */
START_TEST(a_series_begins_at_its_reference)
{
	set_up(CONFIG("[\"drift.change_point\"], \"store\": \"h.db\""));
	pass_weeks(0, 7, NULL);
	replace_documents(2);
	pass_weeks(8, 8, "--update");
	pass_weeks(9, 16, NULL);
	expect_series("RR@10", "pass", 9);
}
END_TEST

/* Half of the corpus is not there until the sixth week. What doubt is left of RBP falls by that, which is good. */
START_TEST(a_metric_that_rose_is_told_as_such)
{
	set_up(CONFIG_OF("\"RR@10\", \"RBP_residual\"", "[\"drift.change_point\"], \"store\": \"h.db\""));
	struct rq_buf whole = cli_read("corpus.jsonl");
	replace_documents(2);
	pass_weeks(0, 5, NULL);
	cli_write("corpus.jsonl", whole.data);
	rq_buf_release(&whole);
	pass_weeks(6, 10, NULL);
	expect_series("RR@10", "pass", 11);
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_double_gt(value(report, "change_point", "RR@10"), .02);
	ck_assert_double_gt(value(report, "change_point", "RBP_residual(p=0.8)"), .02);
	rq_json_free(report);
}
END_TEST

START_TEST(texts_that_are_not_like_those_of_the_reference_stop_it)
{
	set_up(CONFIG(OF_A_RUN ", \"store\": \"h.db\", \"quality\": {}"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	replace_documents(2);
	struct cli result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, "rqgate: the texts are not like those of the reference, as \"quality\" asks, so nothing was embedded (mend the files, change "
	                                         "the limits, or make a reference anew under another name): lengths of the texts of \"title\" differ by 0."));
	ck_assert_ptr_nonnull(strstr(result.err, "; lengths of the documents differ by 0."));
	cli_free(&result);
	result = CLI_EXPECT(0, "history", "--config", "gate.json", "--jsonl", "--verdict", "none");
	ck_assert_ptr_nonnull(strstr(result.out, "the texts are not like those of the reference"));
	cli_free(&result);
	drop(EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--set", "quality.length_shift=1")); /* embedded, and other documents are found */
	/* one topic of five in another script */
	struct rq_buf topics = cli_read("queries.jsonl"), out = {0};
	size_t number = 0;
	for (char *line = topics.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (number++ % 5 == 0)
			rq_buf_printf(&out, "%.*s\", \"text\": \"как удалить старую ветку базы данных\"}\n", (int)(strstr(line, "\", \"") - line), line);
		else
			rq_buf_printf(&out, "%s\n", line);
	}
	cli_write("queries.jsonl", out.data);
	rq_buf_release(&out);
	rq_buf_release(&topics);
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--set", "quality.length_shift=1", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, "20.11 % of the topics are written in other scripts than then, mostly Cyrillic, and \"script_shift\" allows 10 %"));
	cli_free(&result);
}
END_TEST

/* A document that its embedder refuses: no reference is made of the rest, and trying again makes it good. */
START_TEST(what_failed_is_in_no_reference)
{
	char path[256];

	set_up(CONFIG(OF_A_RUN));
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\"}, \"store\": \"h.db\", \"max_failed\": 400, \"latency\": {\"samples\": 0}, "
	                       "\"baseline\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"search.sh\"], \"vectors\": false}}, \"candidate\": {}, "
	                       "\"metrics\": [\"RR@10\"], \"gates\": " OF_A_RUN "}");
#define READ_TOPIC "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; "
#define FOUND "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"rn-2025-03-25-cli-3-2\\\",\\\"score\\\":1}]}\"; "
	cli_write("search.sh", READ_TOPIC "if [ $topic = q003 ]; then echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"error\\\":\\\"no shard\\\"}\"; else " FOUND "fi; done\n");
	struct cli result = cli("drift", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 69);
	ck_assert_ptr_nonnull(strstr(result.err, "no reference is made of what is not whole: 1 documents and topics failed, the topic \"q003\" first (no shard)"));
	cli_free(&result);
	ck_assert_uint_eq(references(path, "default"), 0);
	cli_write("search.sh", READ_TOPIC FOUND "done\n");
	result = CLI_EXPECT(0, "failures", "retry", "--config", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "1 failure: 1 over now, 0 still open\n"));
	cli_free(&result);
	ck_assert_uint_eq(references(path, "default"), 1);
}
END_TEST

/* Killed at any moment: the reference is there whole, or not at all, and the store remembers none that is not there. */
START_TEST(kill_9_leaves_a_reference_or_none)
{
	char path[256];
	size_t made = 0;

	set_up(CONFIG(OF_A_RUN ", \"store\": \"kept/h.db\""));
	for (int i = 0; i < KILLS; i++) {
		int status;
		pid_t pid = cli_start("drift", "gate.json", NULL);
		const struct timespec wait = {.tv_nsec = 30000000L * i};
		nanosleep(&wait, NULL);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		size_t there = references(path, "default");
		ck_assert_uint_le(there, 1);
		made += there;
		drop(CLI_EXPECT(0, "drift", "gate.json")); /* which reads it, checked; or makes it, where the store remembers none */
		cli_remove("references");
		cli_remove("kept");
	}
	drop(CLI_EXPECT(0, "drift", "gate.json"));
	ck_assert_uint_eq(references(path, "default"), 1);
	printf("kill -9: %zu of %d were made\n", made, KILLS);
}
END_TEST

START_TEST(a_damaged_reference_is_refused)
{
	char path[256], name[300];

	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	ck_assert_uint_eq(references(path, "default"), 1);
	snprintf(name, sizeof name, "%s/topics.texts", path);
	cli_write(name, "x\n");
	struct cli result = cli("drift", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, "topics.texts"));
	cli_free(&result);
}
END_TEST

Suite *drift_suite(void)
{
	Suite *suite = suite_create("drift");
	TCase *tests = cli_case("drift");

	tcase_add_test(tests, help);
	tcase_add_test(tests, the_first_time_makes_a_reference);
	tcase_add_test(tests, another_model_fails);
	tcase_add_test(tests, another_corpus_is_told_as_such);
	tcase_add_test(tests, who_came_and_went_is_told);
	tcase_add_test(tests, update_adds_and_as_of_goes_back);
	tcase_add_test(tests, gates_decide);
	tcase_add_test(tests, a_job_that_fails_makes_no_reference);
	tcase_add_test(tests, what_is_not_kept_does_not_appear);
	tcase_add_test(tests, a_lost_reference_is_told);
	tcase_add_test(tests, several_at_once_make_one_reference);
	tcase_add_test(tests, words_are_compared_by_what_they_find);
	tcase_add_test(tests, the_same_week_again_is_one_batch);
	tcase_add_test(tests, a_metric_that_fell_is_dated);
	tcase_add_test(tests, a_series_begins_at_its_reference);
	tcase_add_test(tests, a_metric_that_rose_is_told_as_such);
	tcase_add_test(tests, texts_that_are_not_like_those_of_the_reference_stop_it);
	tcase_add_test(tests, what_failed_is_in_no_reference);
	tcase_add_test(tests, kill_9_leaves_a_reference_or_none);
	tcase_add_test(tests, a_damaged_reference_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
