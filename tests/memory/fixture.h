/* A store in a folder of the test's own, and batches to put into it. */
#ifndef RQ_TESTS_MEMORY_FIXTURE_H
#define RQ_TESTS_MEMORY_FIXTURE_H

#include "evalcore/memory/history.h"

#include <check.h>

#define FIXTURE_NOON 1795262400000000 /* 2026-11-21T12:00:00Z, a Saturday of week 47 */
#define FIXTURE_DAY 86400000000

extern char fixture_folder[64];

void fixture_start(void);
void fixture_end(void);
/* A path within the folder, valid until the next call but three. */
const char *fixture_path(const char *name);
/* Opens the store "h.db", which must succeed. A store stays where it was opened. */
void fixture_open(struct rq_store *store);

/* One of `run`: a metric of both sides and their difference, a gate, a latency, a drift figure, an input, and a failure where `failing` names a
 * document. */
struct rq_batch fixture_batch(double value, int64_t started_us, const char *failing);
/* Appends it, which must succeed, and releases it. */
int64_t fixture_append(struct rq_store *store, struct rq_batch *batch, bool *repeated);
struct rq_history fixture_history(struct rq_store *store);

#define FIXTURE_OK(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

#endif
