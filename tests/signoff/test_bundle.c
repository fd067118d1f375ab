/* Who has signed what: every reason against it; and no byte of a bundle that could be another. */
#include "people.h"

#include "evalcore/base/parse.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static struct people people;
static struct rq_buf facts;
static struct rq_release release;
static struct rq_arena arena;
static struct rq_reasons reasons;
static int64_t signed_at;

static void set_up(void)
{
	struct rq_statement statement = people_statement("ann", "search", "approve");

	people_make(&people);
	facts = (struct rq_buf){0};
	PEOPLE_OK(&people, rq_statement_facts(&facts, &statement, &people.err));
	ck_assert(rq_parse_time(&signed_at, statement.time, strlen(statement.time)));
	release = (struct rq_release){.facts = facts.data, .verdict = "pass", .profile = "pr", .command = "run", .started = signed_at - 60};
}

static void tear_down(void)
{
	rq_buf_release(&facts);
	rq_arena_release(&arena);
	people_remove(&people);
}

/* Signs and adds to the folder's bundle. */
static void add(const struct rq_private_key *key, struct rq_statement statement)
{
	PEOPLE_OK(&people, rq_bundle_add(people_path(&people, "bundle"), &statement, key, &people.err));
}

static void add_both(void)
{
	add(&people.ann, people_statement("ann", "search", "approve"));
	add(&people.bob, people_statement("bob", "release", "approve"));
}

static struct rq_buf read_bundle(void)
{
	struct rq_buf text = {0};

	PEOPLE_OK(&people, rq_file_read(&text, people_path(&people, "bundle"), &people.err));
	return text;
}

/* How many reasons there are against it. */
static size_t judge(const char *text, size_t size, int64_t now)
{
	struct rq_bundle bundle = {0};

	rq_arena_release(&arena);
	reasons = (struct rq_reasons){.arena = &arena};
	PEOPLE_OK(&people, rq_bundle_parse(&bundle, text, size, &people.err));
	PEOPLE_OK(&people, rq_bundle_judge(&reasons, &bundle, &people.policy, &release, now, &people.err));
	rq_bundle_release(&bundle);
	return reasons.count;
}

static void expect_at(int64_t now, const char *const *expected)
{
	struct rq_buf text = read_bundle();
	size_t count = judge(text.data, text.size, now), i = 0;

	for (; i < count; i++)
		ck_assert_msg(expected[i] != NULL && strcmp(expected[i], reasons.items[i]) == 0, "%s", reasons.items[i]);
	ck_assert_msg(expected[i] == NULL, "missing: %s", expected[i]);
	rq_buf_release(&text);
}

#define EXPECT(...) expect_at(signed_at, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(approved)
{
	add_both();
	EXPECT(NULL);
	expect_at(signed_at + 13 * 86400, (const char *const[]){NULL});
}
END_TEST

START_TEST(too_few)
{
	add(&people.ann, people_statement("ann", "owner", "approve"));
	EXPECT("approved by 1 person, and the policy asks for 2", "approved by 0 in the role \"search\", and the policy asks for 1",
	       "approved by 0 in the role \"release\", and the policy asks for 1");
}
END_TEST

START_TEST(rejected)
{
	struct rq_statement no = people_statement("bob", "release", "reject");

	no.note = "too slow\x1b[31m";
	add(&people.ann, people_statement("ann", "search", "approve"));
	add(&people.bob, no);
	EXPECT("bob, release, rejects it: too slow\\x1b[31m", "approved by 1 person, and the policy asks for 2",
	       "approved by 0 in the role \"release\", and the policy asks for 1");
}
END_TEST

START_TEST(strangers_and_others_names)
{
	struct rq_private_key eve;

	people_key(&people, &eve, "eve");
	add(&eve, people_statement("ann", "search", "approve"));
	add(&people.ann, people_statement("bob", "release", "approve"));
	add(&people.bob, people_statement("bob", "search", "approve"));
	char stranger[128];
	snprintf(stranger, sizeof stranger, "line 1: signed with the key %.12s..., which the policy does not trust", eve.public.id);
	EXPECT(stranger, "line 2: signed as \"bob\" with a key of ann", "line 3: bob may not sign in the role \"search\"",
	       "approved by 0 people, and the policy asks for 2", "approved by 0 in the role \"search\", and the policy asks for 1",
	       "approved by 0 in the role \"release\", and the policy asks for 1");
}
END_TEST

