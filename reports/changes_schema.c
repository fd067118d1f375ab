/* The JSON Schema of what changes_json.c and changes_reports.c write, to the last key. */
#include "reports/changes_parts.h"
#include "reports/schema.h"

static void describe_spread(rq_json *object, const char *name, const char *description)
{
	rq_json *spread = rq_schema_add_object(object, name, description);

	rq_schema_add(spread, "mean", "number", "over all of them");
	rq_schema_add(spread, "min", "integer", "the least");
	rq_schema_add(spread, "p5", "integer", "5th percentile");
	rq_schema_add(spread, "median", "integer", "50th");
	rq_schema_add(spread, "p95", "integer", "95th");
	rq_schema_add(spread, "max", "integer", "the most");
}

static void describe_structure(rq_json *side)
{
	rq_json *index = rq_schema_object(rq_schema_may(side, "index", "object", "how it is put together; of an index file"));

	rq_schema_add(index, "type", "string", "in FAISS's words");
	rq_schema_add(index, "row_bytes", "integer", "that a row takes, links and labels included");
	rq_json *graph = rq_schema_object(rq_schema_may(index, "graph", "object", "of HNSW"));
	rq_json_set_string(rq_json_set_object(rq_schema_add(graph, "nodes", "array", "on each level, the lowest first"), "items"), "type", "integer");
	rq_schema_add(graph, "links", "integer", "room for so many of a node on the lowest level");
	rq_schema_add(graph, "ef_construction", "integer", "as the file says");
	rq_schema_add(graph, "ef_search", "integer", "as it is searched");
	describe_spread(graph, "degrees", "links that lead out of a node on the lowest level");
	rq_schema_add(graph, "unlinked", "integer", "nodes that nothing links to");
	rq_schema_add(graph, "unreachable", "integer", "nodes that no search can reach");
	rq_json *lists = rq_schema_object(rq_schema_may(index, "lists", "object", "of IVF"));
	rq_schema_add(lists, "count", "integer", "of lists");
	rq_schema_add(lists, "nprobe", "integer", "as it is searched");
	rq_schema_add(lists, "empty", "integer", "of lists");
	describe_spread(lists, "rows", "of a list");
	rq_schema_add(lists, "imbalance", "number", "1: all lists are alike");
}

static void describe_side(rq_json *side)
{
	rq_schema_add(side, "name", "string", "as it was called");
	rq_schema_add(side, "is", "string", "index, vectors, run, report or snapshot");
	rq_schema_add(side, "sha256", "string", "of the file");
	rq_schema_may(side, "snapshot", "string", "of a snapshot: the seal that it is named by");
	rq_schema_may(side, "created", "string", "of a snapshot: when");
	rq_schema_may_nullable(side, "model", "string", "of a snapshot: fingerprint of what made the vectors");
	rq_schema_may_nullable(side, "corpus", "string", "of a snapshot: sha256");
	rq_schema_may(side, "bytes", "integer", "of the file; this and what follows of indexes and vectors");
	rq_schema_may(side, "documents", "integer", "rows");
	rq_schema_may(side, "dimensions", "integer", "of the vectors");
	rq_schema_may(side, "similarity", "string", "cosine, ip or l2");
	rq_schema_may_nullable(side, "search", "string", "parameters of the search; null: as the file has them");
	rq_schema_may_nullable(side, "vectors", "string", "as stored, or codes; null: it does not tell them");
	describe_structure(side);
}

static void describe_ids(rq_json *object, const char *name, const char *description)
{
	rq_json *own = rq_schema_add_object(object, name, description);

	rq_schema_add(own, "count", "integer", "all of them");
	rq_json_set_string(rq_json_set_object(rq_schema_add(own, "ids", "array", "the first 1,000"), "items"), "type", "string");
}

static void describe_vectors(rq_json *documents)
{
	static const char *const quantiles[] = {"min", "p1", "p5", "p25", "median", "p75", "max"};
	rq_json *vectors = rq_schema_add_object(documents, "vectors", "of the documents of both");

	rq_schema_add_nullable(vectors, "absent", "string", "why they are not compared, and nothing else is here; null: they are");
	rq_schema_may(vectors, "same", "integer", "to the bit");
	rq_schema_may(vectors, "rounded", "integer", "the same but for rounding");
	rq_schema_may(vectors, "moved", "integer", "the squared distance exceeds 2e-4 of the squared length");
	rq_schema_may(vectors, "zero_on_one_side", "integer", "a row of zeros");
	rq_json *cosines = rq_schema_object(rq_schema_may(vectors, "cosines", "object", "quantiles"));
	for (size_t i = 0; i < RQ_COSINES; i++)
		rq_schema_add_nullable(cosines, quantiles[i], "number", "null: no document has one");
	rq_json *most = rq_schema_items(rq_schema_may(vectors, "moved_most", "array", "the first 1,000, smallest cosine first"));
	rq_schema_add(most, "id", "string", "document");
	rq_schema_add_nullable(most, "cosine", "number", "null: a row of zeros");
	rq_schema_may(most, "text", "string", "its beginning, where a corpus is at hand");
}

