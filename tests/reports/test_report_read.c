/* A report read back is the one that was written; what was changed in it is told with its place. */
#include "fixture.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "reports/read.h"

#include <unistd.h>

static struct fixture *fixture;
static struct rq_report_file report;
static char folder[] = "/tmp/rqgate-read-XXXXXX";
static char path[64], elsewhere[96];
static struct rq_failure failure = {.side = "candidate",
                                    .stage = "embed",
                                    .what = "document",
                                    .id = "d7",
                                    .input = "a \"text\"",
                                    .reason = "the service answers 400",
                                    .attempts = 3,
                                    .seconds = 1.5};
static struct rq_named_text facts[] = {{"started", "2026-11-21T03:36:50Z"}, {"config", "gate.json"}, {"folder", folder}, {"rqgate", "0.1.0"}};

static void write_text(const char *name, const char *text)
{
	struct rq_error err = {0};

	snprintf(elsewhere, sizeof elsewhere, "%s/%s", folder, name);
	ck_assert_msg(rq_file_write(elsewhere, text, strlen(text), &err) == RQ_OK, "%s", err.text);
}

/* Everything that a report holds and a comparison has a place for, in numbers that decimals do not say exactly. */
static void set_up(void)
{
	strcpy(folder + sizeof folder - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/report.json", folder);
	fixture = report_start();
	struct rq_metric_result *judged = report_judged(fixture, "nDCG@10", 1 / 3., .25, -.5, -.125);
	struct rq_metric_result *recall = report_metric(fixture, "ann_recall@10", NAN, .1 + .2);
	struct rq_metric_result *time = report_time(fixture, "latency.p99", .25, .5);
	const double values[][REPORT_TOPICS] = {{1 / 3., .5, NAN, 0}, {.25, 1e-17, NAN, 1}, {0}, {1, .1 + .2, 1, 1}};

	memcpy(fixture->values[0][RQ_BASELINE], values[0], sizeof values[0]);
	memcpy(fixture->values[0][RQ_CANDIDATE], values[1], sizeof values[1]);
	memcpy(fixture->values[1][RQ_CANDIDATE], values[3], sizeof values[3]);
	judged->ties_at_cutoff[RQ_BASELINE] = 7;
	recall->per_topic[RQ_CANDIDATE] = fixture->values[1][RQ_CANDIDATE];
	recall->absent[RQ_BASELINE] = "not measured: the side is a run file";
	recall->samples[RQ_BASELINE] = 0;
	time->value_upper[RQ_CANDIDATE] = INFINITY;
	report_gate(fixture, "drop(nDCG@10) <= 0.5", "nDCG@10", RQ_PASS, "drops at most 0.125");
	report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_FAIL, "is 500 ms")->is_time = true;
	struct rq_gate_result *waived = report_gate(fixture, "RR@10 >= 0.9", "RR@10", RQ_FAIL, "is 0.5");
	waived->absent = true;
	waived->waived = RQ_WAIVED;
	waived->blocks = false;
	waived->waiver = (struct rq_waiver){.reason = "a \"reason\"", .by = "ann", .until = "2026-12-31"};
	report_verdict(fixture, RQ_FAIL, "FAIL: latency.p99 is 500 ms");
	fixture->verdict.outcome_untimed = RQ_PASS;
	report_remark(fixture, true, "mind \"this\"");
	report_bm25(fixture, .75);
	fixture->comparison.sides[RQ_CANDIDATE].searched = "a scan";
	fixture->comparison.failures = (struct rq_failures){.items = &failure, .count = 1};
	fixture->report.run = facts;
	fixture->report.run_count = sizeof facts / sizeof *facts;
}

static void tear_down(void)
{
	rq_report_file_release(&report);
	report_end(fixture);
	rq_remove_tree(folder);
}

static rq_json *tree(void)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};
	rq_json *root;

	ck_assert_msg(rq_writer_find("json")->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(rq_json_parse(&root, out.data, out.size, "report.json", &err) == RQ_OK, "%s", err.text);
	rq_buf_release(&out);
	return root;
}

/* Takes the tree. */
static void put(rq_json *root)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert(rq_json_print(&out, root, true, &err) == RQ_OK && rq_file_write(path, out.data, out.size, &err) == RQ_OK);
	rq_json_free(root);
	rq_buf_release(&out);
}

