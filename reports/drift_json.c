/* What a job of drift has measured, as report.json has it, and read back. */
#include "reports/drift_details.h"
#include "reports/json_parts.h"
#include "reports/read_parts.h"
#include "reports/rows.h"

#include "metrics/drift/drift.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- there ---- */

static void set_side(rq_json *object, const struct rq_drift_side *side)
{
	rq_json_set_string(object, "embedder", side->embedder);
	rq_json_set_string(object, "model", side->model);
	rq_json_set_string(object, "fingerprint", side->fingerprint);
	rq_json_set_number(object, "dimension", side->dimension == 0 ? (double)NAN : (double)side->dimension);
	rq_json_set_number(object, "documents", (double)side->documents);
	rq_json_set_number(object, "topics", (double)side->topics);
	rq_json_set_string(object, "corpus", side->corpus);
}

static void set_flow(rq_json *object, const struct rq_drift_flow *flow)
{
	rq_json_set_number(object, "came", (double)flow->came);
	rq_json_set_number(object, "went", (double)flow->went);
	rq_json_set_number(object, "stayed", (double)flow->stayed);
}

static void push_finding(rq_json *figures, const struct rq_drift_finding *finding, const struct rq_verdict *verdict)
{
	const struct rq_drift_standing standing = rq_drift_standing_of(verdict, finding);
	rq_json *object = rq_json_push_object(figures);

	rq_json_set_string(object, "figure", finding->figure);
	rq_json_set_string(object, "of", finding->of);
	rq_json_set_string(object, "unit", finding->unit);
	rq_json_set_number(object, "value", finding->value);
	rq_json_set_number(object, "error", finding->error);
	rq_json_set_number(object, "lower", finding->lower);
	rq_json_set_number(object, "upper", finding->upper);
	rq_json_set_number(object, "p", finding->p);
	rq_json_set_number(object, "p_adjusted", finding->p_adjusted);
	rq_json_set_number(object, "chance", finding->chance);
	rq_json_set_number(object, "n", (double)finding->n);
	rq_json_set_string(object, "bound", finding->at_least ? "at_least" : "at_most");
	rq_json_set_number(object, "limit", standing.limit);
	rq_json_set_number(object, "own_limit", finding->limit);
	rq_json_set_string(object, "outcome", finding->absent != NULL ? NULL : rq_outcome_name(standing.outcome));
	rq_json_set_string(object, "own_outcome", finding->absent != NULL ? NULL : rq_outcome_name(finding->outcome));
	rq_json_set_string(object, "gate", standing.gate == NULL ? NULL : standing.gate->text);
	rq_json_set_string(object, "absent", finding->absent);
	rq_json_set_string(object, "meaning", finding->meaning);
	rq_json_set_string(object, "advice", finding->advice);
	rq_json_set_string(object, "sample", finding->sample);
	rq_json_set_string(object, "null", finding->null);
	rq_json_set_string(object, "citation", finding->citation);
}

static void set_ids(rq_json *drift, const struct rq_drift_ids *lists)
{
	rq_json *ids = rq_json_set_object(drift, "document_ids");

	for (int list = 0; list < RQ_DRIFT_ID_LISTS; list++) {
		rq_json *object = rq_json_set_object(ids, rq_drift_id_lists[list]);
		rq_json_set_number(object, "count", (double)lists[list].count);
		rq_json *first = rq_json_set_array(object, "first");
		for (size_t i = 0; i < lists[list].told; i++)
			rq_json_push_string(first, lists[list].first[i]);
	}
}

void rq_json_set_drift(rq_json *root, const struct rq_report *report)
{
	const struct rq_drift *drift = report->comparison->drift;

	if (drift == NULL)
		return;
	rq_json *object = rq_json_set_object(root, "drift"), *reference = rq_json_set_object(object, "reference");
	rq_json_set_string(reference, "name", drift->reference);
	rq_json_set_string(reference, "sha256", drift->sha256);
	rq_json_set_string(reference, "created", drift->created);
	rq_json_set_string(reference, "as_of", drift->as_of);
	set_side(rq_json_set_object(object, "then"), &drift->sides[RQ_DRIFT_THEN]);
	set_side(rq_json_set_object(object, "now"), &drift->sides[RQ_DRIFT_NOW]);
	rq_json_set_number(object, "same_documents", (double)drift->same_documents);
	rq_json_set_number(object, "same_topics", (double)drift->same_topics);
	set_flow(rq_json_set_object(object, "documents"), &drift->documents);
	set_flow(rq_json_set_object(object, "topics"), &drift->topics);
	rq_json_set_number(object, "documents_searched", (double)drift->searched);
	rq_json_set_number(object, "texts_asked_again", (double)drift->asked_again);
	rq_drift_set_details(object, drift);
	rq_json *figures = rq_json_set_array(object, "figures");
	for (size_t i = 0; i < drift->count; i++)
		push_finding(figures, &drift->findings[i], report->verdict);
	set_ids(object, drift->document_ids);
}

