/* Two sides beside each other: what they are made of, what came, went and moved, and what that does to answers. */
#include "reports/changes_parts.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"
#include "evalcore/review/texts.h"
#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SHOWN = 48, LEVELS_SHOWN = 4, SEAL_SHOWN = 12 };

/* ---- structure ---- */

enum { WHAT, OF_A, OF_B, SIDE_COLUMNS };

static const struct rq_grid_column side_columns[SIDE_COLUMNS] = {{"", false}, {"A", true}, {"B", true}};

typedef const char *cell_of(const struct rq_holding *holding, size_t part, struct rq_arena *arena);

static const char *number(size_t value, struct rq_arena *arena)
{
	return rq_arena_strdup(arena, rq_grouped(value).text);
}

static const char *type_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	static const char index[] = "Index";
	const char *type = holding->structure.type;

	(void)part, (void)arena;
	if (holding->kind == RQ_COMPARABLE_VECTORS)
		return "vectors";
	return strncmp(type, index, sizeof index - 1) == 0 && strchr(type, '(') == NULL ? type + sizeof index - 1 : type;
}

static const char *rows_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return number(holding->ids.count, arena);
}

static const char *dimension_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return number(holding->kind == RQ_COMPARABLE_VECTORS ? holding->vectors.d : holding->structure.dimension, arena);
}

static const char *similarity_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part, (void)arena;
	return holding->similarity == RQ_L2 ? "L2 distance" : holding->cosine ? "cosine" : "inner product";
}

static const char *search_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part, (void)arena;
	return holding->search == NULL ? "" : holding->search;
}

static const char *size_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return rq_arena_strdup(arena, rq_show_value((double)holding->bytes, RQ_BYTES).text);
}

static const char *row_bytes_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.row_bytes == 0 ? "" : number(holding->structure.row_bytes, arena);
}

static const char *links_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	const struct rq_index_structure *structure = &holding->structure;

	(void)part;
	return structure->levels == 0 ? "" : rq_arena_printf(arena, "%zu, %zu, %zu", structure->links, structure->ef_construction, structure->ef_search);
}

static const char *level_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	const struct rq_index_structure *structure = &holding->structure;

	return structure->levels == 0 ? "" : part < structure->levels ? number(structure->nodes[part], arena) : "0";
}

static const char *spread_cell(const struct rq_spread *spread, struct rq_arena *arena)
{
	return rq_arena_printf(arena, "%.1f (%zu to %zu)", spread->mean, spread->low, spread->high);
}

static const char *degree_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.levels == 0 ? "" : spread_cell(&holding->structure.degrees, arena);
}

static const char *unlinked_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.levels == 0 ? "" : number(holding->structure.unlinked, arena);
}

static const char *unreachable_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.levels == 0 ? "" : number(holding->structure.unreachable, arena);
}

static const char *lists_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	const struct rq_index_structure *structure = &holding->structure;

	(void)part;
	return structure->lists == 0 ? "" : rq_arena_printf(arena, "%zu, %zu, %zu", structure->lists, structure->probes, structure->empty_lists);
}

static const char *list_rows_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.lists == 0 ? "" : spread_cell(&holding->structure.list_rows, arena);
}

static const char *imbalance_cell(const struct rq_holding *holding, size_t part, struct rq_arena *arena)
{
	(void)part;
	return holding->structure.lists == 0 ? "" : rq_arena_printf(arena, "%.2f", holding->structure.imbalance);
}