static void read_whole(void)
{
	struct rq_error err = {0};

	put(tree());
	ck_assert_msg(rq_report_file_read(&report, path, &err) == RQ_OK, "%s", err.text);
}

static void expect_same(double a, double b)
{
	ck_assert_msg(memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)), "%.17g is not %.17g", a, b);
}

static void expect_same_text(const char *a, const char *b)
{
	ck_assert_int_eq(a == NULL, b == NULL);
	if (a != NULL)
		ck_assert_str_eq(a, b);
}

static void expect_same_metric(const struct rq_metric_result *read, const struct rq_metric_result *written)
{
	ck_assert_str_eq(read->name, written->name);
	ck_assert_uint_eq(read->cutoff, written->cutoff);
	ck_assert_int_eq(read->is_time, written->is_time);
	ck_assert_int_eq(read->is_judged, written->is_judged);
	ck_assert_int_eq(read->compared, written->compared);
	for (int side = 0; side < RQ_SIDES; side++) {
		expect_same(read->value[side], written->value[side]);
		expect_same_text(read->absent[side], written->absent[side]);
		ck_assert_uint_eq(read->samples[side], written->samples[side]);
		ck_assert_uint_eq(read->ties_at_cutoff[side], written->ties_at_cutoff[side]);
		ck_assert_int_eq(read->per_topic[side] == NULL, written->per_topic[side] == NULL);
		for (size_t i = 0; i < REPORT_TOPICS && read->per_topic[side] != NULL; i++)
			expect_same(read->per_topic[side][i], written->per_topic[side][i]);
	}
}

START_TEST(what_was_written_is_read)
{
	const struct rq_comparison *read = &report.comparison, *written = &fixture->comparison;

	read_whole();
	ck_assert_uint_eq(read->metric_count, written->metric_count);
	for (size_t i = 0; i < read->metric_count; i++)
		expect_same_metric(&read->metrics[i], &written->metrics[i]);
	const struct rq_paired *paired = &read->metrics[0].paired, *before = &written->metrics[0].paired;
	ck_assert_uint_eq(paired->n, before->n);
	ck_assert_uint_eq(paired->wins + 10 * paired->ties + 1000 * paired->losses, before->wins + 10 * before->ties + 1000 * before->losses);
	expect_same(paired->delta, before->delta);
	expect_same(paired->lower, before->lower);
	expect_same(paired->upper, before->upper);
	expect_same(paired->p_worse, before->p_worse);
	expect_same(paired->t_p, before->t_p);
	expect_same(paired->sum, (.25 - 1 / 3.) + (1e-17 - .5) + 1);
	expect_same(read->metrics[0].bm25, .75);
	ck_assert_uint_eq(read->topic_count, REPORT_TOPICS);
	for (size_t i = 0; i < REPORT_TOPICS; i++) {
		ck_assert_str_eq(read->topics[i].id, written->topics[i].id);
		expect_same_text(read->topics[i].slice, written->topics[i].slice);
	}
	ck_assert_str_eq(read->topics[1].text, "a | b\nc"); /* one of those that lost */
	ck_assert_str_eq(read->topics[2].text, "");
	ck_assert_uint_eq(read->cutoff, 100);
	ck_assert_str_eq(rq_comparison_input(read, "qrels"), REPORT_QRELS);
	ck_assert_ptr_null(rq_comparison_input(read, "truth"));
	ck_assert_uint_eq(read->count_count, 2);
	ck_assert(read->counts[0].value == 1400 && read->remarks[0].warning);
	ck_assert_str_eq(read->remarks[0].text, "mind \"this\"");
	ck_assert(read->sides[RQ_BASELINE].is_exact && !read->sides[RQ_CANDIDATE].is_exact && read->sides[RQ_BASELINE].dimension == 256);
	ck_assert_str_eq(read->sides[RQ_BASELINE].model, "abcd");
	ck_assert_ptr_null(read->sides[RQ_CANDIDATE].embedder);
	ck_assert_str_eq(read->sides[RQ_CANDIDATE].searched, "a scan");
	ck_assert_uint_eq(read->failures.count, 1);
	ck_assert_str_eq(read->failures.items[0].input, "a \"text\"");
	ck_assert(strcmp(read->failures.items[0].side, "candidate") == 0 && read->failures.items[0].attempts == 3);
}
END_TEST

