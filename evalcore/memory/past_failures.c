/* Reads what failed. */
#include "evalcore/memory/history.h"
#include "evalcore/memory/sql.h"

#include <stdlib.h>

void rq_past_failures_release(struct rq_past_failures *failures)
{
	free(failures->items);
	rq_arena_release(&failures->arena);
	*failures = (struct rq_past_failures){0};
}

/* The latest, and these in the order of their ids. */
static const char query[] =
	"SELECT * FROM (SELECT failure_id, failure.batch_id, failed_us, coalesce(resolved_batch_id, 0), coalesce(resolved_us, 0), command, suite, config,"
	" folder, arguments, side, stage, what, name, input, reason, attempts, seconds FROM failure JOIN batch ON batch.batch_id = failure.batch_id"
	" WHERE (?1 = 0 OR failure_id = ?1) AND (?2 = 0 OR failure.batch_id = ?2) AND (?3 IS NULL OR suite = ?3) AND (?4 OR resolved_us IS NULL)"
	" ORDER BY failure_id DESC LIMIT ?5) ORDER BY failure_id";

static bool take(struct rq_past_failure *past, const struct rq_sql *sql, struct rq_arena *arena)
{
	bool failed = false;
	struct rq_kept_failure *failure = &past->failure;
	int64_t *numbers[] = {&past->id, &past->batch_id, &past->failed_us, &past->resolved_batch_id, &past->resolved_us};
	const char **texts[] = {&past->command, &past->suite, &past->config, &past->folder, &past->arguments, &failure->side,
	                        &failure->stage, &failure->what, &failure->name, &failure->input, &failure->reason};
	int column = 0;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = rq_sql_column_integer(sql, column++);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = rq_sql_column(sql, column++, arena, &failed);
	failure->attempts = (unsigned)rq_sql_column_integer(sql, column++);
	failure->seconds = rq_sql_column_number(sql, column);
	return !failed;
}

enum rq_status rq_past_failures_read(struct rq_past_failures *failures, struct rq_store *store, const struct rq_failure_filter *filter,
                                     struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	bool there;

	RQ_TRY(rq_sql_prepare(&sql, store, query, err));
	rq_sql_integer(&sql, filter->id);
	rq_sql_integer(&sql, filter->batch_id);
	rq_sql_text(&sql, filter->suite);
	rq_sql_integer(&sql, filter->resolved || filter->id != 0);
	rq_sql_integer(&sql, filter->limit > 0 ? filter->limit : -1);
	for (;;) {
		RQ_TRY(rq_sql_next(&there, &sql, err));
		if (!there)
			return RQ_OK;
		if (!RQ_RESERVE(failures->items, failures->capacity, failures->count + 1))
			return rq_fail_memory(err);
		if (!take(&failures->items[failures->count++], &sql, &failures->arena))
			return rq_fail_memory(err);
	}
}