static const struct {
	const char *what;
	cell_of *cell;
	size_t part;
} structure_rows[] = {
	{"type", type_cell, 0},
	{"documents", rows_cell, 0},
	{"dimensions", dimension_cell, 0},
	{"ranks by", similarity_cell, 0},
	{"searched with", search_cell, 0},
	{"size of the file", size_cell, 0},
	{"bytes a document", row_bytes_cell, 0},
	{"links, efConstruction, efSearch", links_cell, 0},
	{"nodes on level 0", level_cell, 0},
	{"nodes on level 1", level_cell, 1},
	{"nodes on level 2", level_cell, 2},
	{"nodes on level 3", level_cell, 3},
	{"links out, mean (5 to 95 %)", degree_cell, 0},
	{"nodes that nothing links to", unlinked_cell, 0},
	{"nodes that no search can reach", unreachable_cell, 0},
	{"lists, nprobe, empty lists", lists_cell, 0},
	{"rows a list, mean (5 to 95 %)", list_rows_cell, 0},
	{"imbalance of the lists (1: none)", imbalance_cell, 0},
};

bool rq_structure_row(struct rq_change_row *row, const struct rq_changes *changes, size_t i, struct rq_arena *arena)
{
	if (i >= sizeof structure_rows / sizeof *structure_rows)
		return false;
	const char *a = structure_rows[i].cell(&changes->holdings[RQ_BASELINE], structure_rows[i].part, arena);
	const char *b = structure_rows[i].cell(&changes->holdings[RQ_CANDIDATE], structure_rows[i].part, arena);
	bool is_blank = a != NULL && b != NULL && a[0] == '\0' && b[0] == '\0';
	bool is_above = a != NULL && b != NULL && structure_rows[i].part > 0 && a[0] <= '0' && b[0] <= '0'; /* a level that neither has */
	*row = (struct rq_change_row){is_blank || is_above ? NULL : structure_rows[i].what, a, b};
	return true;
}

static enum rq_status add_structure(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = side_columns, .column_count = SIDE_COLUMNS, .sticky = 1};
	struct rq_change_row row;

	for (size_t i = 0; rq_structure_row(&row, changes, i, &grid.arena); i++) {
		const char **cells = row.what == NULL ? NULL : rq_grid_row(&grid);
		if (cells == NULL)
			continue;
		cells[WHAT] = row.what;
		cells[OF_A] = row.a;
		cells[OF_B] = row.b;
	}
	return rq_grid_draw(out, &grid, style, err);
}

/* ---- documents ---- */

static const char *id_of(const struct rq_changes *changes, enum rq_side side, uint32_t row)
{
	return changes->holdings[side].ids.names[row];
}

const char *rq_changes_text(const struct rq_changes *changes, const char *id)
{
	for (int side = RQ_CANDIDATE; changes->texts != NULL && side >= RQ_BASELINE; side--) {
		const struct rq_corpus *corpus = changes->texts[side];
		uint32_t document = corpus == NULL ? RQ_ID_NONE : rq_ids_find(&corpus->ids, id, strlen(id));
		if (document != RQ_ID_NONE)
			return corpus->documents[document].text;
	}
	return "";
}

static void add_wrapped(struct rq_buf *out, struct rq_style style, const char *format, ...) RQ_PRINTF(3, 4);

