/* Reports that somebody has changed before they are signed: none is, and none that was signed all the same is verified. */
#include "signing.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/seal.h"
#include "evalcore/signoff/bundle.h"

#include <stdlib.h>

static const char two_gates[] =
	"{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"h\": {\"kind\": \"hash\"}, \"g\": {\"kind\": \"hash\", \"dim\": 1000}}, \"baseline\": {\"embedder\": \"h\"}, "
	"\"candidate\": {\"embedder\": \"g\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0.01\", \"drop(RR@10) <= 0.9\"]}";

/* Of a report: its first metric, a gate, the first topic's scores. */
static rq_json *metric_of(rq_json *report)
{
	return (rq_json *)rq_json_first(rq_json_get(report, "metrics"));
}

static rq_json *gate_of(rq_json *report, size_t number)
{
	rq_json *gate = (rq_json *)rq_json_first(rq_json_get(report, "gates"));

	return number == 0 ? gate : (rq_json *)rq_json_next(gate);
}

static void better_value(rq_json *report)
{
	rq_json_set_number(metric_of(report), "candidate", .9);
	rq_json_set_number(gate_of(report, 0), "value", .9);
}

static void better_difference(rq_json *report)
{
	rq_json_set_number(metric_of(report), "delta", .1);
	rq_json_set_number(gate_of(report, 1), "value", .1);
}

static void better_gate(rq_json *report)
{
	rq_json_set_number(gate_of(report, 0), "value", .9);
}

static void better_bound(rq_json *report)
{
	rq_json_set_number(gate_of(report, 1), "lower", .1);
}

static void better_p(rq_json *report)
{
	rq_json_set_number(gate_of(report, 1), "p", 0);
}

static void lower_limit(rq_json *report)
{
	rq_json_set_number(gate_of(report, 0), "limit", 0);
}

static void other_gate(rq_json *report)
{
	rq_json_set_string(gate_of(report, 0), "gate", "RR@10 >= 0.5");
}

static void weaker_level(rq_json *report)
{
	rq_json_set_string(gate_of(report, 0), "level", "warn");
}

static void a_waiver(rq_json *report)
{
	rq_json *waiver = rq_json_set_object(gate_of(report, 0), "waiver");

	rq_json_set_string(waiver, "reason", "a trial");
	rq_json_set_string(waiver, "by", "eve");
	rq_json_set_string(waiver, "until", "2999-12-31");
	rq_json_set_bool(waiver, "expired", false);
}

/* The second gate is gone, as if the config had never had it. */
static void one_gate_less(rq_json *report)
{
	rq_json *kept = rq_json_copy(gate_of(report, 0));

	rq_json_push(rq_json_set_array(report, "gates"), kept);
	rq_json_remove(rq_json_member(report, "run"), "gate_lines");
}

/* What somebody writes into a report before anybody signs it. */
static const struct forgery {
	void (*forge)(rq_json *report);
	const char *said;
} forgeries[] = {
	{better_value, "RR@10: the candidate's value is told as 0.9, and the topics make it 0."},
	{better_difference, "RR@10: the difference is told as 0.1, and the topics make it "},
	{better_gate, "the gate RR@10 >= 0.01 is told with the value 0.9, and the report's metrics and topics make 0."},
	{better_bound, "the gate drop(RR@10) <= 0.9 is told with the lower 0.1, and the report's metrics and topics make -"},
	{better_p, "the gate drop(RR@10) <= 0.9 is told with p = 0, which is "},
	{lower_limit, "the gate RR@10 >= 0.01 is told with the limit 0, and the report's metrics and topics make 0.01"},
	{other_gate, "the gate RR@10 >= 0.5 is RR@10 >= 0.01 in the config"},
	{weaker_level, "the gate RR@10 >= 0.01 is told at level warn, and the config says error"},
	{one_gate_less, "it tells of 1 gate, and the config has 2"},
	{a_waiver, "the gate RR@10 >= 0.01 is told as waived, and the config has no such waiver"},
};

static rq_json *parsed(const char *name)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = cli_read(name);
	struct rq_error err = {0};
	rq_json *root;

	ck_assert_msg(rq_json_parse(&root, text.data, text.size, name, &err) == RQ_OK, "%s", err.text);
	return root;
}

static void write_json(const char *name, const rq_json *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_json_print(&text, root, true, &err), RQ_OK);
	cli_write_bytes(name, text.data, text.size);
}

/* Who forges by hand leaves the seal as it was, or takes it out; who knows how it is made makes another. */
static void seal(rq_json *root)
{
	rq_json *run = rq_json_member(root, "run");
	char sha256[RQ_SHA256_HEX];
	struct rq_error err = {0};

	rq_json_remove(run, "seal");
	ck_assert_int_eq(rq_json_seal(sha256, root, &err), RQ_OK);
	rq_json_set_string(run, "seal", sha256);
}

/* Ann signs with a program of her own what "rqgate signoff" would not: the true bundle's statement, of the report as it is now. */
static void sign_anyway(const char *true_bundle)
{
	RQ_CLEANUP(rq_bundle_release) struct rq_bundle bundle = {0};
	RQ_CLEANUP(rq_private_key_forget) struct rq_private_key key = {0};
	char *path = cli_path("out/report.json"), *key_path = cli_path("ann.key"), *to = cli_path(BUNDLE);
	char sha256[RQ_SHA256_HEX];
	struct rq_error err = {0};

	ck_assert_int_eq(rq_bundle_parse(&bundle, true_bundle, strlen(true_bundle), &err), RQ_OK);
	ck_assert_int_eq(rq_sha256_file(sha256, path, &err), RQ_OK);
	for (size_t i = 0; i < bundle.lines[0].statement.subject_count; i++)
		if (strcmp(bundle.lines[0].statement.subjects[i].name, "report") == 0)
			bundle.lines[0].statement.subjects[i].sha256 = sha256;
	ck_assert_int_eq(rq_private_key_read(&key, key_path, &err), RQ_OK);
	cli_remove(BUNDLE);
	ck_assert_msg(rq_bundle_add(to, &bundle.lines[0].statement, &key, &err) == RQ_OK, "%s", err.text);
	free(path);
	free(key_path);
	free(to);
}

