/* A topic as tables: its metrics, both rankings side by side, each document once with its ranks and first words, and what moved. */
#include "reports/explain.h"

#include "evalcore/review/texts.h"
#include "gates/words.h"
#include "reports/eval_grid.h"
#include "reports/rows.h"

#include <math.h>
#include <string.h>

enum { WIDTH_OF_A_LOG = 100, GAP = 2, WORDS_LEAST = 16, WORDS_MOST = 200, BELOW_SHOWN = 10, MOVES_SHOWN = 10 };

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

/* ---- the topic ---- */

static enum rq_status add_title(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_printf(&line, "%s%s%s", explanation->topic, explanation->text[0] == '\0' ? "" : ": ", explanation->text);
	if (explanation->slice != NULL)
		rq_buf_printf(&line, " (slice %s)", explanation->slice);
	RQ_TRY(rq_buf_check(&line, err));
	rq_add_wrapped(out, line.data, 0, style);
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &comparison->sides[side];
		rq_buf_clear(&line);
		rq_side_title(&line, info);
		rq_buf_puts(&line, "");
		RQ_TRY(rq_buf_check(&line, err));
		rq_buf_printf(out, "  %-9s  ", side_names[side]);
		rq_add_wrapped(out, line.data, strlen("  candidate  "), style);
	}
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static bool has_value(const struct rq_metric_result *metric, size_t topic)
{
	for (int side = 0; side < RQ_SIDES; side++)
		if (metric->per_topic[side] != NULL && !isnan(metric->per_topic[side][topic]))
			return true;
	return false;
}

static double value_of(const struct rq_metric_result *metric, int side, size_t topic)
{
	return metric->per_topic[side] == NULL ? (double)NAN : metric->per_topic[side][topic];
}

enum { PARTS = 3, METRIC_COLUMNS = 4 + PARTS };

/* What of the difference is the embedding's and the index's, and how much of all of it hangs on unjudged documents. */
static void fill_parts(const char **cells, const rq_json *told, const char *metric, struct rq_arena *arena)
{
	const rq_json *parts = rq_json_get(rq_json_get(told, "attribution"), metric), *part = parts == NULL ? NULL : rq_json_first(parts);

	for (size_t i = 0; i < PARTS && part != NULL; i++, part = rq_json_next(part))
		cells[i] = isnan(rq_json_number(part)) ? "-" : rq_arena_strdup(arena, rq_show_difference(rq_json_number(part), 4).text);
}

static enum rq_status add_metrics(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                  const rq_json *told, struct rq_style style, struct rq_error *err)
{
	const struct rq_grid_column columns[] = {{"metric", false}, {"baseline", true}, {"candidate", true}, {"difference", true},
	                                         {rq_exact_part_name(comparison), true}, {"index", true}, {"judging", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = METRIC_COLUMNS, .sticky = 1};

	if (explanation->place == RQ_NOT_COMPARED_TOPIC) {
		rq_add_wrapped(out, "This topic is outside every mean: it has no judgments, or is marked unanswerable.", 0, style);
		rq_buf_puts(out, "\n");
		return RQ_OK;
	}
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!has_value(metric, explanation->place))
			continue;
		double b = value_of(metric, RQ_BASELINE, explanation->place), c = value_of(metric, RQ_CANDIDATE, explanation->place);
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			break;
		cells[0] = metric->name;
		cells[1] = rq_arena_strdup(&grid.arena, rq_show_value(b, RQ_NO_UNIT).text);
		cells[2] = rq_arena_strdup(&grid.arena, rq_show_value(c, RQ_NO_UNIT).text);
		cells[3] = isnan(c - b) ? "-" : rq_arena_strdup(&grid.arena, rq_show_difference(c - b, 4).text);
		fill_parts(cells + METRIC_COLUMNS - PARTS, told, metric->name, &grid.arena);
	}
	if (grid.count > 0 || grid.failed) {
		RQ_TRY(rq_grid_draw(out, &grid, style, err));
		rq_buf_puts(out, "\n");
	}
	return RQ_OK;
}