static void add_wrapped(struct rq_buf *out, struct rq_style style, const char *format, ...)
{
	char line[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	rq_add_wrapped(out, line, 0, style);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* "only in A: d1, d2, d3 and 17 more" */
static void add_ids(struct rq_buf *out, const char *what, const char *const *ids, size_t count, const struct rq_changes *changes, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t shown = count < changes->listed ? count : changes->listed;

	if (shown == 0)
		return;
	rq_buf_printf(&line, "%s: ", what);
	for (size_t i = 0; i < shown; i++)
		rq_buf_printf(&line, "%s%s", i == 0 ? "" : ", ", ids[i]);
	if (shown < count)
		rq_buf_printf(&line, " and %s more", rq_grouped(count - shown).text);
	out->failed |= line.failed;
	rq_add_wrapped(out, line.failed ? "" : line.data, 0, style);
}

static enum rq_status add_only(struct rq_buf *out, const struct rq_changes *changes, enum rq_side side, struct rq_style style, struct rq_error *err)
{
	const struct rq_document_changes *documents = changes->documents;
	size_t shown = documents->only_count[side] < changes->listed ? documents->only_count[side] : changes->listed;
	RQ_CLEANUP(rq_free_pointer) const char **ids = malloc((shown + 1) * sizeof *ids);

	if (ids == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < shown; i++)
		ids[i] = id_of(changes, side, documents->only[side][i]);
	add_ids(out, side == RQ_BASELINE ? "only in A" : "only in B", ids, documents->only_count[side], changes, style);
	return RQ_OK;
}

static enum rq_status add_moved(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"moved most", false}, {"cosine", true}, {"text", false}};
	const struct rq_document_changes *documents = changes->documents;
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = 3, .sticky = 2};

	if (documents->most_count == 0 || changes->listed == 0)
		return RQ_OK;
	for (size_t i = 0; i < documents->most_count && i < changes->listed; i++) {
		const struct rq_document_pair *pair = &documents->pairs[documents->most[i]];
		RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[0] = id_of(changes, RQ_BASELINE, pair->row[RQ_BASELINE]);
		cells[1] = isnan(pair->cosine) ? "zero" : rq_arena_printf(&grid.arena, "%.4f", pair->cosine);
		rq_add_one_line(&text, rq_changes_text(changes, cells[0]), TEXT_SHOWN);
		RQ_TRY(rq_buf_check(&text, err));
		cells[2] = text.size == 0 ? "" : rq_arena_strdup(&grid.arena, text.data);
	}
	rq_buf_puts(out, "\n");
	return rq_grid_draw(out, &grid, style, err);
}

static void add_vectors(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style)
{
	const struct rq_document_changes *documents = changes->documents;
	const double *cosines = documents->cosines;
	bool coded = changes->holdings[RQ_BASELINE].coded || changes->holdings[RQ_CANDIDATE].coded;
	char zero[64] = "";

	if (documents->absent != NULL) {
		add_wrapped(out, style, "vectors: %s", documents->absent);
		return;
	}
	if (documents->pair_count == 0)
		return;
	if (documents->directionless > 0)
		snprintf(zero, sizeof zero, ", %s zero on one side", rq_grouped(documents->directionless).text);
	add_wrapped(out, style, "vectors: %s the same to the bit, %s but for rounding, %s moved%s%s", rq_grouped(documents->same).text,
	            rq_grouped(documents->rounded).text, rq_grouped(documents->moved).text, zero,
	            coded ? "; those of an index of codes are what its codes stand for" : "");
	if (documents->same < documents->pair_count && !isnan(cosines[0]))
		add_wrapped(out, style, "cosine of what both have: least %.4f, 1 %% %.4f, 5 %% %.4f, 25 %% %.4f, median %.4f", cosines[0], cosines[1],
		            cosines[2], cosines[3], cosines[4]);
}

static bool of_one_corpus(const struct rq_changes *changes)
{
	const char *before = changes->made[RQ_BASELINE].corpus, *now = changes->made[RQ_CANDIDATE].corpus;

	return before != NULL && now != NULL && strcmp(before, now) == 0;
}

