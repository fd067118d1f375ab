#include "reports/statement.h"

#include <string.h>

static enum rq_status push(struct rq_strings *strings, const char *text, struct rq_arena *arena, size_t most, struct rq_error *err)
{
	if (strings->items == NULL)
		strings->items = rq_arena_alloc(arena, most, sizeof *strings->items);
	if (strings->items == NULL)
		return rq_fail_memory(err);
	strings->items[strings->count++] = text;
	return RQ_OK;
}

static enum rq_status set_tests(struct rq_statement *statement, const struct rq_verdict *verdict, struct rq_arena *arena, struct rq_error *err)
{
	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		struct rq_strings *list = gate->outcome == RQ_PASS && !gate->absent ? &statement->passed : gate->blocks ? &statement->failed : &statement->warned;
		RQ_TRY(push(list, gate->text, arena, verdict->count, err));
	}
	return RQ_OK;
}

static enum rq_status set_configuration(struct rq_statement *statement, const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err)
{
	statement->configuration = rq_arena_alloc(arena, comparison->input_count + 1, sizeof *statement->configuration);
	if (statement->configuration == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->input_count; i++)
		statement->configuration[i] = (struct rq_subject){.name = comparison->inputs[i].name, .sha256 = comparison->inputs[i].text};
	statement->configuration_count = comparison->input_count;
	return RQ_OK;
}

enum rq_status rq_report_statement(struct rq_statement *statement, const struct rq_report_file *report, struct rq_arena *arena, struct rq_error *err)
{
	statement->passed = statement->warned = statement->failed = (struct rq_strings){0};
	RQ_TRY(set_tests(statement, &report->verdict, arena, err));
	RQ_TRY(set_configuration(statement, &report->comparison, arena, err));
	bool passed = report->verdict.outcome == RQ_PASS && statement->warned.count + statement->failed.count == 0;
	statement->result = passed ? "PASSED" : report->verdict.exit_code == 0 ? "WARNED" : "FAILED";
	return RQ_OK;
}

/* A subject that has no digest but that of the words which tell it. */
static enum rq_status of_words(struct rq_subject *subject, const char *words, struct rq_arena *arena, struct rq_error *err)
{
	char *hex = rq_arena_alloc(arena, RQ_SHA256_HEX, 1);

	if (hex == NULL || words == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_sha256(hex, words, strlen(words), err));
	subject->sha256 = hex;
	subject->of = words;
	return RQ_OK;
}

enum rq_status rq_report_subjects(struct rq_subject *index, struct rq_subject *model, const struct rq_report_file *report, struct rq_arena *arena,
                                  struct rq_error *err)
{
	static const struct {
		const char *input, *of;
		bool of_exact; /* vectors are the index where all of them are compared; the baseline's are both sides' where the candidate has none */
	} known[] = {{"candidate.index", NULL, false}, {"candidate.run", "the run file", false}, {"candidate.vectors", "the vectors that are searched", true},
	             {"baseline.vectors", "the vectors that are searched", true}};
	const struct rq_comparison *comparison = &report->comparison;
	const struct rq_side_info *side = &comparison->sides[RQ_CANDIDATE];

	*index = (struct rq_subject){.name = "index"};
	*model = (struct rq_subject){.name = "model"};
	for (size_t i = 0; i < sizeof known / sizeof *known && index->sha256 == NULL; i++) {
		index->sha256 = known[i].of_exact && !side->is_exact ? NULL : rq_comparison_input(comparison, known[i].input);
		index->of = known[i].of;
	}
	if (index->sha256 == NULL)
		RQ_TRY(of_words(index, side->index == NULL ? "unknown" : side->index, arena, err));
	const char *words = side->embedder == NULL ? "none" : side->model == NULL ? side->embedder : rq_arena_printf(arena, "%s %s", side->embedder, side->model);
	if (words != NULL && side->variant != NULL)
		words = rq_arena_printf(arena, "%s, %s", words, side->variant);
	if (words != NULL && side->served_by != NULL)
		words = rq_arena_printf(arena, "%s, served by %s", words, side->served_by);
	return of_words(model, words, arena, err);
}