START_TEST(gates_and_what_was_run)
{
	read_whole();
	const struct rq_verdict *verdict = &report.verdict;
	ck_assert_uint_eq(verdict->count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i], *written = &fixture->gates[i];
		ck_assert_str_eq(gate->text, written->text);
		ck_assert_str_eq(gate->kind, written->kind);
		ck_assert_str_eq(gate->reason, written->reason);
		expect_same_text(gate->waiver.reason, written->waiver.reason);
		expect_same_text(gate->waiver.by, written->waiver.by);
		expect_same_text(gate->waiver.until, written->waiver.until);
		ck_assert(gate->waived == written->waived && gate->absent == written->absent);
		ck_assert(gate->outcome == written->outcome && gate->is_time == written->is_time && gate->blocks == written->blocks &&
		          gate->level == RQ_LEVEL_ERROR);
		expect_same(gate->limit, .5);
		expect_same(gate->p, written->p);
	}
	ck_assert(verdict->outcome == RQ_FAIL && verdict->outcome_untimed == fixture->verdict.outcome_untimed && verdict->exit_code == 1);
	ck_assert_str_eq(verdict->sentence, "FAIL: latency.p99 is 500 ms");
	ck_assert_str_eq(report.suite, "help-centre");
	ck_assert_str_eq(report.profile, "pr");
	ck_assert_str_eq(report.program, "0.1.0");
	ck_assert_str_eq(report.started, "2026-11-21T03:36:50Z");
	ck_assert_str_eq(report.folder, folder);
	ck_assert_str_eq(report.config, "gate.json"); /* as it was called, for it is not where it was */
	ck_assert_uint_eq(report.set.count, 1);
	ck_assert_str_eq(report.set.items[0], "profile=pr");
	ck_assert_int_eq(report.metrics_version, 1);
	rq_report_file_release(&report);
	write_text("gate.json", "{}");
	read_whole();
	ck_assert_str_eq(report.config, elsewhere);
}
END_TEST

/* ---- every other format ---- */

static struct rq_slice_difference slices[] = {{.slice = "billing", .mean = {.5, .25}, .paired = {.n = 2, .delta = -.25, .lower = -.5, .upper = 0, .p_worse = .125}, .q = NAN},
                                              {.slice = "security", .mean = {.5, .75}, .paired = {.n = 31, .delta = .25, .lower = -.125, .upper = .5, .p_worse = .75}, .q = .01}};
static const double means[] = {.5, .25, .375};
static struct rq_metric_result pinned_metric, self_metrics[REPORT_METRICS];
static struct rq_comparison pinned_comparison = {.metrics = &pinned_metric, .metric_count = 1};
static struct rq_pinned pinned[] = {{.name = "release-2026-10", .comparison = &pinned_comparison},
                                    {.name = "release-2026-09", .absent = "not compared: it has another corpus"}};
static struct rq_service_account services[] = {{.side = "candidate", .what = "texts", .requests = 12, .texts = 300, .sent = 4096, .waited = .5},
                                               {.side = "baseline", .what = "topics", .tokens = 77, .truncated = 3, .truncation = "it counts"}};
static struct rq_remark run_remarks[] = {{.text = "another model answers now"}};
static const struct rq_side_size sizes[RQ_SIDES] = {{.value = {1e6, 2e6, .25}}, {.value = {NAN, 3e6, NAN}, .absent = {"not known", NULL, "it was cached"}}};
static const struct rq_side_staleness staleness[RQ_SIDES] = {
	{.value = {1, 2, NAN, 86400}, .absent = {NULL, NULL, "its vectors cannot be read"}, .documents = 1400, .entries = 1401},
	{.value = {0, 0, 3, NAN}, .documents = 1400, .entries = 1400, .compared = 1399}};

static struct rq_warm_round warm_rounds[] = {{.queries = 200, .major_faults = 3, .p50 = .25, .p95 = .5, .p99 = 1, .seconds = 64},
                                             {.queries = 200, .p50 = .125, .p95 = .25, .p99 = .5, .seconds = 32}};
