/* The JSON Schema of what eval_json.c writes. */
#include "reports/eval.h"
#include "reports/schema.h"

static void describe_values(rq_json *schema)
{
	rq_json *metric = rq_schema_items(rq_schema_add(schema, "metrics", "array", "in the order asked for"));

	rq_schema_add(metric, "metric", "string", "canonical name");
	rq_schema_add_nullable(metric, "trec_name", "string", "what trec_eval calls it");
	rq_schema_add_nullable(metric, "value", "number", "over the scored topics");
	rq_schema_add_nullable(metric, "lower", "number", "one-sided 95 % bound of the mean; of a count, the count");
	rq_schema_add_nullable(metric, "upper", "number", "the other one");
	rq_json *ties = rq_schema_object(rq_schema_may(metric, "over_ties", "object", "with --ties: over all orders of equal scores"));
	rq_schema_add(ties, "lowest", "number", "in the worst order");
	rq_schema_add(ties, "expected", "number", "in a random order");
	rq_schema_add(ties, "highest", "number", "in the best order");
	rq_schema_add(ties, "sampled", "boolean", "too many orders to try all: expected is an estimate");
}

/* Of all topics, not of slices. */
static void describe_evidence(rq_json *metric)
{
	rq_schema_may(metric, "sign_flip_p", "number", "two-sided, by 9,999 seeded sign flips; secondary evidence, as all down to topics_to_pass; not of slices");
	rq_schema_may_nullable(metric, "bca_lower", "number", "lower end of the 90 % BCa bootstrap interval of delta; null of one topic");
	rq_schema_may_nullable(metric, "bca_upper", "number", "upper end");
	rq_schema_may_nullable(metric, "mde_margin", "number", "of the strictest assertion on a drop, at which mde and topics_to_pass are; null: there is none");
	rq_schema_may_nullable(metric, "mde", "number", "the smallest loss that so many topics show in four of five cases; null: none up to 1");
	rq_schema_may_nullable(metric, "topics_to_pass", "integer", "so many pass a run that loses nothing, in four of five cases; null: more than 10 million");
}

static void describe_compared(rq_json *array)
{
	rq_json *metric = rq_schema_items(array);

	rq_schema_add(metric, "metric", "string", "canonical name; only means of values between 0 and 1 are compared, and only where more is better");
	rq_schema_add(metric, "baseline", "number", "of the first run");
	rq_schema_add(metric, "candidate", "number", "of this run");
	rq_schema_add(metric, "delta", "number", "candidate - baseline, mean over the topics");
	rq_schema_add(metric, "lower", "number", "lower end of the 90 % interval of delta");
	rq_schema_add(metric, "upper", "number", "upper end");
	rq_schema_add(metric, "n", "integer", "topics");
	rq_schema_add(metric, "wins", "integer", "topics that rose");
	rq_schema_add(metric, "ties", "integer", "topics that stayed");
	rq_schema_add(metric, "losses", "integer", "topics that fell");
	rq_schema_add(metric, "identical", "boolean", "the same rankings on every topic, to the metric's cutoff");
	rq_schema_add(metric, "p_worse", "number", "small where the candidate is worse");
	rq_json *t = rq_schema_add_object(metric, "paired_t", "secondary evidence, two-sided");
	rq_schema_add_nullable(t, "t", "number", "null where all differences are equal");
	rq_schema_add_nullable(t, "df", "number", "degrees of freedom");
	rq_schema_add_nullable(t, "p", "number", "two-sided");
	describe_evidence(metric);
	rq_json *changes = rq_json_set_array(rq_schema_may(metric, "change", "string", "at the margin; not of slices"), "enum");
	for (enum rq_change change = RQ_UNCHANGED; change <= RQ_UNDECIDED; change++)
		rq_json_push_string(changes, rq_change_name(change));
	rq_schema_may(metric, "margin", "number", "of an assertion, else the smallest that the topics can decide");
	rq_schema_may(metric, "p_worse_adjusted", "number", "by Holm over the metrics, or over the assertions where one is on this metric");
}

static void describe_verdict(rq_json *schema)
{
	rq_json *verdict = rq_schema_object(rq_schema_may(schema, "verdict", "object", "of the assertions on this run"));

	rq_schema_add(verdict, "outcome", "string", "pass, fail or inconclusive");
	rq_schema_add(verdict, "exit_code", "integer", "0, 1 or 2");
	rq_schema_add(verdict, "sentence", "string", "for people");
	rq_schema_add(verdict, "gates", "array", "one member an assertion, as in report.json");
}

