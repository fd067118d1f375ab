/* Texts that leave the process: who answers, whose turn it is, what arrives and what does not. Every answer is in the cache before the next one is taken, so that
 * a run which ends early, however it ends, has paid for nothing twice. */
#include "evalcore/pipeline/cache_turn.h"
#include "evalcore/pipeline/embedding_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAILED_TOO_MANY = 10 }; /* beyond max_failed: enough to see what they have in common, and little to wait for */

static bool may_ask(const struct rq_request_limit *limit)
{
	return !limit->limited || limit->sent < limit->most;
}

/* ---- who answers ---- */

/* Nobody does. Where the cache has it all, there is a way without. */
static enum rq_status tell_way_on(const struct rq_embed_job *job, size_t part, struct rq_error *err)
{
	struct rq_embed_outlook outlook;
	struct rq_error unseen = {0};
	char said[sizeof err->text];

	if (err->status != RQ_E_UNAVAILABLE || rq_embed_look(&outlook, job, part, NULL, &unseen) != RQ_OK || outlook.missing.texts > 0)
		return err->status;
	memcpy(said, err->text, sizeof said);
	return rq_fail(err, err->status, "%s; all %zu texts are in the cache, and --max-requests 0 takes them from there without asking", said,
	               outlook.texts);
}

static enum rq_status identify(struct rq_identity *identity, struct rq_part_work *work, size_t part, struct rq_error *err)
{
	const struct rq_embedder *embedder = work->use.embedder;
	const struct rq_embed_job *job = work->job;
	struct rq_identity last;
	bool known = rq_identity_recall(&last, &work->use, job->cache);

	work->part->unchecked = !may_ask(job->limit);
	if (work->part->unchecked) {
		*identity = last;
		return known ? RQ_OK
		             : rq_fail(err, RQ_E_UNAVAILABLE,
		                       "stopped at --max-requests %llu: no earlier run has kept who answers, so all texts are left to embed",
		                       (unsigned long long)job->limit->most);
	}
	if (work->state == NULL)
		RQ_TRY(embedder->open(&work->state, work->use.options, NULL, 0, err));
	memset(identity, 0, sizeof *identity);
	if (embedder->identify(work->state, identity, job->limit, err) != RQ_OK)
		return known ? tell_way_on(job, part, err) : err->status;
	if (identity->dimension == 0 || identity->fingerprint[0] == '\0')
		return rq_fail(err, RQ_E_INTERNAL, "embedder \"%s\": says neither its dimensions nor its model", work->use.name);
	rq_identity_mark(identity, &work->use, known ? &last : NULL);
	bool same = known && rq_identity_is_same(&last, identity);
	if (known && !same)
		work->part->earlier = last;
	if (!same)
		rq_identity_keep(identity, &work->use, job->cache);
	return RQ_OK;
}

/* ---- what comes back ---- */

struct asking {
	struct rq_part_work *work;
	struct rq_text_list *list;
	struct rq_key *keys; /* room for those of one answer */
};

static enum rq_status answer_of_nothing(const struct asking *asking, size_t number, struct rq_error *err)
{
	return rq_fail(err, RQ_E_INTERNAL, "embedder \"%s\" answers for text %zu of %zu", asking->work->use.name, number, asking->list->missing_count);
}

/* Kept before the vectors are, and not for each text that is cut: at the first, at twice as many, and at the end. */
static void note_cuts(struct rq_part_work *work, bool at_the_end)
{
	struct rq_embed_part *part = work->part;
	struct rq_service_use use = {0};

	work->use.embedder->use(work->state, &use);
	if (use.truncated == part->cuts || (!at_the_end && use.truncated < 2 * part->cuts))
		return;
	part->cuts = use.truncated;
	rq_cuts_keep(part->cuts_before + part->cuts, &part->fingerprint, work->job->cache);
}

static enum rq_status arrived(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *err)
{
	const struct asking *asking = context;
	struct rq_text_list *list = asking->list;
	size_t d = list->out->d;