static const struct rq_warm warm = {.side = "candidate",
                                    .index = "x.faiss",
                                    .sha256 = "ab",
                                    .bytes = 4096,
                                    .in_memory = NAN,
                                    .load_seconds = .5,
                                    .load_faults = 7,
                                    .rounds = warm_rounds,
                                    .round_count = 2,
                                    .stable = true,
                                    .ready_seconds = 96.5,
                                    .samples = 400,
                                    .p50 = .125,
                                    .p95 = .5,
                                    .p99 = 1,
                                    .p99_upper = INFINITY};

static const char *moves[] = {"d1 fell from 1 to 3", "d2 <rose>"};
static struct rq_explained_document documents[] = {{.id = "d1", .text = "a text ...", .judged = true, .grade = 2, .rank = {1, 3}, .exact = {1, 0}},
                                                   {.id = "d2", .rank = {0, 1}},
                                                   {.id = "d3", .judged = true, .text = ""}};
static struct rq_explanation examples[] = {
	{.topic = "q1", .text = "how do I rotate the key", .slice = "security", .judged = true, .depth = 10, .documents = documents, .count = 3, .moves = moves, .move_count = 2}};

static const double past_values[][REPORT_METRICS][RQ_SIDES] = {{{.5, 1 / 3.}, {NAN, NAN}}, {{.75, NAN}, {.25, .125}}};
static const struct rq_past_run past[] = {{1763688960000001, "fail", past_values[0]}, {1764688960000000, "pass", past_values[1]}};

/* What only some reports have. */
static const struct rq_drift_finding findings[] = {
	{.figure = "mmd", .of = "topics", .unit = "MMD squared", .value = .25, .error = .01, .lower = .1, .upper = NAN, .p = .001, .p_adjusted = .004,
     .chance = NAN, .n = 31, .limit = .001, .outcome = RQ_FAIL, .meaning = "other texts", .advice = "look", .citation = "Gretton",
     .sample = "31 of 99"},
	{.figure = "knn_jaccard", .of = "documents", .unit = "share", .at_least = true, .value = 1 / 3., .error = NAN, .lower = NAN, .upper = .5, .p = NAN,
     .p_adjusted = NAN, .chance = .02, .n = 7, .limit = .7, .outcome = RQ_FAIL, .meaning = "others", .advice = "stop", .citation = "Jaccard"},
	{.figure = "change_point", .of = "RR@10", .unit = "points", .at_least = true, .absent = "too few weeks", .value = NAN, .error = NAN, .lower = NAN,
     .upper = NAN, .p = NAN, .p_adjusted = NAN, .chance = NAN, .limit = -.02, .outcome = RQ_INCONCLUSIVE, .meaning = "lower", .advice = "look",
     .citation = "Pettitt"},
};
static struct rq_drift drift = {.reference = "default", .sha256 = "abc", .created = "2026-11-02T09:00:00Z", .as_of = "2026-11-03",
                                .sides = {{.embedder = "http", .model = "m", .fingerprint = "m at x", .dimension = 384, .documents = 7, .topics = 5, .corpus = "c1"},
                                          {.embedder = "http", .dimension = 384, .documents = 8, .topics = 5}},
                                .same_documents = 6, .same_topics = 5, .searched = 6, .asked_again = 11, .findings = findings, .count = 3};

