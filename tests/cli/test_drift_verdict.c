/* rqgate drift: what it compares of a model and of what is found, and which verdict follows. */
#include "drift_job.h"

/* lsa has another basis with every corpus: what hangs on it is left out, and said so; neighbours and CKA, which do not, decide instead. */
START_TEST(a_model_fitted_anew_has_other_dimensions)
{
	set_up(CONFIG(OF_A_RUN));
	cli_write("lsa.json", "{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 64}},"
	                      " \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], \"gates\": " OF_A_RUN ", "
	                      "\"reports\": {\"json\": \"r.json\"}}");
	drop(EXPECT_AT(MONDAY, 0, "drift", "lsa.json", "--reference", "lsa"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "lsa.json", "--reference", "lsa"));
	rq_json *report = cli_report("drift-r.json", true);
	ck_assert_double_ge(value(report, "silent_change", "documents"), 1 - 1e-9);
	rq_json_free(report);
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "lsa.json", "--reference", "lsa", "--quiet", "--set", "embedders.lsa.bigrams=false");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change has no value: \"lsa\" was fitted otherwise then, so its dimensions stand for something else: "
	                                         "these options are others than then: bigrams, and the model's fingerprint was \""));
	cli_free(&result);
	replace_documents(100);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "lsa.json", "--reference", "lsa"));
	report = cli_report("drift-r.json", true);
	ck_assert_str_eq(rq_json_string(rq_json_get(figure(report, "silent_change", "documents"), "absent")),
	                 "\"lsa\" is fitted to the corpus, which is another one now, so its dimensions stand for something else; whether texts have the neighbours that "
	                 "they had is told by knn_jaccard and cka, which stand in for it");
	ck_assert_ptr_null(rq_json_string(rq_json_get(figure(report, "silent_change", "documents"), "gate")));
	ck_assert_str_eq(outcome(report, "centroid_shift", "topics"), "absent");
	ck_assert_double_gt(value(report, "knn_jaccard", "documents"), .7);
	ck_assert_double_gt(value(report, "cka", "documents"), .9);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(report, "drift"), "same_documents")), 217);
	rq_json_free(report);
	/* who asks for it by name is told that there is none */
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "lsa.json", "--reference", "lsa", "--quiet", "--set", "gates=[\"drift.silent_change\"]");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: drift.silent_change has no value: \"lsa\" is fitted to the corpus, which is another one now"));
	cli_free(&result);
}
END_TEST

/* Fewer texts than the dimensions that are asked for: their number hangs on the texts, and is no other model either. */
START_TEST(a_model_fitted_to_few_texts_has_another_number_of_dimensions)
{
	set_up(CONFIG(OF_A_RUN));
	cli_write("lsa.json", "{\"dataset\": {\"path\": \".\", \"unknown_judgments\": \"warn\"}, \"latency\": {\"samples\": 0}, "
	                      "\"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 200}}, \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                      "\"gates\": [\"RR@10 >= 0.1\"], \"reports\": {\"json\": \"r.json\"}}");
	struct rq_buf all = cli_read("corpus.jsonl");
	char *end = all.data;
	for (int line = 0; line < 150; line++)
		end = strchr(end, '\n') + 1;
	char next = *end;
	*end = '\0';
	cli_write("corpus.jsonl", all.data);
	drop(EXPECT_AT(MONDAY, 0, "drift", "lsa.json", "--reference", "few"));
	*end = next;
	end = strchr(strchr(end, '\n') + 1, '\n') + 1;
	*end = '\0';
	cli_write("corpus.jsonl", all.data);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "lsa.json", "--reference", "few"));
	rq_json *report = cli_report("drift-r.json", true);
	const rq_json *then = rq_json_get(rq_json_get(report, "drift"), "then"), *now = rq_json_get(rq_json_get(report, "drift"), "now");
	ck_assert_double_ne(rq_json_number(rq_json_get(then, "dimension")), rq_json_number(rq_json_get(now, "dimension")));
	const char *absent = rq_json_string(rq_json_get(figure(report, "silent_change", "documents"), "absent"));
	ck_assert_msg(strncmp(absent, "\"lsa\" is fitted to the corpus, which is another one now, so its dimensions, 1", 76) == 0, "%s", absent);
	ck_assert_str_eq(outcome(report, "mmd", "documents"), "absent");
	ck_assert_double_gt(value(report, "knn_jaccard", "documents"), .7);
	ck_assert_double_gt(value(report, "cka", "documents"), .9);
	ck_assert_double_gt(value(report, "effective_rank", "documents"), .9);
	rq_json_free(report);
	/* another number that was asked for is another model */
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "lsa.json", "--reference", "few", "--quiet", "--set", "embedders.lsa.dim=32");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change has no value: vectors had 1"));
	cli_free(&result);
	rq_buf_release(&all);
}
END_TEST