/* One person with two keys is one person. */
START_TEST(one_person_counts_once)
{
	struct rq_private_key second;

	people_key(&people, &second, "second");
	people_policy(&people, "{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.pub\"}, {\"name\": \"ann\", \"roles\": [\"release\"], "
	                       "\"file\": \"second.pub\"}, {\"name\": \"bob\", \"roles\": [\"release\"], \"file\": \"bob.pub\"}], \"approvals\": 2, \"roles\": {\"search\": 1, \"release\": 1}, \"max_age\": \"14d\"}");
	add(&people.ann, people_statement("ann", "search", "approve"));
	add(&second, people_statement("ann", "release", "approve"));
	EXPECT("approved by 1 person, and the policy asks for 2", "approved by 0 in the role \"release\", and the policy asks for 1");
}
END_TEST

/* A copied line is no second signature. */
START_TEST(a_line_twice)
{
	add_both();
	struct rq_buf text = read_bundle();
	size_t first = strcspn(text.data, "\n") + 1;
	char *line = strndup(text.data, first);
	rq_buf_add(&text, line, first);
	ck_assert_uint_eq(judge(text.data, text.size, signed_at), 1);
	ck_assert_str_eq(reasons.items[0], "line 3: ann's key has signed it already, in line 1");
	free(line);
	rq_buf_release(&text);
}
END_TEST

/* Another process signs between the reading and the writing of this one. */
START_TEST(two_at_once)
{
	int fd = open(people.folder, O_RDONLY | O_DIRECTORY);
	struct rq_statement bobs = people_statement("bob", "release", "approve");

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(rq_bundle_add(people_path(&people, "bundle"), &bobs, &people.bob, &people.err), RQ_E_LOCKED);
	pid_t child = fork();
	if (child == 0) {
		close(fd);
		_exit(rq_bundle_add(people_path(&people, "bundle"), &bobs, &people.bob, &people.err) != RQ_OK);
	}
	ck_assert_int_gt(child, 0);
	close(fd); /* the child, which waits, signs now */
	add(&people.ann, people_statement("ann", "search", "approve"));
	int ended;
	ck_assert(waitpid(child, &ended, 0) == child && ended == 0);
	EXPECT(NULL);
}
END_TEST

/* A line that was there when somebody signed is missed. */
START_TEST(a_line_is_missing)
{
	add_both();
	struct rq_buf text = read_bundle();
	const char *second = strchr(text.data, '\n') + 1;
	ck_assert_uint_eq(judge(second, strlen(second), signed_at), 3);
	ck_assert_str_eq(reasons.items[0], "line 1: bob signed after somebody whose line is missing");
	rq_buf_release(&text);
}
END_TEST

START_TEST(times_and_the_report)
{
	static const struct rq_waived_gate waived[] = {{"RR@10 >= 0.6", "2026-11-21"}};

	add_both();
	expect_at(signed_at - 3600, (const char *const[]){"line 1: ann signed at 2026-11-21T03:36:50Z, which is in the future",
	                                                  "line 2: bob signed at 2026-11-21T03:36:50Z, which is in the future", "the report's run began in the future", NULL});
	expect_at(signed_at + 15 * 86400, (const char *const[]){"the report's run is 15.0 days old, and the policy asks for one of the last 14", NULL});
	release.not_passed = "R@10 >= 0.5";
	EXPECT("the gate R@10 >= 0.5 did not pass, and the policy asks for pass");
	release.command = "drift";
	people.policy.profile = RQ_NEED_RELEASE;
	people.policy.verdict = RQ_NEED_NO_FAIL;
	EXPECT("the report's profile is pr, and the policy asks for release",
	       "the report is of \"rqgate drift\", which compares no candidate with a baseline");
	release.command = "run";
	release.profile = "release";
	EXPECT(NULL);
	people.policy.verdict = RQ_NEED_PASS;
	release.verdict = "inconclusive";
	EXPECT("the report's verdict is inconclusive, and the policy asks for pass");
	people.policy.verdict = RQ_NEED_NO_FAIL;
	EXPECT(NULL);
	release.verdict = "fail";
	EXPECT("the report's verdict is fail, and the policy asks for no-fail");
	people.policy.verdict = RQ_NEED_ANY;
	release.waived = waived;
	release.waived_count = 1;
	EXPECT("the gate RR@10 >= 0.6 is waived, and the policy accepts no waiver");
	people.policy.waivers = true;
	EXPECT(NULL); /* its last day */
	expect_at(signed_at + 86400, (const char *const[]){"the waiver of the gate RR@10 >= 0.6 ended with 2026-11-21", NULL});
	release.started = signed_at + 3600;
	expect_at(signed_at + 3600, (const char *const[]){"line 1: ann signed at 2026-11-21T03:36:50Z, before the report's run began",
	                                                  "line 2: bob signed at 2026-11-21T03:36:50Z, before the report's run began", NULL});
	release.facts = "{}";
	release.started = signed_at;
	EXPECT("line 1: what ann signed is not what the report says", "line 2: what bob signed is not what the report says");
}
END_TEST