static enum rq_status add_documents(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	const struct rq_document_changes *documents = changes->documents;

	rq_buf_puts(out, "\n");
	add_wrapped(out, style, "documents: %s in both%s, %s only in A, %s only in B", rq_grouped(documents->pair_count).text,
	            documents->in_order ? "" : " (in another order)", rq_grouped(documents->only_count[RQ_BASELINE]).text,
	            rq_grouped(documents->only_count[RQ_CANDIDATE]).text);
	if (documents->renamed > 0)
		add_wrapped(out, style, "renamed: %s of those only in B ha%s bit for bit the vector of one that is only in A (%s, now %s)",
		            rq_grouped(documents->renamed).text, documents->renamed == 1 ? "s" : "ve each", id_of(changes, RQ_BASELINE, documents->renames[0].row[RQ_BASELINE]),
		            id_of(changes, RQ_CANDIDATE, documents->renames[0].row[RQ_CANDIDATE]));
	RQ_TRY(add_only(out, changes, RQ_BASELINE, style, err));
	RQ_TRY(add_only(out, changes, RQ_CANDIDATE, style, err));
	add_vectors(out, changes, style);
	if (!documents->has_texts && !of_one_corpus(changes))
		add_wrapped(out, style, "texts: not compared: the corpora of both are not at hand (--corpus-a, --corpus-b)");
	if (documents->has_texts)
		add_wrapped(out, style, "texts: %s of %s changed; %s with the same text %s another vector", rq_grouped(documents->text_changed).text,
		            rq_grouped(documents->texted).text, rq_grouped(documents->embedded_anew).text, documents->embedded_anew == 1 ? "has" : "have");
	add_ids(out, "changed text", documents->changed_ids, documents->text_changed, changes, style);
	if (documents->stale > 0)
		add_wrapped(out, style, "warning: %s document%s changed text and kept the vector (%s for one): B is stale there", rq_grouped(documents->stale).text,
		            plural(documents->stale), documents->stale_ids[0]);
	return add_moved(out, changes, style, err);
}

/* ---- answers ---- */

static enum rq_status add_metrics(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"metric", false}, {"A", true}, {"B", true}, {"difference [90 %]", false}, {"W/T/L", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = 5, .sticky = 1};

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		const struct rq_paired *paired = &metric->paired;
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[0] = metric->name;
		cells[1] = rq_arena_strdup(&grid.arena, rq_show_value(metric->value[RQ_BASELINE], RQ_NO_UNIT).text);
		cells[2] = rq_arena_strdup(&grid.arena, rq_show_value(metric->value[RQ_CANDIDATE], RQ_NO_UNIT).text);
		if (!metric->compared)
			continue;
		cells[3] = paired->identical ? "no change" : rq_difference_cell(paired->delta, paired->lower, paired->upper, &grid.arena);
		cells[4] = rq_arena_printf(&grid.arena, "%zu/%zu/%zu", paired->wins, paired->ties, paired->losses);
	}
	rq_buf_puts(out, "\n");
	return rq_grid_draw(out, &grid, style, err);
}

enum rq_status rq_answer_warnings(const char *warnings[RQ_ANSWER_WARNINGS], size_t *count,
                                  const struct rq_answer_changes *answers, struct rq_arena *arena, struct rq_error *err)
{
	const size_t *only = answers->only, *lacking = answers->lacking, *deepest = answers->deepest;

	*count = 0;
	if (only[RQ_BASELINE] + only[RQ_CANDIDATE] > 0)
		warnings[(*count)++] = rq_arena_printf(arena, "%zu topic%s only in A, %zu only in B", only[RQ_BASELINE],
		                                       plural(only[RQ_BASELINE]), only[RQ_CANDIDATE]);
	if (lacking[RQ_BASELINE] + lacking[RQ_CANDIDATE] > 0)
		warnings[(*count)++] =
			rq_arena_printf(arena, "of %zu judged topics A lacks %zu and B %zu, which count as 0",
		                    answers->comparison.topic_count, lacking[RQ_BASELINE], lacking[RQ_CANDIDATE]);
	if (answers->shallow)
		warnings[(*count)++] = rq_arena_printf(arena,
		                                       "A has up to %zu documents of a topic, and B up to %zu: what looks "
		                                       "deeper than the lesser compares unlike lists",
		                                       deepest[RQ_BASELINE], deepest[RQ_CANDIDATE]);
	if (answers->nothing > 0)
		warnings[(*count)++] = rq_arena_printf(arena, "for %zu topic%s neither finds anything, which counts as the same",
		                                       answers->nothing, plural(answers->nothing));
	for (size_t i = 0; i < *count; i++)
		if (warnings[i] == NULL)
			return rq_fail_memory(err);
	return RQ_OK;
}