static void describe_run(rq_json *schema)
{
	rq_schema_add(schema, "path", "string", "as given, control characters escaped; - is standard input");
	rq_schema_add(schema, "sha256", "string", "of the file's bytes as they were read, compressed or not");
	rq_schema_add(schema, "tag", "string", "of the run's last line");
	rq_schema_add(schema, "documents", "integer", "lines of the run");
	rq_json *topics = rq_schema_add_object(schema, "topic_counts", "the denominators");
	rq_schema_add(topics, "judged", "integer", "topics of the judgments");
	rq_schema_add(topics, "in_run", "integer", "topics of the run");
	rq_schema_add(topics, "missing", "integer", "judged topics that the run lacks");
	rq_schema_add(topics, "scored", "integer", "topics that the means are over");
	rq_schema_add(topics, "scored_missing", "integer", "of those, how many the run lacks");
	describe_values(schema);
	describe_compared(rq_schema_may(schema, "compared", "array", "with the first run; of further runs only"));
	rq_json *slice = rq_schema_items(rq_schema_may(schema, "slices", "array", "with --slices"));
	rq_schema_add(slice, "slice", "string", "its name");
	rq_schema_add(slice, "topics", "integer", "scored topics in it");
	describe_values(slice);
	describe_compared(rq_schema_add(slice, "compared", "array", "with the first run; advisory"));
	describe_verdict(schema);
	rq_json *topic = rq_schema_items(rq_schema_may(schema, "topics", "array", "with --per-topic"));
	rq_schema_add(topic, "topic", "string", "id");
	rq_schema_add_nullable(topic, "slice", "string", "null: none");
	rq_schema_add(topic, "missing", "boolean", "the run lacks it");
	rq_schema_add(topic, "values", "object", "metric -> value");
}

static void describe_options(rq_json *root)
{
	rq_json *options = rq_schema_add_object(root, "options", "how it was scored");

	rq_schema_add(options, "level", "integer", "the smallest relevant grade, where a metric names none");
	rq_schema_add(options, "averaged_over", "string", "judged topics, or topics of every run");
	rq_schema_add(options, "skip_no_relevant", "boolean", "without topics that have no relevant document");
	rq_schema_add(options, "judged_only", "boolean", "without unjudged documents");
	rq_schema_add_nullable(options, "depth", "integer", "documents of a topic that count; null: all");
	rq_schema_add(options, "float32_scores", "boolean", "scores compared as floats");
	rq_schema_add(options, "lenient", "boolean", "bad numbers read as trec_eval does");
	rq_schema_add(options, "dedupe", "string", "refuse, first or best");
}

rq_json *rq_eval_schema(void)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(root, "title", "rqgate eval --format json");
	rq_schema_object(root);
	rq_json_set_number(rq_schema_add(root, "schema_version", "integer", "raised when a reader must change"), "const", RQ_EVAL_SCHEMA_VERSION);
	rq_schema_add(root, "rqgate", "string", "version of the program");
	rq_schema_add(root, "profile", "string", "pr or release");
	rq_json *qrels = rq_schema_add_object(root, "qrels", "the judgments");
	rq_schema_add(qrels, "path", "string", "as given");
	rq_schema_add_nullable(qrels, "sha256", "string", "of the file");
	rq_schema_add(qrels, "topics", "integer", "judged topics");
	rq_schema_add(qrels, "topics_no_relevant", "integer", "of those, without a relevant document");
	rq_schema_add(qrels, "judgments", "integer", "topics and documents");
	rq_schema_add(qrels, "relevant", "integer", "judgments of the level or more");
	rq_schema_add(qrels, "relevant_returned", "integer", "of those, returned by some run");
	describe_options(root);
	describe_run(rq_schema_items(rq_schema_add(root, "runs", "array", "in the order given")));
	rq_json *diagnostic = rq_schema_items(rq_schema_add(root, "diagnostics", "array", "what is not zero"));
	rq_schema_add(diagnostic, "name", "string", "topics_missing, documents_unjudged ...");
	rq_schema_add_nullable(diagnostic, "run", "string", "path; null: all runs");
	rq_schema_add(diagnostic, "count", "integer", "how many");
	rq_schema_add(diagnostic, "warning", "boolean", "else a note");
	rq_schema_add(diagnostic, "text", "string", "a sentence with what to do");
	return root;
}