/* A text without a word has no vector in this process, and that is no fault: of a file's rows, which somebody made, it is one. */
START_TEST(texts_without_a_word_are_no_broken_vectors)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct rq_buf corpus = cli_read("corpus.jsonl");
	rq_buf_puts(&corpus, "{\"_id\": \"new\", \"text\": \"!!! ???\"}\n");
	cli_write("corpus.jsonl", corpus.data);
	rq_buf_release(&corpus);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json"));
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_double_eq(value(report, "broken_vectors", "documents"), 0);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(rq_json_get(report, "drift"), "now"), "documents")), 221);
	rq_json_free(report);
}
END_TEST

/* What is changed is named. */
START_TEST(what_embeds_is_compared_as_a_whole)
{
	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "embedders.words.stop_words=false");
	ck_assert_ptr_nonnull(strstr(result.out, ": the serving model is not the one recorded (these options are others than then: "));
	cli_free(&result);
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "embedders.words.dim=32");
	ck_assert_ptr_nonnull(strstr(result.out, "vectors had 64 dimensions then and have 32 now, and these options are others than then: dim (gate"));
	cli_free(&result);
	/* vectors of length 1 are the same, whatever they are compared by */
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", "candidate.index={\"kind\": \"exact\", \"similarity\": \"ip\"}");
	ck_assert_ptr_nonnull(strstr(result.out, "note: what embeds is not what made the reference: the similarity was \"cosine\" then and is \"ip\" now\n"));
	cli_free(&result);
}
END_TEST

/* ---- a command beside the job ---- */

enum { SERVED = 120 };
#define ID "id=${line#*\\\"id\\\":}; id=${id%%,*}; "
#define TEXT "text=${line#*\\\"text\\\":\\\"}; text=${text%%\\\"*}; "
#define SERVE(otherwise, model) \
	"while IFS= read -r line; do " ID TEXT "number=$(printf %s \"$text\" | cksum); number=${number%% *}; " otherwise \
	"echo \"{\\\"id\\\":$id,\\\"vector\\\":[$((number % 97 + 1)),$((number % 89 + 1)),$((number % 83 + 1))],\\\"model\\\":\\\"" model "\\\"}\"; done\n"

static void serve(const char *script)
{
	cli_collection(SERVED, 40);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	                       "\"embedders\": {\"own\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"]}}, \"max_failed\": 1000, "
	                       "\"baseline\": {\"embedder\": \"own\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"metrics\": [\"RR@10\"], "
	                       "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\"]}");
	cli_write("embed.sh", script);
}

