/* What the candidate inherits, and what --set changes: by JSON in, JSON out. */
#include "evalcore/pipeline/inherit.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static rq_json *parsed(const char *text)
{
	rq_json *value;
	struct rq_error err = {0};

	ck_assert_msg(rq_json_parse(&value, text, strlen(text), "test", &err) == RQ_OK, "%s", err.text);
	return value;
}

/* The order of keys says nothing. */
static bool same(const rq_json *a, const rq_json *b)
{
	struct rq_buf first = {0}, second = {0};

	if (rq_json_type(a) != rq_json_type(b) || rq_json_size(a) != rq_json_size(b))
		return false;
	if (rq_json_type(a) == RQ_JSON_OBJECT) {
		for (const rq_json *member = rq_json_first(a); member != NULL; member = rq_json_next(member)) {
			const rq_json *other = rq_json_get(b, rq_json_key(member));
			if (other == NULL || !same(member, other))
				return false;
		}
		return true;
	}
	bool equal =
		rq_json_print(&first, a, false, NULL) == RQ_OK && rq_json_print(&second, b, false, NULL) == RQ_OK && strcmp(first.data, second.data) == 0;
	rq_buf_release(&first);
	rq_buf_release(&second);
	return equal;
}

static void expect_json(const rq_json *value, const char *text)
{
	rq_json *expected = parsed(text);
	struct rq_buf found = {0};

	ck_assert_int_eq(rq_json_print(&found, value, false, NULL), RQ_OK);
	ck_assert_msg(same(value, expected), "is       %s\nexpected %s", found.data, text);
	rq_buf_release(&found);
	rq_json_free(expected);
}

static void expect_candidate(const char *baseline, const char *candidate, const char *expected)
{
	rq_json *root = rq_json_new_object();

	rq_json_set(root, "baseline", parsed(baseline));
	rq_json_set(root, "candidate", parsed(candidate));
	ck_assert_int_eq(rq_config_inherit(root, NULL), RQ_OK);
	expect_json(rq_json_get(root, "candidate"), expected);
	expect_json(rq_json_get(root, "baseline"), baseline);
	rq_json_free(root);
}

#define HNSW \
	"{\"kind\":\"faiss\",\"factory\":\"HNSW32,Flat\",\"build\":\"efConstruction=200\",\"search\":\"efSearch=64\",\"seed\":7,\"similarity\":\"ip\"}"

START_TEST(an_empty_candidate_is_the_baseline)
{
	expect_candidate("{\"embedder\":\"old\",\"index\":" HNSW ",\"corpus\":\"c.jsonl\"}", "{}",
	                 "{\"embedder\":\"old\",\"index\":" HNSW ",\"corpus\":\"c.jsonl\"}");
}
END_TEST

START_TEST(what_the_candidate_names_is_its_own)
{
	expect_candidate("{\"embedder\":\"old\",\"index\":" HNSW "}", "{\"embedder\":\"new\"}", "{\"embedder\":\"new\",\"index\":" HNSW "}");
	expect_candidate("{\"embedder\":\"old\",\"corpus\":\"a\"}", "{\"corpus\":\"b\"}", "{\"corpus\":\"b\",\"embedder\":\"old\"}");
}
END_TEST

START_TEST(an_index_inherits_key_by_key)
{
	expect_candidate("{\"embedder\":\"old\",\"index\":" HNSW "}", "{\"index\":{\"search\":\"efSearch=8\"}}",
	                 "{\"index\":{\"search\":\"efSearch=8\",\"kind\":\"faiss\",\"factory\":\"HNSW32,Flat\",\"build\":\"efConstruction=200\",\"seed\":"
	                 "7,\"similarity\":\"ip\"},"
	                 "\"embedder\":\"old\"}");
	expect_candidate("{\"index\":" HNSW "}", "{\"index\":{\"seed\":2}}",
	                 "{\"index\":{\"seed\":2,\"kind\":\"faiss\",\"factory\":\"HNSW32,Flat\",\"build\":\"efConstruction=200\",\"search\":\"efSearch="
	                 "64\",\"similarity\":\"ip\"}}");
}
END_TEST

START_TEST(another_index_does_not_inherit_parameters)
{
	static const char *const names[] = {"\"kind\":\"exact\"", "\"factory\":\"IVF16,Flat\"", "\"file\":\"x.faiss\""};

	for (size_t i = 0; i < 3; i++) {
		char candidate[128], expected[192];
		snprintf(candidate, sizeof candidate, "{\"index\":{%s}}", names[i]);
		snprintf(expected, sizeof expected, "{\"index\":{%s,\"seed\":7,\"similarity\":\"ip\"}}", names[i]);
		expect_candidate("{\"index\":" HNSW "}", candidate, expected);
	}
	expect_candidate("{\"index\":{\"kind\":\"faiss\",\"file\":\"a\",\"ids\":\"b\"}}", "{\"index\":{\"factory\":\"Flat\"}}",
	                 "{\"index\":{\"factory\":\"Flat\"}}");
}
END_TEST

