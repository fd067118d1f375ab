/* A retriever for tests. It searches the baseline's vectors exactly, and answers as it is told to: in another order, with ids that nobody knows, late, in part, or not
 * at all. */
#ifndef RQ_TESTS_PIPELINE_LABORATORY_H
#define RQ_TESTS_PIPELINE_LABORATORY_H

#include "lab.h"

/* What the retriever does with what it found. Set before the pipeline runs. */
extern struct behaviour {
	const struct rq_pipeline *searched; /* whose baseline holds the vectors */
	bool reversed;       /* questions from the last to the first */
	size_t loses;        /* the best documents that are left out */
	size_t most;         /* documents an answer; 0: as many as asked for */
	bool stranger;       /* a document first that no corpus has */
	size_t strange_from; /* topics from this number on are answered with strangers alone; 0: none */
	bool twice;          /* the best document again at the end */
	bool without_vectors;
	bool blind;          /* answers with the first documents of the corpus, whatever is asked */
	size_t tires;        /* after so many questions every answer lacks its best document; 0: never */
	const char *fails_later; /* topic that fails once it has been asked for; NULL: none */
	const char *fails;   /* topic, by its id; NULL: none */
	size_t fails_timed;  /* every so manieth question that comes alone; 0: none */
	size_t tells;        /* every so manieth answer to a lone question tells a time of its own; 0: none */
	double worst;        /* the last score; 0: its own */
	const char *bad_id;
	int64_t max_failed;
	size_t asked, alone, deepest, opened, closed; /* what was seen of it */
} behaviour;

/* As lab_load(), lab_try() and lab_do(), with the candidate (or both sides) searched by the retriever. */
struct lab_run *load_elsewhere(const char *json, bool both);
struct lab_run *run_elsewhere(const char *json, bool both);
struct lab_run *do_elsewhere(const char *json, bool both);

#endif
