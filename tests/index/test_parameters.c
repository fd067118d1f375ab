#include "evalcore/index/parameters.h"

#include <check.h>

static const char *check_text(const char *list, const char *option)
{
	static struct rq_error err;

	err.text[0] = '\0';
	enum rq_status status = rq_parameters_check(list, option, &err);
	ck_assert(status == RQ_OK || status == RQ_E_CONFIG);
	return err.text;
}

START_TEST(lists_are_read_in_order)
{
	const char *cursor = " efSearch=64, nprobe=8,quantizer_efSearch=1e2 ";
	static const struct {
		const char *name, *text;
		double value;
	} expected[] = {{"efSearch", "efSearch=64", 64}, {"nprobe", "nprobe=8", 8}, {"quantizer_efSearch", "quantizer_efSearch=1e2", 100}};
	struct rq_parameter parameter;
	struct rq_error err;
	bool end;

	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(rq_parameter_next(&parameter, &end, &cursor, "search", &err), RQ_OK);
		ck_assert(!end);
		ck_assert_str_eq(parameter.name, expected[i].name);
		ck_assert_str_eq(parameter.text, expected[i].text);
		ck_assert_double_eq(parameter.value, expected[i].value);
	}
	ck_assert_int_eq(rq_parameter_next(&parameter, &end, &cursor, "search", &err), RQ_OK);
	ck_assert(end);
	ck_assert_int_eq(rq_parameters_check(NULL, "search", &err), RQ_OK);
	ck_assert_int_eq(rq_parameters_check("", "search", &err), RQ_OK);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	ck_assert_str_eq(check_text("efSearch", "search"),
	                 "search \"efSearch\": expected NAME=NUMBER, several with commas between them, for example \"efSearch=64\"");
	ck_assert_str_eq(check_text("efSearch=", "search"),
	                 "search \"efSearch=\": expected NAME=NUMBER, several with commas between them, for example \"efSearch=64\"");
	ck_assert_str_eq(check_text("=3", "build"),
	                 "build \"=3\": expected NAME=NUMBER, several with commas between them, for example \"efConstruction=200\"");
	ck_assert_str_eq(check_text("nprobe=8x", "search"),
	                 "search \"nprobe=8x\": expected NAME=NUMBER, several with commas between them, for example \"efSearch=64\"");
	ck_assert_str_eq(check_text("efSearch=64,nprob=8", "search"), "search \"nprob=8\": FAISS knows no parameter \"nprob\"; did you mean \"nprobe\"?");
	ck_assert_str_eq(check_text("quantizer_efserch=8", "search"),
	                 "search \"quantizer_efserch=8\": FAISS knows no parameter \"quantizer_efserch\"; did you mean \"efSearch\"?");
	ck_assert_str_eq(check_text("verbose=1", "search"), "search \"verbose=1\": FAISS knows no parameter \"verbose\"; there are efConstruction, "
	                                                    "efSearch, nprobe, max_codes, ht, k_factor, k_factor_rf, and these with "
	                                                    "\"quantizer_\" before them");
	ck_assert_str_eq(check_text("efConstruction=40", "search"),
	                 "search \"efConstruction=40\": efConstruction acts when an index is built; put it under \"build\"");
	ck_assert_str_eq(check_text("nprobe=4", "build"), "build \"nprobe=4\": nprobe acts when an index is searched; put it under \"search\"");
	ck_assert_str_eq(check_text("efSearch=0", "search"), "search \"efSearch=0\": expected a whole number from 1 to 2147483647");
	ck_assert_str_eq(check_text("efSearch=1.5", "search"), "search \"efSearch=1.5\": expected a whole number from 1 to 2147483647");
	ck_assert_str_eq(check_text("nprobe=1e10", "search"), "search \"nprobe=1e10\": expected a whole number from 1 to 2147483647");
	ck_assert_str_eq(check_text("nprobe=nan", "search"), "search \"nprobe=nan\": expected a whole number from 1 to 2147483647");
	ck_assert_str_eq(check_text("k_factor=.5", "search"), "search \"k_factor=.5\": expected a number from 1 to 2147483647");
	ck_assert_str_eq(check_text("k_factor=1.5,ht=0,max_codes=0", "search"), "");
	ck_assert_str_eq(check_text("efConstruction=200 efSearch=40,quantizer_efSearch=40", "build"), "");
}
END_TEST

START_TEST(factory_strings_that_would_end_the_process_are_refused)
{
	static const struct {
		const char *factory, *text;
	} bad[] = {
		{"HNSW0,Flat", "factory \"HNSW0,Flat\": \"0\" is not a count; expected 1 to 2147483647"},
		{"HNSW1", "factory \"HNSW1\": an HNSW graph needs 2 links a node at least; 32 is usual"},
		{"IVF00,Flat", "factory \"IVF00,Flat\": \"00\" is not a count; expected 1 to 2147483647"},
		{"PQ8x0", "factory \"PQ8x0\": \"0\" is not a count; expected 1 to 2147483647"},
		{"IVF99999999999,Flat", "factory \"IVF99999999999,Flat\": \"99999999999\" is not a count; expected 1 to 2147483647"},
		{"IVF99999999999999999999999,Flat",
	     "factory \"IVF99999999999999999999999,Flat\": \"99999999999999999999999\" is not a count; expected 1 to 2147483647"},
		{"ZnLattice4x10_6", "factory \"ZnLattice4x10_6\": FAISS encodes vectors with a lattice, but cannot add any to it"},
	};
	static const char *const good[] = {"Flat", "HNSW32,Flat",      "HNSW16", "IVF64,PQ16x4fs_32", "IVF16,PCA16,SH0.5", "IVF16,ITQ,SH-1e10",
	                                   "",     "no factory at all"};
	struct rq_error err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_int_eq(rq_factory_check(bad[i].factory, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, bad[i].text);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(rq_factory_check(good[i], &err) == RQ_OK, "%s", good[i]);
}
END_TEST

Suite *parameters_suite(void)
{
	Suite *suite = suite_create("parameters");
	TCase *tests = tcase_create("parameters");

	tcase_add_test(tests, lists_are_read_in_order);
	tcase_add_test(tests, what_is_wrong_is_said);
	tcase_add_test(tests, factory_strings_that_would_end_the_process_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
