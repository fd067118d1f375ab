#include "stream_case.h"

#include "evalcore/base/system.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const topic_names[] = {"1", "10", "101", "a-long-topic-id", "q\xC3\xA4", "2", "9", "x"}; /* the last two are never judged */
enum { TOPIC_NAMES = sizeof topic_names / sizeof *topic_names };

static size_t below(struct stream_case *stream_case, size_t bound)
{
	return (size_t)rq_random_below(&stream_case->random, bound);
}

/* Ids that begin alike, of every length. */
static void write_document(char out[48], size_t number)
{
	snprintf(out, 48, "%.*s%zu", (int)(number * 7 % 31), "d-with-an-id-that-takes-long-to-read", number % 40);
}

static void write_score(char out[32], struct stream_case *stream_case)
{
	static const char *const odd[] = {"0", "-0", "-0.0e5", "inf", "-Infinity", "1e-3", ".5", "5.", "+2", "16777217", "16777216", "1.0000000000000000000001"};

	switch (below(stream_case, 4)) {
	case 0:
		snprintf(out, 32, "%s", odd[below(stream_case, sizeof odd / sizeof *odd)]);
		break;
	case 1:
		snprintf(out, 32, "%zu", below(stream_case, 4));
		break;
	default:
		snprintf(out, 32, "%.6f", 20 * rq_random_unit(&stream_case->random));
	}
}

static bool is_there(const struct stream_case *stream_case, const char *topic, const char *document)
{
	for (size_t i = 0; i < stream_case->count; i++)
		if (strcmp(stream_case->lines[i].topic, topic) == 0 && strcmp(stream_case->lines[i].document, document) == 0)
			return true;
	return false;
}

static int compare_scores(const void *a, const void *b)
{
	double left = strtod(((const struct case_line *)a)->score, NULL), right = strtod(((const struct case_line *)b)->score, NULL);

	return (left < right) - (left > right);
}

static void add_topic(struct stream_case *stream_case, const char *topic, bool duplicates)
{
	size_t first = stream_case->count, wanted = below(stream_case, 8) == 0 ? 1 : 1 + below(stream_case, 34);

	for (size_t i = 0; i < wanted && stream_case->count < CASE_LINES; i++) {
		struct case_line *line = &stream_case->lines[stream_case->count];
		snprintf(line->topic, sizeof line->topic, "%s", topic);
		write_document(line->document, below(stream_case, 60));
		write_score(line->score, stream_case);
		stream_case->count += duplicates || !is_there(stream_case, topic, line->document);
	}
	if (below(stream_case, 2) == 0)
		qsort(stream_case->lines + first, stream_case->count - first, sizeof *stream_case->lines, compare_scores);
}

static int compare_judgments(const void *a, const void *b)
{
	return strcmp(((const struct rq_judgment *)a)->document, ((const struct rq_judgment *)b)->document);
}

static int compare_topics(const void *a, const void *b)
{
	return strcmp(((const struct rq_topic_judgments *)a)->topic, ((const struct rq_topic_judgments *)b)->topic);
}

static void judge_topics(struct stream_case *stream_case)
{
	struct rq_qrels *qrels = &stream_case->qrels;
	struct rq_error err;
	char name[48];

	qrels->topics = stream_case->topics;
	for (size_t t = 0; t < CASE_TOPICS; t++) {
		if (below(stream_case, 5) == 0)
			continue;
		struct rq_topic_judgments *topic = &stream_case->topics[qrels->count];
		*topic = (struct rq_topic_judgments){topic_names[t], stream_case->judgments[qrels->count++], 0};
		for (size_t i = 0, wanted = 1 + below(stream_case, CASE_JUDGMENTS); i < wanted; i++) {
			write_document(name, i * 5 + below(stream_case, 5)); /* a document twice is none of this test */
			struct rq_judgment judgment = {rq_arena_strdup(&stream_case->arena, name), (int)below(stream_case, 5) - 1, 0};
			bool twice = false;
			for (size_t j = 0; j < topic->count; j++)
				twice |= strcmp(topic->judgments[j].document, name) == 0;
			if (!twice)
				topic->judgments[topic->count++] = judgment;
		}
		qsort(topic->judgments, topic->count, sizeof *topic->judgments, compare_judgments);
		qrels->judgments += topic->count;
	}
	qsort(qrels->topics, qrels->count, sizeof *qrels->topics, compare_topics);
	ck_assert_int_eq(rq_pool_make(&stream_case->pool, qrels, &err), RQ_OK);
}

