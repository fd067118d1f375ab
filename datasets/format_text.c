/* The formats of runs, judgments and topics. Their readers tell the two formats of a kind apart by themselves, so both rows read alike. */
#include "datasets/format.h"

#include "datasets/writers.h"

#include "evalcore/base/parse.h"

#include <string.h>

static bool is_object(const struct rq_glimpse *glimpse)
{
	return glimpse->line.length > 0 && glimpse->line.at[strspn(glimpse->line.at, " \t")] == '{';
}

static bool mentions(const struct rq_glimpse *glimpse, const char *key)
{
	return is_object(glimpse) && memmem(glimpse->line.at, glimpse->line.length, key, strlen(key)) != NULL;
}

static bool is_integer(struct rq_span span)
{
	int64_t value;

	return rq_parse_i64(&value, span.at, span.length);
}

static bool is_number(struct rq_span span)
{
	double value;

	return rq_parse_f64(&value, span.at, span.length);
}

/* ---- runs ---- */

static enum rq_status read_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return rq_run_load(&data->run, path, err);
}

static enum rq_status write_trec_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	for (size_t t = 0; t < data->run.count; t++)
		if (data->run.rankings[t].count == 0)
			return rq_fail(err, RQ_E_DATA, "topic \"%s\" has no documents, which TREC lines cannot say; remove it or keep the run as JSON lines",
			               data->run.rankings[t].topic);
	return rq_run_print_trec(out, &data->run, "rqgate", "the run", err);
}

static enum rq_status write_jsonl_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_run_print_json(out, &data->run, err);
}

static bool like_trec_run(const struct rq_glimpse *glimpse)
{
	struct rq_span columns[6];

	return !is_object(glimpse) && rq_columns_space(columns, 6, glimpse->line) >= 5 && is_number(columns[4]);
}

static bool like_jsonl_run(const struct rq_glimpse *glimpse)
{
	return mentions(glimpse, "\"hits\"");
}

const struct rq_format rq_format_trec_run = {
	.name = "trec-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".run", ".trec", ".txt", ".res", NULL},
	.help = "topic Q0 document rank score tag",
	.looks_like = like_trec_run,
	.read = read_run,
	.write = write_trec_run,
};

const struct rq_format rq_format_jsonl_run = {
	.name = "jsonl-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".jsonl", ".json", NULL},
	.help = "{\"topic\", \"hits\": [{\"id\", \"score\"}]} on each line",
	.looks_like = like_jsonl_run,
	.read = read_run,
	.write = write_jsonl_run,
};

/* ---- judgments ---- */

static enum rq_status read_qrels(struct rq_data *data, const char *path, struct rq_error *err)
{
	return rq_qrels_load(&data->qrels, path, err);
}

static enum rq_status write_trec_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_trec(out, &data->qrels, err);
}

static enum rq_status write_beir_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_beir(out, &data->qrels, err);
}

static bool like_trec_qrels(const struct rq_glimpse *glimpse)
{
	struct rq_span columns[5];

	return !is_object(glimpse) && rq_columns_space(columns, 5, glimpse->line) == 4 && is_integer(columns[3]) && !rq_glimpse_ends(glimpse, ".csv");
}

static bool like_beir_qrels(const struct rq_glimpse *glimpse)
{
	static const char header[] = "query-id\tcorpus-id\tscore";

	return glimpse->line.length == strlen(header) && memcmp(glimpse->line.at, header, strlen(header)) == 0;
}

const struct rq_format rq_format_trec_qrels = {
	.name = "trec-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".qrels", ".qrel", ".trec", ".txt", NULL},
	.help = "topic 0 document grade",
	.looks_like = like_trec_qrels,
	.read = read_qrels,
	.write = write_trec_qrels,
};

const struct rq_format rq_format_beir_qrels = {
	.name = "beir-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".tsv", NULL},
	.help = "query-id TAB corpus-id TAB score, below that header",
	.looks_like = like_beir_qrels,
	.read = read_qrels,
	.write = write_beir_qrels,
};

/* ---- topics ---- */

static enum rq_status read_topics(struct rq_data *data, const char *path, struct rq_error *err)
{
	return rq_topics_load(&data->topics, path, err);
}

static enum rq_status write_jsonl_topics(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_topics_print_json(out, &data->topics, err);
}

static enum rq_status write_tsv_topics(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_topics_print_tsv(out, &data->topics, err);
}

static bool like_jsonl_topics(const struct rq_glimpse *glimpse)
{
	return mentions(glimpse, "\"text\"") && (mentions(glimpse, "\"_id\"") || mentions(glimpse, "\"id\"")) && !mentions(glimpse, "\"title\"");
}

static bool like_tsv_topics(const struct rq_glimpse *glimpse)
{
	struct rq_span columns[3];

	return !is_object(glimpse) && glimpse->line.length > 0 && rq_columns_tab(columns, 3, glimpse->line) == 2 && rq_id_fault(columns[0]) == NULL;
}

const struct rq_format rq_format_jsonl_topics = {
	.name = "jsonl-topics",
	.kind = RQ_DATA_TOPICS,
	.endings = (const char *const[]){".jsonl", ".json", NULL},
	.help = "{\"_id\", \"text\", \"slice\", \"cluster\", \"answerable\"} on each line, as BEIR has it",
	.looks_like = like_jsonl_topics,
	.read = read_topics,
	.write = write_jsonl_topics,
};

const struct rq_format rq_format_tsv_topics = {
	.name = "tsv-topics",
	.kind = RQ_DATA_TOPICS,
	.endings = (const char *const[]){".tsv", ".txt", NULL},
	.help = "id TAB text",
	.looks_like = like_tsv_topics,
	.read = read_topics,
	.write = write_tsv_topics,
};