static void describe_documents(rq_json *root)
{
	rq_json *documents = rq_schema_object(rq_schema_may(root, "documents", "object", "of indexes and vectors"));

	rq_schema_add(documents, "in_both", "integer", "by id");
	rq_schema_add(documents, "same_order", "boolean", "those of both stand in the same order");
	describe_ids(documents, "removed", "only in A");
	describe_ids(documents, "added", "only in B");
	rq_schema_add_nullable(documents, "renamed", "integer", "that went, and came under another id with the same vector; null: vectors are not compared");
	rq_json *renames = rq_schema_items(rq_schema_add(documents, "renames", "array", "the first 1,000"));
	rq_schema_add(renames, "a", "string", "id in A");
	rq_schema_add(renames, "b", "string", "id in B");
	describe_vectors(documents);
	rq_json *texts = rq_schema_object(rq_schema_may(documents, "texts", "object", "where a corpus of each side is at hand"));
	rq_schema_add(texts, "compared", "integer", "documents of both that both corpora have");
	describe_ids(texts, "changed", "of these: another text");
	rq_schema_add(texts, "embedded_anew", "integer", "the same text, and a vector that moved");
	describe_ids(texts, "stale", "another text, and the vector that it had");
}

static void describe_reports(rq_json *root)
{
	rq_json *reports = rq_schema_object(rq_schema_may(root, "reports", "object", "of two reports"));

	rq_json_set_string(rq_json_set_object(rq_schema_add(reports, "verdicts", "array", "[A, B]"), "items"), "type", "string");
	rq_schema_add(reports, "candidates", "object", "metric -> [A, B], each a number or null");
	rq_json *gate = rq_schema_items(rq_schema_add(reports, "gates_changed", "array", "that say something else"));
	rq_schema_add(gate, "gate", "string", "as it would be typed");
	rq_schema_add_nullable(gate, "a", "string", "its outcome in A; null: A has no such gate");
	rq_schema_add_nullable(gate, "b", "string", "its outcome in B");
}

static void describe_mean(rq_json *answers, const char *name, const char *description)
{
	rq_json *mean = rq_schema_add_object(answers, name, description);

	rq_schema_add(mean, "mean", "number", "over the topics");
	rq_schema_add_nullable(mean, "lower", "number", "one-sided 95 % bound");
	rq_schema_add_nullable(mean, "upper", "number", "the other one");
}

static void describe_causes(rq_json *answers, const char *name, const char *description)
{
	rq_json *causes = rq_schema_object(rq_schema_may(answers, name, "object", description)), *by;

	rq_schema_add(causes, "topics", "integer", "how many");
	by = rq_schema_add_object(causes, "by", "what explains so many of them");
	for (int why = 0; why < RQ_WHYS; why++)
		rq_schema_add(by, rq_why_key((enum rq_why)why), "integer", rq_why_name((enum rq_why)why));
}

static void describe_answers(rq_json *root)
{
	rq_json *answers = rq_schema_object(rq_schema_may(root, "answers", "object", "where topics were asked of both"));

	rq_schema_add(answers, "topics_compared", "integer", "of both sides");
	rq_schema_add(answers, "only_in_a", "integer", "topics that one run alone has: an empty list of the other");
	rq_schema_add(answers, "only_in_b", "integer", "topics");
	rq_schema_may(answers, "deepest_in_a", "integer", "documents of the longest list in A, as far as it was read");
	rq_schema_may(answers, "deepest_in_b", "integer", "those of B");
	rq_schema_may(answers, "judged", "integer", "topics that metrics are means over");
	rq_schema_may(answers, "lacking_in_a", "integer", "of these: A has no list of them, which counts as 0");
	rq_schema_may(answers, "lacking_in_b", "integer", "the same of B");
	rq_schema_add(answers, "depth", "integer", "ranks that overlap, Jaccard and RBO look at");
	rq_schema_add(answers, "same", "integer", "topics with the same documents in the same order");
	rq_schema_may(answers, "nothing_found", "integer", "of these: neither side found anything");
	describe_mean(answers, "overlap", "share of the longer list that both have");
	describe_mean(answers, "jaccard", "shared documents of all that either has");
	describe_mean(answers, "rbo", "rank-biased overlap, p = 0.9");
	rq_schema_add_nullable(answers, "exact", "string", "how exact search was done, or why not");
	rq_schema_metric(rq_schema_items(rq_schema_add(answers, "metrics", "array", "A as baseline, B as candidate; none where nothing is judged")));
	describe_causes(answers, "lost", "topics, by the first metric that moved");
	describe_causes(answers, "gained", "the same");
	describe_causes(answers, "changed", "without judgments: topics whose list differs");
	rq_json *topic = rq_schema_items(rq_schema_add(answers, "topics", "array", "strcmp order of id"));
	rq_schema_add(topic, "id", "string", "topic");
	rq_schema_may_nullable(topic, "metric", "string", "with judgments: the first that moved; null: none did");
	rq_schema_may_nullable(topic, "moved", "number", "by so much in it");
	rq_schema_add(topic, "overlap", "number", "of this topic");
	rq_schema_add(topic, "jaccard", "number", "of this topic");
	rq_schema_add(topic, "rbo", "number", "of this topic");
	rq_schema_may(topic, "why", "string", "a key of \"by\"");
	rq_schema_may(topic, "document", "string", "that tells it");
	rq_schema_may_nullable(topic, "cause", "string", "in words");
}

rq_json *rq_changes_schema(void)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(root, "title", "rqgate compare --json");
	rq_schema_object(root);
	rq_json_set_number(rq_schema_add(root, "schema_version", "integer", "raised when a reader must change"), "const", RQ_CHANGES_SCHEMA_VERSION);
	describe_side(rq_schema_items(rq_schema_add(root, "sides", "array", "[A, B]")));
	describe_documents(root);
	describe_reports(root);
	describe_answers(root);
	return root;
}
