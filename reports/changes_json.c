/* What differs between two sides, for machines. */
#include "evalcore/review/texts.h"
#include "reports/changes_parts.h"
#include "reports/json_parts.h"

#include <math.h>
#include <stdlib.h>

enum { IDS_MOST = 1000 /* of one kind; counts are whole */, TEXT_SHOWN = 200 };

static const char *const kind_names[] = {[RQ_COMPARABLE_INDEX] = "index",
                                         [RQ_COMPARABLE_VECTORS] = "vectors",
                                         [RQ_COMPARABLE_RUN] = "run",
                                         [RQ_COMPARABLE_REPORT] = "report",
                                         [RQ_COMPARABLE_SNAPSHOT] = "snapshot"};

const char *rq_why_key(enum rq_why why)
{
	static const char *const keys[RQ_WHYS] = {"not_known", "removed", "added", "text", "moved", "dimensions", "overtaken", "index"};

	return keys[why];
}

static void set_spread(rq_json *object, const char *key, const struct rq_spread *spread)
{
	rq_json *own = rq_json_set_object(object, key);

	rq_json_set_number(own, "mean", spread->mean);
	rq_json_set_number(own, "min", (double)spread->least);
	rq_json_set_number(own, "p5", (double)spread->low);
	rq_json_set_number(own, "median", (double)spread->median);
	rq_json_set_number(own, "p95", (double)spread->high);
	rq_json_set_number(own, "max", (double)spread->most);
}

static void set_structure(rq_json *object, const struct rq_index_structure *structure)
{
	rq_json_set_string(object, "type", structure->type);
	rq_json_set_number(object, "row_bytes", (double)structure->row_bytes);
	if (structure->levels > 0) {
		rq_json *graph = rq_json_set_object(object, "graph"), *nodes = rq_json_set_array(graph, "nodes");
		for (size_t i = 0; i < structure->levels && i < RQ_LEVELS_MOST; i++)
			rq_json_push_number(nodes, (double)structure->nodes[i]);
		rq_json_set_number(graph, "links", (double)structure->links);
		rq_json_set_number(graph, "ef_construction", (double)structure->ef_construction);
		rq_json_set_number(graph, "ef_search", (double)structure->ef_search);
		set_spread(graph, "degrees", &structure->degrees);
		rq_json_set_number(graph, "unlinked", (double)structure->unlinked);
		rq_json_set_number(graph, "unreachable", (double)structure->unreachable);
	}
	if (structure->lists > 0) {
		rq_json *lists = rq_json_set_object(object, "lists");
		rq_json_set_number(lists, "count", (double)structure->lists);
		rq_json_set_number(lists, "nprobe", (double)structure->probes);
		rq_json_set_number(lists, "empty", (double)structure->empty_lists);
		set_spread(lists, "rows", &structure->list_rows);
		rq_json_set_number(lists, "imbalance", structure->imbalance);
	}
}

static void push_side(rq_json *sides, const struct rq_changes *changes, enum rq_side side)
{
	const struct rq_holding *holding = changes->holdings == NULL ? NULL : &changes->holdings[side];
	rq_json *object = rq_json_push_object(sides);

	rq_json_set_string(object, "name", changes->names[side]);
	rq_json_set_string(object, "is", kind_names[changes->kinds[side]]);
	rq_json_set_string(object, "sha256", holding == NULL ? changes->sha256[side] : holding->sha256);
	if (changes->made[side].created != NULL) {
		rq_json_set_string(object, "snapshot", changes->made[side].seal);
		rq_json_set_string(object, "created", changes->made[side].created);
		rq_json_set_string(object, "model", changes->made[side].model);
		rq_json_set_string(object, "corpus", changes->made[side].corpus);
	}
	if (holding == NULL)
		return;
	rq_json_set_number(object, "bytes", (double)holding->bytes);
	rq_json_set_number(object, "documents", (double)holding->ids.count);
	rq_json_set_number(object, "dimensions", (double)(holding->kind == RQ_COMPARABLE_VECTORS ? holding->vectors.d : holding->structure.dimension));
	rq_json_set_string(object, "similarity", holding->similarity == RQ_L2 ? "l2" : holding->cosine ? "cosine" : "ip");
	rq_json_set_string(object, "search", holding->search);
	rq_json_set_string(object, "vectors", holding->vectors.data == NULL ? NULL : holding->coded ? "codes" : "as stored");
	if (holding->kind == RQ_COMPARABLE_INDEX)
		set_structure(rq_json_set_object(object, "index"), &holding->structure);
}

