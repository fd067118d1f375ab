/* The JSON Schema of report.json. Metrics, gates and the verdict are described to the last key; facts of the run, diagnostics and topics may get
 * more. */
#include "reports/drift_details.h"
#include "reports/report.h"
#include "reports/schema.h"

static const char *const side_names[] = {"baseline", "candidate"};

static void describe_paired(rq_json *metric)
{
	rq_schema_may_nullable(metric, "delta", "number", "candidate - baseline, mean over the topics; down to paired_t where both sides were compared");
	rq_schema_may_nullable(metric, "lower", "number", "lower end of the 90 % interval of delta");
	rq_schema_may_nullable(metric, "upper", "number", "upper end");
	rq_schema_may(metric, "n", "integer", "topics");
	rq_schema_may(metric, "clusters", "integer", "of topics, where they are in some");
	rq_schema_may(metric, "wins", "integer", "topics that rose");
	rq_schema_may(metric, "ties", "integer", "topics that stayed");
	rq_schema_may(metric, "losses", "integer", "topics that fell");
	rq_schema_may(metric, "identical", "boolean", "the same rankings on every topic, to the metric's cutoff");
	rq_schema_may_nullable(metric, "p_worse", "number", "small where the candidate is worse");
	rq_json *t = rq_schema_object(rq_schema_may(metric, "paired_t", "object", "secondary evidence, two-sided"));
	rq_schema_add_nullable(t, "t", "number", "null where all differences are equal");
	rq_schema_add_nullable(t, "df", "number", "degrees of freedom");
	rq_schema_add_nullable(t, "p", "number", "two-sided");
}

static void describe_evidence(rq_json *metric)
{
	rq_schema_may_nullable(metric, "sign_flip_p", "number", "two-sided, by 9,999 seeded sign flips; secondary, as all down to topics_to_pass");
	rq_schema_may_nullable(metric, "bca_lower", "number", "lower end of the 90 % BCa bootstrap interval of delta");
	rq_schema_may_nullable(metric, "bca_upper", "number", "upper end");
	rq_schema_may_nullable(metric, "mde_margin", "number", "of the strictest gate on a drop; null: there is none");
	rq_schema_may_nullable(metric, "mde", "number", "the smallest loss that so many topics show in four of five cases");
	rq_schema_may_nullable(metric, "topics_to_pass", "integer", "so many pass a candidate that loses nothing, in four of five cases");
}

static void describe_slices(rq_json *metric)
{
	rq_json *slice = rq_schema_items(rq_schema_may(metric, "slices", "array", "of the topics that name one; advice"));

	rq_schema_add(slice, "slice", "string", "its name");
	for (int side = 0; side < 2; side++)
		rq_schema_add_nullable(slice, side_names[side], "number", "mean over its topics");
	rq_schema_add_nullable(slice, "delta", "number", "candidate - baseline");
	rq_schema_add_nullable(slice, "lower", "number", "lower end of its 90 % interval");
	rq_schema_add_nullable(slice, "upper", "number", "upper end");
	rq_schema_add(slice, "n", "integer", "topics");
	rq_schema_add_nullable(slice, "p_worse", "number", "small where the candidate is worse");
	rq_schema_add_nullable(slice, "q", "number", "p_worse after Benjamini-Hochberg over the slices; null of a small one");
}

void rq_schema_metric(rq_json *metric)
{
	rq_schema_add(metric, "metric", "string", "canonical name");
	rq_schema_may(metric, "number", "integer", "its place among those of both lists");
	for (int side = 0; side < 2; side++)
		rq_schema_add_nullable(metric, side_names[side], "number", "mean over the topics, or the quantile of a time in seconds; null where absent");
	describe_paired(metric);
	describe_evidence(metric);
	describe_slices(metric);
	rq_schema_may(metric, "builds", "object", "means of each build and their deviation, where a side's index was built several times");
	rq_schema_may(metric, "attribution", "object", "where the difference comes from");
	rq_schema_may(metric, "condensed", "object", "the comparison without unjudged documents");
	rq_schema_may(metric, "judged", "array", "shares of judged documents, [baseline, candidate]");
	rq_json *bounds = rq_schema_add_object(metric, "bounds", "one-sided 95 % bounds of each side's value: [lower, upper]");
	for (int side = 0; side < 2; side++)
		rq_schema_add_pair(bounds, side_names[side], "null: too few samples");
	rq_schema_add_pair(metric, "samples", "topics, or timed queries, behind the values");
	rq_schema_add_pair(metric, "ties_at_cutoff", "rankings whose equal scores straddle the cutoff");
	rq_schema_add(metric, "lower_is_better", "boolean", "of a time");
	rq_schema_add_map(metric, "absent", "string", false, "why a side has no value");
}