	if (n > list->missing_count)
		return answer_of_nothing(asking, n, err);
	for (size_t i = 0; i < n; i++) {
		if (rows[i] >= list->missing_count)
			return answer_of_nothing(asking, rows[i], err);
		rq_text_list_take(list, rows[i], vectors + i * d);
		asking->keys[i] = list->keys[list->missing[rows[i]]];
	}
	note_cuts(asking->work, false);
	rq_text_cache_append(&asking->work->cached, asking->work->job->cache, asking->keys, vectors, n);
	return RQ_OK;
}

static enum rq_status keep_failure(struct rq_part_work *work, const struct rq_text_list *list, size_t row, const struct rq_failure *failure,
                                   struct rq_error *err)
{
	const struct rq_embed_job *job = work->job;
	struct rq_embedding *embedding = work->embedding;
	struct rq_failure one = *failure;

	one.side = job->side->name;
	one.stage = "embed";
	one.what = list->role == RQ_ROLE_DOCUMENT ? "document" : "topic";
	one.id = list->role == RQ_ROLE_DOCUMENT ? job->corpus->documents[row].id : job->topics->topics[row].id;
	one.place = row;
	one.input = list->texts[row];
	bool **rows = list->role == RQ_ROLE_DOCUMENT ? &embedding->failed_documents : &embedding->failed_topics;
	if (*rows == NULL)
		*rows = calloc(list->count, sizeof **rows);
	if (*rows == NULL)
		return rq_fail_memory(err);
	(*rows)[row] = true;
	++*(list->role == RQ_ROLE_DOCUMENT ? &embedding->failed_document_count : &embedding->failed_topic_count);
	return rq_failures_add(job->failures, &one, err);
}

/* There will be no verdict: the rest would be waited and paid for in vain. */
static enum rq_status check_most(const struct rq_part_work *work, struct rq_error *err)
{
	const struct rq_embed_job *job = work->job;
	size_t failed = work->embedding->failed_document_count + work->embedding->failed_topic_count;

	if (failed <= job->max_failed || failed - job->max_failed < FAILED_TOO_MANY)
		return RQ_OK;
	const struct rq_failure *first = &job->failures->items[job->failures->count - failed];
	return rq_fail(err, RQ_E_UNAVAILABLE,
	               "stopped, since at least %zu of its documents and topics fail, where max_failed allows %zu; "
	               "the first was the %s \"%s\": %s", failed,
	               job->max_failed, first->what, first->id, first->reason);
}

/* Every row with this text is without a vector. */
static enum rq_status give_up(struct rq_part_work *work, struct rq_text_list *list, size_t number, const struct rq_failure *failure,
                              struct rq_error *err)
{
	const struct rq_failures *failures = work->job->failures;
	struct rq_embed_part *part = work->part;

	rq_text_list_take(list, number, NULL);
	for (size_t row = list->missing[number]; row < list->count; row = list->same[row])
		RQ_TRY(keep_failure(work, list, row, failure, err));
	if (!RQ_RESERVE(part->given_up, part->given_up_capacity, part->given_up_count + 1))
		return rq_fail_memory(err);
	part->given_up[part->given_up_count++] = (struct rq_given_up){
		.text = list->keys[list->missing[number]], .reason = failures->items[failures->count - 1].reason, .attempts = failure->attempts, .seconds = failure->seconds};
	return check_most(work, err);
}

static enum rq_status failed(void *context, size_t number, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	const struct asking *asking = context;

	if (number >= asking->list->missing_count)
		return answer_of_nothing(asking, number, err);
	return give_up(asking->work, asking->list, number, &(struct rq_failure){.reason = reason, .attempts = attempts, .seconds = seconds}, err);
}

/* ---- what the other side could not have either ---- */

static int by_text(const void *a, const void *b)
{
	const struct rq_given_up *x = a, *y = b;

	return memcmp(&x->text, &y->text, sizeof x->text);
}