static void add_everything(void)
{
	struct rq_metric_result *judged = &fixture->metrics[0];
	struct rq_comparison *comparison = &fixture->comparison;

	judged->slices = slices;
	judged->slice_count = 2;
	judged->evidence = (struct rq_evidence){true, .125, -.5, -.0625, .02, .03125, 700};
	judged->builds[RQ_CANDIDATE] = (struct rq_builds){.count = 3, .means = means, .deviation = .125, .lowest = .25, .highest = .5};
	judged->paired.groups = 3;
	report_attribution(fixture, 0)->of = 9;
	for (int side = 0; side < RQ_SIDES; side++)
		for (int i = 0; i < REPORT_TOPICS; i++) {
			fixture->exact[side][i] = i == 1 ? (double)NAN : .1 * (i + side);
			fixture->condensed[side][i] = .3 * i;
		}
	comparison->exact_part = "embedding and corpus";
	pinned_metric = *judged;
	pinned_metric.slice_count = 0;
	pinned_metric.attribution = (struct rq_attribution){0};
	memcpy(self_metrics, fixture->metrics, sizeof self_metrics);
	self_metrics[0].paired.delta = 1e-17;
	comparison->pinned = pinned;
	comparison->pinned_count = 2;
	comparison->self_test = (struct rq_self_test){.changed = 2, .metrics = self_metrics};
	fixture->verdict.stability = RQ_UNSTABLE;
	fixture->verdict.outcome_untimed = RQ_INCONCLUSIVE;
	fixture->verdict.self_test = "RR@10 differs";
	comparison->services = services;
	comparison->service_count = 2;
	comparison->run_remarks = run_remarks;
	comparison->run_remark_count = 1;
	comparison->searched[RQ_BASELINE].histogram = (struct rq_histogram){.counts = {[12] = 7, [RQ_HISTOGRAM_BINS] = 1}, .count = 10, .failed = 2, .sum = 200.5};
	comparison->embedded[RQ_CANDIDATE].histogram = (struct rq_histogram){.counts = {3}, .count = 3, .sum = 1e-6};
	fixture->report.examples = examples;
	fixture->report.example_count = 1;
	fixture->report.past = past;
	fixture->report.past_count = 2;
	comparison->sizes = sizes;
	comparison->staleness = staleness;
	comparison->drift = &drift;
	report_gate(fixture, "drift.mmd <= 0.3", "drift.mmd", RQ_PASS, "of topics is 0.2500, ceiling 0.3")->kind = "drift";
	comparison->warm = &warm;
	comparison->sides[RQ_CANDIDATE].shares_vectors = true;
	fixture->gates[0].line = 12;
	fixture->gates[0].units = 7;
	fixture->gates[0].next_step = "look <there>";
	fixture->gates[0].doubtful = true;
	struct rq_gate_result *slice = report_slice_gate(fixture, "drop(nDCG@10[billing]) <= 0.5", "nDCG@10", "billing", RQ_INCONCLUSIVE, "too few");
	slice->topics_to_settle = 240;
	struct rq_gate_result *other = report_gate(fixture, "size.memory <= 2GB", "size.memory", RQ_PASS, "is 1.2 GB");
	other->shown[RQ_CANDIDATE] = "1.2 GB";
	other->owner = "search";
	other->runbook = "https://example.org/?a=1&b=2";
}

START_TEST(what_it_says_in_every_format_is_what_the_run_said)
{
	const struct rq_writer *writer = rq_writers[_i];
	struct rq_buf then = {0}, now = {0};
	struct rq_error err = {0};

	add_everything();
	read_whole();
	fixture->report.sha256 = report.sha256; /* the run has none yet */
	ck_assert_msg(writer->write(&then, &fixture->report, &err) == RQ_OK && writer->write(&now, &report.report, &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < then.size && i < now.size; i++)
		ck_assert_msg(then.data[i] == now.data[i], "%s differs:\n%.300s\nand not\n%.300s", writer->name, now.data + (i < 80 ? 0 : i - 80),
		              then.data + (i < 80 ? 0 : i - 80));
	ck_assert_uint_eq(then.size, now.size);
	rq_buf_release(&then);
	rq_buf_release(&now);
}
END_TEST

/* ---- rankings ---- */

static struct rq_scored_document first[] = {{"d1", 1 / 3.}, {"d3", .25}, {"d2", .25}}, second[] = {{"d9", -1e-300}};
static struct rq_ranking rankings[] = {{"q1", first, 3, false}, {"q2", NULL, 0, false}, {"q3", second, 1, false}};

static void put_run(const char *name, struct rq_run *run, char sha256[RQ_SHA256_HEX])
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	struct rq_error err = {0};
	char file[128];

	snprintf(file, sizeof file, "%s/report.d/%s.run.zst", folder, name);
	ck_assert_msg(rq_output_open(&output, file, &err) == RQ_OK && rq_run_put(&output, run, "rqgate", sha256, &err) == RQ_OK &&
	                  rq_output_commit(&output, &err) == RQ_OK,
	              "%s", err.text);
}