/* The file holds the baseline's vectors. */
START_TEST(an_index_file_is_not_inherited_with_other_vectors)
{
	static const char file[] =
		"{\"embedder\":\"old\",\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\",\"ids\":\"x.ids\",\"built\":\"2026-11-01T03:00:00Z\",\"search\":\"efSearch=64\"}}";

	expect_candidate(file, "{}", file);
	expect_candidate(file, "{\"embedder\":\"new\"}", "{\"embedder\":\"new\",\"index\":{\"kind\":\"faiss\",\"search\":\"efSearch=64\"}}");
	expect_candidate(file, "{\"corpus\":\"c\"}", "{\"corpus\":\"c\",\"embedder\":\"old\",\"index\":{\"kind\":\"faiss\",\"search\":\"efSearch=64\"}}");
	expect_candidate(file, "{\"index\":{\"search\":\"efSearch=8\"}}",
	                 "{\"embedder\":\"old\",\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\",\"ids\":\"x.ids\",\"built\":\"2026-11-01T03:00:00Z\",\"search\":\"efSearch=8\"}}");
	expect_candidate(file, "{\"index\":{\"file\":\"y.faiss\"}}", "{\"embedder\":\"old\",\"index\":{\"file\":\"y.faiss\"}}");
}
END_TEST

#define WORDS "{\"kind\":\"bm25\",\"k1\":0.9,\"language\":\"german\"}"

/* Words know nothing of vectors, nor vectors of words. */
START_TEST(words_and_vectors_inherit_nothing_of_each_other)
{
	static const char vectors[] = "{\"embedder\":\"old\",\"corpus\":\"c\",\"index\":" HNSW "}", words[] = "{\"corpus\":\"c\",\"index\":" WORDS "}";

	expect_candidate(vectors, "{\"index\":{\"kind\":\"bm25\"}}", "{\"corpus\":\"c\",\"index\":{\"kind\":\"bm25\"}}");
	expect_candidate(words, "{\"index\":{\"kind\":\"exact\"}}", "{\"corpus\":\"c\",\"index\":{\"kind\":\"exact\"}}");
	expect_candidate(words, "{\"index\":{\"factory\":\"Flat\"}}", "{\"corpus\":\"c\",\"index\":{\"factory\":\"Flat\"}}");
	expect_candidate(words, "{\"index\":{\"kind\":\"bm25\"}}",
	                 "{\"corpus\":\"c\",\"index\":{\"kind\":\"bm25\"}}"); /* another one, with standard options */
	expect_candidate(words, "{\"embedder\":\"new\"}", "{\"corpus\":\"c\",\"embedder\":\"new\"}");
	expect_candidate(words, "{}", words);
	expect_candidate(words, "{\"corpus\":\"d\"}", "{\"corpus\":\"d\",\"index\":" WORDS "}");
	expect_candidate(words, "{\"index\":{\"k1\":2}}", "{\"corpus\":\"c\",\"index\":{\"kind\":\"bm25\",\"k1\":2,\"language\":\"german\"}}");
	/* an embedder of its own stays, and is refused when the config is read */
	expect_candidate(vectors, "{\"embedder\":\"new\",\"index\":{\"kind\":\"bm25\"}}",
	                 "{\"embedder\":\"new\",\"corpus\":\"c\",\"index\":{\"kind\":\"bm25\"}}");
	expect_candidate("{\"run\":\"a.run\"}", "{\"index\":{\"kind\":\"bm25\"}}", "{\"index\":{\"kind\":\"bm25\"}}");
}
END_TEST

START_TEST(a_run_file_inherits_nothing)
{
	expect_candidate("{\"embedder\":\"old\",\"index\":" HNSW "}", "{\"run\":\"new.run\"}", "{\"run\":\"new.run\"}");
}
END_TEST

START_TEST(an_embedder_or_index_beside_a_baseline_that_is_a_run_does_not_inherit_it)
{
	expect_candidate("{\"run\":\"old.run\"}", "{\"embedder\":\"new\"}", "{\"embedder\":\"new\"}");
	expect_candidate("{\"run\":\"old.run\"}", "{\"index\":{\"kind\":\"exact\"}}", "{\"index\":{\"kind\":\"exact\"}}");
	expect_candidate("{\"run\":\"old.run\"}", "{\"corpus\":\"c\"}", "{\"corpus\":\"c\"}");
	expect_candidate("{\"run\":\"old.run\"}", "{}", "{\"run\":\"old.run\"}");
}
END_TEST

