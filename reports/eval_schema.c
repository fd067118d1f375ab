/* The JSON Schema of what eval_json.c writes. */
#include "reports/eval.h"

/* What a described object starts with. Returns it. */
static rq_json *object_schema(rq_json *schema)
{
	rq_json_set_string(schema, "type", "object");
	rq_json_set_bool(schema, "additionalProperties", false);
	rq_json_set_array(schema, "required");
	rq_json_set_object(schema, "properties");
	return schema;
}

/* A property that is there where it applies. */
static rq_json *may(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json *property = rq_json_set_object(rq_json_member(schema, "properties"), name);

	rq_json_set_string(property, "type", type);
	rq_json_set_string(property, "description", description);
	return property;
}

/* One that always is. */
static rq_json *add(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json_push_string(rq_json_member(schema, "required"), name);
	return may(schema, name, type, description);
}

static rq_json *add_object(rq_json *schema, const char *name, const char *description)
{
	return object_schema(add(schema, name, "object", description));
}

static rq_json *items_of(rq_json *array)
{
	return object_schema(rq_json_set_object(array, "items"));
}

static void add_nullable(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json *types = rq_json_set_array(add(schema, name, type, description), "type");

	rq_json_push_string(types, type);
	rq_json_push_string(types, "null");
}

static void describe_values(rq_json *schema)
{
	rq_json *metric = items_of(add(schema, "metrics", "array", "in the order asked for"));

	add(metric, "metric", "string", "canonical name");
	add_nullable(metric, "trec_name", "string", "what trec_eval calls it");
	add_nullable(metric, "value", "number", "over the scored topics");
	add_nullable(metric, "lower", "number", "one-sided 95 % bound of the mean; of a count, the count");
	add_nullable(metric, "upper", "number", "the other one");
	rq_json *ties = object_schema(may(metric, "over_ties", "object", "with --ties: over all orders of equal scores"));
	add(ties, "lowest", "number", "in the worst order");
	add(ties, "expected", "number", "in a random order");
	add(ties, "highest", "number", "in the best order");
	add(ties, "sampled", "boolean", "too many orders to try all: expected is an estimate");
}

static void may_nullable(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json *types = rq_json_set_array(may(schema, name, type, description), "type");

	rq_json_push_string(types, type);
	rq_json_push_string(types, "null");
}

/* Of all topics, not of slices. */
static void describe_evidence(rq_json *metric)
{
	may(metric, "sign_flip_p", "number", "two-sided, by 9,999 seeded sign flips; secondary evidence, as all down to topics_to_pass; not of slices");
	may_nullable(metric, "bca_lower", "number", "lower end of the 90 % BCa bootstrap interval of delta; null of one topic");
	may_nullable(metric, "bca_upper", "number", "upper end");
	may_nullable(metric, "mde_margin", "number", "of the strictest assertion on a drop, at which mde and topics_to_pass are; null: there is none");
	may_nullable(metric, "mde", "number", "the smallest loss that so many topics show in four of five cases; null: none up to 1");
	may_nullable(metric, "topics_to_pass", "integer", "so many pass a run that loses nothing, in four of five cases; null: more than 10 million");
}

static void describe_compared(rq_json *array)
{
	rq_json *metric = items_of(array);

	add(metric, "metric", "string", "canonical name; only means of values between 0 and 1 are compared, and only where more is better");
	add(metric, "baseline", "number", "of the first run");
	add(metric, "candidate", "number", "of this run");
	add(metric, "delta", "number", "candidate - baseline, mean over the topics");
	add(metric, "lower", "number", "lower end of the 90 % interval of delta");
	add(metric, "upper", "number", "upper end");
	add(metric, "n", "integer", "topics");
	add(metric, "wins", "integer", "topics that rose");
	add(metric, "ties", "integer", "topics that stayed");
	add(metric, "losses", "integer", "topics that fell");
	add(metric, "identical", "boolean", "the same rankings on every topic, to the metric's cutoff");
	add(metric, "p_worse", "number", "small where the candidate is worse");
	rq_json *t = add_object(metric, "paired_t", "secondary evidence, two-sided");
	add_nullable(t, "t", "number", "null where all differences are equal");
	add_nullable(t, "df", "number", "degrees of freedom");
	add_nullable(t, "p", "number", "two-sided");
	describe_evidence(metric);
	rq_json *changes = rq_json_set_array(may(metric, "change", "string", "at the margin; not of slices"), "enum");
	for (enum rq_change change = RQ_UNCHANGED; change <= RQ_UNDECIDED; change++)
		rq_json_push_string(changes, rq_change_name(change));
	may(metric, "margin", "number", "of an assertion, else the smallest that the topics can decide");
	may(metric, "p_worse_adjusted", "number", "by Holm over the metrics, or over the assertions where one is on this metric");
}