void case_make(struct stream_case *stream_case, uint64_t seed, bool grouped, bool duplicates)
{
	memset(stream_case, 0, sizeof *stream_case);
	rq_random_seed(&stream_case->random, seed);
	for (size_t start = below(stream_case, TOPIC_NAMES), t = 0, topics = 1 + below(stream_case, TOPIC_NAMES); t < topics; t++)
		add_topic(stream_case, topic_names[(start + 3 * t) % TOPIC_NAMES], duplicates);
	for (size_t i = stream_case->count; i > 1 && !grouped; i--) {
		size_t other = below(stream_case, i);
		struct case_line kept = stream_case->lines[i - 1];
		stream_case->lines[i - 1] = stream_case->lines[other];
		stream_case->lines[other] = kept;
	}
	judge_topics(stream_case);
}

void case_release(struct stream_case *stream_case)
{
	rq_pool_release(&stream_case->pool);
	rq_arena_release(&stream_case->arena);
}

#define LONG_TAG "a-tag-that-says-what-made-the-run,-with-what-model,-how-it-was-trained,-on-what,-what-it-reranked,-and-who-will-read-all-of-that-in-the-end"

/* The common shape mostly, so that both ways through the scanner are taken. */
void case_write(struct rq_buf *out, struct stream_case *stream_case)
{
	static const char *const blanks[] = {" ", "\t", "  ", " \t ", "\v", " \f", "\r"}, *const ends[] = {"\n", "\r\n", " \n", "\n\n", "\n \t\r\n", "\n"};
	bool odd = below(stream_case, 2) == 0;

	if (below(stream_case, 4) == 0)
		rq_buf_puts(out, "\xEF\xBB\xBF");
	if (below(stream_case, 4) == 0)
		rq_buf_puts(out, "\n \r\n");
	for (size_t i = 0; i < stream_case->count; i++) {
		const struct case_line *line = &stream_case->lines[i];
		bool common = !odd || below(stream_case, 3) > 0, tagged = common || below(stream_case, 3) > 0;
		const char *between[5], *before = common || below(stream_case, 4) > 0 ? "" : " ";
		for (size_t j = 0; j < 5; j++)
			between[j] = blanks[common ? 0 : below(stream_case, sizeof blanks / sizeof *blanks)];
		snprintf(stream_case->tag, sizeof stream_case->tag, "%s", tagged ? (i % 3 == 0 ? "t" : i % 3 == 1 ? "tag-\xC3\xB6" : LONG_TAG) : "");
		rq_buf_printf(out, "%s%s%sQ0%s%s%s%zu%s%s%s%s%s", before, line->topic, between[0], between[1], line->document, between[2], i, between[3], line->score,
		              tagged ? between[4] : "", stream_case->tag, !common && tagged && below(stream_case, 2) == 0 ? " more columns" : "");
		if (i + 1 < stream_case->count || below(stream_case, 2) == 0)
			rq_buf_puts(out, ends[common ? 0 : below(stream_case, sizeof ends / sizeof *ends)]);
	}
	ck_assert(!out->failed);
}

void case_visit(void *result, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts)
{
	struct case_result *to = result;
	struct case_ranking *copy = &to->rankings[topic];

	ck_assert_uint_lt(thread, to->threads);
	copy->visits++;
	copy->count = ranking->count;
	copy->hit_count = ranking->hit_count;
	copy->past_count = ranking->past_count;
	copy->tie_count = ranking->tie_count;
	copy->judged_count = ranking->judged_count;
	copy->ideal_count = ranking->ideal_count;
	for (size_t i = 0; i < ranking->hit_count + ranking->past_count; i++)
		copy->hits[i] = ranking->hits[i];
	for (size_t i = 0; i < ranking->tie_count; i++)
		copy->ties[i] = ranking->ties[i];
	for (size_t i = 0; i < to->cutoff_count; i++)
		copy->cuts[i] = cuts[i];
}

struct slow {
	const char *document;
	double score;
	size_t judgment; /* SIZE_MAX: not in the qrels */
	int grade;
};

static int compare_slow(const void *a, const void *b)
{
	const struct slow *left = a, *right = b;

	if (left->score != right->score)
		return left->score > right->score ? -1 : 1;
	return strcmp(right->document, left->document);
}

/* The documents of a topic, duplicates dropped. */
static size_t collect_slowly(struct slow *slow, size_t *dropped, const struct stream_case *stream_case, const struct rq_topic_judgments *topic,
                             const struct rq_reading *reading)
{
	size_t count = 0;

	for (size_t i = 0; i < stream_case->count; i++) {
		const struct case_line *line = &stream_case->lines[i];
		double score = strtod(line->score, NULL);
		size_t same = 0;
		if (strcmp(line->topic, topic->topic) != 0)
			continue;
		score = reading->float32 ? (double)(float)score : score;
		while (same < count && strcmp(slow[same].document, line->document) != 0)
			same++;
		if (same < count) {
			++*dropped;
			if (reading->dedupe == RQ_DEDUPE_BEST && score > slow[same].score)
				slow[same].score = score;
			continue;
		}
		slow[count] = (struct slow){line->document, score, SIZE_MAX, -1};
		for (size_t j = 0; j < topic->count; j++)
			if (strcmp(topic->judgments[j].document, line->document) == 0) {
				slow[count].judgment = j;
				slow[count].grade = topic->judgments[j].grade;
			}
		count++;
	}
	return count;
}

