/* Draws a grid: how wide, which columns, in how many parts. */
#include "reports/eval_grid.h"

#include "reports/rows.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH_OF_A_LOG = 100, GAP = 2 };

const char **rq_grid_row(struct rq_grid *grid)
{
	if (!RQ_RESERVE(grid->rows, grid->capacity, grid->count + 1)) {
		grid->failed = true;
		return NULL;
	}
	const char **cells = rq_arena_alloc(&grid->arena, grid->column_count, sizeof *cells);
	if (cells == NULL) {
		grid->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < grid->column_count; i++)
		cells[i] = "";
	grid->rows[grid->count++] = cells;
	return cells;
}

void rq_grid_release(struct rq_grid *grid)
{
	free(grid->rows);
	rq_arena_release(&grid->arena);
	*grid = (struct rq_grid){0};
}

static size_t width_of(const char *text, struct rq_style style)
{
	return rq_text_width(text, strlen(text), style.unicode);
}

/* 0 for a column without any text. */
static void measure(size_t *widths, const struct rq_grid *grid, struct rq_style style)
{
	for (size_t column = 0; column < grid->column_count; column++) {
		for (size_t i = 0; i < grid->count; i++) {
			size_t width = width_of(grid->rows[i][column], style);
			widths[column] = width > widths[column] ? width : widths[column];
		}
		size_t name = width_of(grid->columns[column].name, style);
		widths[column] = widths[column] > 0 && name > widths[column] ? name : widths[column];
	}
}

/* The columns of one part: the sticky ones, then those from `first` to `end`. */
struct part {
	size_t first, end, gap;
	const size_t *widths;
};

static bool is_in(const struct part *part, const struct rq_grid *grid, size_t column)
{
	return part->widths[column] > 0 && (column < grid->sticky || (column >= part->first && column < part->end));
}

static size_t part_width(const struct part *part, const struct rq_grid *grid)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->column_count; i++)
		width += is_in(part, grid, i) ? (width > 0 ? part->gap : 0) + part->widths[i] : 0;
	return width;
}

static void add_cells(struct rq_buf *out, const char *const *cells, const struct part *part, const struct rq_grid *grid, struct rq_style style)
{
	size_t owed = 0; /* blanks are written before a cell, never after the last */

	for (size_t i = 0; i < grid->column_count; i++) {
		if (!is_in(part, grid, i))
			continue;
		size_t width = width_of(cells[i], style), free_columns = part->widths[i] - width;
		if (width == 0) {
			owed += part->widths[i] + part->gap;
			continue;
		}
		rq_buf_printf(out, "%*s", (int)(owed + (grid->columns[i].right ? free_columns : 0)), "");
		rq_add_text(out, cells[i], strlen(cells[i]), style.unicode);
		owed = (grid->columns[i].right ? 0 : free_columns) + part->gap;
	}
	rq_buf_puts(out, "\n");
}

static void draw_part(struct rq_buf *out, const struct part *part, const char *const *names, const struct rq_grid *grid, struct rq_style style)
{
	add_cells(out, names, part, grid, style);
	for (size_t i = 0; i < part_width(part, grid); i++)
		rq_buf_puts(out, style.unicode ? "\u2500" : "-");
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < grid->count; i++)
		add_cells(out, grid->rows[i], part, grid, style);
}

static void draw_parts(struct rq_buf *out, const size_t *widths, const char *const *names, const struct rq_grid *grid, struct rq_style style)
{
	size_t available = style.width > 0 ? (size_t)style.width : WIDTH_OF_A_LOG;
	struct part part = {.first = grid->sticky, .end = grid->column_count, .gap = GAP, .widths = widths}, narrow = part;

	narrow.gap = 1;
	part.gap = part_width(&part, grid) > available && part_width(&narrow, grid) <= available ? 1 : GAP; /* narrow gaps only where they save a part */
	do {
		part.end = grid->column_count;
		while (part.end > part.first + 1 && part_width(&part, grid) > available)
			part.end--;
		if (part.first > grid->sticky)
			rq_buf_puts(out, "\n");
		draw_part(out, &part, names, grid, style);
		part.first = part.end;
		while (part.first < grid->column_count && widths[part.first] == 0)
			part.first++;
	} while (part.first < grid->column_count);
}

enum rq_status rq_grid_draw(struct rq_buf *out, const struct rq_grid *grid, struct rq_style style, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) size_t *widths = calloc(grid->column_count + 1, sizeof *widths);
	RQ_CLEANUP(rq_free_pointer) const char **names = calloc(grid->column_count + 1, sizeof *names);
	bool failed = grid->failed || widths == NULL || names == NULL;

	for (size_t i = 0; !failed && i < grid->count; i++)
		for (size_t j = 0; j < grid->column_count; j++)
			failed = failed || grid->rows[i][j] == NULL;
	if (failed)
		return rq_fail_memory(err);
	for (size_t i = 0; i < grid->column_count; i++)
		names[i] = grid->columns[i].name;
	measure(widths, grid, style);
	draw_parts(out, widths, names, grid, style);
	return RQ_OK;
}
