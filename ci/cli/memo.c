/* Joins a job to the store. */
#include "ci/cli/memo.h"

#include "ci/cli/when.h"
#include "datasets/text.h"
#include "datasets/unpack.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/memory/history.h"
#include "reports/report.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MOST = 1 << 20, PAST_RUNS = 30 };

enum rq_status rq_when_us(int64_t *us, struct rq_error *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct timespec now;
	int64_t seconds;
	char text[32];

	if (epoch == NULL || epoch[0] == '\0') {
		clock_gettime(CLOCK_REALTIME, &now);
		*us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
		return RQ_OK;
	}
	RQ_TRY(rq_when(text, err));
	if (!rq_parse_time(&seconds, text, strlen(text)))
		return rq_fail(err, RQ_E_USAGE, "SOURCE_DATE_EPOCH: \"%s\" is no time; expected seconds since 1970", epoch);
	*us = seconds * 1000000;
	return RQ_OK;
}

static enum rq_status open_store(struct rq_memo *memo, const char *command, const char *path, bool create,
                                 struct rq_error *err)
{
	RQ_TRY(rq_when_us(&memo->batch.started_us, err));
	RQ_TRY(rq_store_open(&memo->store, path, create, err));
	memo->batch.command = command;
	memo->batch.version = RQ_VERSION;
	memo->batch.verdict = RQ_NO_VERDICT;
	memo->batch.sentence = "";
	memo->open = true;
	return RQ_OK;
}

enum rq_status rq_memo_open(struct rq_memo *memo, const char *command, const char *path, struct rq_error *err)
{
	return path == NULL ? RQ_OK : open_store(memo, command, path, true, err);
}

enum rq_status rq_memo_look(struct rq_memo *memo, const char *command, const char *path, struct rq_error *err)
{
	return path == NULL || !rq_file_exists(path) ? RQ_OK : open_store(memo, command, path, false, err);
}

void rq_memo_release(struct rq_memo *memo)
{
	rq_batch_release(&memo->batch);
	rq_buf_release(&memo->words);
	rq_store_close(&memo->store);
	rq_arena_release(&memo->arena);
	*memo = (struct rq_memo){0};
}

void rq_memo_word(struct rq_memo *memo, const char *option, const char *value)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf word = {0};

	if (!memo->open || value == NULL)
		return;
	rq_buf_printf(&word, "%s%s%s", option == NULL ? "" : option, option == NULL ? "" : "=", value);
	rq_buf_puts(&memo->words, memo->words.size == 0 ? "" : ", ");
	if (!word.failed)
		rq_json_quote(&memo->words, word.data);
	memo->words.failed |= word.failed;
}

void rq_memo_words(struct rq_memo *memo, const char *option, const struct rq_strings *values)
{
	for (size_t i = 0; i < values->count; i++)
		rq_memo_word(memo, option, values->items[i]);
}

enum rq_status rq_memo_job(struct rq_memo *memo, const char *file, const struct rq_config *config, struct rq_error *err)
{
	char folder[PATH_MAX];