static void put_rankings(struct rq_named_text named[3], char sha256[3][RQ_SHA256_HEX])
{
	static const char *const names[] = {"baseline.ann", "candidate.ann", "candidate.exact"};
	struct rq_run runs[] = {{.rankings = rankings, .count = 3}, {.rankings = rankings + 1, .count = 1}, {.rankings = rankings + 2, .count = 1}};
	struct rq_error err = {0};

	snprintf(elsewhere, sizeof elsewhere, "%s/report.d", folder);
	ck_assert(rq_make_folders(elsewhere, &err) == RQ_OK);
	for (int i = 0; i < 3; i++) {
		put_run(names[i], &runs[i], sha256[i]);
		named[i] = (struct rq_named_text){names[i], sha256[i]};
	}
	fixture->report.rankings = named;
	fixture->report.ranking_count = 3;
}

START_TEST(rankings_to_the_bit)
{
	struct rq_named_text named[3];
	char sha256[3][RQ_SHA256_HEX];
	struct rq_error err = {0};

	put_rankings(named, sha256);
	read_whole();
	ck_assert_msg(rq_report_file_rankings(&report, &err) == RQ_OK, "%s", err.text);
	const struct rq_run *baseline = report.comparison.sides[RQ_BASELINE].ranked;
	ck_assert_uint_eq(baseline->count, 2); /* a topic without a document has no ranking */
	for (size_t i = 0; i < 3; i += 2) {
		const struct rq_ranking *ranking = rq_run_find(baseline, rankings[i].topic);
		ck_assert(ranking != NULL && ranking->count == rankings[i].count);
		for (size_t j = 0; j < ranking->count; j++) {
			ck_assert_str_eq(ranking->documents[j].document, rankings[i].documents[j].document);
			expect_same(ranking->documents[j].score, rankings[i].documents[j].score);
		}
	}
	ck_assert_ptr_null(report.comparison.sides[RQ_BASELINE].exact);
	ck_assert_uint_eq(report.comparison.sides[RQ_CANDIDATE].ranked->count, 0);
	ck_assert_uint_eq(report.comparison.sides[RQ_CANDIDATE].exact->count, 1);
}
END_TEST

