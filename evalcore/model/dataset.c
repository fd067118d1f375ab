/* Releasing what an evaluation is made of, and finding topics and judgments. Every array lies in its owner's arena. */
#include "evalcore/model/dataset.h"

#include <stdlib.h>
#include <string.h>

void rq_corpus_release(struct rq_corpus *corpus)
{
	rq_ids_release(&corpus->ids);
	rq_arena_release(&corpus->arena);
	*corpus = (struct rq_corpus){0};
}

void rq_topics_release(struct rq_topics *topics)
{
	rq_ids_release(&topics->ids);
	rq_arena_release(&topics->arena);
	*topics = (struct rq_topics){0};
}

void rq_qrels_release(struct rq_qrels *qrels)
{
	rq_arena_release(&qrels->arena);
	*qrels = (struct rq_qrels){0};
}

enum rq_status rq_corpus_units(struct rq_ids *units, const struct rq_corpus *corpus, bool parents, struct rq_error *err)
{
	for (size_t i = 0; i < corpus->count; i++) {
		const struct rq_document *document = &corpus->documents[i];
		const char *id = parents && document->parent != NULL ? document->parent : document->id;
		if (rq_ids_add(units, id, strlen(id), NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static int compare_topic(const void *key, const void *element)
{
	return strcmp(key, ((const struct rq_topic_judgments *)element)->topic);
}

const struct rq_topic_judgments *rq_qrels_find(const struct rq_qrels *qrels, const char *topic)
{
	return qrels->count == 0 ? NULL : bsearch(topic, qrels->topics, qrels->count, sizeof *qrels->topics, compare_topic);
}

static int compare_id(const void *key, const void *element)
{
	return strcmp(key, ((const struct rq_topic *)element)->id);
}

const struct rq_topic *rq_topics_find(const struct rq_topics *topics, const char *id)
{
	return topics->count == 0 ? NULL : bsearch(id, topics->topics, topics->count, sizeof *topics->topics, compare_id);
}

static int compare_document(const void *key, const void *element)
{
	return strcmp(key, ((const struct rq_judgment *)element)->document);
}

const struct rq_judgment *rq_judgment_find(const struct rq_topic_judgments *judgments, const char *document)
{
	if (judgments->count == 0)
		return NULL;
	return bsearch(document, judgments->judgments, judgments->count, sizeof *judgments->judgments, compare_document);
}

size_t rq_qrels_most(const struct rq_qrels *qrels)
{
	size_t most = 0;

	for (size_t i = 0; i < qrels->count; i++)
		most = qrels->topics[i].count > most ? qrels->topics[i].count : most;
	return most;
}