	if (!memo->open)
		return RQ_OK;
	if (getcwd(folder, sizeof folder) == NULL)
		return rq_fail(err, RQ_E_IO, "the working directory: cannot tell its path");
	memo->batch.folder = rq_arena_strdup(&memo->arena, folder);
	memo->batch.config = strcmp(file, "-") == 0 ? file : rq_path_join(&memo->arena, folder, file);
	if (config != NULL) {
		memo->batch.suite = config->suite;
		memo->batch.profile = config->profile == 0 ? "pr" : "release";
	}
	RQ_TRY(rq_buf_check(&memo->words, err));
	rq_secret_hide(memo->words.data);
	memo->batch.arguments = rq_arena_printf(&memo->arena, "[%s]", memo->words.data);
	return memo->batch.folder == NULL || memo->batch.config == NULL || memo->batch.arguments == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_memo_comparison(struct rq_memo *memo, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	return memo->open ? rq_batch_add_comparison(&memo->batch, &pipeline->comparison, err) : RQ_OK;
}

static enum rq_status add_inputs(struct rq_memo *memo, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_comparison *comparison = &pipeline->comparison;

	for (size_t i = 0; memo->open && i < comparison->input_count; i++)
		RQ_TRY(rq_batch_add_input(&memo->batch, comparison->inputs[i].name, comparison->inputs[i].text, err));
	return RQ_OK;
}

/* All of a text of which the failure has the beginning. */
static const char *whole_input(const struct rq_failure *failure, const struct rq_pipeline *pipeline)
{
	const struct rq_corpus *own = &pipeline->corpora[RQ_CANDIDATE], *corpus = &pipeline->corpora[RQ_BASELINE];
	size_t place = failure->place;

	if (strcmp(failure->side, "candidate") == 0 && own->count > 0)
		corpus = own;
	if (strcmp(failure->what, "document") == 0 && place < corpus->count && strcmp(corpus->documents[place].id, failure->id) == 0)
		return corpus->documents[place].text;
	if (strcmp(failure->what, "topic") == 0 && place < pipeline->topics.count && strcmp(pipeline->topics.topics[place].id, failure->id) == 0)
		return pipeline->topics.topics[place].text;
	return failure->input;
}

static enum rq_status add_failures(struct rq_memo *memo, const struct rq_failures *failures, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	for (size_t i = 0; i < failures->count; i++) {
		const struct rq_failure *failure = &failures->items[i];
		const struct rq_kept_failure kept = {
			.side = failure->side,
			.stage = failure->stage,
			.what = failure->what,
			.name = failure->id,
			.input = whole_input(failure, pipeline),
			.reason = failure->reason,
			.attempts = failure->attempts,
			.seconds = failure->seconds,
		};
		RQ_TRY(rq_batch_add_failure(&memo->batch, &kept, err));
	}
	return RQ_OK;
}

enum rq_status rq_memo_failures(struct rq_memo *memo, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	if (!memo->open)
		return RQ_OK;
	RQ_TRY(add_failures(memo, &pipeline->unfit, pipeline, err));
	return add_failures(memo, &pipeline->comparison.failures, pipeline, err);
}

enum rq_status rq_memo_verdict(struct rq_memo *memo, const struct rq_verdict *verdict, struct rq_error *err)
{
	if (!memo->open)
		return RQ_OK;
	memo->batch.verdict = rq_outcome_name(verdict->outcome);
	memo->batch.exit_code = verdict->exit_code;
	memo->batch.sentence = verdict->sentence;
	memo->batch.complete = true;
	return rq_batch_add_verdict(&memo->batch, verdict, "", err);
}

static double past_value(const struct rq_past_batch *batch, const char *name, const char *side)
{
	for (size_t i = 0; i < batch->figure_count; i++) {
		const struct rq_figure *figure = &batch->figures[i];
		if (figure->kind <= RQ_FIGURE_LATENCY && figure->slice[0] == '\0' && strcmp(figure->name, name) == 0 && strcmp(figure->side, side) == 0)
			return figure->value;
	}
	return NAN;
}

/* False: no memory. */
static bool add_past(struct rq_past_run *run, const struct rq_past_batch *batch, const struct rq_comparison *comparison, struct rq_arena *arena)
{
	double(*values)[RQ_SIDES] = rq_arena_alloc(arena, comparison->metric_count + 1, sizeof *values);

	for (size_t i = 0; i < comparison->metric_count && values != NULL; i++)
		for (int side = 0; side < RQ_SIDES; side++)
			values[i][side] = batch == NULL ? comparison->metrics[i].value[side]
			                                : past_value(batch, comparison->metrics[i].name, rq_sides_of_run.sides[side]);
	run->values = (const double(*)[RQ_SIDES])values;
	return values != NULL;
}

enum rq_status rq_memo_past(struct rq_report *report, struct rq_memo *memo, struct rq_error *err)
{
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	const struct rq_history_filter filter = {.command = memo->batch.command, .suite = memo->batch.suite, .limit = PAST_RUNS};

	if (!memo->open || memo->batch.suite == NULL)
		return RQ_OK;
	RQ_TRY(rq_history_read(&history, &memo->store, &filter, err));
	struct rq_past_run *past = rq_arena_alloc(&memo->arena, history.count + 1, sizeof *past);
	bool failed = past == NULL;
	for (size_t i = 0; i < history.count && !failed; i++) {
		struct rq_past_run *run = &past[report->past_count];
		if (strcmp(history.batches[i].verdict, RQ_NO_VERDICT) == 0)
			continue;
		run->us = history.batches[i].last_us;
		run->verdict = rq_arena_strdup(&memo->arena, history.batches[i].verdict);
		failed = run->verdict == NULL || !add_past(run, &history.batches[i], report->comparison, &memo->arena);
		report->past_count++;
	}
	if (failed || !add_past(&past[report->past_count], NULL, report->comparison, &memo->arena))
		return rq_fail_memory(err);
	past[report->past_count].us = memo->batch.started_us;
	past[report->past_count++].verdict = rq_outcome_name(report->verdict->outcome);
	report->past = past;
	return RQ_OK;
}

enum rq_status rq_memo_hold(struct rq_memo *memo, struct rq_error *err)
{
	int64_t id;
	bool repeated;