static enum rq_status add_overlap(struct rq_buf *out, const struct rq_answer_changes *answers, struct rq_style style,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *warnings[RQ_ANSWER_WARNINGS];
	size_t count;

	rq_buf_puts(out, "\n");
	add_wrapped(out, style, "topics: %s; %s find the same first %zu in the same order%s",
	            rq_grouped(answers->count).text, rq_grouped(answers->same).text, answers->depth,
	            answers->only[RQ_BASELINE] + answers->only[RQ_CANDIDATE] > 0
	                ? "; what one run lacks counts as an empty list"
	                : "");
	RQ_TRY(rq_answer_warnings(warnings, &count, answers, &arena, err));
	for (size_t i = 0; i < count; i++)
		add_wrapped(out, style, "warning: %s", warnings[i]);
	add_wrapped(out, style, "overlap@%zu %.4f [%.4f %.4f], Jaccard %.4f, RBO(p=0.%d) %.4f [%.4f %.4f]", answers->depth,
	            answers->overlap.mean, answers->overlap.lower, answers->overlap.upper, answers->jaccard.mean,
	            RQ_RBO_PERCENT, answers->rbo.mean, answers->rbo.lower, answers->rbo.upper);
	return RQ_OK;
}

static void add_causes(struct rq_buf *out, const char *what, size_t count, const size_t by[RQ_WHYS], struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t told = 0;

	rq_buf_printf(&line, "%s: %zu", what, count);
	for (int why = 1; by[RQ_WHY_NOT_KNOWN] < count && why <= RQ_WHYS; why++) /* what is not known stands last */
		if (by[why % RQ_WHYS] > 0)
			rq_buf_printf(&line, "%s%zu %s", told++ == 0 ? "; " : ", ", by[why % RQ_WHYS], rq_why_name((enum rq_why)(why % RQ_WHYS)));
	out->failed |= line.failed;
	rq_add_wrapped(out, line.failed ? "" : line.data, 0, style);
}

static enum rq_status add_topics(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	const struct rq_answer_changes *answers = changes->answers;
	RQ_CLEANUP(rq_free_pointer) size_t *order = NULL;
	size_t count;

	RQ_TRY(rq_answer_changes_order(&order, &count, answers, err));
	for (size_t i = 0; i < count && i < changes->listed; i++) {
		const struct rq_topic_change *topic = &answers->topics[order[i]];
		const char *told = topic->told == NULL ? "" : topic->told;
		if (answers->judged)
			add_wrapped(out, style, "  %s %s %s%s%s", topic->id, topic->metric, rq_show_difference(topic->moved, 4).text, told[0] == '\0' ? "" : ": ", told);
		else
			add_wrapped(out, style, "  %s RBO %.4f, overlap %.4f%s%s", topic->id, topic->rbo, topic->overlap,
			            told[0] == '\0' ? "" : ": ", told);
	}
	if (count > changes->listed)
		add_wrapped(out, style, "  and %zu more topic%s (--list)", count - changes->listed, plural(count - changes->listed));
	return RQ_OK;
}

static enum rq_status add_answers(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	const struct rq_answer_changes *answers = changes->answers;
	const struct rq_comparison *comparison = &answers->comparison;

	RQ_TRY(add_overlap(out, answers, style, err));
	if (comparison->metric_count > 0)
		RQ_TRY(add_metrics(out, comparison, style, err));
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (rq_shows_attribution(&comparison->metrics[i])) {
			RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
			rq_add_attribution(&line, comparison, &comparison->metrics[i]);
			RQ_TRY(rq_buf_check(&line, err));
			rq_add_wrapped(out, line.data, 0, style);
		}
	if (answers->judged) {
		add_causes(out, "topics that lost", answers->lost, answers->lost_by, style);
		add_causes(out, "topics that gained", answers->gained, answers->gained_by, style);
	} else {
		add_causes(out, "topics that find others", answers->lost, answers->lost_by, style);
	}
	return add_topics(out, changes, style, err);
}

/* ---- all of it ---- */

