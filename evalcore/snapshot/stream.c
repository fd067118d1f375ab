#include "evalcore/snapshot/stream.h"

#include "evalcore/base/system.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 3 /* of which one reads or waits for a disk */, AT_ONCE = 8 /* pieces that a thread takes */ };

/* A window's number counts from the beginning of the file; it is at windows[number % RQ_STREAM_WINDOWS]. */
struct state {
	size_t taken, worked; /* pieces */
};

struct stream {
	const struct rq_stream_job *job;
	struct rq_window windows[RQ_STREAM_WINDOWS];
	struct state states[RQ_STREAM_WINDOWS];
	size_t filled, digested, ended; /* windows */
	bool filling, digesting, ending;
	bool all_filled;
	struct rq_sha256 whole;
	struct rq_progress *progress;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct rq_error err; /* the first */
	bool failed;
};

enum task_kind { NOTHING_NOW, FILL, WORK, DIGEST, END, ALL_DONE };

struct task {
	enum task_kind kind;
	size_t number; /* of the window */
	size_t from, to; /* pieces */
};

enum rq_status rq_window_add(struct rq_window *window, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	if (!RQ_RESERVE(window->pieces, window->capacity, window->count + 1))
		return rq_fail_memory(err);
	window->pieces[window->count++] = (struct rq_piece){window->size, *chunk};
	window->size += chunk->bytes;
	return RQ_OK;
}

static bool is_worked(const struct stream *stream, size_t number)
{
	return number < stream->filled && stream->states[number % RQ_STREAM_WINDOWS].worked == stream->windows[number % RQ_STREAM_WINDOWS].count;
}

static struct task choose_pieces(struct stream *stream)
{
	size_t oldest = stream->digested < stream->ended ? stream->digested : stream->ended;

	for (size_t number = oldest; number < stream->filled; number++) {
		struct state *state = &stream->states[number % RQ_STREAM_WINDOWS];
		size_t pieces = stream->windows[number % RQ_STREAM_WINDOWS].count, from = state->taken;
		if (from == pieces)
			continue;
		state->taken = pieces - from > AT_ONCE ? from + AT_ONCE : pieces;
		return (struct task){WORK, number, from, state->taken};
	}
	return (struct task){.kind = NOTHING_NOW};
}

/* What is most in the way of the rest. */
static struct task choose(struct stream *stream)
{
	size_t oldest = stream->digested < stream->ended ? stream->digested : stream->ended;

	if (stream->failed || (stream->all_filled && oldest == stream->filled))
		return (struct task){.kind = ALL_DONE};
	if (!stream->filling && !stream->all_filled && stream->filled - oldest < RQ_STREAM_WINDOWS) {
		stream->filling = true;
		return (struct task){FILL, stream->filled, 0, 0};
	}
	if (!stream->ending && is_worked(stream, stream->ended)) {
		stream->ending = true;
		return (struct task){END, stream->ended, 0, 0};
	}
	if (!stream->digesting && is_worked(stream, stream->digested)) {
		stream->digesting = true;
		return (struct task){DIGEST, stream->digested, 0, 0};
	}
	return choose_pieces(stream);
}

static enum rq_status fill(struct stream *stream, size_t number, struct rq_error *err)
{
	struct rq_window *window = &stream->windows[number % RQ_STREAM_WINDOWS];
	const struct rq_window *before = number == 0 ? NULL : &stream->windows[(number - 1) % RQ_STREAM_WINDOWS];

	window->size = window->rest = window->count = 0;
	window->last = false;
	window->first = before == NULL ? 0 : before->first + before->count;
	window->offset = before == NULL ? 0 : before->offset + before->size;
	RQ_TRY(rq_cancel_check(err));
	return stream->job->fill(stream->job->context, window, before, err);
}

static enum rq_status do_task(struct stream *stream, const struct task *task, struct rq_error *err)
{
	const struct rq_window *window = &stream->windows[task->number % RQ_STREAM_WINDOWS];

	switch (task->kind) {
	case FILL:
		return fill(stream, task->number, err);
	case WORK:
		for (size_t i = task->from; i < task->to; i++)
			RQ_TRY(stream->job->work(stream->job->context, window, &window->pieces[i], err));
		return RQ_OK;
	case DIGEST:
		rq_sha256_add(&stream->whole, window->data, window->size);
		rq_progress_add(stream->progress, window->size);
		return RQ_OK;
	case END:
		return stream->job->end(stream->job->context, window, err);
	default:
		return RQ_OK;
	}
}

static void note(struct stream *stream, const struct task *task)
{
	struct state *state = &stream->states[task->number % RQ_STREAM_WINDOWS];

	switch (task->kind) {
	case FILL:
		*state = (struct state){0};
		stream->all_filled = stream->windows[task->number % RQ_STREAM_WINDOWS].last;
		stream->filled++;
		stream->filling = false;
		break;
	case WORK:
		state->worked += task->to - task->from;
		break;
	case DIGEST:
		stream->digested++;
		stream->digesting = false;
		break;
	case END:
		stream->ended++;
		stream->ending = false;
		break;
	default:
		break;
	}
}

static void work(void *context, size_t worker)
{
	struct stream *stream = context;

	(void)worker;
	pthread_mutex_lock(&stream->lock);
	for (struct task task; (task = choose(stream)).kind != ALL_DONE;) {
		if (task.kind == NOTHING_NOW) { /* the other thread is at work on it */
			pthread_cond_wait(&stream->changed, &stream->lock);
			continue;
		}
		pthread_mutex_unlock(&stream->lock);
		struct rq_error err = {0};
		enum rq_status status = do_task(stream, &task, &err);
		pthread_mutex_lock(&stream->lock);
		if (status != RQ_OK && !stream->failed)
			stream->err = err;
		stream->failed |= status != RQ_OK;
		note(stream, &task);
		pthread_cond_broadcast(&stream->changed);
	}
	pthread_mutex_unlock(&stream->lock);
}

static enum rq_status run(char sha256[RQ_SHA256_HEX], struct stream *stream, size_t room, struct rq_error *err)
{
	for (size_t i = 0; i < RQ_STREAM_WINDOWS; i++) {
		stream->windows[i].data = malloc(room + 1);
		if (stream->windows[i].data == NULL)
			return rq_fail_memory(err);
	}
	rq_sha256_begin(&stream->whole);
	rq_work_together(THREADS, work, stream);
	if (stream->failed)
		return rq_fail(err, stream->err.status, "%s", stream->err.text);
	return rq_sha256_end(sha256, &stream->whole, err);
}

enum rq_status rq_stream(char sha256[RQ_SHA256_HEX], const struct rq_stream_job *job, size_t room, struct rq_progress *progress, struct rq_error *err)
{
	struct stream stream = {.job = job, .progress = progress, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	enum rq_status status = run(sha256, &stream, room, err);

	for (size_t i = 0; i < RQ_STREAM_WINDOWS; i++) {
		free(stream.windows[i].data);
		free(stream.windows[i].pieces);
	}
	return status;
}