/* The first `depth` of `count` documents count. */
static void look_slowly(struct case_ranking *ranking, const struct slow *slow, size_t count, size_t depth, const struct rq_reading *reading)
{
	ranking->count = depth;
	for (size_t i = 0; i < count; i++)
		if (slow[i].judgment != SIZE_MAX) {
			ranking->hits[ranking->hit_count + ranking->past_count] = (struct rq_hit){(uint32_t)i + 1, slow[i].grade, (uint32_t)slow[i].judgment};
			*(i < depth ? &ranking->hit_count : &ranking->past_count) += 1;
		}
	for (size_t first = 0, next; first < depth; first = next) {
		bool judged = false;
		for (next = first; next < count && slow[next].score == slow[first].score; next++)
			judged |= slow[next].judgment != SIZE_MAX;
		if (judged && next > first + 1)
			ranking->ties[ranking->tie_count++] = (struct rq_tie){(uint32_t)first + 1, (uint32_t)next};
	}
	for (size_t i = 0; i < reading->cutoff_count; i++) {
		size_t cutoff = reading->cutoffs[i] < depth ? reading->cutoffs[i] : depth;
		ranking->cuts[i].tie = cutoff > 0 && cutoff < count && slow[cutoff - 1].score == slow[cutoff].score;
		char *prefix = ranking->prefixes[i], *end = prefix + sizeof ranking->prefixes[i];
		for (size_t r = 0; r < cutoff; r++)
			prefix += snprintf(prefix, (size_t)(end - prefix), "%s ", slow[r].document);
	}
}

/* Judged documents only, of the first `depth`: those are all there is then, but that a cutoff below them falls where the depth does. */
static void look_at_judged_slowly(struct case_ranking *ranking, const struct slow *slow, size_t count, size_t depth, const struct rq_reading *reading)
{
	struct slow judged[CASE_LINES];
	size_t kept = 0;

	for (size_t i = 0; i < depth; i++)
		if (slow[i].grade >= 0)
			judged[kept++] = slow[i];
	look_slowly(ranking, judged, kept, kept, reading);
	for (size_t i = depth; i < count; i++)
		if (slow[i].judgment != SIZE_MAX)
			ranking->hits[ranking->hit_count + ranking->past_count++] = (struct rq_hit){(uint32_t)i + 1, slow[i].grade, (uint32_t)slow[i].judgment};
	for (size_t i = 0; i < reading->cutoff_count; i++)
		if (reading->cutoffs[i] >= kept)
			ranking->cuts[i].tie = depth < count && slow[depth - 1].score == slow[depth].score;
}

void case_judge_slowly(struct case_result *result, struct stream_case *stream_case, const struct rq_reading *reading)
{
	struct slow slow[CASE_LINES];
	bool seen[TOPIC_NAMES] = {false};

	result->facts.lines = stream_case->count;
	for (size_t n = 0; n < TOPIC_NAMES; n++) {
		struct rq_topic_judgments none = {.topic = topic_names[n]};
		const struct rq_topic_judgments *topic = rq_qrels_find(&stream_case->qrels, topic_names[n]);
		bool judged = topic != NULL;
		topic = judged ? topic : &none;
		size_t count = collect_slowly(slow, &result->facts.duplicates, stream_case, topic, reading), depth = count;
		seen[n] = count > 0;
		result->facts.topics += seen[n];
		result->facts.topics_unjudged += seen[n] && !judged;
		if (seen[n] && !judged && (result->facts.unjudged_topic[0] == '\0' || strcmp(topic_names[n], result->facts.unjudged_topic) < 0))
			snprintf(result->facts.unjudged_topic, sizeof result->facts.unjudged_topic, "%s", topic_names[n]);
		if (!seen[n] || !judged)
			continue;
		struct case_ranking *ranking = &result->rankings[topic - stream_case->qrels.topics];
		ranking->visits = 1;
		for (size_t j = 0; j < topic->count; j++) {
			ranking->judged_count += topic->judgments[j].grade >= 0;
			ranking->ideal_count += topic->judgments[j].grade > 0;
		}
		qsort(slow, count, sizeof *slow, compare_slow);
		if (reading->depth > 0 && reading->depth < count)
			depth = reading->depth;
		(reading->judged_only ? look_at_judged_slowly : look_slowly)(ranking, slow, count, depth, reading);
	}
	result->facts.tag = stream_case->tag;
}