/* ---- both rankings ---- */

enum { RANK, ID, GRADE, SCORE, SIDE_CELLS = 3, RANKING_COLUMNS = 1 + RQ_SIDES * SIDE_CELLS };

static const char *grade_cell(const struct rq_explained_document *document, const struct rq_explanation *explanation, struct rq_arena *arena)
{
	if (document->judged)
		return rq_arena_printf(arena, "%d", (int)document->grade);
	return explanation->judged ? "?" : "";
}

static enum rq_status add_rankings(struct rq_buf *out, const struct rq_explanation *explanation, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"rank", true},      {"baseline", false}, {"grade", true}, {"score", true},
	                                                {"candidate", false}, {"grade", true},     {"score", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = RANKING_COLUMNS, .sticky = 1};

	for (size_t r = 0; r < explanation->depth && (r < explanation->answered[RQ_BASELINE] || r < explanation->answered[RQ_CANDIDATE]); r++) {
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			break;
		cells[RANK] = rq_arena_printf(&grid.arena, "%zu", r + 1);
		for (int side = 0; side < RQ_SIDES; side++) {
			if (r >= explanation->answered[side])
				continue;
			const struct rq_explained_document *document = &explanation->documents[explanation->ranked[side][r]];
			const char **own = cells + side * SIDE_CELLS;
			own[ID] = document->id;
			own[GRADE] = grade_cell(document, explanation, &grid.arena);
			own[SCORE] = rq_arena_strdup(&grid.arena, rq_show_value(document->score[side], RQ_NO_UNIT).text);
		}
	}
	for (int side = 0; side < RQ_SIDES; side++)
		if (explanation->answered[side] == 0)
			rq_buf_printf(out, "The %s has answered nothing.\n", side_names[side]);
	if (grid.count > 0 || grid.failed)
		RQ_TRY(rq_grid_draw(out, &grid, style, err));
	rq_buf_puts(out, explanation->alike ? "Both sides rank these alike.\n\n" : "\n");
	return RQ_OK;
}

/* ---- its documents ---- */

enum { DOCUMENT, DOCUMENT_GRADE, WAS, WAS_EXACT, IS, IS_EXACT, MOVED, WORDS, DOCUMENT_COLUMNS };

static const char *rank_cell(size_t rank, struct rq_arena *arena)
{
	return rank == 0 ? "-" : rq_arena_printf(arena, "%zu", rank);
}

static const char *move_cell(const struct rq_explained_document *document, struct rq_arena *arena)
{
	size_t was = document->rank[RQ_BASELINE], is = document->rank[RQ_CANDIDATE];

	if (was == is)
		return "";
	if (was == 0 || is == 0)
		return was == 0 ? "new" : "gone";
	return rq_arena_printf(arena, "%+lld", (long long)was - (long long)is);
}

static void add_document(struct rq_grid *grid, const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	const char **cells = rq_grid_row(grid);

	if (cells == NULL)
		return;
	cells[DOCUMENT] = document->id;
	cells[DOCUMENT_GRADE] = grade_cell(document, explanation, &grid->arena);
	cells[WAS] = rank_cell(document->rank[RQ_BASELINE], &grid->arena);
	cells[IS] = rank_cell(document->rank[RQ_CANDIDATE], &grid->arena);
	cells[WAS_EXACT] = explanation->measured[RQ_BASELINE] ? rank_cell(document->exact[RQ_BASELINE], &grid->arena) : "";
	cells[IS_EXACT] = explanation->measured[RQ_CANDIDATE] ? rank_cell(document->exact[RQ_CANDIDATE], &grid->arena) : "";
	cells[MOVED] = move_cell(document, &grid->arena);
}

