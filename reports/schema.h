/* What JSON Schemas are put together from. Private to this room. */
#ifndef RQ_REPORTS_SCHEMA_H
#define RQ_REPORTS_SCHEMA_H

#include "evalcore/base/json.h"

/* What a described object starts with: nothing may be in it that is not described. Returns it. */
rq_json *rq_schema_object(rq_json *schema);
/* A property that is there where it applies; one that always is; of each one that may be null. Type NULL: whatever is described by the caller. */
rq_json *rq_schema_may(rq_json *schema, const char *name, const char *type, const char *description);
rq_json *rq_schema_add(rq_json *schema, const char *name, const char *type, const char *description);
void rq_schema_may_nullable(rq_json *schema, const char *name, const char *type, const char *description);
void rq_schema_add_nullable(rq_json *schema, const char *name, const char *type, const char *description);
rq_json *rq_schema_add_object(rq_json *schema, const char *name, const char *description);
/* An object whose members have names of their own, and all one type; nullable where told. */
void rq_schema_add_map(rq_json *schema, const char *name, const char *type, bool nullable, const char *description);
/* [baseline, candidate], each a number or null. */
void rq_schema_add_pair(rq_json *schema, const char *name, const char *description);
/* What an array's members are: objects. */
rq_json *rq_schema_items(rq_json *array);
/* What rq_json_push_metric() writes. */
void rq_schema_metric(rq_json *metric);
/* Further properties may come. */
void rq_schema_open(rq_json *schema);

#endif