static void set_choice(rq_json *property, const char *const *choices)
{
	rq_json *names = rq_json_set_array(property, "enum");

	for (; *choices != NULL; choices++)
		rq_json_push_string(names, *choices);
}

static const char *const outcomes[] = {"pass", "fail", "inconclusive", NULL}, *const levels[] = {"warn", "error", NULL};

static void describe_gate(rq_json *gate)
{
	rq_schema_add(gate, "kind", "string", "max_drop, min, max ...");
	rq_schema_add_nullable(gate, "metric", "string", "or what else it is about");
	rq_schema_add_nullable(gate, "slice", "string", "null: all topics");
	rq_schema_add(gate, "gate", "string", "the contract, as it would be typed");
	set_choice(rq_schema_add(gate, "level", "string", "warn never changes the exit code"), levels);
	set_choice(rq_schema_add(gate, "verdict", "string", "what was judged, waived or not"), outcomes);
	rq_schema_add(gate, "reason", "string", "a clause");
	rq_schema_add(gate, "absent", "boolean", "it lacks its data");
	rq_schema_add(gate, "blocks", "boolean", "it makes the exit code 1 or 2");
	rq_schema_add_nullable(gate, "value", "number", "what was compared");
	rq_schema_add_nullable(gate, "limit", "number", "the bound or margin");
	rq_schema_add_nullable(gate, "lower", "number", "bound of value");
	rq_schema_add_nullable(gate, "upper", "number", "bound of value");
	rq_schema_add_nullable(gate, "p", "number", "after Holm; null of a kind without one");
	rq_schema_may(gate, "topics_to_settle", "integer", "of one that is inconclusive");
	rq_schema_add_nullable(gate, "owner", "string", "as in the config");
	rq_schema_add_nullable(gate, "runbook", "string", "as in the config");
	rq_json *waiver = rq_schema_object(rq_schema_may(gate, "waiver", "object", "that it has"));
	rq_schema_add(waiver, "reason", "string", "as in the config");
	rq_schema_add(waiver, "by", "string", "who");
	rq_schema_add(waiver, "until", "string", "its last day, UTC");
	rq_schema_add(waiver, "expired", "boolean", "it accepts nothing any more");
}

static void describe_results(rq_json *object, const char *metrics, const char *gates)
{
	rq_schema_metric(rq_schema_items(rq_schema_add(object, "metrics", "array", metrics)));
	rq_json *gate = rq_schema_items(rq_schema_add(object, "gates", "array", gates));
	describe_gate(gate);
	rq_schema_may(gate, "standard", "boolean", "true: of a job of drift, and not in the config, which names no gate on the same");
	rq_schema_open(gate); /* kinds may say more */
}

static void describe_run(rq_json *root)
{
	rq_json *run = rq_schema_add_object(root, "run", "all that may differ between two runs of the same inputs: times, host, versions");

	rq_schema_open(run);
	rq_schema_add(run, "started", "string", "UTC");
	rq_schema_add(run, "seconds", "number", "of the whole run");
	rq_schema_add(run, "threads", "integer", "that it used");
	rq_schema_add(run, "set", "array", "what the command line changed in the config");
	rq_json *verdict = rq_schema_add_object(run, "verdict", "the final one, gates on times included");
	set_choice(rq_schema_add(verdict, "outcome", "string", "of all gates"), outcomes);
	rq_schema_add(verdict, "exit_code", "integer", "0, 1 or 2");
	rq_schema_add(verdict, "sentence", "string", "for people");
	describe_results(run, "on what each run measures anew", "on what each run measures anew");
	rq_schema_may(run, "gate_lines", "array", "the line of the config's file on which each gate begins, in the config's order; 0: unknown");
	rq_schema_add_map(run, "stage_seconds", "number", false, "how long each stage took");
	rq_schema_add_map(run, "cache_use", "string", false, "what came from the cache");
	rq_schema_add(run, "services", "array", "what services were asked");
	rq_schema_add(run, "failures", "array", "what could not be embedded or searched");
	rq_schema_add(run, "remarks", "array", "that hang on this run alone");
	rq_schema_may(run, RQ_REPORT_SEAL, "string", "SHA-256 of all the rest: a report that was changed is refused; it is no signature");
	rq_json *past = rq_schema_items(rq_schema_may(run, "history", "array", "what runs of this suite found before, oldest first, and last this one; with a store"));
	rq_schema_open(past);
	rq_schema_add(past, "time_us", "number", "microseconds since 1970");
	rq_schema_add(past, "verdict", "string", "pass, fail or inconclusive");
	rq_schema_add(past, "metrics", "object", "metric -> [baseline, candidate], null where that run had it not");
}

