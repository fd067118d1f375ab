/* A policy and what is none, each with its sentence. */
#include "people.h"

static struct people people;

static void set_up(void)
{
	people_make(&people);
}

static void tear_down(void)
{
	people_remove(&people);
}

START_TEST(what_it_says)
{
	const struct rq_policy *policy = &people.policy;

	ck_assert_uint_eq(policy->signer_count, 2);
	ck_assert_str_eq(policy->signers[0].name, "ann");
	ck_assert_uint_eq(policy->signers[0].roles.count, 2);
	ck_assert_str_eq(policy->signers[1].key.id, people.bob.public.id);
	ck_assert_int_eq(policy->approvals, 2);
	ck_assert_uint_eq(policy->role_count, 2);
	ck_assert_str_eq(policy->roles[1].role, "release");
	ck_assert_int_eq(policy->verdict, RQ_NEED_PASS);
	ck_assert(!policy->waivers);
	ck_assert_double_eq(policy->max_age, 14 * 86400);
	people_policy(&people, "{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.pub\"}], \"verdict\": \"any\", \"waivers\": true}");
	ck_assert_int_eq(people.policy.approvals, 1);
	ck_assert_int_eq(people.policy.verdict, RQ_NEED_ANY);
	ck_assert(people.policy.waivers);
	ck_assert_double_eq(people.policy.max_age, 30 * 86400);
}
END_TEST

#define ANN "{\"name\": \"ann\", \"roles\": [\"search\"], \"file\": \"ann.pub\"}"

START_TEST(what_is_none)
{
	static const struct {
		const char *text, *sentence;
	} policies[] = {
		{"[]", "expected an object; \"rqgate schema policy\" describes it"},
		{"{}", "keys: missing"},
		{"{\"keys\": []}", "keys: expected an array of {\"name\": ..., \"roles\": [...], \"file\": ...}, at least one"},
		{"{\"keys\": [{\"name\": \"ann\", \"roles\": []}]}", "keys[0].file: missing"},
		{"{\"keys\": [" ANN "], \"approval\": 2}", "approval: unknown key; did you mean \"approvals\"?"},
		{"{\"keys\": [" ANN "," ANN "]}", "keys[1].file: is the key of keys[0] too; expected a key for each"},
		{"{\"keys\": [" ANN "], \"approvals\": 0}", "approvals: 0 is not allowed"},
		{"{\"keys\": [" ANN "], \"roles\": {\"release\": 1}}", "roles.release: no key of \"keys\" has this role, so that nobody could fill it"},
		{"{\"keys\": [" ANN "], \"roles\": {\"search\": 0.5}}", "roles.search: expected how many approvals, a whole number from 1 to 1000"},
		{"{\"keys\": [" ANN "], \"roles\": [\"search\"]}", "roles: expected an object such as {\"search\": 1, \"release\": 1}"},
		{"{\"keys\": [" ANN "], \"roles\": {\"search\": 2}}", "roles.search: 2 have to approve, and 1 of \"keys\" may sign in this role; each counts once"},
		{"{\"keys\": [" ANN "], \"approvals\": 2}", "approvals: 2 people have to approve, and \"keys\" names 1 with a role; each counts once, whatever his keys"},
		{"{\"keys\": [{\"name\": \"ann\", \"roles\": [], \"file\": \"ann.pub\"}]}", "approvals: 1 people have to approve, and \"keys\" names 0"},
		{"{\"keys\": [" ANN "], \"max_age\": 14}", "max_age: 14 is not allowed"},
		{"{\"keys\": [" ANN "], \"schema_version\": 2}", "schema_version: 2 is not allowed"},
	};
	struct rq_policy policy;

	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		people_write(&people, "other.json", policies[i].text);
		enum rq_status status = rq_policy_read(&policy, people_path(&people, "other.json"), &people.err);
		ck_assert_msg(status == RQ_E_CONFIG, "%s", policies[i].text);
		const char *sentence = people.err.text + strlen(people.folder) + strlen("/other.json: ");
		ck_assert_msg(strncmp(sentence, policies[i].sentence, strlen(policies[i].sentence)) == 0, "%s: %s", policies[i].text, people.err.text);
		rq_policy_release(&policy);
	}
	people_write(&people, "other.json", "{\"keys\": [{\"name\": \"ann\", \"roles\": [], \"file\": \"nobody.pub\"}]}");
	ck_assert_int_eq(rq_policy_read(&policy, people_path(&people, "other.json"), &people.err), RQ_E_IO);
	rq_policy_release(&policy);
}
END_TEST

Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tests = tcase_create("policy");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_it_says);
	tcase_add_test(tests, what_is_none);
	suite_add_tcase(suite, tests);
	return suite;
}
