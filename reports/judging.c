/* The sheet for judges, and the log of what they said. */
#include "reports/judging.h"
#include "reports/machine.h"

#include "datasets/writers.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/json.h"

#include <math.h>
#include <string.h>

enum { TEXT_MOST = 4000 };

/* ---- the sheet ---- */

/* In half of the topics the baseline is "a", so that its ranks do not tell which side it is. */
static bool candidate_is_a(const char *seed, const char *topic)
{
	struct rq_key key = {0};

	rq_key_add_text(&key, seed);
	rq_key_add_text(&key, topic);
	return (key.low & 1) != 0;
}

static void put_rank(struct rq_buf *out, size_t rank)
{
	if (rank > 0)
		rq_buf_printf(out, "%zu", rank);
	rq_buf_puts(out, ",");
}

static enum rq_status put_hole(struct rq_buf *out, const struct rq_pool_sheet *sheet, size_t number, struct rq_error *err)
{
	const struct rq_hole *hole = &sheet->holes->items[number];
	bool swapped = !sheet->unblind && candidate_is_a(sheet->seed, hole->topic->id);

	rq_csv_put(out, hole->topic->id);
	rq_buf_puts(out, ",");
	RQ_TRY(rq_put_cell(out, sheet->queries[number], TEXT_MOST, err));
	rq_buf_puts(out, ",");
	rq_csv_put(out, hole->document);
	rq_buf_puts(out, ",");
	RQ_TRY(rq_put_cell(out, sheet->texts[number], TEXT_MOST, err));
	rq_buf_puts(out, ",");
	put_rank(out, hole->rank[swapped ? RQ_CANDIDATE : RQ_BASELINE]);
	put_rank(out, hole->rank[swapped ? RQ_BASELINE : RQ_CANDIDATE]);
	rq_buf_printf(out, "%.6g,\n", sheet->unblind ? hole->effect : fabs(hole->effect));
	return RQ_OK;
}

enum rq_status rq_pool_csv(struct rq_buf *out, const struct rq_pool_sheet *sheet, struct rq_error *err)
{
	rq_buf_printf(out, "topic,query,document,text,%s,effect,grade\n", sheet->unblind ? "rank_baseline,rank_candidate" : "rank_a,rank_b");
	for (size_t i = 0; i < sheet->holes->count; i++)
		RQ_TRY(put_hole(out, sheet, i, err));
	return rq_buf_check(out, err);
}

/* ---- the log ---- */

static enum rq_status put_line(struct rq_buf *out, const rq_json *object, struct rq_error *err)
{
	RQ_TRY(rq_json_print(out, object, false, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

static enum rq_status put_merge(struct rq_buf *out, const struct rq_merge_account *account, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = rq_json_new_object();
	const struct rq_merge *merge = account->merge;

	rq_json_set_string(object, "merged", account->when);
	rq_json *files = rq_json_set_array(object, "files"), *by = rq_json_set_array(object, "by");
	for (size_t i = 0; i < account->grades->file_count; i++) {
		rq_json_push_string(files, account->grades->files[i]);
		rq_json_push_string(by, account->by[i]);
	}
	rq_json_set_string(object, "qrels_before", account->before);
	rq_json_set_string(object, "qrels_after", account->after);
	rq_json_set_number(object, "added", (double)(merge->change_count - merge->replaced));
	rq_json_set_number(object, "replaced", (double)merge->replaced);
	rq_json_set_number(object, "agreed", (double)merge->agreed);
	rq_json_set_number(object, "overruled", (double)merge->overruled);
	rq_json_set_number(object, "empty", (double)account->grades->empty);
	return put_line(out, object, err);
}

static enum rq_status put_change(struct rq_buf *out, const struct rq_merge_account *account, const struct rq_merged_grade *change,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = rq_json_new_object();

	rq_json_set_string(object, "topic", change->given->topic);
	rq_json_set_string(object, "document", change->given->document);
	rq_json_set_number(object, "grade", change->given->grade);
	rq_json_set_number(object, "before", change->replaces ? (double)change->before : (double)NAN);
	rq_json_set_string(object, "by", account->by[change->given->file]);
	rq_json_set_string(object, "when", account->when);
	rq_json_set_string(object, "file", account->grades->files[change->given->file]);
	rq_json_set_number(object, "line", (double)change->given->line);
	return put_line(out, object, err);
}

enum rq_status rq_merge_log(struct rq_buf *out, const struct rq_merge_account *account, struct rq_error *err)
{
	RQ_TRY(put_merge(out, account, err));
	for (size_t i = 0; i < account->merge->change_count; i++)
		RQ_TRY(put_change(out, account, &account->merge->changes[i], err));
	return rq_buf_check(out, err);
}