START_TEST(what_is_not_added)
{
	struct rq_statement other = people_statement("bob", "release", "approve"), again = people_statement("ann", "owner", "reject");
	struct rq_subject subjects[] = {{.name = "report", .sha256 = TWOS, .path = "report.json"}};
	char expected[256], path[128];

	snprintf(path, sizeof path, "%s/bundle", people.folder);
	add(&people.ann, people_statement("ann", "search", "approve"));
	ck_assert_int_eq(rq_bundle_add(path, &again, &people.ann, &people.err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "%s: this key has signed it already, as ann, search (approve); whoever thinks again starts another bundle with --out", path);
	ck_assert_str_eq(people.err.text, expected);
	other.subjects = subjects;
	other.subject_count = 1;
	ck_assert_int_eq(rq_bundle_add(path, &other, &people.bob, &people.err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s: line 1: ann has signed another report, or other files with it; start another bundle with --out", path);
	ck_assert_str_eq(people.err.text, expected);
	people_write(&people, "bundle", "{}");
	ck_assert_int_eq(rq_bundle_add(path, &other, &people.bob, &people.err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s: its last line has no end; name another bundle with --out", path);
	ck_assert_str_eq(people.err.text, expected);
}
END_TEST

/* Every bit of every byte; every byte removed, or doubled; cut after each. */
START_TEST(every_bit)
{
	add_both();
	struct rq_buf text = read_bundle();
	char *other = malloc(text.size + 1);
	ck_assert_ptr_nonnull(other);
	ck_assert_uint_eq(judge(text.data, text.size, signed_at), 0);
	for (size_t at = 0; at < text.size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(other, text.data, text.size);
			other[at] = (char)(other[at] ^ 1 << bit);
			ck_assert_msg(judge(other, text.size, signed_at) > 0, "byte %zu, bit %u", at, bit);
		}
		memcpy(other, text.data, at);
		memcpy(other + at, text.data + at + 1, text.size - at - 1);
		ck_assert_msg(judge(other, text.size - 1, signed_at) > 0, "byte %zu removed", at);
		memcpy(other, text.data, at + 1);
		memcpy(other + at + 1, text.data + at, text.size - at);
		ck_assert_msg(judge(other, text.size + 1, signed_at) > 0, "byte %zu doubled", at);
		ck_assert_msg(judge(text.data, at, signed_at) > 0, "cut to %zu bytes", at);
	}
	free(other);
	rq_buf_release(&text);
}
END_TEST

Suite *bundle_suite(void)
{
	Suite *suite = suite_create("bundle");
	TCase *tests = tcase_create("bundle");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, approved);
	tcase_add_test(tests, too_few);
	tcase_add_test(tests, rejected);
	tcase_add_test(tests, strangers_and_others_names);
	tcase_add_test(tests, one_person_counts_once);
	tcase_add_test(tests, a_line_twice);
	tcase_add_test(tests, two_at_once);
	tcase_add_test(tests, a_line_is_missing);
	tcase_add_test(tests, times_and_the_report);
	tcase_add_test(tests, what_is_not_added);
	tcase_add_test(tests, every_bit);
	suite_add_tcase(suite, tests);
	return suite;
}