static void expect_no_rankings(const char *words)
{
	struct rq_error err = {0};

	read_whole();
	ck_assert_int_eq(rq_report_file_rankings(&report, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
	rq_report_file_release(&report);
}

START_TEST(rankings_of_another_run)
{
	struct rq_named_text named[3];
	char sha256[3][RQ_SHA256_HEX], other[RQ_SHA256_HEX];
	struct rq_run changed = {.rankings = rankings + 2, .count = 1};
	struct rq_buf packed = {0};
	struct rq_error err = {0};

	put_rankings(named, sha256);
	put_run("candidate.ann", &changed, other);
	expect_no_rankings("report.d/candidate.ann.run.zst\": is not the file that \"/tmp/");
	ck_assert(rq_file_read(&packed, (snprintf(elsewhere, sizeof elsewhere, "%s/report.d/baseline.ann.run.zst", folder), elsewhere), &err) == RQ_OK);
	ck_assert(rq_file_write(elsewhere, packed.data, packed.size - 5, &err) == RQ_OK);
	expect_no_rankings("report.d/baseline.ann.run.zst: the zstd data is cut short after ");
	packed.data[packed.size / 2] = (char)(packed.data[packed.size / 2] ^ 1);
	ck_assert(rq_file_write(elsewhere, packed.data, packed.size, &err) == RQ_OK);
	expect_no_rankings("report.d/baseline.ann.run.zst: damaged zstd data: ");
	fixture->report.ranking_count = 0;
	expect_no_rankings("report.json: has no rankings of the baseline; they are kept unless \"reports\" of the config says \"rankings\": false");
	rq_buf_release(&packed);
}
END_TEST

/* ---- what is wrong ---- */

/* Replaces what stands at a path of keys and numbers, or removes it (NULL). */
static void change(rq_json *root, const char *place, const char *value)
{
	char key[64];
	rq_json *object = root, *parsed = NULL;

	for (;;) {
		size_t length = strcspn(place, "/");
		snprintf(key, sizeof key, "%.*s", (int)length, place);
		if (place[length] == '\0')
			break;
		place += length + 1;
		const rq_json *next = rq_json_type(object) == RQ_JSON_ARRAY ? rq_json_first(object) : rq_json_get(object, key);
		for (long i = strtol(key, NULL, 10); rq_json_type(object) == RQ_JSON_ARRAY && i > 0; i--)
			next = rq_json_next(next);
		ck_assert_msg(next != NULL, "%s", key);
		object = (rq_json *)next;
	}
	rq_json_remove(object, key);
	if (value == NULL)
		return;
	ck_assert(rq_json_parse(&parsed, value, strlen(value), "value", NULL) == RQ_OK);
	rq_json_set(object, key, parsed);
}

static const struct {
	const char *place, *value, *fault;
} faults[] = {
	{"schema_version", NULL, "schema_version: missing; expected a number"},
	{"schema_version", "2", "schema_version: 2 is not allowed; expected 1"},
	{"metrics_version", "1.5", "metrics_version: 1.5 is not allowed; expected a whole number from 0"},
	{"profile", "1", "profile: 1 is not allowed; expected a string"},
	{"run", "[]", "run: [] is not allowed; expected an object"},
	{"run/rqgate", NULL, "run.rqgate: missing; expected a string"},
	{"run/set", "[1]", "run.set: 1 is not allowed; expected an array of strings"},
	{"run/verdict/outcome", "\"perhaps\"", "run.verdict.outcome: \"perhaps\" is not allowed; expected \"pass\", \"fail\" or \"inconclusive\""},
	{"run/failures/0/attempts", "\"3\"", "run.failures[0].attempts: \"3\" is not allowed; expected a number"},
	{"run/failures/0/attempts", "4294967296", "run.failures[0].attempts: 4294967296 is not allowed; expected a whole number from 0 to 2147483647"},
	{"run/verdict/exit_code", "1e10", "run.verdict.exit_code: 10000000000 is not allowed; expected a whole number from 0 to 2147483647"},
	{"run/failures", NULL, "run.failures: missing; expected an array"},
	{"inputs/qrels", "null", "inputs.qrels: null is not allowed; expected a string"},
	{"inputs/qrels", "\"" REPORT_QRELS "0\"", "inputs.qrels: \"" REPORT_QRELS "0\" is not allowed; expected 64 hexadecimal digits"},
	{"inputs/\x1b[2J", "\"" REPORT_QRELS "\"",
     "inputs.\x1b[2J: \"" REPORT_QRELS "\" is not allowed; expected no digest but of what a run reads"},
	{"metrics/0/metric", "\"nDGC@10\"", "metrics[0].metric: \"nDGC@10\" is not allowed; expected a metric that this version knows"},
	{"metrics/0/paired_t", NULL, "metrics[0].paired_t: missing; expected an object"},
	{"metrics/0/wins", "-1", "metrics[0].wins: -1 is not allowed; expected a whole number from 0"},
	{"metrics/0/delta", "\"0\"", "metrics[0].delta: \"0\" is not allowed; expected a number"},
	{"metrics/1/bounds/candidate", "[1]",
     "metrics[1].bounds.candidate: [1] is not allowed; expected an array of two numbers, each of which may be null"},
	{"metrics/0/samples", "[1e300, 0]", "metrics[0].samples: [1e+300,0] is not allowed; expected an array of two whole numbers from 0"},
	{"metrics/0/ties_at_cutoff", "[0, 0.5]", "metrics[0].ties_at_cutoff: [0,0.5] is not allowed; expected an array of two whole numbers from 0"},
	{"metrics/1/absent/baseline", "1", "metrics[1].absent.baseline: 1 is not allowed; expected a string, or null"},
	{"run/metrics", NULL, "run.metrics: missing; expected an array"},
	{"topics", "{}", "topics: {} is not allowed; expected an array"},
	{"topics/2/scores", NULL, "topics[2].scores: missing; expected an object"},
	{"topics/2/scores/nDCG@10", "[1, true]",
     "topics[2].scores.nDCG@10: [1,true] is not allowed; expected an array of two numbers, each of which may be null"},
	{"topics/2/id", "\"q2\"", "topics[2].id: \"q2\" is not allowed; expected topics in the order of their ids, each once"},
	{"gates/0/level", "\"off\"", "gates[0].level: \"off\" is not allowed; expected \"error\" or \"warn\""},
	{"gates/0/verdict", NULL, "gates[0].verdict: missing; expected a string"},
	{"topics/3/attribution", "{\"nDCG@10\": [1, 2]}",
     "topics[3].attribution: {\"nDCG@10\":[1,2]} is not allowed; expected three numbers for each metric, each of which may be null"},
	{"run/search_times", "{\"baseline\": {\"count\": 1, \"failed\": 0, \"sum_seconds\": 1, \"bins\": [[0.5, 1]]}}",
     "run.search_times.baseline.bins: [0.5,1] is not allowed; expected [a bound of this program's histograms or null, a count]"},
	{"diagnostics/self_test/outcome", "\"calm\"",
     "diagnostics.self_test.outcome: \"calm\" is not allowed; expected \"stable\", \"unstable\", \"not assessable\" or \"unknown\""},
	{"profile", "\"none\"", "profile: \"none\" is not allowed; expected \"pr\" or \"release\""},
	{"run/verdict/outcome", "\"pass\"",
     "run.verdict: \"pass\" with exit code 1 does not follow from the gates and the self-test, which make \"fail\" with 1"},
	{"run/verdict/exit_code", "0", "run.verdict: \"fail\" with exit code 0 does not follow from the gates and the self-test, which make \"fail\" with 1"},
	{"verdict", "\"fail\"", "run.verdict: \"fail\" with exit code 1 does not follow from the gates and the self-test, which make \"pass\" with 1"},
	{"diagnostics/self_test/outcome", "\"unstable\"",
     "run.verdict: \"pass\" with exit code 1 does not follow from the gates and the self-test, which make \"inconclusive\" with 1"},
	{"run/gates/0/blocks", "false",
     "gates: \"blocks\" of latency.p99 <= 50ms is false, which does not follow from its verdict, level and waiver"},
	{"gates/0/blocks", "true",
     "gates: \"blocks\" of drop(nDCG@10) <= 0.5 is true, which does not follow from its verdict, level and waiver"},
	{"gates/0/waiver", "{\"by\": \"ann\"}", "gates[0].waiver.reason: missing; expected a string"},
	{"run/gates/0/blocks", "0", "run.gates[0].blocks: 0 is not allowed; expected true or false"},
	{"diagnostics/sides/candidate/is_exact", NULL, "diagnostics.sides.candidate.is_exact: missing; expected true or false"},
	{"diagnostics/sides/baseline/dimension", "1e300",
     "diagnostics.sides.baseline.dimension: 1e+300 is not allowed; expected a whole number from 0"},
	{"diagnostics/cutoff", "1e300", "diagnostics.cutoff: 1e+300 is not allowed; expected a whole number from 0"},
	{"diagnostics/counts/documents", "\"1\"", "diagnostics.counts.documents: \"1\" is not allowed; expected a number"},
	{"diagnostics/remarks/0/text", NULL, "diagnostics.remarks[0].text: missing; expected a string"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
	struct rq_error err = {0};
	char expected[512];
	rq_json *root = tree();

	change(root, faults[_i].place, faults[_i].value);
	put(root);
	ck_assert_int_eq(rq_report_file_read(&report, path, &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s: %s", path, faults[_i].fault);
	ck_assert_str_eq(err.text, expected);
}
END_TEST

START_TEST(what_is_no_report)
{
	struct rq_error err = {0};

	ck_assert_int_eq(rq_report_file_read(&report, path, &err), RQ_E_IO);
	rq_report_file_release(&report);
	write_text("report.json", "[]");
	ck_assert_int_eq(rq_report_file_read(&report, path, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "report.json: an array; expected an object"));
	rq_report_file_release(&report);
	write_text("report.json", "{\"schema_version\": 1");
	ck_assert_int_eq(rq_report_file_read(&report, path, &err), RQ_E_DATA);
}
END_TEST

static int count_writers(void)
{
	int count = 0;

	while (rq_writers[count] != NULL)
		count++;
	return count;
}

Suite *report_read_suite(void)
{
	Suite *suite = suite_create("report_read");
	TCase *tests = tcase_create("report_read");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_written_is_read);
	tcase_add_test(tests, gates_and_what_was_run);
	tcase_add_loop_test(tests, what_it_says_in_every_format_is_what_the_run_said, 0, count_writers());
	tcase_add_test(tests, rankings_to_the_bit);
	tcase_add_test(tests, rankings_of_another_run);
	tcase_add_loop_test(tests, what_is_wrong_is_told_with_its_place, 0, (int)(sizeof faults / sizeof *faults));
	tcase_add_test(tests, what_is_no_report);
	suite_add_tcase(suite, tests);
	return suite;
}
