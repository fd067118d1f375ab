/* What the embed stage would do, found without doing it. */
#include "evalcore/pipeline/embedding_parts.h"

#include <stdlib.h>
#include <string.h>

/* Texts that are counted, and those that will be there by then. */
struct looking {
	struct rq_embed_outlook *outlook;
	const struct rq_embedder_use *use;
	struct rq_text_cache cached;
	struct rq_key *before; /* sorted; NULL: nothing */
	size_t before_count;
	struct rq_key *missing; /* in the order of the texts */
	const char **texts;
	size_t missing_count, missing_documents; /* the first of them are documents */
	struct rq_text_volume missing_of[2];     /* by role, each text once */
};

static void looking_release(struct looking *looking)
{
	rq_text_cache_release(&looking->cached);
	free(looking->before);
	free(looking->missing);
	free(looking->texts);
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct rq_key));
}

static void look_at(struct looking *looking, const char *text, enum rq_role role)
{
	struct rq_embed_outlook *outlook = looking->outlook;
	struct rq_key key = rq_text_key(role, text);

	outlook->texts++;
	if (rq_text_cache_find(&looking->cached, &key) != NULL || (looking->use->embedder->ask != NULL && rq_text_is_blank(text)))
		outlook->cached++;
	else if (looking->before != NULL && (role == RQ_ROLE_TOPIC || bsearch(&key, looking->before, looking->before_count, sizeof key, by_key) != NULL))
		outlook->shared++;
	else {
		looking->missing[looking->missing_count] = key;
		looking->texts[looking->missing_count++] = text;
	}
}

/* A text that stands there twice is embedded once. */
static enum rq_status count_missing(struct looking *looking, struct rq_error *err)
{
	size_t size = 64, n = looking->missing_count;

	while (size < 2 * n)
		size *= 2;
	RQ_CLEANUP(rq_free_pointer) size_t *slots = calloc(size, sizeof *slots); /* numbers from 1 */
	if (slots == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		size_t slot = (size_t)looking->missing[i].low & (size - 1);
		while (slots[slot] != 0 && by_key(&looking->missing[slots[slot] - 1], &looking->missing[i]) != 0)
			slot = (slot + 1) & (size - 1);
		if (slots[slot] != 0) {
			looking->outlook->shared++;
			continue;
		}
		slots[slot] = i + 1;
		struct rq_text_volume *volume = &looking->missing_of[i < looking->missing_documents ? RQ_ROLE_DOCUMENT : RQ_ROLE_TOPIC];
		volume->texts++;
		volume->bytes += strlen(looking->texts[i]);
	}
	return RQ_OK;
}

static enum rq_status look_at_texts(struct looking *looking, const struct rq_embed_job *job, const struct rq_corpus *before, struct rq_error *err)
{
	size_t most = job->corpus->count + job->topics->count + 1;

	looking->missing = malloc(most * sizeof *looking->missing);
	looking->texts = malloc(most * sizeof *looking->texts);
	looking->before = before == NULL ? NULL : malloc((before->count + 1) * sizeof *looking->before);
	if (looking->missing == NULL || looking->texts == NULL || (before != NULL && looking->before == NULL))
		return rq_fail_memory(err);
	for (size_t i = 0; before != NULL && i < before->count; i++)
		looking->before[looking->before_count++] = rq_text_key(RQ_ROLE_DOCUMENT, before->documents[i].text);
	if (before != NULL)
		qsort(looking->before, looking->before_count, sizeof *looking->before, by_key);
	for (size_t i = 0; looking->use->documents && !job->without_documents && i < job->corpus->count; i++)
		look_at(looking, job->corpus->documents[i].text, RQ_ROLE_DOCUMENT);
	looking->missing_documents = looking->missing_count;
	for (size_t i = 0; looking->use->topics && i < job->topics->count; i++)
		look_at(looking, job->topics->topics[i].text, RQ_ROLE_TOPIC);
	return count_missing(looking, err);
}

