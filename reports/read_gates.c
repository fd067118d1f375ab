/* Reads what report.json says of gates, and the verdict that follows from them. */
#include "reports/read_parts.h"

#include "evalcore/baseline/gate_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double LINES_MOST = 1e9;

/* Texts of both sides, each of which may be null. */
static void read_shown(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *shown = rq_json_read_array(reader, object, place, "shown");
	size_t side = 0;

	for (const rq_json *item = shown == NULL ? NULL : rq_json_first(shown); item != NULL && side < 2; item = rq_json_next(item), side++) {
		const char *text = rq_json_string(item);
		gate->shown[side] = text == NULL ? NULL : rq_arena_strdup(reader->arena, text);
		if (text != NULL && gate->shown[side] == NULL)
			rq_json_read_no_memory(reader);
	}
}

/* What a report holds only where there is something to say. */
static void read_words(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	gate->word = rq_json_read_optional_string(reader, object, place, "word");
	gate->next_step = rq_json_read_optional_string(reader, object, place, "next_step");
	gate->units = rq_json_read_optional_count(reader, object, place, "units");
	gate->slice_mean[0] = gate->slice_mean[1] = NAN;
	if (rq_json_get(object, "slice_means") != NULL)
		rq_json_read_pair(gate->slice_mean, reader, object, place, "slice_means");
	if (rq_json_get(object, "shown") != NULL)
		read_shown(gate, reader, object, place);
	if (rq_json_get(object, "doubtful") != NULL)
		gate->doubtful = rq_json_read_bool(reader, object, place, "doubtful");
	if (rq_json_get(object, "standard") != NULL)
		gate->standard = rq_json_read_bool(reader, object, place, "standard");
}

static void read_gate(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	gate->kind = rq_json_read_string(reader, object, place, "kind");
	gate->metric = rq_json_read_string(reader, object, place, "metric");
	gate->slice = rq_json_read_optional_string(reader, object, place, "slice");
	gate->text = rq_json_read_string(reader, object, place, "gate");
	gate->reason = rq_json_read_string(reader, object, place, "reason");
	gate->owner = rq_json_read_optional_string(reader, object, place, "owner");
	gate->runbook = rq_json_read_optional_string(reader, object, place, "runbook");
	gate->blocks = rq_json_read_bool(reader, object, place, "blocks");
	gate->value = rq_json_read_optional_number(reader, object, place, "value");
	gate->limit = rq_json_read_optional_number(reader, object, place, "limit");
	gate->lower = rq_json_read_optional_number(reader, object, place, "lower");
	gate->upper = rq_json_read_optional_number(reader, object, place, "upper");
	gate->p = rq_json_read_optional_number(reader, object, place, "p");
	if (rq_json_get(object, "topics_to_settle") != NULL)
		gate->topics_to_settle = rq_json_read_count(reader, object, place, "topics_to_settle");
	read_words(gate, reader, object, place);
	rq_gate_said_read(gate, reader, object, place);
}

/* Of all gates, in the config's order; a report of a run that did not know them has none. */
static void read_lines(struct rq_verdict *verdict, struct rq_json_reader *reader, const rq_json *run)
{
	const rq_json *lines = rq_json_get(run, "gate_lines"), *line = lines == NULL ? NULL : rq_json_first(lines);

	if (lines == NULL || reader->status != RQ_OK)
		return;
	bool fits = rq_json_type(lines) == RQ_JSON_ARRAY && rq_json_size(lines) == verdict->count;
	for (size_t i = 0; fits && i < verdict->count; i++, line = rq_json_next(line)) {
		double number = rq_json_number(line);
		fits = number >= 0 && number <= LINES_MOST && floor(number) == number;
		verdict->gates[i].line = fits ? (size_t)number : 0;
	}
	if (!fits)
		rq_json_read_fail(reader, "run", "gate_lines", lines, "a line for each gate");
}

static void read_gates(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");
	const rq_json *lists[] = {rq_json_read_array(reader, report->root, "", "gates"), rq_json_read_array(reader, run, "run", "gates")};
	struct rq_verdict *verdict = &report->verdict;
	char place[RQ_PLACE];

	if (reader->status != RQ_OK)
		return;
	size_t all = rq_json_size(lists[0]) + rq_json_size(lists[1]);
	size_t *numbers = rq_read_need(reader, all, sizeof *numbers);
	verdict->gates = rq_read_need(reader, all, sizeof *verdict->gates);
	for (size_t i = 0; i < 2; i++) {
		size_t number = 0;
		for (const rq_json *object = rq_json_first(lists[i]); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
			snprintf(place, sizeof place, "%sgates[%zu]", i == 0 ? "" : "run.", number++);
			numbers[verdict->count] = rq_json_read_optional_count(reader, object, place, "number");
			struct rq_gate_result *gate = &verdict->gates[verdict->count++];
			gate->is_time = i == 1;
			read_gate(gate, reader, object, place);
			const struct rq_metric_result *metric = reader->status == RQ_OK ? rq_comparison_metric(&report->comparison, gate->metric) : NULL;
			gate->is_rate = metric != NULL && metric->is_rate;
		}
	}
	rq_read_order(verdict->gates, sizeof *verdict->gates, numbers, verdict->count, reader);
	read_lines(verdict, reader, run);
}

void rq_read_verdict(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run"), *verdict = rq_json_read_object(reader, run, "run", "verdict");

	read_gates(report, reader);
	report->verdict.outcome = rq_outcome_read(reader, verdict, "run.verdict", "outcome");
	report->verdict.exit_code = rq_json_read_small(reader, verdict, "run.verdict", "exit_code");
	report->verdict.sentence = rq_json_read_string(reader, verdict, "run.verdict", "sentence");
	if (rq_json_read_optional_string(reader, report->root, "", "verdict") != NULL) /* else no gate is on anything but times */
		report->verdict.outcome_untimed = rq_outcome_read(reader, report->root, "", "verdict");
}

/* Nobody passes a gate by writing so. */
static void check_blocks(const struct rq_verdict *verdict, struct rq_json_reader *reader)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		bool may = rq_gate_may_block(gate), must = may && (gate->outcome == RQ_FAIL || gate->absent);
		if (gate->blocks ? !may : must)
			reader->status = rq_fail(reader->err, RQ_E_DATA, "%s: gates: \"blocks\" of %s is %s, which does not follow from its verdict, level and waiver",
			                         reader->source, gate->text, gate->blocks ? "true" : "false");
	}
}

void rq_check_verdict(const struct rq_report_file *report, struct rq_json_reader *reader)
{
	const struct rq_verdict *said = &report->verdict;
	struct rq_verdict follows = *said;

	if (reader->status != RQ_OK)
		return;
	check_blocks(said, reader);
	rq_verdict_add_up(&follows, strcmp(report->profile, "release") == 0);
	bool untimed = rq_json_string(rq_json_get(report->root, "verdict")) == NULL || said->outcome_untimed == follows.outcome_untimed;
	if (reader->status == RQ_OK && (said->outcome != follows.outcome || said->exit_code != follows.exit_code || !untimed))
		reader->status = rq_fail(reader->err, RQ_E_DATA, "%s: run.verdict: \"%s\" with exit code %d does not follow from the gates and the self-test, which make \"%s\" "
		                         "with %d", reader->source, rq_outcome_name(untimed ? said->outcome : said->outcome_untimed), said->exit_code,
		                         rq_outcome_name(untimed ? follows.outcome : follows.outcome_untimed), follows.exit_code);
}
