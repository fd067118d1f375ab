/* rqgate keygen, signoff and verify: signed as a team does it, and every file changed once. */
#include "signing.h"

#include "evalcore/base/file.h"
#include "evalcore/signoff/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY \
	"{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.key.pub\"}, {\"name\": \"bob\", \"roles\": [\"release\"], \"file\": \"bob.key.pub\"}], " \
	"\"approvals\": 2, \"roles\": {\"search\": 1, \"release\": 1}}"

static void keys(void)
{
	silently(0, cli("keygen", "--out", "ann.key", NULL));
	silently(0, cli("keygen", "--out", "bob.key", NULL));
	cli_write("policy.json", POLICY);
}

/* An index file, vectors in files, and their ids. */
static const char files_config[] =
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"embedders\": {\"e\": {\"kind\": \"vectors\", \"corpus\": \"docs.npy\", \"topics\": \"topics.npy\"}}, "
	"\"baseline\": {\"embedder\": \"e\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\"], "
	"\"candidate\": {\"index\": {\"kind\": \"exact\", \"file\": \"prod.fbin\"}}, \"gates\": [\"ann_recall@10 >= 0.5\"]}";

static void files(void)
{
	cli_collection(40, 20);
	cli_npy("docs.npy", 40, 8, 1);
	cli_npy("topics.npy", 20, 8, 2);
	silently(0, cli("vectors", "convert", "docs.npy", "prod.fbin", NULL));
	run(0, files_config);
	keys();
}