static size_t column_width(const struct rq_grid *grid, size_t column, struct rq_style style)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->count; i++) {
		size_t cell = grid->rows[i][column] == NULL ? 0 : rq_text_width(grid->rows[i][column], strlen(grid->rows[i][column]), style.unicode);
		width = cell > width ? cell : width;
	}
	return width > 0 && width < strlen(grid->columns[column].name) ? strlen(grid->columns[column].name) : width;
}

/* So many columns of a text as are left, cut between characters. */
static const char *words_cell(const char *text, size_t available, struct rq_style style, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t length;

	rq_buf_puts(&line, "");
	rq_add_one_line(&line, text, WORDS_MOST);
	if (line.failed)
		return NULL;
	length = line.size;
	if (rq_text_width(line.data, length, style.unicode) <= available)
		return rq_arena_strdup(arena, line.data);
	while (length > 0 && rq_text_width(line.data, length, style.unicode) + 3 > available)
		do
			length--;
		while (length > 0 && ((unsigned char)line.data[length] & 0xC0) == 0x80);
	return rq_arena_printf(arena, "%.*s...", (int)length, line.data);
}

/* The first words take what the other columns leave, or stay away. */
static void add_words(struct rq_grid *grid, const struct rq_explanation *explanation, struct rq_style style)
{
	size_t available = style.width > 0 ? (size_t)style.width : WIDTH_OF_A_LOG, others = 0;

	for (size_t column = 0; column < WORDS; column++) {
		size_t width = column_width(grid, column, style);
		others += width > 0 ? width + GAP : 0;
	}
	if (others + WORDS_LEAST > available)
		return;
	for (size_t i = 0; i < grid->count; i++)
		if (explanation->documents[i].text != NULL)
			grid->rows[i][WORDS] = words_cell(explanation->documents[i].text, available - others, style, &grid->arena);
}

static bool is_among_first(const struct rq_explained_document *document, size_t depth)
{
	return document->rank[RQ_BASELINE] - 1 < depth || document->rank[RQ_CANDIDATE] - 1 < depth;
}

static enum rq_status add_documents(struct rq_buf *out, const struct rq_explanation *explanation, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"document", false}, {"grade", true}, {"baseline", true}, {"exact", true},
	                                                {"candidate", true}, {"exact", true}, {"moved", true},    {"text", false}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = DOCUMENT_COLUMNS, .sticky = 1};
	RQ_CLEANUP(rq_buf_release) struct rq_buf rest = {0};
	size_t below = 0;

	for (size_t i = 0; i < explanation->count; i++) { /* the first come first */
		below += !is_among_first(&explanation->documents[i], explanation->depth);
		if (below <= BELOW_SHOWN)
			add_document(&grid, &explanation->documents[i], explanation);
	}
	add_words(&grid, explanation, style);
	if (grid.count > 0 || grid.failed)
		RQ_TRY(rq_grid_draw(out, &grid, style, err));
	if (below <= BELOW_SHOWN)
		return RQ_OK;
	rq_buf_printf(&rest, "and %zu more relevant documents that neither side has among its first %zu; --json lists them", below - BELOW_SHOWN,
	              explanation->depth);
	RQ_TRY(rq_buf_check(&rest, err));
	rq_add_wrapped(out, rest.data, 0, style);
	return RQ_OK;
}

/* What the marks mean, where they stand. */
static void add_legend(struct rq_buf *out, const struct rq_explanation *explanation, struct rq_style style)
{
	bool unjudged = false;

	for (size_t i = 0; i < explanation->count; i++)
		unjudged = unjudged || (explanation->judged && !explanation->documents[i].judged);
	if (unjudged)
		rq_add_wrapped(out, "grade ?: nobody has judged it, and it counts as not relevant; \"rqgate judge pool\" lists what is worth judging", 0,
		               style);
}

enum rq_status rq_explanation_table(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                    const rq_json *told, struct rq_style style, struct rq_error *err)
{
	const char *cause = rq_json_string(rq_json_get(told, "cause"));

