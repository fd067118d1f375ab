/* Runs as text: TREC lines, zstd-compressed beside a report, where a ranking without documents leaves no line; CSV; JSON lines, and one JSON object; ranks alone. */
#include "datasets/writers.h"

#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What ends a line. A blank in the tag would make another column of what follows it. */
static void put_tag(struct rq_buf *out, const char *tag)
{
	rq_buf_printf(out, " %s\n", tag[0] == '\0' ? "-" : tag);
	for (size_t i = 1; !out->failed && i + 1 < out->size; i++)
		if ((unsigned char)out->data[i] <= ' ')
			out->data[i] = '_';
}

static enum rq_status put_ranking(struct rq_buf *out, const struct rq_ranking *ranking, const struct rq_buf *tag, const char *path,
                                  struct rq_error *err)
{
	for (size_t i = 0; i < ranking->count; i++) {
		const struct rq_scored_document *scored = &ranking->documents[i];
		char rank[32];
		if (isnan(scored->score))
			return rq_fail(err, RQ_E_DATA, "%s: the score of document \"%s\" for topic \"%s\" is not a number; a search must not return one", path,
			               scored->document, ranking->topic);
		snprintf(rank, sizeof rank, " %zu ", i + 1);
		rq_buf_puts(out, ranking->topic);
		rq_buf_puts(out, " Q0 ");
		rq_buf_puts(out, scored->document);
		rq_buf_puts(out, rank);
		rq_buf_puts(out, rq_short_number(scored->score).text);
		rq_buf_add(out, tag->data, tag->size);
	}
	return RQ_OK;
}

enum rq_status rq_run_print_trec(struct rq_buf *out, const struct rq_run *run, const char *tag, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf ending = {0};

	put_tag(&ending, tag);
	RQ_TRY(rq_buf_check(&ending, err));
	for (size_t t = 0; t < run->count; t++)
		RQ_TRY(put_ranking(out, &run->rankings[t], &ending, path, err));
	return rq_buf_check(out, err);
}

static enum rq_status check_finite(const struct rq_ranking *ranking, struct rq_error *err)
{
	for (size_t i = 0; i < ranking->count; i++)
		if (!isfinite(ranking->documents[i].score))
			return rq_fail(err, RQ_E_DATA, "the score of document \"%s\" for topic \"%s\" is infinite, which JSON has no number for; keep the run as TREC lines",
			               ranking->documents[i].document, ranking->topic);
	return RQ_OK;
}

enum rq_status rq_run_print_jsonl(struct rq_buf *out, const struct rq_run *run, struct rq_error *err)
{
	for (size_t t = 0; t < run->count; t++) {
		const struct rq_ranking *ranking = &run->rankings[t];
		RQ_TRY(check_finite(ranking, err));
		rq_buf_puts(out, "{\"topic\": ");
		rq_json_quote(out, ranking->topic);
		rq_buf_puts(out, ", \"hits\": [");
		for (size_t i = 0; i < ranking->count; i++) {
			const struct rq_scored_document *scored = &ranking->documents[i];
			rq_buf_puts(out, i == 0 ? "{\"id\": " : ", {\"id\": ");
			rq_json_quote(out, scored->document);
			rq_buf_puts(out, ", \"score\": ");
			rq_buf_puts(out, rq_short_number(scored->score).text);
			rq_buf_puts(out, "}");
		}
		rq_buf_puts(out, "]}\n");
	}
	return rq_buf_check(out, err);
}

enum rq_status rq_run_print_json(struct rq_buf *out, const struct rq_run *run, struct rq_error *err)
{
	for (size_t t = 0; t < run->count; t++) {
		const struct rq_ranking *ranking = &run->rankings[t];
		RQ_TRY(check_finite(ranking, err));
		rq_buf_puts(out, t == 0 ? "{" : ",\n ");
		rq_json_quote(out, ranking->topic);
		rq_buf_puts(out, ": {");
		for (size_t i = 0; i < ranking->count; i++) {
			rq_buf_puts(out, i == 0 ? "" : ", ");
			rq_json_quote(out, ranking->documents[i].document);
			rq_buf_puts(out, ": ");
			rq_buf_puts(out, rq_short_number(ranking->documents[i].score).text);
		}
		rq_buf_puts(out, "}");
	}
	rq_buf_puts(out, run->count == 0 ? "{}\n" : "}\n");
	return rq_buf_check(out, err);
}

enum rq_status rq_run_print_csv(struct rq_buf *out, const struct rq_run *run, struct rq_error *err)
{
	rq_buf_puts(out, "query_id,doc_id,score\n");
	for (size_t t = 0; t < run->count; t++)
		for (size_t i = 0; i < run->rankings[t].count; i++) {
			rq_csv_put(out, run->rankings[t].topic);
			rq_buf_puts(out, ",");
			rq_csv_put(out, run->rankings[t].documents[i].document);
			rq_buf_puts(out, ",");
			rq_buf_puts(out, rq_short_number(run->rankings[t].documents[i].score).text);
			rq_buf_puts(out, "\n");
		}
	return rq_buf_check(out, err);
}

enum rq_status rq_run_print_msmarco(struct rq_buf *out, const struct rq_run *run, struct rq_error *err)
{
	for (size_t t = 0; t < run->count; t++)
		for (size_t i = 0; i < run->rankings[t].count; i++)
			rq_buf_printf(out, "%s\t%s\t%zu\n", run->rankings[t].topic, run->rankings[t].documents[i].document, i + 1);
	return rq_buf_check(out, err);
}

enum rq_status rq_run_put(struct rq_output *output, const struct rq_run *run, const char *tag, char sha256[RQ_SHA256_HEX], struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = output->path;

	rq_buf_puts(&text, "");
	RQ_TRY(rq_run_print_trec(&text, run, tag, path, err));
	RQ_TRY(rq_sha256(sha256, text.data, text.size, err));
	return rq_text_put_zstd(output, &text, err);
}