static const struct rq_given_up *given_up_before(const struct rq_part_work *work, const struct rq_key *text)
{
	const struct rq_embedding *before = work->job->before;
	const struct rq_given_up wanted = {.text = *text}, *found = NULL;

	for (size_t i = 0; before != NULL && i < before->part_count && found == NULL; i++) {
		const struct rq_embed_part *part = &before->parts[i];
		if (part->given_up_count > 0 && memcmp(&part->fingerprint, &work->part->fingerprint, sizeof part->fingerprint) == 0)
			found = bsearch(&wanted, part->given_up, part->given_up_count, sizeof wanted, by_text);
	}
	return found;
}

/* The same model would give up on the same text again. */
static enum rq_status pass_over(struct rq_part_work *work, struct rq_text_list *list, struct rq_error *err)
{
	for (size_t number = 0; number < list->missing_count; number++) {
		const struct rq_given_up *known = given_up_before(work, &list->keys[list->missing[number]]);
		if (known != NULL)
			RQ_TRY(give_up(work, list, number, &(struct rq_failure){.reason = known->reason, .attempts = known->attempts, .seconds = known->seconds},
			               err));
	}
	rq_text_list_pass_over(list);
	return RQ_OK;
}

/* ---- asking ---- */

static enum rq_status stopped(const struct rq_part_work *work, struct rq_error *err)
{
	return rq_fail(err, RQ_E_UNAVAILABLE, "stopped at --max-requests %llu: %zu text%s left to embed; %s",
	               (unsigned long long)work->job->limit->most, rq_part_left(work), rq_part_left(work) == 1 ? " is" : "s are",
	               work->job->cache->folder == NULL ? "without a cache nothing is kept of what came" : "what came is kept, and the next run goes on");
}

/* An end before the end: what is done need not be done again. */
static enum rq_status explain(const struct rq_part_work *work, struct rq_error *err)
{
	size_t came = 0;
	char said[sizeof err->text];

	if (err->status == RQ_E_UNAVAILABLE && !may_ask(work->job->limit))
		return stopped(work, err);
	for (size_t i = 0; i < work->list_count; i++)
		came += work->lists[i].arrived;
	if (err->status == RQ_E_INTERRUPTED || err->status == RQ_E_NOMEM || err->status == RQ_E_INTERNAL || came == 0 || work->job->cache->folder == NULL)
		return err->status;
	memcpy(said, err->text, sizeof said);
	return rq_fail(err, err->status, "%s; %zu text%s kept, %zu %s left, and the next run goes on from there", said, came,
	               came == 1 ? " came and is" : "s came and are", rq_part_left(work), rq_part_left(work) == 1 ? "is" : "are");
}

static enum rq_status ask_list(struct rq_part_work *work, struct rq_text_list *list, struct rq_error *err)
{
	const struct rq_embed_job *job = work->job;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc(list->missing_count * sizeof *texts);
	RQ_CLEANUP(rq_free_pointer) struct rq_key *keys = malloc(list->missing_count * sizeof *keys);

	if (texts == NULL || keys == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < list->missing_count; i++)
		texts[i] = list->texts[list->missing[i]];
	struct asking asking = {.work = work, .list = list, .keys = keys};
	const struct rq_embed_work asked = {.role = list->role,
	                                    .texts = texts,
	                                    .count = list->missing_count,
	                                    .limit = job->limit,
	                                    .progress = job->progress,
	                                    .context = &asking,
	                                    .arrived = arrived,
	                                    .failed = failed};
	rq_progress_begin(job->progress, list->role == RQ_ROLE_DOCUMENT ? "embed" : "embed topics", "texts", list->missing_count);
	enum rq_status status = work->use.embedder->ask(work->state, &asked, err);
	note_cuts(work, true);
	RQ_TRY(status);
	rq_progress_end(job->progress);
	if (list->left > 0)
		return rq_fail(err, RQ_E_INTERNAL, "embedder \"%s\": no answer to %zu of %zu texts", work->use.name, list->left, list->missing_count);
	return RQ_OK;
}