	RQ_TRY(add_title(out, explanation, comparison, style, err));
	RQ_TRY(add_metrics(out, explanation, comparison, told, style, err));
	RQ_TRY(add_rankings(out, explanation, style, err));
	RQ_TRY(add_documents(out, explanation, style, err));
	add_legend(out, explanation, style);
	if (cause != NULL || explanation->move_count > 0)
		rq_buf_puts(out, "\n");
	if (cause != NULL)
		rq_add_line(out, "cause:", NULL, cause, style);
	for (size_t i = 0; i < explanation->move_count && i < MOVES_SHOWN; i++)
		rq_add_wrapped(out, explanation->moves[i], 0, style);
	if (explanation->move_count > MOVES_SHOWN)
		rq_buf_printf(out, "and %zu more that moved; --json tells all\n", explanation->move_count - MOVES_SHOWN);
	return rq_buf_check(out, err);
}

/* ---- JSON ---- */

static void push_count(rq_json *array, size_t count)
{
	rq_json_push_number(array, count == 0 ? (double)NAN : (double)count);
}

static void push_document(rq_json *array, const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "id", document->id);
	rq_json_set_number(object, "grade", document->judged ? (double)document->grade : (double)NAN);
	if (explanation->judged)
		rq_json_set_bool(object, "judged", document->judged);
	rq_json *ranks = rq_json_set_array(object, "ranks"), *scores = rq_json_set_array(object, "scores"),
			*exact = rq_json_set_array(object, "exact_ranks");
	for (int side = 0; side < RQ_SIDES; side++) {
		push_count(ranks, document->rank[side]);
		rq_json_push_number(scores, document->score[side]);
		push_count(exact, document->exact[side]);
	}
	rq_json_set_string(object, "text", document->text);
}

static void set_scores(rq_json *root, const struct rq_explanation *explanation, const struct rq_comparison *comparison)
{
	rq_json *scores = rq_json_set_object(root, "scores");

	for (size_t i = 0; explanation->place != RQ_NOT_COMPARED_TOPIC && i < comparison->metric_count; i++) {
		if (!has_value(&comparison->metrics[i], explanation->place))
			continue;
		rq_json *pair = rq_json_set_array(scores, comparison->metrics[i].name);
		for (int side = 0; side < RQ_SIDES; side++)
			rq_json_push_number(pair, value_of(&comparison->metrics[i], side, explanation->place));
	}
}

enum rq_status rq_explanation_json(struct rq_buf *out, const struct rq_explanation *explanation, const struct rq_comparison *comparison,
                                   const rq_json *told, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "topic", explanation->topic);
	rq_json_set_string(root, "text", explanation->text[0] == '\0' ? NULL : explanation->text);
	rq_json_set_string(root, "slice", explanation->slice);
	rq_json_set_bool(root, "scored", explanation->place != RQ_NOT_COMPARED_TOPIC);
	rq_json_set_number(root, "depth", (double)explanation->depth);
	rq_json *answered = rq_json_set_array(root, "answered"), *measured = rq_json_set_object(root, "exact_measured");
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_json_push_number(answered, (double)explanation->answered[side]);
		rq_json_set_bool(measured, side_names[side], explanation->measured[side]);
	}
	set_scores(root, explanation, comparison);
	rq_json *documents = rq_json_set_array(root, "documents");
	for (size_t i = 0; i < explanation->count; i++)
		push_document(documents, &explanation->documents[i], explanation);
	rq_json_set_string(root, "cause", rq_json_string(rq_json_get(told, "cause")));
	if (rq_json_get(told, "attribution") != NULL)
		rq_json_set(root, "attribution", rq_json_copy(rq_json_get(told, "attribution")));
	rq_json *moves = rq_json_set_array(root, "moves");
	for (size_t i = 0; i < explanation->move_count; i++)
		rq_json_push_string(moves, explanation->moves[i]);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}
