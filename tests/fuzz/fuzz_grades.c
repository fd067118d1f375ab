/* Sheets with grades, and the merge of two that are alike. */
#include "evalcore/review/grades.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = {"fuzz.csv", "again.csv"};

/* What one sheet says another agrees with: judgments hold each grade once, and nothing is overruled. */
static void merge_twice(const struct rq_given_grades *grades)
{
	const struct rq_qrels none = {0};
	struct rq_error err = {0};
	struct rq_merge first, second;

	if (rq_grades_merge(&first, &none, "none", grades, RQ_PREFER_NEITHER, &err) == RQ_OK) {
		if (2 * first.change_count != grades->count || first.agreed != first.change_count || first.overruled > 0 || first.qrels.judgments != first.change_count)
			abort();
		if (rq_grades_merge(&second, &first.qrels, "first", grades, RQ_PREFER_NEITHER, &err) == RQ_OK && second.change_count > 0)
			abort();
		rq_merge_release(&second);
	} else if (err.status != RQ_E_NOMEM) {
		abort();
	}
	rq_merge_release(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_known_ids known = {.pooled = true, .of = "the pool"};
	struct rq_given_grades grades = {.files = paths, .file_count = 2};
	struct rq_error err = {0};
	struct rq_text text;

	if (rq_text_from(&text, paths[0], data, size, &err) != RQ_OK)
		return 0;
	if (rq_known_ids_add_pooled(&known, "t1", "d1", &err) == RQ_OK && rq_known_ids_add_pooled(&known, "t1", "d2", &err) == RQ_OK &&
	    rq_known_ids_add_pooled(&known, "t2", "d1", &err) == RQ_OK && rq_given_grades_parse(&grades, 0, &text, &known, &err) == RQ_OK &&
	    rq_given_grades_parse(&grades, 1, &text, &known, &err) == RQ_OK)
		merge_twice(&grades);
	rq_given_grades_release(&grades);
	rq_known_ids_release(&known);
	rq_text_release(&text);
	return 0;
}
