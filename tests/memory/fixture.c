#include "fixture.h"

#include "evalcore/base/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

char fixture_folder[64];

void fixture_start(void)
{
	snprintf(fixture_folder, sizeof fixture_folder, "/tmp/rqgate-memory-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture_folder));
}

void fixture_end(void)
{
	rq_remove_tree(fixture_folder);
}

const char *fixture_path(const char *name)
{
	static char paths[4][256];
	static int next;

	next = (next + 1) % 4;
	snprintf(paths[next], sizeof *paths, "%s/%s", fixture_folder, name);
	return paths[next];
}

void fixture_open(struct rq_store *store)
{
	struct rq_error err = {0};

	*store = (struct rq_store){0};
	FIXTURE_OK(rq_store_open(store, fixture_path("h.db"), true, &err));
}

static void add(struct rq_batch *batch, const struct rq_figure *figure)
{
	struct rq_error err = {0};

	FIXTURE_OK(rq_batch_add_figure(batch, figure, &err));
}

struct rq_batch fixture_batch(double value, int64_t started_us, const char *failing)
{
	struct rq_error err = {0};
	struct rq_batch batch = {
		.command = "run",
		.suite = "help",
		.profile = "pr",
		.folder = "/work",
		.config = "/work/gate.json",
		.arguments = "[\"gate.json\"]",
		.version = "0.1.0",
		.started_us = started_us,
		.finished_us = started_us + 1500000,
		.verdict = value >= .5 ? "pass" : "fail",
		.exit_code = value < .5,
		.complete = true,
		.sentence = "so it is",
	};

	FIXTURE_OK(rq_batch_add_input(&batch, "corpus", "00ff", &err));
	FIXTURE_OK(rq_batch_add_input(&batch, "baseline.vectors", "1234", &err));
	add(&batch, &(struct rq_figure){.kind = RQ_FIGURE_METRIC, .name = "RR@10", .side = "baseline", .value = .625, .lower = .5, .upper = .75,
	                                .bound = NAN, .count = 40});
	add(&batch, &(struct rq_figure){.kind = RQ_FIGURE_METRIC, .name = "RR@10", .side = "candidate", .slice = "billing", .value = value, .lower = NAN,
	                                .upper = NAN, .bound = NAN, .count = 40});
	add(&batch, &(struct rq_figure){.kind = RQ_FIGURE_LATENCY, .name = "latency.p99", .side = "candidate", .value = .004, .lower = .003,
	                                .upper = INFINITY, .bound = NAN, .count = 1000, .failed = 2});
	add(&batch, &(struct rq_figure){.kind = RQ_FIGURE_DRIFT, .name = "drift.mmd", .side = "corpus", .value = .01, .lower = NAN, .upper = NAN,
	                                .bound = .05, .outcome = "pass", .reason = "far below"});
	add(&batch, &(struct rq_figure){.kind = RQ_FIGURE_VERDICT, .name = "RR@10 >= 0.5", .gate = "min", .metric = "RR@10", .level = "error",
	                                .value = value, .lower = NAN, .upper = NAN, .bound = .5, .outcome = value >= .5 ? "pass" : "fail",
	                                .blocks = value < .5, .reason = "as \"measured\""});
	const struct rq_kept_failure failure = {.side = "candidate", .stage = "embed", .what = "document", .name = failing, .input = "a text,\nwhole",
	                                        .reason = "timed out", .attempts = 3, .seconds = 1.5};
	if (failing != NULL)
		FIXTURE_OK(rq_batch_add_failure(&batch, &failure, &err));
	return batch;
}

int64_t fixture_append(struct rq_store *store, struct rq_batch *batch, bool *repeated)
{
	struct rq_error err = {0};
	bool ignored;
	int64_t id = 0;

	FIXTURE_OK(rq_store_append(&id, repeated == NULL ? &ignored : repeated, store, batch, &err));
	rq_batch_release(batch);
	return id;
}

struct rq_history fixture_history(struct rq_store *store)
{
	struct rq_history history = {0};
	struct rq_error err = {0};
	const struct rq_history_filter all = {0};

	FIXTURE_OK(rq_history_read(&history, store, &all, &err));
	return history;
}