static void tell_documents(struct rq_buf *line, const struct rq_document_changes *documents)
{
	bool alike = documents->only_count[RQ_BASELINE] + documents->only_count[RQ_CANDIDATE] == 0 && documents->absent == NULL &&
	             documents->moved + documents->directionless + documents->text_changed == 0;

	if (documents->count[RQ_BASELINE] + documents->count[RQ_CANDIDATE] == 0) {
		rq_buf_puts(line, "A and B hold no documents");
		return;
	}
	if (alike) {
		rq_buf_printf(line, "A and B hold the same %s%s", documents->has_texts ? "documents" : "ids and vectors",
		              documents->same == documents->pair_count ? "" : ", but for rounding");
		return;
	}
	rq_buf_printf(line, "from A to B %s document%s went, %s came", rq_grouped(documents->only_count[RQ_BASELINE]).text,
	              plural(documents->only_count[RQ_BASELINE]), rq_grouped(documents->only_count[RQ_CANDIDATE]).text);
	if (documents->renamed > 0)
		rq_buf_printf(line, " (%s renamed)", rq_grouped(documents->renamed).text);
	if (documents->other_dimensions)
		rq_buf_puts(line, ", all vectors have other dimensions");
	else
		rq_buf_printf(line, ", %s moved", documents->absent != NULL ? "an unknown number" : rq_grouped(documents->moved + documents->directionless).text);
	if (documents->text_changed > 0)
		rq_buf_printf(line, ", %s changed text", rq_grouped(documents->text_changed).text);
}

void rq_changes_sentence(struct rq_buf *line, const struct rq_changes *changes)
{
	const struct rq_document_changes *documents = changes->documents;
	const struct rq_answer_changes *answers = changes->answers;

	if (documents != NULL)
		tell_documents(line, documents);
	if (answers != NULL)
		rq_buf_printf(line, "%s%zu of %zu topics find %s", line->size > 0 ? "; " : "", answers->count - answers->same, answers->count,
		              answers->same == answers->count ? "others" : "other documents or another order");
	if (answers != NULL && answers->judged)
		rq_buf_printf(line, ", %zu lost and %zu gained", answers->lost, answers->gained);
}

static void add_sentence(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_changes_sentence(&line, changes);
	out->failed |= line.failed;
	rq_buf_puts(out, "\n");
	rq_add_wrapped(out, line.failed || line.size == 0 ? "" : line.data, 0, style);
}

/* What both snapshots know of what they were made of. */
static void add_made(struct rq_buf *out, const char *what, const char *before, const char *now, struct rq_style style)
{
	if (before != NULL && now != NULL)
		add_wrapped(out, style, "%s: %s", what, strcmp(before, now) == 0 ? "the same" : "another one");
}

enum rq_status rq_changes_table(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		add_wrapped(out, style, "%s: %s (%s)", side == RQ_BASELINE ? "A" : "B", changes->names[side], rq_comparable_name(changes->kinds[side]));
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (changes->made[side].created != NULL)
			add_wrapped(out, style, "%s is %.*s, made %s", side == RQ_BASELINE ? "A" : "B", (int)SEAL_SHOWN, changes->made[side].seal,
			            changes->made[side].created);
	add_made(out, "model", changes->made[RQ_BASELINE].model, changes->made[RQ_CANDIDATE].model, style);
	add_made(out, "corpus", changes->made[RQ_BASELINE].corpus, changes->made[RQ_CANDIDATE].corpus, style);
	if (changes->holdings != NULL) {
		rq_buf_puts(out, "\n");
		RQ_TRY(add_structure(out, changes, style, err));
		RQ_TRY(add_documents(out, changes, style, err));
	}
	if (changes->reports != NULL)
		RQ_TRY(rq_add_reports(out, changes, style, err));
	if (changes->answers != NULL)
		RQ_TRY(add_answers(out, changes, style, err));
	add_sentence(out, changes, style);
	return rq_buf_check(out, err);
}
