/* The formats of runs, judgments and topics. */
#include "datasets/format.h"

#include "datasets/pairs.h"
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

static const struct rq_load_options usual = {0};

/* Of CSV and JSON objects the same text may be a run and judgments: then the file's name tells. */
static bool named(const struct rq_glimpse *glimpse, const char *part)
{
	const char *slash = strrchr(glimpse->path, '/');

	return strcasestr(slash == NULL ? glimpse->path : slash, part) != NULL;
}

static struct rq_text text_of(const struct rq_glimpse *glimpse)
{
	return (struct rq_text){.path = glimpse->path, .data = glimpse->data, .size = glimpse->size};
}

/* ---- runs ---- */

static enum rq_status read_run(struct rq_data *data, const char *path, const char *format, struct rq_error *err)
{
	return rq_run_load_as(&data->run, NULL, path, &(struct rq_load_options){.format = format}, err);
}

static enum rq_status read_trec_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_run(data, path, "trec", err);
}

static enum rq_status read_jsonl_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_run(data, path, "jsonl", err);
}

static enum rq_status read_json_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_run(data, path, "json", err);
}

static enum rq_status read_csv_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_run(data, path, "csv", err);
}

static enum rq_status read_msmarco_run(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_run(data, path, "msmarco", err);
}

static enum rq_status check_rankings(const struct rq_run *run, const char *lines, struct rq_error *err)
{
	for (size_t t = 0; t < run->count; t++)
		if (run->rankings[t].count == 0)
			return rq_fail(err, RQ_E_DATA, "topic \"%s\" has no documents, which %s lines cannot say; remove it or keep the run as JSON lines",
			               run->rankings[t].topic, lines);
	return RQ_OK;
}

static enum rq_status write_trec_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	RQ_TRY(check_rankings(&data->run, "TREC", err));
	return rq_run_print_trec(out, &data->run, "rqgate", "the run", err);
}

static enum rq_status write_jsonl_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_run_print_jsonl(out, &data->run, err);
}

static enum rq_status write_json_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_run_print_json(out, &data->run, err);
}

static enum rq_status write_csv_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	RQ_TRY(check_rankings(&data->run, "CSV", err));
	return rq_run_print_csv(out, &data->run, err);
}

static enum rq_status write_msmarco_run(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	RQ_TRY(check_rankings(&data->run, "MS MARCO's", err));
	return rq_run_print_msmarco(out, &data->run, err);
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

static bool like_json_run(const struct rq_glimpse *glimpse)
{
	struct rq_text text = text_of(glimpse);
	struct rq_span number;

	return is_object(glimpse) && rq_text_is_json_map(&number, &text) && number.length > 0 &&
	       !named(glimpse, "qrel") && (!is_integer(number) || named(glimpse, "run"));
}

static bool like_csv_run(const struct rq_glimpse *glimpse)
{
	struct rq_text text = text_of(glimpse);

	return rq_text_has_csv_header(&text, &usual, RQ_PAIR_SCORE) && !named(glimpse, "qrel");
}

const struct rq_format rq_format_trec_run = {
	.name = "trec-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".run", ".trec", ".txt", ".res", NULL},
	.help = "topic Q0 document rank score tag",
	.looks_like = like_trec_run,
	.read = read_trec_run,
	.write = write_trec_run,
};

const struct rq_format rq_format_jsonl_run = {
	.name = "jsonl-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".jsonl", NULL},
	.help = "{\"topic\", \"hits\": [{\"id\", \"score\"}]} on each line",
	.looks_like = like_jsonl_run,
	.read = read_jsonl_run,
	.write = write_jsonl_run,
};

const struct rq_format rq_format_json_run = {
	.name = "json-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".json", NULL},
	.help = "{\"q1\": {\"d1\": 1.2}}, as ranx and pytrec_eval have it",
	.looks_like = like_json_run,
	.read = read_json_run,
	.write = write_json_run,
};

const struct rq_format rq_format_csv_run = {
	.name = "csv-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".csv", NULL},
	.help = "query_id,doc_id,score below such a header",
	.looks_like = like_csv_run,
	.read = read_csv_run,
	.write = write_csv_run,
};

static bool like_msmarco_run(const struct rq_glimpse *glimpse)
{
	struct rq_span columns[4]; /* by tabs: the text of a topic may end with a number */

	return !is_object(glimpse) && rq_columns_tab(columns, 4, glimpse->line) == 3 && rq_line_is_msmarco(glimpse->line);
}

const struct rq_format rq_format_msmarco_run = {
	.name = "msmarco-run",
	.kind = RQ_DATA_RUN,
	.endings = (const char *const[]){".tsv", NULL},
	.help = "topic TAB document TAB rank, as MS MARCO has it; of scores only their order",
	.looks_like = like_msmarco_run,
	.read = read_msmarco_run,
	.write = write_msmarco_run,
};

/* ---- judgments ---- */

static enum rq_status read_qrels(struct rq_data *data, const char *path, const char *format, struct rq_error *err)
{
	return rq_qrels_load_as(&data->qrels, NULL, path, &(struct rq_load_options){.format = format}, err);
}

static enum rq_status read_trec_qrels(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_qrels(data, path, "trec", err);
}

static enum rq_status read_beir_qrels(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_qrels(data, path, "beir", err);
}

static enum rq_status read_json_qrels(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_qrels(data, path, "json", err);
}

static enum rq_status read_csv_qrels(struct rq_data *data, const char *path, struct rq_error *err)
{
	return read_qrels(data, path, "csv", err);
}

static enum rq_status write_trec_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_trec(out, &data->qrels, err);
}

