/* The reader of JSON objects against a tree that cJSON makes of the same text, on random objects and on broken ones. */
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void put_space(struct rq_buf *out, struct rq_random *random)
{
	static const char *const spaces[] = {"", "", "", " ", "\n", "\t", "\r\n", "  "};

	rq_buf_puts(out, spaces[rq_random_below(random, 8)]);
}

/* An id, spelt as JSON may spell it; `number` makes it one of its own. */
static void put_id(struct rq_buf *out, struct rq_random *random, int number)
{
	static const char *const letters[] = {"a", "\\u0062", "\\\"", "\\\\", "\\/", "/", "\xC3\xBC", "\\u00fc", "\\uD83D\\uDE00", "\xF0\x9F\x98\x80", "{", ":", ",", "}", "1.5", "\\u20ac"};

	rq_buf_puts(out, "\"");
	for (size_t i = rq_random_below(random, 4); i > 0; i--)
		rq_buf_puts(out, letters[rq_random_below(random, sizeof letters / sizeof *letters)]);
	rq_buf_printf(out, "-%d\"", number);
}

static void put_number(struct rq_buf *out, struct rq_random *random)
{
	static const char *const numbers[] = {"0", "-0", "1", "-17", "0.5", "-1.25e3", "1E-5", "2e+2", "0e0", "123456789.125", "9007199254740993", "5e-324", "1.7e308"};
	size_t which = rq_random_below(random, 2 * sizeof numbers / sizeof *numbers);

	if (which < sizeof numbers / sizeof *numbers)
		rq_buf_puts(out, numbers[which]);
	else
		rq_buf_printf(out, "%.17g", rq_random_normal(random));
}

static void put_object(struct rq_buf *out, struct rq_random *random)
{
	int topics = 1 + (int)rq_random_below(random, 4), documents;

	put_space(out, random);
	rq_buf_puts(out, "{");
	for (int t = 0; t < topics; t++) {
		put_space(out, random);
		put_id(out, random, t);
		put_space(out, random);
		rq_buf_puts(out, ":");
		put_space(out, random);
		rq_buf_puts(out, "{");
		documents = (int)rq_random_below(random, 5);
		for (int d = 0; d < documents; d++) {
			put_space(out, random);
			put_id(out, random, d);
			put_space(out, random);
			rq_buf_puts(out, ":");
			put_space(out, random);
			put_number(out, random);
			put_space(out, random);
			rq_buf_puts(out, d + 1 < documents ? "," : "");
		}
		put_space(out, random);
		rq_buf_puts(out, "}");
		put_space(out, random);
		rq_buf_puts(out, t + 1 < topics ? "," : "}");
	}
	put_space(out, random);
}

/* Everything in the tree is in the run and nothing else is. */
static void same(const struct rq_run *run, const rq_json *root)
{
	ck_assert_uint_eq(run->count, rq_json_size(root));
	for (const rq_json *topic = rq_json_first(root); topic != NULL; topic = rq_json_next(topic)) {
		const struct rq_ranking *ranking = rq_run_find(run, rq_json_key(topic));
		ck_assert_ptr_nonnull(ranking);
		ck_assert_int_eq(rq_json_type(topic), RQ_JSON_OBJECT);
		ck_assert_uint_eq(ranking->count, rq_json_size(topic));
		for (size_t i = 0; i < ranking->count; i++) {
			const rq_json *score = rq_json_get(topic, ranking->documents[i].document);
			ck_assert_msg(score != NULL, "\"%s\" is not in the object", ranking->documents[i].document);
			ck_assert(rq_json_number(score) == ranking->documents[i].score);
		}
	}
}

/* Whether it is accepted; then it is the same to cJSON. */
static bool check_text(const char *data, size_t size)
{
	const struct rq_load_options options = {.format = "json"};
	struct rq_error err = {0};
	rq_json *root = NULL;
	struct rq_text text;
	struct rq_run run;

	if (rq_text_from(&text, "x", data, size, &err) != RQ_OK)
		return false;
	bool accepted = rq_run_parse_as(&run, NULL, &text, &options, &err) == RQ_OK;
	if (accepted) {
		ck_assert_msg(rq_json_parse(&root, data, size, "x", &err) == RQ_OK, "%s:\n%.*s", err.text, (int)size, data);
		same(&run, root);
		rq_json_free(root);
		rq_run_release(&run);
	} else {
		ck_assert_int_eq(err.status, RQ_E_DATA);
	}
	rq_text_release(&text);
	return accepted;
}

START_TEST(random_objects)
{
	struct rq_random random;

	rq_random_seed(&random, (uint64_t)_i);
	for (int round = 0; round < 300; round++) {
		struct rq_buf text = {0};
		put_object(&text, &random);
		ck_assert_msg(check_text(text.data, text.size), "refused:\n%s", text.data);
		rq_buf_release(&text);
	}
}
END_TEST

/* A letter changed, left out or put in: most are refused, and what is accepted is JSON. */
START_TEST(broken_objects)
{
	static const char letters[] = "{}[]\":,\\ue0.-+ \n\tx1";
	struct rq_random random;
	size_t refused = 0;

	rq_random_seed(&random, (uint64_t)_i + 1000);
	for (int round = 0; round < 1000; round++) {
		struct rq_buf text = {0}, broken = {0};
		put_object(&text, &random);
		size_t at = rq_random_below(&random, text.size), skip = rq_random_below(&random, 2), put = rq_random_below(&random, 2);
		rq_buf_add(&broken, text.data, at);
		rq_buf_add(&broken, letters + rq_random_below(&random, sizeof letters - 1), put);
		rq_buf_add(&broken, text.data + at + skip, text.size - at - skip);
		refused += !check_text(broken.data, broken.size);
		rq_buf_release(&text);
		rq_buf_release(&broken);
	}
	ck_assert_uint_gt(refused, 200);
	ck_assert_uint_lt(refused, 1000);
}
END_TEST

Suite *load_json_suite(void)
{
	Suite *suite = suite_create("load_json");
	TCase *tests = tcase_create("load_json");

	tcase_add_loop_test(tests, random_objects, 0, 10);
	tcase_add_loop_test(tests, broken_objects, 0, 10);
	suite_add_tcase(suite, tests);
	return suite;
}