/* ---- and back ---- */

static void read_side(struct rq_drift_side *side, struct rq_json_reader *reader, const rq_json *drift, const char *key)
{
	const rq_json *object = rq_json_read_object(reader, drift, "drift", key);
	char place[RQ_PLACE];

	snprintf(place, sizeof place, "drift.%s", key);
	*side = (struct rq_drift_side){
		.embedder = rq_json_read_optional_string(reader, object, place, "embedder"),
		.model = rq_json_read_optional_string(reader, object, place, "model"),
		.fingerprint = rq_json_read_optional_string(reader, object, place, "fingerprint"),
		.dimension = rq_json_read_optional_count(reader, object, place, "dimension"),
		.documents = rq_json_read_count(reader, object, place, "documents"),
		.topics = rq_json_read_count(reader, object, place, "topics"),
		.corpus = rq_json_read_optional_string(reader, object, place, "corpus"),
	};
}

/* Reports of earlier have none. */
static struct rq_drift_flow read_flow(struct rq_json_reader *reader, const rq_json *drift, const char *key)
{
	const rq_json *object = rq_json_get(drift, key) == NULL ? NULL : rq_json_read_object(reader, drift, "drift", key);
	char place[RQ_PLACE];

	if (object == NULL)
		return (struct rq_drift_flow){0};
	snprintf(place, sizeof place, "drift.%s", key);
	return (struct rq_drift_flow){
		.came = rq_json_read_count(reader, object, place, "came"),
		.went = rq_json_read_count(reader, object, place, "went"),
		.stayed = rq_json_read_count(reader, object, place, "stayed"),
	};
}

static enum rq_outcome read_outcome(struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const char *name = rq_json_read_optional_string(reader, object, place, "own_outcome");
	int outcome = name == NULL ? RQ_INCONCLUSIVE : RQ_PASS;

	while (name != NULL && outcome <= RQ_INCONCLUSIVE && strcmp(rq_outcome_name((enum rq_outcome)outcome), name) != 0)
		outcome++;
	if (outcome <= RQ_INCONCLUSIVE)
		return (enum rq_outcome)outcome;
	rq_json_read_fail(reader, place, "own_outcome", rq_json_get(object, "own_outcome"), "pass, fail, inconclusive or null");
	return RQ_INCONCLUSIVE;
}

static void read_finding(struct rq_drift_finding *finding, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const char *bound = rq_json_read_string(reader, object, place, "bound");

	*finding = (struct rq_drift_finding){
		.figure = rq_json_read_string(reader, object, place, "figure"),
		.of = rq_json_read_string(reader, object, place, "of"),
		.unit = rq_json_read_string(reader, object, place, "unit"),
		.at_least = bound != NULL && strcmp(bound, "at_least") == 0,
		.absent = rq_json_read_optional_string(reader, object, place, "absent"),
		.value = rq_json_read_optional_number(reader, object, place, "value"),
		.error = rq_json_read_optional_number(reader, object, place, "error"),
		.lower = rq_json_read_optional_number(reader, object, place, "lower"),
		.upper = rq_json_read_optional_number(reader, object, place, "upper"),
		.p = rq_json_read_optional_number(reader, object, place, "p"),
		.p_adjusted = rq_json_read_optional_number(reader, object, place, "p_adjusted"),
		.chance = rq_json_read_optional_number(reader, object, place, "chance"),
		.n = rq_json_read_count(reader, object, place, "n"),
		.limit = rq_json_read_number(reader, object, place, "own_limit"),
		.outcome = read_outcome(reader, object, place),
		.meaning = rq_json_read_string(reader, object, place, "meaning"),
		.advice = rq_json_read_string(reader, object, place, "advice"),
		.sample = rq_json_read_optional_string(reader, object, place, "sample"),
		.null = rq_json_read_optional_string(reader, object, place, "null"),
		.citation = rq_json_read_string(reader, object, place, "citation"),
	};
	const struct rq_drift_figure *figure = finding->figure == NULL ? NULL : rq_drift_find(finding->figure);
	if (finding->figure != NULL && figure == NULL)
		rq_json_read_fail(reader, place, "figure", rq_json_get(object, "figure"), "a figure of drift");
	if (figure != NULL && !rq_drift_is_possible(figure, finding->value))
		rq_json_read_fail(reader, place, "value", rq_json_get(object, "value"), "a value that the figure can have");
}