/* Opens the model that is known, for its dimension and the texts that it has embedded. */
static enum rq_status look_with_model(struct looking *looking, const struct rq_embed_job *job, size_t *dimension, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf model = {0};
	const struct rq_embedder_use *use = looking->use;
	struct rq_key key = {0};
	bool known;
	void *state;

	RQ_TRY(rq_model_find(&model, &known, &key, use, job->fit_corpus, job->cache, err));
	looking->outlook->fits = !known;
	if (!known)
		return RQ_OK;
	key = rq_model_key(use, &model);
	RQ_TRY(use->embedder->open(&state, use->options, model.data, model.size, err));
	*dimension = use->embedder->dimension(state);
	use->embedder->close(state);
	return rq_text_cache_open(&looking->cached, job->cache, &key, *dimension, err);
}

/* Nobody is asked: it is as if the model were the one that answered last. */
static enum rq_status look_with_service(struct looking *looking, const struct rq_embed_job *job, size_t *dimension, struct rq_error *err)
{
	struct rq_identity identity;

	if (!rq_identity_recall(&identity, looking->use, job->cache))
		return RQ_OK;
	*dimension = identity.dimension;
	struct rq_key key = rq_served_key(looking->use, &identity);
	return rq_text_cache_open(&looking->cached, job->cache, &key, *dimension, err);
}

static void add_role(struct rq_embedder_estimate *sum, const struct rq_embedder_use *use, const struct rq_text_volume *texts)
{
	struct rq_embedder_estimate role;

	if (texts->texts == 0)
		return;
	use->embedder->estimate(&role, use->options, (struct rq_text_volume){0}, *texts);
	sum->tokens += role.tokens;
	sum->requests += role.requests + role.checks;
	sum->embed.serial += role.embed.serial;
	sum->embed.sent += role.embed.sent;
}

/* A service is asked for each role by itself. */
static void estimate(struct looking *looking)
{
	const struct rq_embedder_use *use = looking->use;
	struct rq_embed_outlook *outlook = looking->outlook;
	const struct rq_text_volume *documents = &looking->missing_of[RQ_ROLE_DOCUMENT], *topics = &looking->missing_of[RQ_ROLE_TOPIC];

	outlook->missing = (struct rq_text_volume){documents->texts + topics->texts, documents->bytes + topics->bytes};
	if (use->embedder->ask != NULL) {
		use->embedder->estimate(&outlook->estimate, use->options, outlook->fitted_on, (struct rq_text_volume){0});
		add_role(&outlook->estimate, use, documents);
		add_role(&outlook->estimate, use, topics);
	} else {
		use->embedder->estimate(&outlook->estimate, use->options, outlook->fitted_on, outlook->missing);
	}
}

enum rq_status rq_embed_look(struct rq_embed_outlook *outlook, const struct rq_embed_job *job, size_t part, const struct rq_corpus *before,
                             struct rq_error *err)
{
	const struct rq_embedder_use use = rq_embedder_use_of(job->side, part);
	RQ_CLEANUP(looking_release) struct looking looking = {.outlook = outlook, .use = &use};
	size_t dimension = 0;

	*outlook = (struct rq_embed_outlook){.embedder = use.embedder, .documents = use.documents && !job->without_documents, .topics = use.topics, .fitted_on.texts = job->fit_corpus->count};
	for (size_t i = 0; i < job->fit_corpus->count; i++)
		outlook->fitted_on.bytes += strlen(job->fit_corpus->documents[i].text);
	RQ_TRY((use.embedder->ask != NULL ? look_with_service : look_with_model)(&looking, job, &dimension, err));
	RQ_TRY(look_at_texts(&looking, job, job->cache->folder == NULL ? NULL : before, err));
	estimate(&looking);
	if (dimension > 0)
		outlook->estimate.dimension = dimension;
	return RQ_OK;
}