static void set_ids(rq_json *object, const char *key, const char *const *ids, size_t count)
{
	rq_json *own = rq_json_set_object(object, key), *array;

	rq_json_set_number(own, "count", (double)count);
	array = rq_json_set_array(own, "ids");
	for (size_t i = 0; i < count && i < IDS_MOST; i++)
		rq_json_push_string(array, ids[i]);
}

static void set_only(rq_json *object, const char *key, const struct rq_changes *changes, enum rq_side side)
{
	const struct rq_document_changes *documents = changes->documents;
	rq_json *own = rq_json_set_object(object, key), *ids;

	rq_json_set_number(own, "count", (double)documents->only_count[side]);
	ids = rq_json_set_array(own, "ids");
	for (size_t i = 0; i < documents->only_count[side] && i < IDS_MOST; i++)
		rq_json_push_string(ids, changes->holdings[side].ids.names[documents->only[side][i]]);
}

/* The beginning of a document's text, where a corpus is at hand. */
static void set_text(rq_json *object, const struct rq_changes *changes, const char *id)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	rq_add_one_line(&text, rq_changes_text(changes, id), TEXT_SHOWN);
	if (text.size > 0)
		rq_json_set_string(object, "text", text.data);
}

static void set_vectors(rq_json *object, const struct rq_changes *changes)
{
	static const char *const names[RQ_COSINES] = {"min", "p1", "p5", "p25", "median", "p75", "max"};
	const struct rq_document_changes *documents = changes->documents;
	rq_json *vectors = rq_json_set_object(object, "vectors"), *cosines, *most;

	rq_json_set_string(vectors, "absent", documents->absent);
	if (documents->absent != NULL)
		return;
	rq_json_set_number(vectors, "same", (double)documents->same);
	rq_json_set_number(vectors, "rounded", (double)documents->rounded);
	rq_json_set_number(vectors, "moved", (double)documents->moved);
	rq_json_set_number(vectors, "zero_on_one_side", (double)documents->directionless);
	cosines = rq_json_set_object(vectors, "cosines");
	for (size_t i = 0; i < RQ_COSINES; i++)
		rq_json_set_number(cosines, names[i], documents->cosines[i]);
	most = rq_json_set_array(vectors, "moved_most");
	for (size_t i = 0; i < documents->most_count && i < IDS_MOST; i++) {
		const struct rq_document_pair *pair = &documents->pairs[documents->most[i]];
		rq_json *entry = rq_json_push_object(most);
		rq_json_set_string(entry, "id", changes->holdings[RQ_BASELINE].ids.names[pair->row[RQ_BASELINE]]);
		rq_json_set_number(entry, "cosine", pair->cosine);
		set_text(entry, changes, rq_json_string(rq_json_get(entry, "id")));
	}
}

static void set_documents(rq_json *root, const struct rq_changes *changes)
{
	const struct rq_document_changes *documents = changes->documents;
	rq_json *object = rq_json_set_object(root, "documents"), *renames, *texts;

	rq_json_set_number(object, "in_both", (double)documents->pair_count);
	rq_json_set_bool(object, "same_order", documents->in_order);
	set_only(object, "removed", changes, RQ_BASELINE);
	set_only(object, "added", changes, RQ_CANDIDATE);
	rq_json_set_number(object, "renamed", documents->absent == NULL ? (double)documents->renamed : NAN);
	renames = rq_json_set_array(object, "renames");
	for (size_t i = 0; i < documents->renamed && i < IDS_MOST; i++) {
		rq_json *entry = rq_json_push_object(renames);
		rq_json_set_string(entry, "a", changes->holdings[RQ_BASELINE].ids.names[documents->renames[i].row[RQ_BASELINE]]);
		rq_json_set_string(entry, "b", changes->holdings[RQ_CANDIDATE].ids.names[documents->renames[i].row[RQ_CANDIDATE]]);
	}
	set_vectors(object, changes);
	if (!documents->has_texts)
		return;
	texts = rq_json_set_object(object, "texts");
	rq_json_set_number(texts, "compared", (double)documents->texted);
	set_ids(texts, "changed", documents->changed_ids, documents->text_changed);
	rq_json_set_number(texts, "embedded_anew", (double)documents->embedded_anew);
	set_ids(texts, "stale", documents->stale_ids, documents->stale);
}