/* Reports of earlier have none. */
static void read_ids(struct rq_drift *drift, struct rq_json_reader *reader, const rq_json *object)
{
	const rq_json *lists = rq_json_get(object, "document_ids") == NULL ? NULL : rq_json_read_object(reader, object, "drift", "document_ids");
	char place[RQ_PLACE];

	for (int list = 0; lists != NULL && list < RQ_DRIFT_ID_LISTS; list++) {
		struct rq_drift_ids *ids = &drift->document_ids[list];
		const rq_json *one = rq_json_read_object(reader, lists, "drift.document_ids", rq_drift_id_lists[list]);
		snprintf(place, sizeof place, "drift.document_ids.%s", rq_drift_id_lists[list]);
		const rq_json *first = rq_json_read_array(reader, one, place, "first");
		ids->count = rq_json_read_count(reader, one, place, "count");
		for (const rq_json *id = first == NULL ? NULL : rq_json_first(first); id != NULL && ids->told < RQ_DRIFT_IDS_TOLD; id = rq_json_next(id)) {
			if (rq_json_string(id) == NULL || ids->told == ids->count) {
				rq_json_read_fail(reader, place, "first", first, "the first of \"count\" ids");
				return;
			}
			ids->first[ids->told++] = rq_json_string(id);
		}
	}
}

void rq_read_drift(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *object = report->root == NULL || rq_json_get(report->root, "drift") == NULL ? NULL : rq_json_read_object(reader, report->root, "", "drift");
	struct rq_drift *drift = object == NULL ? NULL : rq_read_need(reader, 1, sizeof *drift);
	char place[RQ_PLACE];

	if (drift == NULL)
		return;
	const rq_json *reference = rq_json_read_object(reader, object, "drift", "reference");
	const rq_json *figures = rq_json_read_array(reader, object, "drift", "figures");
	*drift = (struct rq_drift){
		.reference = rq_json_read_string(reader, reference, "drift.reference", "name"),
		.sha256 = rq_json_read_string(reader, reference, "drift.reference", "sha256"),
		.created = rq_json_read_string(reader, reference, "drift.reference", "created"),
		.as_of = rq_json_read_optional_string(reader, reference, "drift.reference", "as_of"),
		.same_documents = rq_json_read_count(reader, object, "drift", "same_documents"),
		.same_topics = rq_json_read_count(reader, object, "drift", "same_topics"),
		.documents = read_flow(reader, object, "documents"),
		.topics = read_flow(reader, object, "topics"),
		.searched = rq_json_read_count(reader, object, "drift", "documents_searched"),
		.asked_again = rq_json_read_count(reader, object, "drift", "texts_asked_again"),
	};
	rq_drift_read_details(drift, reader, object);
	read_side(&drift->sides[RQ_DRIFT_THEN], reader, object, "then");
	read_side(&drift->sides[RQ_DRIFT_NOW], reader, object, "now");
	struct rq_drift_finding *findings = rq_read_need(reader, figures == NULL ? 0 : rq_json_size(figures), sizeof *findings);
	drift->findings = findings;
	for (const rq_json *figure = figures == NULL ? NULL : rq_json_first(figures); figure != NULL && reader->status == RQ_OK; figure = rq_json_next(figure)) {
		snprintf(place, sizeof place, "drift.figures[%zu]", drift->count);
		read_finding(&findings[drift->count++], reader, figure, place);
	}
	read_ids(drift, reader, object);
	report->comparison.drift = drift;
}