START_TEST(what_is_forged)
{
	cli_example();
	run(0, two_gates);
	silently(0, cli("keygen", "--out", "ann.key", NULL));
	cli_write("policy.json", "{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.key.pub\"}]}");
	silently(0, sign("ann", "search", "approve", "yes"));
	silently(0, verify());
	RQ_CLEANUP(rq_buf_release) struct rq_buf report = cli_read("out/report.json"), bundle = cli_read(BUNDLE);
	for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
		RQ_CLEANUP(rq_json_free_pointer) rq_json *root = parsed("out/report.json");
		forgeries[i].forge(root);
		seal(root);
		write_json("out/report.json", root);
		cli_remove(BUNDLE);
		struct cli refused = sign("ann", "search", "approve", "yes");
		ck_assert_msg(refused.exit_code == 65 && strstr(refused.err, forgeries[i].said) != NULL, "%s not in: %s%s", forgeries[i].said, refused.out,
		              refused.err);
		cli_free(&refused);
		sign_anyway(bundle.data);
		expect_said(verify(), 1, forgeries[i].said);
		cli_write_bytes("out/report.json", report.data, report.size);
	}
}
END_TEST

static void better_slice(rq_json *report)
{
	rq_json *slices = rq_json_member(metric_of(report), "slices");

	rq_json_set_number((rq_json *)rq_json_first(slices), "candidate", .9);
}

static void better_reason(rq_json *report)
{
	rq_json_set_string(gate_of(report, 1), "reason", "nothing was lost");
}

static void newer_run(rq_json *report)
{
	rq_json_set_string(rq_json_member(report, "run"), "started", "2999-01-01T00:00:00Z");
}

static void no_seal(rq_json *report)
{
	rq_json_remove(rq_json_member(report, "run"), "seal");
}

static void no_text_as_seal(rq_json *report)
{
	rq_json_set_number(rq_json_member(report, "run"), "seal", 1);
}

static void a_longer_seal(rq_json *report)
{
	char longer[2 * RQ_SHA256_HEX];

	snprintf(longer, sizeof longer, "%s0", rq_json_string(rq_json_get(rq_json_get(report, "run"), "seal")));
	rq_json_set_string(rq_json_member(report, "run"), "seal", longer);
}

/* What follows from nothing else in the report. */
START_TEST(what_is_changed_by_hand)
{
	static const char changed[] = "has been changed since rqgate wrote it, for its seal (run.seal) does not fit; run the gate again",
					  unsealed[] = "it has no seal (run.seal), so nothing tells whether it is as rqgate wrote it";
	static const struct {
		void (*forge)(rq_json *report);
		const char *said;
	} changes[] = {{better_slice, changed}, {better_reason, changed}, {newer_run, changed}, {no_text_as_seal, changed}, {a_longer_seal, changed}, {no_seal, unsealed}};

	cli_example();
	run(0, two_gates);
	silently(0, cli("keygen", "--out", "ann.key", NULL));
	cli_write("policy.json", "{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.key.pub\"}]}");
	silently(0, sign("ann", "search", "approve", "yes"));
	RQ_CLEANUP(rq_buf_release) struct rq_buf report = cli_read("out/report.json"), bundle = cli_read(BUNDLE);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		RQ_CLEANUP(rq_json_free_pointer) rq_json *root = parsed("out/report.json");
		changes[i].forge(root);
		write_json("out/report.json", root);
		cli_remove(BUNDLE);
		struct cli refused = sign("ann", "search", "approve", "yes");
		ck_assert_msg(refused.exit_code == 65 && strstr(refused.err, changes[i].said) != NULL, "%s not in: %s%s",
		              changes[i].said, refused.out, refused.err);
		cli_free(&refused);
		struct cli page = cli("report", "out/report.json", "--to", "json", NULL);
		ck_assert_int_eq(page.exit_code, changes[i].forge == no_seal ? 0 : 65);
		ck_assert_ptr_null(strstr(page.out, "\"seal\"")); /* none is made up for what had none */
		cli_free(&page);
		sign_anyway(bundle.data);
		expect_said(verify(), 1, changes[i].said);
		cli_write_bytes("out/report.json", report.data, report.size);
	}
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = parsed("out/report.json");
	RQ_CLEANUP(rq_buf_release) struct rq_buf compact = {0};
	struct rq_error err = {0};
	ck_assert_int_eq(rq_json_print(&compact, root, false, &err), RQ_OK);
	cli_write_bytes("out/report.json", compact.data, compact.size); /* blanks say nothing */
	cli_remove(BUNDLE);
	silently(0, sign("ann", "search", "approve", "yes"));
}
END_TEST

Suite *forgery_suite(void)
{
	Suite *suite = suite_create("forgery");
	TCase *tests = cli_case("forgery");

	tcase_add_test(tests, what_is_forged);
	tcase_add_test(tests, what_is_changed_by_hand);
	suite_add_tcase(suite, tests);
	return suite;
}
