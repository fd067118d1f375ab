/* Two people with keys in a folder, a policy that trusts them, and a statement that they sign. */
#ifndef RQ_TESTS_SIGNOFF_PEOPLE_H
#define RQ_TESTS_SIGNOFF_PEOPLE_H

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/signoff/bundle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_POLICY \
	"{\"keys\": [{\"name\": \"ann\", \"roles\": [\"search\", \"owner\"], \"file\": \"ann.pub\"}, {\"name\": \"bob\", \"roles\": [\"release\"], \"file\": \"bob.pub\"}], " \
	"\"approvals\": 2, \"roles\": {\"search\": 1, \"release\": 1}, \"max_age\": \"14d\"}"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"

struct people {
	char folder[64];
	struct rq_private_key ann, bob;
	struct rq_policy policy;
	struct rq_error err;
};

static inline const char *people_path(const struct people *people, const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", people->folder, name);
	return path;
}

#define PEOPLE_OK(people, call) ck_assert_msg((call) == RQ_OK, "%s", (people)->err.text)

static inline void people_write(struct people *people, const char *name, const char *text)
{
	PEOPLE_OK(people, rq_file_write(people_path(people, name), text, strlen(text), &people->err));
}

static inline void people_key(struct people *people, struct rq_private_key *key, const char *name)
{
	char path[128], public_path[160];

	snprintf(path, sizeof path, "%s/%s", people->folder, name);
	snprintf(public_path, sizeof public_path, "%s.pub", path);
	PEOPLE_OK(people, rq_private_key_make(key, &people->err));
	PEOPLE_OK(people, rq_private_key_write(key, path, public_path, &people->err));
}

static inline void people_policy(struct people *people, const char *text)
{
	rq_policy_release(&people->policy);
	people_write(people, "policy.json", text);
	PEOPLE_OK(people, rq_policy_read(&people->policy, people_path(people, "policy.json"), &people->err));
}

static inline void people_make(struct people *people)
{
	*people = (struct people){.folder = "/tmp/rqgate-signoff-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(people->folder));
	people_key(people, &people->ann, "ann");
	people_key(people, &people->bob, "bob");
	people_policy(people, PEOPLE_POLICY);
}

static inline void people_remove(struct people *people)
{
	rq_policy_release(&people->policy);
	rq_remove_tree(people->folder);
}

static struct rq_subject people_subjects[] = {{.name = "report", .sha256 = ONES, .path = "report.json"}, {.name = "index", .sha256 = TWOS}};
static const char *people_tests[] = {"RR@10 >= 0.6"};
static struct rq_subject people_configuration[] = {{.name = "corpus", .sha256 = TWOS}};

static inline struct rq_statement people_statement(const char *name, const char *role, const char *decision)
{
	return (struct rq_statement){.subjects = people_subjects, .subject_count = 2, .configuration = people_configuration, .configuration_count = 1,
	                             .result = "PASSED", .passed = {.items = people_tests, .count = 1}, .name = name, .role = role,
	                             .decision = decision, .note = "as \"tried\"\n\xC3\xA4", .time = "2026-11-21T03:36:50Z"};
}

#endif