/* What another run has embedded since the cache was read. */
static enum rq_status find_again(struct rq_part_work *work, struct rq_error *err)
{
	if (rq_text_cache_is_current(&work->cached))
		return RQ_OK;
	rq_text_cache_release(&work->cached);
	RQ_TRY(rq_text_cache_open(&work->cached, work->job->cache, &work->part->fingerprint, work->part->dimension, err));
	for (size_t i = 0; i < work->list_count; i++)
		RQ_TRY(rq_text_list_find(&work->lists[i], &work->cached, false, err));
	return RQ_OK;
}

static enum rq_status ask_lists(struct rq_part_work *work, struct rq_error *err)
{
	RQ_TRY(find_again(work, err));
	work->part->cuts_before = rq_cuts_recall(&work->part->fingerprint, work->job->cache);
	for (size_t i = 0; i < work->list_count; i++)
		RQ_TRY(pass_over(work, &work->lists[i], err));
	for (size_t i = 0; i < work->list_count; i++) {
		if (work->lists[i].missing_count == 0)
			continue;
		enum rq_status status = may_ask(work->job->limit) && work->state != NULL ? ask_list(work, &work->lists[i], err) : stopped(work, err);
		if (status != RQ_OK)
			return explain(work, err);
	}
	return RQ_OK;
}

static enum rq_status ask_in_turn(struct rq_part_work *work, struct rq_error *err)
{
	struct rq_cache_turn turn;
	enum rq_status status = rq_cache_turn_take(&turn, work->job->cache, &work->part->fingerprint, work->job->tell,
	                                           "waiting for another run that embeds with the same model", err);

	if (status == RQ_OK)
		status = ask_lists(work, err);
	rq_cache_turn_end(&turn);
	return status;
}

static enum rq_status ask_as(const struct rq_identity *identity, struct rq_part_work *work, struct rq_error *err)
{
	work->part->dimension = identity->dimension;
	work->part->fingerprint = rq_served_key(&work->use, identity);
	work->part->cuts_before = rq_cuts_recall(&work->part->fingerprint, work->job->cache);
	RQ_TRY(rq_part_find(work, err));
	return rq_part_left(work) > 0 ? ask_in_turn(work, err) : RQ_OK;
}

static bool was_misheard(const struct rq_part_work *work)
{
	struct rq_service_use use = {0};

	if (work->state != NULL)
		work->use.embedder->use(work->state, &use);
	return use.misheard && work->part->given_up_count == 0 && may_ask(work->job->limit);
}

/* All over again, once it has been asked again who answers. */
static enum rq_status start_over(struct rq_identity *identity, struct rq_part_work *work, bool second, struct rq_error *err)
{
	const struct rq_identity earlier = work->part->earlier;

	rq_part_release(work);
	if (work->use.documents)
		rq_vectors_release(&work->embedding->documents);
	if (work->use.topics)
		rq_vectors_release(&work->embedding->topics);
	RQ_TRY(identify(identity, work, second, err));
	work->part->earlier = rq_identity_is_same(&earlier, identity) ? (struct rq_identity){0} : earlier;
	return ask_as(identity, work, err);
}

enum rq_status rq_embed_asking(struct rq_part_work *work, struct rq_error *err)
{
	struct rq_embedding *embedding = work->embedding;
	bool second = !work->use.topics;
	struct rq_identity *identity = second ? &embedding->documents_served_by : &embedding->served_by;
	enum rq_status status = identify(identity, work, second, err);

	if (status == RQ_OK)
		status = ask_as(identity, work, err);
	if (status == RQ_E_UNAVAILABLE && was_misheard(work))
		status = start_over(identity, work, second, err);
	rq_failures_sort(work->job->failures);
	if (work->part->given_up_count > 0)
		qsort(work->part->given_up, work->part->given_up_count, sizeof *work->part->given_up, by_text);
	if (work->state != NULL) {
		work->use.embedder->use(work->state, &work->part->use);
		work->use.embedder->close(work->state);
	}
	return status;
}