static void describe_topics(rq_json *root)
{
	rq_json *topic = rq_schema_items(rq_schema_add(root, "topics", "array", "judged ones, in the order of their ids"));

	rq_schema_open(topic);
	rq_schema_add(topic, "id", "string", "of the topics file");
	rq_schema_add_nullable(topic, "slice", "string", "null: none");
	rq_schema_may(topic, "text", "string", "of the 100 that lost most over all metrics, and of the 100 that did in the first");
	rq_schema_add(topic, "scores", "object", "metric -> [baseline, candidate]");
	rq_schema_may(topic, "attribution", "object", "metric -> [embedding, index, judging], of those that moved");
	rq_schema_may(topic, "cause", "string", "what happened to it");
}

static void describe_diagnostics(rq_json *root)
{
	rq_json *diagnostics = rq_schema_add_object(root, "diagnostics", "what to know of the numbers");

	rq_schema_open(diagnostics);
	rq_schema_add_map(diagnostics, "counts", "number", false, "documents, topics ...");
	rq_schema_add_nullable(diagnostics, "cutoff", "integer", "depth of the rankings; null: as deep as the run files are");
	rq_schema_add(diagnostics, "failed", "object", "how much of each side could not be embedded or searched");
	rq_schema_add_nullable(diagnostics, "smallest_margin", "number", "that these topics can decide");
	rq_schema_add_nullable(diagnostics, "exact", "string", "how exact search was done");
	rq_schema_add(diagnostics, "exact_part", "string", "what exact search differs by");
	rq_schema_add(diagnostics, "sides", "object", "what each side was made of");
	rq_schema_add(diagnostics, "bm25", "object", "the yardstick beside both sides");
	rq_schema_add(diagnostics, "self_test", "object", "the baseline against itself");
	rq_schema_add(diagnostics, "remarks", "array", "facts worth a line");
}

static void describe_drift_side(rq_json *drift, const char *name, const char *description)
{
	rq_json *side = rq_schema_add_object(drift, name, description);

	rq_schema_add_nullable(side, "embedder", "string", "null: no vectors");
	rq_schema_add_nullable(side, "model", "string", "as its service calls it");
	rq_schema_add_nullable(side, "fingerprint", "string", "of the model, as far as anybody tells");
	rq_schema_add_nullable(side, "dimension", "integer", "null: no vectors");
	rq_schema_add(side, "documents", "integer", "with vectors");
	rq_schema_add(side, "topics", "integer", "that were searched");
	rq_schema_add_nullable(side, "corpus", "string", "sha256");
}

static void describe_figure(rq_json *figure)
{
	static const char *const bounds[] = {"at_least", "at_most", NULL};

	rq_schema_add(figure, "figure", "string", "silent_change, knn_jaccard, mmd ...");
	rq_schema_add(figure, "of", "string", "documents, topics, or the metric of a series");
	rq_schema_add(figure, "unit", "string", "of the value");
	rq_schema_add_nullable(figure, "value", "number", "an effect: it does not grow with the number of texts; null where absent");
	rq_schema_add_nullable(figure, "error", "number", "its standard error");
	rq_schema_add_nullable(figure, "lower", "number", "one-sided 95 % bound");
	rq_schema_add_nullable(figure, "upper", "number", "the other one");
	rq_schema_add_nullable(figure, "p", "number", "how often as much would be seen where nothing drifted");
	rq_schema_add_nullable(figure, "p_adjusted", "number", "after Holm over its family");
	rq_schema_add_nullable(figure, "chance", "number", "what the figure comes to by chance alone");
	rq_schema_add(figure, "n", "integer", "texts, lists or weeks that it rests on");
	set_choice(rq_schema_add(figure, "bound", "string", "which way it is bounded"), bounds);
	rq_schema_add(figure, "limit", "number", "that of its gate, else its own");
	rq_schema_add(figure, "own_limit", "number", "its own");
	rq_schema_add_nullable(figure, "outcome", "string", "pass, fail or inconclusive, by that limit; null where absent");
	rq_schema_add_nullable(figure, "own_outcome", "string", "by its own");
	rq_schema_add_nullable(figure, "gate", "string", "the first gate on it; null: none");
	rq_schema_add_nullable(figure, "absent", "string", "why it was not measured");
	rq_schema_add(figure, "meaning", "string", "of a value beyond its limit");
	rq_schema_add(figure, "advice", "string", "what to do then");
	rq_schema_may_nullable(figure, "sample", "string", "how many of how many texts were looked at, and what that sees");
	rq_schema_may_nullable(figure, "null", "string", "what stands for chance: which null p is of, or why there is none");
	rq_schema_add(figure, "citation", "string", "where the figure comes from");
}

