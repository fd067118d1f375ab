#include "support.h"

#include <stdio.h>
#include <string.h>

START_TEST(test_rows_are_complete)
{
	for (size_t i = 0; rq_embedders[i] != NULL; i++) {
		const struct rq_embedder *e = rq_embedders[i];
		ck_assert_ptr_eq(rq_embedder_find(e->name), e);
		ck_assert_msg(e->help != NULL && strlen(e->help) > 10 && e->help[strlen(e->help) - 1] != '.', "%s: help", e->name);
		ck_assert_msg(e->citation != NULL && strlen(e->citation) > 10, "%s: citation", e->name);
		ck_assert_uint_ge(e->version, 1);
		if (e->load != NULL)
			ck_assert(e->fit == NULL && e->open == NULL && e->dimension == NULL && e->embed == NULL && e->close == NULL && e->estimate == NULL);
		else if (e->ask != NULL)
			ck_assert(e->open != NULL && e->identify != NULL && e->assume != NULL && e->use != NULL && e->close != NULL && e->estimate != NULL &&
			          e->embed == NULL && e->dimension == NULL);
		else
			ck_assert(e->open != NULL && e->dimension != NULL && e->embed != NULL && e->close != NULL && e->estimate != NULL);
		for (const struct rq_option *option = e->options; option->name != NULL; option++) {
			ck_assert_msg(option->help != NULL && strlen(option->help) > 10 && option->help[strlen(option->help) - 1] != '.', "%s.%s: help", e->name,
			              option->name);
			ck_assert_uint_lt(option->offset, e->options_size);
		}
	}
	ck_assert_ptr_null(rq_embedder_find("lsi"));
	ck_assert_ptr_null(rq_embedder_find(""));
}
END_TEST

Suite *embedders_suite(void)
{
	Suite *suite = suite_create("embedders");
	TCase *tests = tcase_create("embedders");

	tcase_add_test(tests, test_rows_are_complete);
	suite_add_tcase(suite, tests);
	return suite;
}