static void describe_verdict(rq_json *schema)
{
	rq_json *verdict = object_schema(may(schema, "verdict", "object", "of the assertions on this run"));

	add(verdict, "outcome", "string", "pass, fail or inconclusive");
	add(verdict, "exit_code", "integer", "0, 1 or 2");
	add(verdict, "sentence", "string", "for people");
	add(verdict, "gates", "array", "one member an assertion, as in report.json");
}

static void describe_run(rq_json *schema)
{
	add(schema, "path", "string", "as given, control characters escaped; - is standard input");
	add(schema, "sha256", "string", "of the file's bytes as they were read, compressed or not");
	add(schema, "tag", "string", "of the run's last line");
	add(schema, "documents", "integer", "lines of the run");
	rq_json *topics = add_object(schema, "topic_counts", "the denominators");
	add(topics, "judged", "integer", "topics of the judgments");
	add(topics, "in_run", "integer", "topics of the run");
	add(topics, "missing", "integer", "judged topics that the run lacks");
	add(topics, "scored", "integer", "topics that the means are over");
	add(topics, "scored_missing", "integer", "of those, how many the run lacks");
	describe_values(schema);
	describe_compared(may(schema, "compared", "array", "with the first run; of further runs only"));
	rq_json *slice = items_of(may(schema, "slices", "array", "with --slices"));
	add(slice, "slice", "string", "its name");
	add(slice, "topics", "integer", "scored topics in it");
	describe_values(slice);
	describe_compared(add(slice, "compared", "array", "with the first run; advisory"));
	describe_verdict(schema);
	rq_json *topic = items_of(may(schema, "topics", "array", "with --per-topic"));
	add(topic, "topic", "string", "id");
	add_nullable(topic, "slice", "string", "null: none");
	add(topic, "missing", "boolean", "the run lacks it");
	add(topic, "values", "object", "metric -> value");
}

static void describe_options(rq_json *root)
{
	rq_json *options = add_object(root, "options", "how it was scored");

	add(options, "level", "integer", "the smallest relevant grade, where a metric names none");
	add(options, "averaged_over", "string", "judged topics, or topics of every run");
	add(options, "skip_no_relevant", "boolean", "without topics that have no relevant document");
	add(options, "judged_only", "boolean", "without unjudged documents");
	add_nullable(options, "depth", "integer", "documents of a topic that count; null: all");
	add(options, "float32_scores", "boolean", "scores compared as floats");
	add(options, "lenient", "boolean", "bad numbers read as trec_eval does");
	add(options, "dedupe", "string", "refuse, first or best");
}

rq_json *rq_eval_schema(void)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(root, "title", "rqgate eval --format json");
	object_schema(root);
	rq_json_set_number(add(root, "schema_version", "integer", "raised when a reader must change"), "const", RQ_EVAL_SCHEMA_VERSION);
	add(root, "rqgate", "string", "version of the program");
	add(root, "profile", "string", "pr or release");
	rq_json *qrels = add_object(root, "qrels", "the judgments");
	add(qrels, "path", "string", "as given");
	add_nullable(qrels, "sha256", "string", "of the file");
	add(qrels, "topics", "integer", "judged topics");
	add(qrels, "topics_no_relevant", "integer", "of those, without a relevant document");
	add(qrels, "judgments", "integer", "topics and documents");
	add(qrels, "relevant", "integer", "judgments of the level or more");
	add(qrels, "relevant_returned", "integer", "of those, returned by some run");
	describe_options(root);
	describe_run(items_of(add(root, "runs", "array", "in the order given")));
	rq_json *diagnostic = items_of(add(root, "diagnostics", "array", "what is not zero"));
	add(diagnostic, "name", "string", "topics_missing, documents_unjudged ...");
	add_nullable(diagnostic, "run", "string", "path; null: all runs");
	add(diagnostic, "count", "integer", "how many");
	add(diagnostic, "warning", "boolean", "else a note");
	add(diagnostic, "text", "string", "a sentence with what to do");
	return root;
}
