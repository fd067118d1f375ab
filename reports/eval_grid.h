/* A grid of cells for people: columns as wide as their widest cell, empty ones left out, broken into several below each other where it is too wide.
 * Private to this room. */
#ifndef RQ_REPORTS_EVAL_GRID_H
#define RQ_REPORTS_EVAL_GRID_H

#include "reports/report.h"

struct rq_grid_column {
	const char *name;
	bool right; /* aligned */
};

/* Zero-initialise but for the columns. */
struct rq_grid {
	const struct rq_grid_column *columns;
	size_t column_count;
	size_t sticky; /* leading columns that stand in every part of a grid that is broken */
	const char ***rows;
	size_t count, capacity;
	bool failed;
	struct rq_arena arena; /* for the texts of cells */
};

/* A new row, to be filled; cells that stay "" are blank, NULL is a text that found no memory. NULL: there was none for the row; drawing reports
 * either. */
const char **rq_grid_row(struct rq_grid *grid);
RQ_MUST_USE enum rq_status rq_grid_draw(struct rq_buf *out, const struct rq_grid *grid, struct rq_style style, struct rq_error *err);
void rq_grid_release(struct rq_grid *grid);

#endif