	if (!memo->open)
		return RQ_OK;
	memo->written = true; /* or tried: what stops it here stops it again */
	RQ_TRY(rq_when_us(&memo->batch.finished_us, err));
	RQ_TRY(rq_store_hold(&id, &repeated, &memo->store, &memo->batch, err));
	memo->held = true;
	return RQ_OK;
}

enum rq_status rq_memo_keep(struct rq_memo *memo, struct rq_error *err)
{
	if (!memo->held)
		return RQ_OK;
	memo->held = false;
	return rq_store_keep(&memo->store, err);
}

void rq_memo_drop(struct rq_memo *memo)
{
	if (!memo->held)
		return;
	rq_store_drop(&memo->store);
	rq_batch_empty(&memo->batch);
	memo->held = memo->written = false;
}

enum rq_status rq_memo_write(struct rq_memo *memo, struct rq_error *err)
{
	RQ_TRY(rq_memo_hold(memo, err));
	return rq_memo_keep(memo, err);
}

/* ---- a job without a verdict ---- */

/* "corpus.jsonl:17" or "corpus.jsonl:17:5" before ": " -> the file's name and the line. */
static bool read_place(char *path, size_t size, int64_t *line, const char *sentence)
{
	const char *end = strstr(sentence, ": ");
	int64_t numbers[2];
	size_t count = 0, length = end == NULL ? 0 : (size_t)(end - sentence);

	while (count < 2 && length > 0) {
		size_t start = length;
		while (start > 0 && sentence[start - 1] != ':')
			start--;
		if (start == 0 || !rq_parse_i64(&numbers[count], sentence + start, length - start))
			break;
		length = start - 1;
		count++;
	}
	if (count == 0 || length == 0 || length >= size)
		return false;
	memcpy(path, sentence, length);
	path[length] = '\0';
	*line = numbers[count - 1];
	return true;
}

/* The line of the file as it is now; nothing where it cannot be read again. */
static void read_line(struct rq_buf *out, const char *path, int64_t wanted)
{
	struct rq_unpack unpack = {0};
	struct rq_error unread = {0};
	char block[4096];
	size_t got = 0;
	int64_t line = 1;
	bool read = strcmp(path, "-") != 0 && rq_unpack_open(&unpack, path, NULL, &unread) == RQ_OK;

	while (read && line <= wanted && out->size < LINE_MOST && rq_unpack_next(&got, &unpack, block, sizeof block, &unread) == RQ_OK && got > 0)
		for (size_t i = 0; i < got && line <= wanted && out->size < LINE_MOST; i++) {
			if (line == wanted && block[i] != '\n')
				rq_buf_add(out, &block[i], 1);
			line += block[i] == '\n';
		}
	rq_unpack_release(&unpack);
}

/* What is no text, as it may be shown: no byte of it is lost. */
static void show_bytes(struct rq_buf *out, const struct rq_buf *line)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	for (size_t at = 0; at <= line->size; at++) {
		const char *shown = rq_arena_show(&arena, line->data + at);
		out->failed |= shown == NULL;
		rq_buf_printf(out, "%s%s", at == 0 ? "" : "\\x00", shown == NULL ? "" : shown);
		at += strlen(line->data + at);
	}
}

static enum rq_status add_line(struct rq_memo *memo, const struct rq_error *why, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0}, shown = {0};
	char path[PATH_MAX], name[PATH_MAX + 32];
	int64_t line;

	if (why->status != RQ_E_DATA || !read_place(path, sizeof path, &line, why->text))
		return RQ_OK;
	rq_buf_puts(&text, "");
	read_line(&text, path, line);
	RQ_TRY(rq_buf_check(&text, err));
	bool is_text = strlen(text.data) == text.size && rq_utf8_invalid_at(text.data, text.size) == text.size;
	if (!is_text)
		show_bytes(&shown, &text);
	RQ_TRY(rq_buf_check(&shown, err));
	snprintf(name, sizeof name, "%s:%lld", path, (long long)line);
	const struct rq_kept_failure failure = {.side = "", .stage = "load", .what = "line", .name = name,
	                                        .input = is_text ? text.data : shown.data, .reason = why->text};
	return rq_batch_add_failure(&memo->batch, &failure, err);
}

static enum rq_status end(struct rq_memo *memo, const struct rq_error *why, struct rq_error *err)
{
	memo->batch.verdict = RQ_NO_VERDICT;
	memo->batch.complete = false;
	memo->batch.exit_code = rq_status_exit_code(why->status);
	memo->batch.sentence = why->text;
	RQ_TRY(add_line(memo, why, err));
	return rq_memo_write(memo, err);
}

/* What a job lacked that it ended for is lacking here, too: that is told once. */
static void tell_lost(const struct rq_error *lost, const struct rq_error *why)
{
	char shown[2 * sizeof lost->text];

	if (lost->status == why->status)
		return;
	rq_show_text(shown, sizeof shown, lost->text);
	fprintf(stderr, "rqgate: warning: what failed could not be kept in the store: %s\n", shown);
}

void rq_memo_end(struct rq_memo *memo, const struct rq_pipeline *pipeline, const struct rq_error *why)
{
	struct rq_error lost = {0}, unwritten = {0};

	if (!memo->open || memo->written || why->status == RQ_E_INTERRUPTED || memo->batch.arguments == NULL)
		return;
	if (pipeline != NULL && (add_inputs(memo, pipeline, &lost) != RQ_OK || rq_memo_failures(memo, pipeline, &lost) != RQ_OK))
		tell_lost(&lost, why);
	if (end(memo, why, &unwritten) != RQ_OK)
		tell_lost(&unwritten, why);
}