/* A reader of the statement holds the digest against the file. */
static void config_is_the_file(void)
{
	RQ_CLEANUP(rq_bundle_release) struct rq_bundle bundle = {0};
	char *path = cli_path("gate.json"), *signed_in = cli_path(BUNDLE), sha256[RQ_SHA256_HEX];
	struct rq_error err = {0};

	ck_assert_int_eq(rq_sha256_file(sha256, path, &err), RQ_OK);
	ck_assert_msg(rq_bundle_read(&bundle, signed_in, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(bundle.lines[0].statement.configuration[0].name, "config");
	ck_assert_str_eq(bundle.lines[0].statement.configuration[0].sha256, sha256);
	expect_said(cli("report", "out/report.json", "--to", "signoff", NULL), 0,
	            "<th scope=\"row\">config (what it says, not its file&#39;s bytes)</th>");
	free(path);
	free(signed_in);
}

START_TEST(a_release)
{
	files();
	expect_said(sign("ann", "search", "approve", "as in the trial"), 0, "ann, search: approval of out/report.json (PASSED, 8 subjects by sha256): " BUNDLE "\n"
	            "not signed, since the report has no digest of it: model/topics\n");
	config_is_the_file();
	expect_said(verify(), 1, "refused   approved by 1 person, and the policy asks for 2\n"
	                         "refused   approved by 0 in the role \"release\", and the policy asks for 1\nnot signed off: 2 reasons\n");
	expect_said(sign("bob", "release", "approve", "go"), 0, "bob, release: approval of");
	expect_said(verify(), 0, "signed off: 2 signatures, pass, all files as they were signed\n");
	silently(64, sign("bob", "release", "reject", "no"));
	expect_said(cli("report", "out/report.json", "--to", "signoff", NULL), 0, "<td>approved</td><td>bob</td><td>release</td>");
	run(0, files_config); /* at another time */
	struct cli other = cli("report", "out/report.json", "--to", "signoff", NULL);
	cli_expect_refusal(&other, 65, BUNDLE ": line 1: is not about this report; \"rqgate verify\" tells more");
	expect_said(cli("report", "out/report.json", "--to", "junit", NULL), 0, "<testsuites"); /* which shows no signatures */
}
END_TEST

/* Changes the middle byte of a file, or removes the file; puts it back. */
static void refused_without(const char *name, const char *subject, bool removed)
{
	struct rq_buf bytes = cli_read(name);
	char said[256];

	snprintf(said, sizeof said, "refused   %s: \"%s", subject, strcmp(subject, "report") == 0 || strncmp(subject, "rankings", 8) == 0 ? "out/" : "out/../");
	ck_assert_uint_gt(bytes.size, 0);
	bytes.data[bytes.size / 2] ^= 1;
	if (removed)
		cli_remove(name);
	else
		cli_write_bytes(name, bytes.data, bytes.size);
	expect_said(verify(), 1, said);
	bytes.data[bytes.size / 2] ^= 1;
	cli_write_bytes(name, bytes.data, bytes.size);
	rq_buf_release(&bytes);
}

START_TEST(every_file_changed_once)
{
	static const struct {
		const char *name, *subject;
	} signed_files[] = {{"out/report.json", "report"}, {"gate.json", "config"}, {"prod.fbin", "index"}, {"docs.npy", "model/corpus"},
	                    {"out/report.d/candidate.ann.run.zst", "rankings/candidate.ann"},
	                    {"out/report.d/candidate.exact.run.zst", "rankings/candidate.exact"}, {"out/report.d/baseline.ann.run.zst", "rankings/baseline.ann"}};

	files();
	silently(0, sign("ann", "search", "approve", "yes"));
	silently(0, sign("bob", "release", "approve", "yes"));
	struct rq_buf bundle = cli_read(BUNDLE);
	for (size_t i = 0; i < sizeof signed_files / sizeof *signed_files; i++) {
		refused_without(signed_files[i].name, signed_files[i].subject, false);
		refused_without(signed_files[i].name, signed_files[i].subject, true);
	}
	for (size_t at = 0; at < bundle.size; at += 97) { /* each byte: tests/signoff */
		bundle.data[at] ^= 2;
		cli_write_bytes(BUNDLE, bundle.data, bundle.size);
		silently(1, verify());
		bundle.data[at] ^= 2;
	}
	cli_write_bytes(BUNDLE, bundle.data, bundle.size);
	silently(0, verify());
	rq_buf_release(&bundle);
}
END_TEST

/* The files are on another machine, in other places. */
START_TEST(files_elsewhere)
{
	files();
	silently(0, sign("ann", "search", "approve", "yes"));
	silently(0, sign("bob", "release", "approve", "yes"));
	char *from = cli_path("prod.fbin"), *to = cli_path("served.fbin");
	ck_assert_int_eq(rename(from, to), 0);
	silently(1, verify());
	silently(0, cli("verify", BUNDLE, "--policy", "policy.json", "--file", "index=served.fbin", NULL));
	silently(1, cli("verify", BUNDLE, "--policy", "policy.json", "--file", "index=docs.npy", NULL));
	struct cli wrong = cli("verify", BUNDLE, "--policy", "policy.json", "--file", "indx=served.fbin", NULL);
	cli_expect_refusal(&wrong, 64, "--file: \"indx=served.fbin\" names no file that was signed; expected SUBJECT=PATH, such as report=out/report.json");
	struct cli twice = cli("verify", BUNDLE, "--policy", "policy.json", "--file", "index=served.fbin", "--file", "index=prod.fbin", NULL);
	cli_expect_refusal(&twice, 64, "--file: \"index\" is named twice; expected one place for each file");
	free(from);
	free(to);
}
END_TEST

/* What is served is behind a link, which leads elsewhere after the release was signed. */
START_TEST(a_link)
{
	char *first = cli_path("v1.fbin"), *index = cli_path("prod.fbin");

	files();
	ck_assert_int_eq(rename(index, first), 0);
	ck_assert_int_eq(symlink("v1.fbin", index), 0);
	silently(0, sign("ann", "search", "approve", "yes"));
	silently(0, sign("bob", "release", "approve", "yes"));
	silently(0, verify());
	cli_npy("other.npy", 40, 8, 3);
	silently(0, cli("vectors", "convert", "other.npy", "v2.fbin", NULL));
	ck_assert_int_eq(unlink(index), 0);
	ck_assert_int_eq(symlink("v2.fbin", index), 0);
	expect_said(verify(), 1, "refused   index: \"out/../prod.fbin\" is not the file that was signed");
	free(first);
	free(index);
}
END_TEST

static void refuse(struct cli result, int code, const char *sentence)
{
	cli_expect_refusal(&result, code, sentence);
}

START_TEST(what_is_not_signed)
{
	files();
	refuse(cli("signoff", "out/report.json", NULL), 64, "--key: missing; expected the file of a private key; \"rqgate keygen\" makes one");
	refuse(cli("signoff", "out/report.json", "--key", "ann.key", "--as", "ann", "--role", "search", "--decision", "yes", NULL), 64,
	       "--decision: \"yes\" is not allowed; expected approve or reject");
	refuse(cli("signoff", "out/report.json", "--key", "ann.key", "--as", "ann", "--role", "search", "--decision", "reject", NULL), 64,
	       "--note: missing; expected why it is rejected");
	refuse(cli("keygen", "--out", "ann.key", NULL), 64, "ann.key: is there already; a key is never written over, so name another file");
	cli_npy("other.npy", 40, 8, 3);
	struct rq_buf docs = cli_read("docs.npy"), other = cli_read("other.npy"), ranking = cli_read("out/report.d/candidate.ann.run.zst");
	cli_write_bytes("docs.npy", other.data, other.size);
	refuse(sign("ann", "search", "approve", "yes"), 65, "docs.npy: is not the model/corpus that out/report.json was made of; run the gate again");
	cli_write_bytes("docs.npy", docs.data, docs.size);
	ranking.data[ranking.size / 2] ^= 1;
	cli_write_bytes("out/report.d/candidate.ann.run.zst", ranking.data, ranking.size);
	silently(65, sign("ann", "search", "approve", "yes"));
	ranking.data[ranking.size / 2] ^= 1;
	cli_write_bytes("out/report.d/candidate.ann.run.zst", ranking.data, ranking.size);
	rq_buf_release(&docs);
	rq_buf_release(&other);
	rq_buf_release(&ranking);
	silently(0, cli("vectors", "convert", "other.npy", "prod.fbin", NULL));
	refuse(sign("ann", "search", "approve", "yes"), 65, "prod.fbin: is not the index that out/report.json was made of; run the gate again");
	cli_write("gate.json", "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"h\": {\"kind\": \"hash\"}}, \"baseline\": {\"embedder\": \"h\"}, \"candidate\": {}, "
	                       "\"gates\": [\"RR@10 >= 0.1\"]}");
	refuse(sign("ann", "search", "approve", "yes"), 65,
	       "gate.json: has changed since out/report.json was made with it; run the gate again, or name the config of then with --config");
	ck_assert(!cli_exists(BUNDLE));
}
END_TEST

/* A failure that somebody approves all the same, says why, and that a policy does not take. */
START_TEST(a_failure)
{
	cli_example();
	run(1, "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"h\": {\"kind\": \"hash\"}}, \"baseline\": {\"embedder\": \"h\"}, \"candidate\": {}, "
	       "\"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0.99\", "
	       "{\"kind\": \"min\", \"metric\": \"R@100\", \"value\": 0.99, \"waiver\": {\"reason\": \"trial\", \"by\": \"ann\", \"until\": \"2999-12-31\"}}]}");
	keys();
	refuse(cli("signoff", "out/report.json", "--key", "ann.key", "--as", "ann", "--role", "search", "--decision", "approve", NULL), 64,
	       "--note: missing; out/report.json did not pass all of its gates (FAILED), so expected why it is approved all the same");
	silently(0, sign("ann", "search", "approve", "a trial"));
	silently(0, sign("bob", "release", "reject", "no"));
	expect_said(verify(), 1, "rejected  bob, release, ");
	expect_said(verify(), 1, "refused   bob, release, rejects it: no\n"
	                         "refused   approved by 1 person, and the policy asks for 2\n"
	                         "refused   approved by 0 in the role \"release\", and the policy asks for 1\n"
	                         "refused   the report's verdict is fail, and the policy asks for pass\n"
	                         "refused   the gate R@100 >= 0.99 is waived, and the policy accepts no waiver\n"
	                         "not signed off: 5 reasons\n");
}
END_TEST

/* Doubt in every gate warns under the profile pr, and is no pass. */
START_TEST(a_doubt)
{
	cli_collection(40, 20);
	run(0, "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"embedders\": {\"h\": {\"kind\": \"hash\"}, "
	       "\"g\": {\"kind\": \"hash\", \"dim\": 64}}, \"baseline\": {\"embedder\": \"h\"}, \"candidate\": {\"embedder\": \"g\"}, \"latency\": {\"samples\": 0}, "
	       "\"metrics\": [\"RR@10\"], \"gates\": [\"drop(RR@10) <= 0.0001\"]}");
	keys();
	silently(0, sign("ann", "search", "approve", "yes"));
	silently(0, sign("bob", "release", "approve", "yes"));
	expect_said(verify(), 1, "refused   the gate drop(RR@10) <= 0.0001 did not pass, and the policy asks for pass\nnot signed off: 1 reason\n");
	cli_write("policy.json", "{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.key.pub\"}, "
	                         "{\"name\": \"bob\", \"roles\": [\"release\"], \"file\": \"bob.key.pub\"}], \"verdict\": \"no-fail\"}");
	silently(0, verify());
}
END_TEST

/* A drop in clusters of topics does not follow from the topics of the report: who signs or verifies is told that it stands as it
 * is told. */
START_TEST(what_is_not_judged_again)
{
	static const char told[] = "not judged again, for which the report holds too little: drop(RR@10) <= 0.9\n";
	struct rq_buf clustered = {0};
	size_t number = 0;

	cli_collection(40, 20);
	struct rq_buf topics = cli_read("queries.jsonl");
	for (const char *at = topics.data; *at != '\0'; at++) {
		rq_buf_add(&clustered, at, 1);
		if (*at == '{')
			rq_buf_printf(&clustered, "\"cluster\": \"c%zu\", ", number++ / 2);
	}
	cli_write("queries.jsonl", clustered.data);
	rq_buf_release(&topics);
	rq_buf_release(&clustered);
	run(0, "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	       "\"embedders\": {\"h\": {\"kind\": \"hash\"}, \"g\": {\"kind\": \"hash\", \"dim\": 1000}}, "
	       "\"baseline\": {\"embedder\": \"h\"}, \"candidate\": {\"embedder\": \"g\"}, \"latency\": {\"samples\": 0}, "
	       "\"metrics\": [\"RR@10\"], \"gates\": [\"RR@10 >= 0.01\", \"drop(RR@10) <= 0.9\"]}");
	keys();
	expect_said(sign("ann", "search", "approve", "yes"), 0, told);
	silently(0, sign("bob", "release", "approve", "yes"));
	expect_said(verify(), 0, told);
}
END_TEST

/* A quiet drift job has looked at no candidate. */
START_TEST(no_run)
{
	files();
	for (size_t i = 0; i < 2; i++) {
		struct cli drift = cli("drift", "gate.json", NULL);
		cli_free(&drift);
	}
	struct cli signed_one = cli("signoff", "out/drift-report.json", "--key", "ann.key", "--as", "ann", "--role", "search", "--decision", "reject", "--note", "no", NULL);
	cli_expect_refusal(&signed_one, 65,
	                   "out/drift-report.json: is a report of \"rqgate drift\"; expected one of \"rqgate run\", which compares a candidate with a baseline");
}
END_TEST

/* A trial's config stands in no file; a profile is chosen from what the config offers. */
START_TEST(a_trial)
{
	files();
	silently(0, cli("run", "gate.json", "--set", "cutoff=20", NULL));
	refuse(sign("ann", "search", "approve", "yes"), 65,
	       "out/report.json cannot be signed: it is the report of a trial: --set cutoff=20 changed the config for it; write that into the config; "
	       "run the gate again, and sign what it writes");
	ck_assert(!cli_exists(BUNDLE));
	silently(0, cli("run", "gate.json", "--profile", "release", NULL));
	expect_said(sign("ann", "search", "approve", "yes"), 0, ", with profile=release\n");
	expect_said(cli("report", "out/report.json", "--to", "signoff", NULL), 0, "gate.json, with profile=release");
}
END_TEST

/* What openssl signs and verifies is the same. */
START_TEST(keys_of_openssl)
{
	char command[1024], *key = cli_path("ann.key"), *public_key = cli_path("ann.key.pub"), *other = cli_path("ossl");

	files();
	snprintf(command, sizeof command, "openssl pkey -in '%s' -pubout 2>/dev/null | cmp -s - '%s'", key, public_key);
	ck_assert_int_eq(system(command), 0);
	snprintf(command, sizeof command, "umask 077; openssl genpkey -algorithm ed25519 -out '%s' && openssl pkey -in '%s' -pubout -out '%s.pub'", other, other, other);
	ck_assert_int_eq(system(command), 0);
	cli_write("policy.json", "{\"keys\": [{\"name\": \"eve\", \"roles\": [\"search\"], \"file\": \"ossl.pub\"}]}");
	silently(0, cli("signoff", "out/report.json", "--key", "ossl", "--as", "eve", "--role", "search", "--decision", "approve", NULL));
	silently(0, verify());
	free(key);
	free(public_key);
	free(other);
}
END_TEST

START_TEST(help)
{
	static const char *const names[] = {"keygen", "signoff", "verify"};
	char golden[32];

	for (size_t i = 0; i < 3; i++) {
		struct cli result = CLI_EXPECT(0, "help", names[i]);
		snprintf(golden, sizeof golden, "help-%s", names[i]);
		cli_expect_golden(golden, result.out);
		cli_free(&result);
	}
}
END_TEST

Suite *signoff_suite(void)
{
	Suite *suite = suite_create("signoff");
	TCase *tests = cli_case("signoff");

	tcase_add_test(tests, a_release);
	tcase_add_test(tests, every_file_changed_once);
	tcase_add_test(tests, files_elsewhere);
	tcase_add_test(tests, what_is_not_signed);
	tcase_add_test(tests, a_failure);
	tcase_add_test(tests, a_link);
	tcase_add_test(tests, a_doubt);
	tcase_add_test(tests, what_is_not_judged_again);
	tcase_add_test(tests, no_run);
	tcase_add_test(tests, a_trial);
	tcase_add_test(tests, keys_of_openssl);
	tcase_add_test(tests, help);
	suite_add_tcase(suite, tests);
	return suite;
}
