/* libpq as this folder calls it: by its own names, but opened at the first need (evalcore/base/library.h). */
#ifndef RQ_RETRIEVER_PGVECTOR_PQ_H
#define RQ_RETRIEVER_PGVECTOR_PQ_H

#include <libpq-fe.h>

#include "evalcore/base/status.h"

#define RQ_PQ_FUNCTIONS(FUNCTION) \
	FUNCTION(PQcancel) \
	FUNCTION(PQclear) \
	FUNCTION(PQconnectPoll) \
	FUNCTION(PQconnectStartParams) \
	FUNCTION(PQconninfoFree) \
	FUNCTION(PQconninfoParse) \
	FUNCTION(PQconsumeInput) \
	FUNCTION(PQerrorMessage) \
	FUNCTION(PQescapeLiteral) \
	FUNCTION(PQfinish) \
	FUNCTION(PQflush) \
	FUNCTION(PQfreeCancel) \
	FUNCTION(PQfreemem) \
	FUNCTION(PQgetCancel) \
	FUNCTION(PQgetResult) \
	FUNCTION(PQgetisnull) \
	FUNCTION(PQgetlength) \
	FUNCTION(PQgetvalue) \
	FUNCTION(PQhost) \
	FUNCTION(PQisBusy) \
	FUNCTION(PQnfields) \
	FUNCTION(PQntuples) \
	FUNCTION(PQparameterStatus) \
	FUNCTION(PQpass) \
	FUNCTION(PQport) \
	FUNCTION(PQresultErrorField) \
	FUNCTION(PQresultErrorMessage) \
	FUNCTION(PQresultStatus) \
	FUNCTION(PQsendDescribePrepared) \
	FUNCTION(PQsendPrepare) \
	FUNCTION(PQsendQuery) \
	FUNCTION(PQsendQueryParams) \
	FUNCTION(PQsendQueryPrepared) \
	FUNCTION(PQsetnonblocking) \
	FUNCTION(PQsocket) \
	FUNCTION(PQstatus)

struct rq_pq {
#define RQ_PQ_MEMBER(name) __typeof__(name) *name;
	RQ_PQ_FUNCTIONS(RQ_PQ_MEMBER)
#undef RQ_PQ_MEMBER
};

/* Filled by rq_pq_ready(), which comes before every other call, from one thread. E_UNAVAILABLE without libpq. */
extern struct rq_pq rq_pq;
RQ_MUST_USE enum rq_status rq_pq_ready(struct rq_error *err);

#ifndef RQ_RETRIEVER_PGVECTOR_PQ_C
#define PQcancel rq_pq.PQcancel
#define PQclear rq_pq.PQclear
#define PQconnectPoll rq_pq.PQconnectPoll
#define PQconnectStartParams rq_pq.PQconnectStartParams
#define PQconninfoFree rq_pq.PQconninfoFree
#define PQconninfoParse rq_pq.PQconninfoParse
#define PQconsumeInput rq_pq.PQconsumeInput
#define PQerrorMessage rq_pq.PQerrorMessage
#define PQescapeLiteral rq_pq.PQescapeLiteral
#define PQfinish rq_pq.PQfinish
#define PQflush rq_pq.PQflush
#define PQfreeCancel rq_pq.PQfreeCancel
#define PQfreemem rq_pq.PQfreemem
#define PQgetCancel rq_pq.PQgetCancel
#define PQgetResult rq_pq.PQgetResult
#define PQgetisnull rq_pq.PQgetisnull
#define PQgetlength rq_pq.PQgetlength
#define PQgetvalue rq_pq.PQgetvalue
#define PQhost rq_pq.PQhost
#define PQisBusy rq_pq.PQisBusy
#define PQnfields rq_pq.PQnfields
#define PQntuples rq_pq.PQntuples
#define PQparameterStatus rq_pq.PQparameterStatus
#define PQpass rq_pq.PQpass
#define PQport rq_pq.PQport
#define PQresultErrorField rq_pq.PQresultErrorField
#define PQresultErrorMessage rq_pq.PQresultErrorMessage
#define PQresultStatus rq_pq.PQresultStatus
#define PQsendDescribePrepared rq_pq.PQsendDescribePrepared
#define PQsendPrepare rq_pq.PQsendPrepare
#define PQsendQuery rq_pq.PQsendQuery
#define PQsendQueryParams rq_pq.PQsendQueryParams
#define PQsendQueryPrepared rq_pq.PQsendQueryPrepared
#define PQsetnonblocking rq_pq.PQsetnonblocking
#define PQsocket rq_pq.PQsocket
#define PQstatus rq_pq.PQstatus
#endif

#endif