static void set_mean(rq_json *object, const char *key, const struct rq_mean *mean)
{
	rq_json *own = rq_json_set_object(object, key);

	rq_json_set_number(own, "mean", mean->mean);
	rq_json_set_number(own, "lower", mean->lower);
	rq_json_set_number(own, "upper", mean->upper);
}

static void set_causes(rq_json *object, const char *key, size_t count, const size_t by[RQ_WHYS])
{
	rq_json *own = rq_json_set_object(object, key), *causes;

	rq_json_set_number(own, "topics", (double)count);
	causes = rq_json_set_object(own, "by");
	for (int why = 0; why < RQ_WHYS; why++)
		rq_json_set_number(causes, rq_why_key((enum rq_why)why), (double)by[why]);
}

static void push_topic(rq_json *topics, const struct rq_topic_change *topic, bool judged)
{
	rq_json *object = rq_json_push_object(topics);

	rq_json_set_string(object, "id", topic->id);
	if (judged) {
		rq_json_set_string(object, "metric", topic->metric);
		rq_json_set_number(object, "moved", topic->moved);
	}
	rq_json_set_number(object, "overlap", topic->overlap);
	rq_json_set_number(object, "jaccard", topic->jaccard);
	rq_json_set_number(object, "rbo", topic->rbo);
	if (topic->document != NULL) {
		rq_json_set_string(object, "why", rq_why_key(topic->why));
		rq_json_set_string(object, "document", topic->document);
		rq_json_set_string(object, "cause", topic->told);
	}
}

static void set_answers(rq_json *root, const struct rq_answer_changes *answers)
{
	const struct rq_comparison *comparison = &answers->comparison;
	rq_json *object = rq_json_set_object(root, "answers"), *array;

	rq_json_set_number(object, "topics_compared", (double)answers->count);
	rq_json_set_number(object, "only_in_a", (double)answers->only[RQ_BASELINE]);
	rq_json_set_number(object, "only_in_b", (double)answers->only[RQ_CANDIDATE]);
	rq_json_set_number(object, "deepest_in_a", (double)answers->deepest[RQ_BASELINE]);
	rq_json_set_number(object, "deepest_in_b", (double)answers->deepest[RQ_CANDIDATE]);
	if (answers->judged) {
		rq_json_set_number(object, "judged", (double)comparison->topic_count);
		rq_json_set_number(object, "lacking_in_a", (double)answers->lacking[RQ_BASELINE]);
		rq_json_set_number(object, "lacking_in_b", (double)answers->lacking[RQ_CANDIDATE]);
	}
	rq_json_set_number(object, "depth", (double)answers->depth);
	rq_json_set_number(object, "same", (double)answers->same);
	rq_json_set_number(object, "nothing_found", (double)answers->nothing);
	set_mean(object, "overlap", &answers->overlap);
	set_mean(object, "jaccard", &answers->jaccard);
	set_mean(object, "rbo", &answers->rbo);
	rq_json_set_string(object, "exact", comparison->exact_note);
	array = rq_json_set_array(object, "metrics");
	for (size_t i = 0; i < comparison->metric_count; i++)
		rq_json_push_metric(array, comparison, &comparison->metrics[i]);
	set_causes(object, answers->judged ? "lost" : "changed", answers->lost, answers->lost_by);
	if (answers->judged)
		set_causes(object, "gained", answers->gained, answers->gained_by);
	array = rq_json_set_array(object, "topics");
	for (size_t i = 0; i < answers->count; i++)
		push_topic(array, &answers->topics[i], answers->judged);
}

enum rq_status rq_changes_json(struct rq_buf *out, const struct rq_changes *changes, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *sides;

	rq_json_set_number(root, "schema_version", RQ_CHANGES_SCHEMA_VERSION);
	sides = rq_json_set_array(root, "sides");
	push_side(sides, changes, RQ_BASELINE);
	push_side(sides, changes, RQ_CANDIDATE);
	if (changes->documents != NULL)
		set_documents(root, changes);
	if (changes->reports != NULL)
		rq_json_set_reports(root, changes);
	if (changes->answers != NULL)
		set_answers(root, changes->answers);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}