static void describe_ids(rq_json *drift)
{
	static const char *const what[RQ_DRIFT_ID_LISTS] = {"new since then", "no more there", "there with another text"};
	rq_json *lists = rq_schema_object(rq_schema_may(drift, "document_ids", "object", "which documents came, went and were changed, by their ids"));

	for (int list = 0; list < RQ_DRIFT_ID_LISTS; list++) {
		rq_json *one = rq_schema_add_object(lists, rq_drift_id_lists[list], what[list]);
		rq_schema_add(one, "count", "integer", "of them");
		rq_json_set_string(rq_schema_items(rq_schema_add(one, "first", "array", "at most 20 of them")), "type", "string");
	}
}

static void describe_flow(rq_json *drift, const char *name, const char *of)
{
	rq_json *flow = rq_schema_object(rq_schema_may(drift, name, "object", of));

	rq_schema_add(flow, "came", "integer", "new since then");
	rq_schema_add(flow, "went", "integer", "no more there");
	rq_schema_add(flow, "stayed", "integer", "in both");
}

static void describe_drift(rq_json *root)
{
	rq_json *drift = rq_schema_object(rq_schema_may(root, "drift", "object", "of a job of drift, whose baseline is the reference"));
	rq_json *reference = rq_schema_add_object(drift, "reference", "what now is compared with");

	rq_schema_add(reference, "name", "string", "which line of references");
	rq_schema_add(reference, "sha256", "string", "the one that was current");
	rq_schema_add(reference, "created", "string", "UTC");
	rq_schema_add_nullable(reference, "as_of", "string", "the time that was asked for; null: now");
	describe_drift_side(drift, "then", "what the reference is of");
	describe_drift_side(drift, "now", "what there is");
	rq_schema_add(drift, "same_documents", "integer", "whose id and text both times have");
	rq_schema_add(drift, "same_topics", "integer", "likewise");
	describe_flow(drift, "documents", "texts of documents, each counted once, by what they say and not by their ids");
	describe_flow(drift, "topics", "likewise");
	rq_schema_add(drift, "documents_searched", "integer", "of the same documents, whose neighbours were looked at");
	rq_schema_add(drift, "texts_asked_again", "integer", "that a service embedded once more, past the cache");
	rq_drift_describe_details(drift);
	describe_figure(rq_schema_items(rq_schema_add(drift, "figures", "array", "in the order of the table")));
	describe_ids(drift);
}

rq_json *rq_report_schema(void)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(root, "title", "report.json of rqgate run");
	rq_schema_object(root);
	rq_schema_open(root);
	rq_json_set_number(rq_schema_add(root, "schema_version", "integer", "raised when a reader must change"), "const", RQ_REPORT_SCHEMA_VERSION);
	rq_schema_add(root, "metrics_version", "integer", "raised where a metric says another number of the same ranking");
	describe_run(root);
	rq_schema_add_nullable(root, "suite", "string", "null: none");
	rq_schema_add(root, "profile", "string", "pr or release");
	rq_schema_add_map(root, "inputs", "string", true, "name -> sha256");
	rq_schema_add_nullable(root, "verdict", "string", "pass, fail or inconclusive: of the gates that are not on times; null: there is none");
	rq_schema_add_nullable(root, "exit_code", "integer", "that follows from it");
	describe_results(root, "in the order asked for", "in the config's order");
	describe_topics(root);
	describe_drift(root);
	describe_diagnostics(root);
	rq_schema_may(root, "rankings", "object", "files beside the report, with the sha256 of their uncompressed text");
	return root;
}