/* The vectors are what they were, and the model has another name: nobody can tell what else has changed. */
START_TEST(a_renamed_model_fails)
{
	serve(SERVE("", "m-1"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json"));
	/* what a week costs: all is cached, and a sample is asked for once more; who would be asked is not */
	cli_write("embed.sh", "echo asked > asked; exit 1\n");
	struct cli planned = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--plan");
	ck_assert_ptr_nonnull(strstr(planned.out, "embed at most 120 documents and 40 topics once more with exec, past the cache: about "));
	ck_assert(!cli_exists("asked"));
	cli_free(&planned);
	planned = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--plan", "--max-requests", "0");
	ck_assert_ptr_null(strstr(planned.out, "once more with exec"));
	ck_assert_ptr_nonnull(strstr(planned.out, "no text once more: --max-requests 0 lets nobody be asked"));
	cli_free(&planned);
	cli_write("embed.sh", SERVE("", "m-2"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change has no value: the model was \"m-1\" then and is \"m-2\" now (gate drift.silent_change >= 0.9999)"));
	cli_free(&result);
}
END_TEST

/* A name that is misspelt begins a line of its own, and would be compared with none of those that were meant. */
START_TEST(a_misspelt_reference_is_told)
{
	static const char warning[] =
		"no reference is called \"defualt\", and there are others: \"default\"; where one of them was meant, name it with --reference";

	set_up(CONFIG("[\"RR@10 >= 0\"]"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--store", "h.db"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--reference", "defualt", "--quiet");
	ck_assert_msg(strstr(result.err, warning) != NULL, "%s", result.err);
	cli_free(&result);
	struct rq_buf page = cli_read("out/drift-report.md");
	ck_assert_msg(strstr(page.data, "where one of them was meant") != NULL, "%s", page.data);
	rq_buf_release(&page);
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--reference", "defualt"); /* it is there by now */
	ck_assert_ptr_null(strstr(result.err, "no reference is called"));
	cli_free(&result);
	cli_remove("references"); /* and where only the store remembers the others */
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--reference", "defualt", "--store", "h.db");
	ck_assert_msg(strstr(result.err, warning) != NULL, "%s", result.err);
	cli_free(&result);
}
END_TEST

/* It tells what the job would be refused for, and leaves nothing in the store. */
START_TEST(a_plan_knows_of_a_lost_reference)
{
	set_up(CONFIG("[\"RR@10 >= 0\"]"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--plan", "--store", "h.db"));
	ck_assert(!cli_exists("h.db"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--store", "h.db"));
	cli_remove("references");
	struct cli result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--plan", "--store", "h.db", NULL);
	cli_expect_refusal(&result, 65,
	                   "\"references/default\": holds no reference, and the store remembers a job on 2026-11-02 that had one; "
	                   "restore it, from where it is committed or cached, or make one of what is there now on purpose: --update");
	result = CLI_EXPECT(0, "history", "--store", "h.db", "--jsonl");
	ck_assert_ptr_eq(strchr(result.out, '\n'), result.out + strlen(result.out) - 1); /* one line, the job's */
	cli_free(&result);
}
END_TEST

/* Of the texts that are asked again some fail: the others tell, and what failed hides no change. */
START_TEST(texts_that_fail_when_asked_again_are_left_out)
{
	serve(SERVE("", "m"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
#define SOME_FAIL "if [ $((number % 5)) = 0 ]; then echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"too long\\\"}\"; continue; fi; "
	cli_write("embed.sh", SERVE(SOME_FAIL, "m"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json");
	cli_free(&result);
	rq_json *report = cli_report("out/drift-report.json", true);
	double n = rq_json_number(rq_json_get(figure(report, "silent_change", "documents"), "n"));
	ck_assert(n > SERVED / 2 && n < SERVED);
	ck_assert_double_ge(value(report, "silent_change", "documents"), 1 - 1e-9);
	rq_json_free(report);
	cli_write("embed.sh", SERVE(SOME_FAIL "number=$((number / 7)); ", "m"));
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change of "));
	cli_free(&result);
	cli_write("embed.sh", SERVE("case $line in *query*) [ $id -gt 1 ] && { echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"down\\\"}\"; continue; } ;; esac; ", "m"));
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.silent_change has no value of topics: no text could be embedded once more"));
	cli_free(&result);
}
END_TEST

/* What was true of a week can be computed again, whatever is there now, as long as it is asked and judged by the same. */
/* Other judgments are no loss and no gain, and the number of then is told. */
START_TEST(other_judgments_are_told)
{
	static const char note[] = "note: the judgments are not those of the reference, and then and now are both scored by those of now; by those of then it had RR@10 ";

	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json");
	const char *row = strstr(result.out, "\nRR@10 ");
	ck_assert(row != NULL && strstr(result.out, "judgments") == NULL);
	char then[7];
	snprintf(then, sizeof then, "%s", row + strlen("\nRR@10 "));
	cli_free(&result);
	struct rq_buf qrels = cli_read("qrels/test.tsv");
	qrels.data[qrels.size / 2] = '\0'; /* and what is left of a line */
	strrchr(qrels.data, '\n')[1] = '\0';
	cli_write("qrels/test.tsv", qrels.data);
	rq_buf_release(&qrels);
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json");
	const char *told = strstr(result.out, note);
	ck_assert_ptr_nonnull(told);
	ck_assert_int_eq(strncmp(told + strlen(note), then, 6), 0);
	ck_assert_ptr_eq(strstr(result.out, then), told + strlen(note)); /* the row has another */
	cli_free(&result);
}
END_TEST

/* What was replaced does not stand in for what replaced it: a model that goes back to the older one would pass. */
START_TEST(an_older_reference_is_not_taken_for_the_one_that_is_gone)
{
	static const char config[] = CONFIG(OF_A_RUN ", \"store\": \"h.db\"");
	char older[256], both[2][256], why[600];

	set_up(config);
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	ck_assert_uint_eq(references(older, "default"), 1);
	replace_documents(5);
	drop(EXPECT_AT(WEDNESDAY, 1, "drift", "gate.json", "--update"));
	ck_assert_uint_eq(find_references(both, "default"), 2);
	const char *newer = both[strcmp(both[0], older) == 0];
	cli_remove(newer);
	set_up(config);
	snprintf(why, sizeof why,
	         "\"references/default\": the newest reference there, %.12s..., was replaced on 2026-11-04 by %.12s..., as the store remembers, and that one is gone; "
	         "restore it, from where it is committed or cached, or make one of what is there now on purpose: --update",
	         strrchr(older, '/') + 1, strrchr(newer, '/') + 1);
	struct cli result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", NULL);
	cli_expect_refusal(&result, 65, why);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--as-of", "2026-11-02"));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--reference", older));
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", NULL); /* these have settled nothing */
	cli_expect_refusal(&result, 65, why);
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--update"); /* back to it on purpose */
	ck_assert_ptr_nonnull(strstr(result.err, "the reference holds what is there now: none was made"));
	cli_free(&result);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json"));
}
END_TEST

START_TEST(a_reference_is_evaluated_by_itself)
{
	char path[256], said[600];

	set_up(CONFIG(OF_A_RUN));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	ck_assert_uint_eq(references(path, "default"), 1);
	replace_documents(2);
	drop(EXPECT_AT(WEDNESDAY, 1, "drift", "gate.json", "--update"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--as-of", "2026-11-02", "--alone");
	snprintf(said, sizeof said, "reference \"default\" of 2026-11-02T09:00:00Z, %.64s\nRR@10 0.306669\nnDCG@10 0.254405\nPASS: 2 of 2 metrics that it keeps are what they were\n",
	         strrchr(path, '/') + 1);
	expect_said(result, said);
	/* neither is the corpus needed, nor what embeds it */
	cli_remove("corpus.jsonl");
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--as-of", "2026-11-02", "--alone");
	expect_said(result, said);
	result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--alone", "--json", "--set", "metrics=[\"RR@10\", \"R@50\"]");
	ck_assert_ptr_nonnull(strstr(result.out, "\"then\": null"));
	ck_assert_ptr_nonnull(strstr(result.out, "\"same\": true"));
	cli_free(&result);
	result = cli("drift", "gate.json", "--alone", "--set", "metrics=[\"R@50\"]", "--set", "gates=[\"R@50 >= 0\"]", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, " keeps no value of the config's metrics"));
	cli_free(&result);
	struct rq_buf qrels = cli_read("qrels/test.tsv");
	cli_write("then.tsv", qrels.data);
	rq_buf_puts(&qrels, "q001\trelease-ca-rotation-2026\t1\n");
	cli_write("qrels/test.tsv", qrels.data);
	rq_buf_release(&qrels);
	result = cli("drift", "gate.json", "--alone", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, " was made with other judgments (sha256 c397c1515"));
	cli_free(&result);
	result = cli("drift", "gate.json", "--alone", "--update", NULL);
	cli_expect_refusal(&result, 64, "--alone makes and keeps nothing: leave out --update, --report and --store");
	result = cli("drift", "gate.json", "--alone", "--reference", "none", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
}
END_TEST

enum { DUMPED = 430 };

/* Of documents whose vectors are rows of a file, in the order of the corpus, all are compared; of topics those that are asked again. */
START_TEST(a_file_of_rows_beside_a_service_is_read_as_a_whole)
{
	struct rq_buf dump = {0};

	serve(SERVE("", "m"));
	cli_collection(DUMPED, 40);
	for (size_t i = 0; i < DUMPED; i++)
		rq_buf_printf(&dump, "{\"embedding\": [%zu, %zu, %zu]}\n", i % 97 + 1, i % 89 + 1, i % 83 + 1);
	cli_write("dump.jsonl", dump.data);
	rq_buf_release(&dump);
#define DUMP "embedders.dump={\"kind\": \"vectors\", \"corpus\": \"dump.jsonl\"}", "--set", "baseline.document_embedder=dump"
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json", "--set", DUMP));
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", DUMP));
	rq_json *report = cli_report("out/drift-report.json", true);
	ck_assert_double_eq(rq_json_number(rq_json_get(figure(report, "silent_change", "documents"), "n")), DUMPED);
	ck_assert_double_eq(rq_json_number(rq_json_get(figure(report, "silent_change", "topics"), "n")), 40);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(report, "drift"), "texts_asked_again")), 40);
	rq_json_free(report);
}
END_TEST

/* In the first seven weeks nothing can be told of a series; of what is no metric never. */
START_TEST(a_gate_on_a_series_waits_for_its_weeks)
{
	set_up(CONFIG("[\"drift.change_point(RR@10)\"], \"store\": \"h.db\""));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct cli result = EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "drift.change_point(RR@10)"));
	ck_assert_ptr_nonnull(strstr(result.out, "has no value yet: it takes 8 weeks, and this is number 2"));
	cli_free(&result);
	result = cli("drift", "gate.json", "--set", "gates=[\"drift.change_point(R@50)\"]", NULL);
	cli_expect_refusal(&result, 64, "gate.json: gates[0]: \"R@50\" is none of the config's metrics, so it has no weeks; add it to \"metrics\"");
	result = cli("drift", "gate.json", "--set", "gates=[\"drift.change_point(RR)\", \"drift.change_point(words@x)\"]", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
}
END_TEST

/* What is found is judged as a run judges it: by the config's own floors and drops, else by the standard drop. */
START_TEST(answers_that_are_worse_fail)
{
	set_up(CONFIG("[\"RR@10 >= 0.29\", {\"kind\": \"max_drop\", \"metric\": \"RR@10\", \"margin\": 0.2}]"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	replace_documents(5);
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "FAIL: RR@10 >= 0.29: is 0.2822, under the floor 0.29\npass: drop(RR@10) <= 0.2: drops at most 0.0486 (95 %), margin 0.2\n"
	                                         "FAIL: drop(nDCG@10) <= 0.02 (standard): dropped 0.0375 (90 % interval -0.0582 to -0.0162), margin 0.02, p "));
	cli_free(&result);
	result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "gates=[\"RR@10 >= 0.29\", \"drift.mmd <= 1\", " OTHERS_OFF "]");
	ck_assert_str_eq(result.out, "FAIL: RR@10 is 0.2822, under the floor 0.29 (gate RR@10 >= 0.29); start with the topics that lost most\n");
	cli_free(&result);
	result = cli("drift", "gate.json", "--set", "gates=[\"RR@10[slice=none] >= 0.2\"]", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
	/* a metric that a gate alone asks for */
	drop(EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--set", "gates=[\"R@100 >= 0.99\"]"));
}
END_TEST

/* A tenth of them may go. */
START_TEST(documents_that_are_gone_fail)
{
	set_up(CONFIG("[\"drift.gone_documents\", " OTHERS_OFF "]"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	struct rq_buf corpus = cli_read("corpus.jsonl"), some = {0};
	size_t number = 0;
	for (char *line = corpus.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, number++)
		if (number >= 23)
			rq_buf_printf(&some, "%.*s\n", (int)(end - line), line);
	cli_write("corpus.jsonl", some.data);
	struct cli result = EXPECT_AT(NEXT_MONDAY, 1, "drift", "gate.json", "--quiet", "--set", "dataset.unknown_judgments=\"warn\"");
	ck_assert_str_eq(result.out, "FAIL: drift.gone_documents of documents is 0.1045, over the ceiling 0.1: documents of the reference are no more: they were taken out, "
	                             "or got lost on their way into the corpus (gate drift.gone_documents <= 0.1); look which ones are missing, load them again, or make "
	                             "a new reference with --update where they were taken out on purpose\n");
	cli_free(&result);
	rq_buf_printf(&some, "%.*s\n", (int)strcspn(corpus.data, "\n"), corpus.data);
	cli_write("corpus.jsonl", some.data);
	drop(EXPECT_AT(NEXT_MONDAY, 0, "drift", "gate.json", "--set", "dataset.unknown_judgments=\"warn\""));
	rq_buf_release(&corpus);
	rq_buf_release(&some);
}
END_TEST

/* Titles of every fourth document in another script: of all of the text that is next to nothing. */
static void write_foreign_titles(void)
{
	struct rq_buf corpus = cli_read("corpus.jsonl"), out = {0};
	size_t number = 0;

	for (char *line = corpus.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		static const char key[] = "\"title\": \"";
		char *title = strstr(line, key);
		*end = '\0';
		ck_assert_ptr_nonnull(title);
		title += strlen(key);
		if (number++ % 4 == 0)
			rq_buf_printf(&out, "%.*sветка%s\n", (int)(title - line), line, strchr(title, '"'));
		else
			rq_buf_printf(&out, "%s\n", line);
	}
	cli_write("corpus.jsonl", out.data);
	rq_buf_release(&out);
	rq_buf_release(&corpus);
}

START_TEST(a_field_that_is_not_like_that_of_the_reference_stops_it)
{
	set_up(CONFIG(OF_A_RUN ", \"store\": \"h.db\", \"quality\": {\"length_shift\": 1}"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	drop(EXPECT_AT(MONDAY, 0, "drift", "gate.json"));
	write_foreign_titles();
	struct cli result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_msg(strstr(result.err, "): 25 % of the texts of \"title\" are written in other scripts than then, mostly Cyrillic, and \"script_shift\" allows 10 %\n") != NULL,
	              "%s", result.err);
	cli_free(&result);
	/* each of them is kept */
	result = CLI_EXPECT(0, "failures", "list", "--config", "gate.json", "--jsonl");
	size_t kept = 0;
	for (const char *at = result.out; (at = strchr(at, '\n')) != NULL; at++)
		kept++;
	ck_assert_uint_eq(kept, 55);
	ck_assert_ptr_nonnull(strstr(result.out, "of the texts of \\\"title\\\" this one is written in Cyrillic, as 25 % are now, and 0 % of the reference"));
	cli_free(&result);
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--set", "quality.fields={\"title\": {\"script_shift\": 0.3}}", NULL);
	ck_assert_msg(result.exit_code <= 1, "%s", result.err);
	cli_free(&result);
	result = cli_in(".", NEXT_MONDAY, "drift", "gate.json", "--set", "quality.script_shift=0.3", "--set", "quality.length_shift=0.2", NULL);
	ck_assert_int_eq(result.exit_code, 65);
	ck_assert_ptr_nonnull(strstr(result.err, "): lengths of the texts of \"title\" differ by 0."));
	cli_free(&result);
}
END_TEST

Suite *drift_verdict_suite(void)
{
	Suite *suite = suite_create("drift_verdict");
	TCase *tests = cli_case("drift");

	tcase_add_test(tests, a_model_fitted_anew_has_other_dimensions);
	tcase_add_test(tests, a_model_fitted_to_few_texts_has_another_number_of_dimensions);
	tcase_add_test(tests, texts_without_a_word_are_no_broken_vectors);
	tcase_add_test(tests, what_embeds_is_compared_as_a_whole);
	tcase_add_test(tests, a_renamed_model_fails);
	tcase_add_test(tests, a_misspelt_reference_is_told);
	tcase_add_test(tests, a_plan_knows_of_a_lost_reference);
	tcase_add_test(tests, texts_that_fail_when_asked_again_are_left_out);
	tcase_add_test(tests, answers_that_are_worse_fail);
	tcase_add_test(tests, documents_that_are_gone_fail);
	tcase_add_test(tests, other_judgments_are_told);
	tcase_add_test(tests, an_older_reference_is_not_taken_for_the_one_that_is_gone);
	tcase_add_test(tests, a_reference_is_evaluated_by_itself);
	tcase_add_test(tests, a_file_of_rows_beside_a_service_is_read_as_a_whole);
	tcase_add_test(tests, a_gate_on_a_series_waits_for_its_weeks);
	tcase_add_test(tests, a_field_that_is_not_like_that_of_the_reference_stops_it);
	suite_add_tcase(suite, tests);
	return suite;
}