static enum rq_status write_beir_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_beir(out, &data->qrels, err);
}

static enum rq_status write_json_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_json(out, &data->qrels, err);
}

static enum rq_status write_csv_qrels(struct rq_buf *out, const struct rq_data *data, struct rq_error *err)
{
	return rq_qrels_print_csv(out, &data->qrels, err);
}

static bool like_trec_qrels(const struct rq_glimpse *glimpse)
{
	struct rq_span columns[5];

	return !is_object(glimpse) && rq_columns_space(columns, 5, glimpse->line) >= 4 && is_integer(columns[3]) && !rq_glimpse_ends(glimpse, ".csv");
}

static bool like_beir_qrels(const struct rq_glimpse *glimpse)
{
	return rq_line_is_beir_header(glimpse->line);
}

static bool like_json_qrels(const struct rq_glimpse *glimpse)
{
	struct rq_text text = text_of(glimpse);
	struct rq_span number;

	return is_object(glimpse) && rq_text_is_json_map(&number, &text) && number.length > 0 && (named(glimpse, "qrel") || is_integer(number));
}

static bool like_csv_qrels(const struct rq_glimpse *glimpse)
{
	struct rq_text text = text_of(glimpse);

	return rq_text_has_csv_header(&text, &usual, RQ_PAIR_GRADE);
}

const struct rq_format rq_format_trec_qrels = {
	.name = "trec-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".qrels", ".qrel", ".trec", ".txt", NULL},
	.help = "topic 0 document grade",
	.looks_like = like_trec_qrels,
	.read = read_trec_qrels,
	.write = write_trec_qrels,
};

const struct rq_format rq_format_beir_qrels = {
	.name = "beir-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".tsv", NULL},
	.help = "query-id TAB corpus-id TAB score, below that header",
	.looks_like = like_beir_qrels,
	.read = read_beir_qrels,
	.write = write_beir_qrels,
};

const struct rq_format rq_format_json_qrels = {
	.name = "json-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".json", NULL},
	.help = "{\"q1\": {\"d1\": 1}}, as ranx and pytrec_eval have it",
	.looks_like = like_json_qrels,
	.read = read_json_qrels,
	.write = write_json_qrels,
};

const struct rq_format rq_format_csv_qrels = {
	.name = "csv-qrels",
	.kind = RQ_DATA_QRELS,
	.endings = (const char *const[]){".csv", NULL},
	.help = "query_id,doc_id,relevance below such a header",
	.looks_like = like_csv_qrels,
	.read = read_csv_qrels,
	.write = write_csv_qrels,
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