START_TEST(what_is_no_object_is_left_to_the_config_to_refuse)
{
	expect_candidate("{\"index\":" HNSW "}", "[]", "[]");
	expect_candidate("{\"index\":" HNSW "}", "{\"index\":5}", "{\"index\":5}");
	expect_candidate("{\"index\":5}", "{\"index\":{}}", "{\"index\":{}}");
	rq_json *root = parsed("{\"candidate\":{}}");
	ck_assert_int_eq(rq_config_inherit(root, NULL), RQ_OK);
	expect_json(root, "{\"candidate\":{}}");
	rq_json_free(root);
}
END_TEST

static void expect_override(const char *root, const char *assignment, const char *expected)
{
	struct rq_error err = {0};
	rq_json *value = parsed(root);

	ck_assert_msg(rq_config_override(value, assignment, &err) == RQ_OK, "%s", err.text);
	expect_json(value, expected);
	rq_json_free(value);
}

START_TEST(an_override_is_json_where_it_reads_as_json)
{
	expect_override("{}", "cutoff=50", "{\"cutoff\":50}");
	expect_override("{}", "metrics=[\"AP\"]", "{\"metrics\":[\"AP\"]}");
	expect_override("{}", "a=true", "{\"a\":true}");
	expect_override("{}", "suite=help-centre", "{\"suite\":\"help-centre\"}");
	expect_override("{}", "suite=\"5\"", "{\"suite\":\"5\"}");
	expect_override("{}", "suite=", "{\"suite\":\"\"}");
}
END_TEST

START_TEST(an_override_reaches_inside)
{
	expect_override("{\"candidate\":{\"index\":{\"search\":\"efSearch=64\",\"seed\":1}}}", "candidate.index.search=efSearch=32",
	                "{\"candidate\":{\"index\":{\"seed\":1,\"search\":\"efSearch=32\"}}}");
	expect_override("{\"a\":1}", "b.c.d=2", "{\"a\":1,\"b\":{\"c\":{\"d\":2}}}");
	expect_override("{\"a\":{\"b\":1}}", "a=5", "{\"a\":5}");
}
END_TEST

START_TEST(a_wrong_override_says_what_is_wrong)
{
	static const struct {
		const char *assignment, *message;
	} cases[] = {
		{"cutoff", "--set \"cutoff\": expected KEY.KEY=VALUE, for example candidate.index.search=efSearch=32"},
		{"=5", "--set \"=5\": expected KEY.KEY=VALUE, for example candidate.index.search=efSearch=32"},
		{"", "--set \"\": expected KEY.KEY=VALUE, for example candidate.index.search=efSearch=32"},
		{"a..b=1", "--set \"a..b=1\": an empty or overlong key at column 3"},
		{".a=1", "--set \".a=1\": an empty or overlong key at column 1"},
		{"a.=1", "--set \"a.=1\": an empty or overlong key at column 3"},
		{"suite.x=1", "--set \"suite.x=1\": \"suite\" is a string in the config, so it has no keys of its own"},
		{"list.x=1", "--set \"list.x=1\": \"list\" is an array in the config, so it has no keys of its own"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		rq_json *root = parsed("{\"suite\":\"s\",\"list\":[]}");
		ck_assert_int_eq(rq_config_override(root, cases[i].assignment, &err), RQ_E_USAGE);
		ck_assert_str_eq(err.text, cases[i].message);
		rq_json_free(root);
	}
}
END_TEST

Suite *inherit_suite(void)
{
	Suite *suite = suite_create("inherit");
	TCase *tests = tcase_create("inherit");

	tcase_add_test(tests, an_empty_candidate_is_the_baseline);
	tcase_add_test(tests, what_the_candidate_names_is_its_own);
	tcase_add_test(tests, an_index_inherits_key_by_key);
	tcase_add_test(tests, another_index_does_not_inherit_parameters);
	tcase_add_test(tests, an_index_file_is_not_inherited_with_other_vectors);
	tcase_add_test(tests, words_and_vectors_inherit_nothing_of_each_other);
	tcase_add_test(tests, a_run_file_inherits_nothing);
	tcase_add_test(tests, an_embedder_or_index_beside_a_baseline_that_is_a_run_does_not_inherit_it);
	tcase_add_test(tests, what_is_no_object_is_left_to_the_config_to_refuse);
	tcase_add_test(tests, an_override_is_json_where_it_reads_as_json);
	tcase_add_test(tests, an_override_reaches_inside);
	tcase_add_test(tests, a_wrong_override_says_what_is_wrong);
	suite_add_tcase(suite, tests);
	return suite;
}
