/* The tables, as numbered steps: what a released step says is never changed, since files were made by it. */
#ifndef RQ_MEMORY_SCHEMA_H
#define RQ_MEMORY_SCHEMA_H

/* Step i takes a file of schema i to schema i + 1; an empty file is schema 0. NULL ends. */
extern const char *const rq_schema_steps[];

#endif
