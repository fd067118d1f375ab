/* An option table names, types, defaults and explains the keys of one JSON object. The same table parses the object, writes its part of the
 * JSON Schema and feeds the help, so the three cannot disagree. */
#ifndef RQ_BASE_OPTIONS_H
#define RQ_BASE_OPTIONS_H

#include "evalcore/base/json.h"

enum rq_option_type {
	RQ_OPTION_STRING,   /* const char * */
	RQ_OPTION_PATH,     /* const char *, relative to the config file: resolved */
	RQ_OPTION_NUMBER,   /* double, within minimum..maximum */
	RQ_OPTION_INTEGER,  /* int64_t, within minimum..maximum */
	RQ_OPTION_BOOL,     /* bool */
	RQ_OPTION_CHOICE,   /* int: index into `choices` */
	RQ_OPTION_DURATION, /* double, seconds; written "10m" */
	RQ_OPTION_STRINGS,  /* struct rq_strings */
	RQ_OPTION_JSON,     /* const char *: the value as compact JSON text */
	RQ_OPTION_RAW,      /* const rq_json *, borrowed from the tree, NULL where absent: for whoever knows its own table */
};

struct rq_strings {
	const char **items;
	size_t count;
};

struct rq_option {
	const char *name;
	enum rq_option_type type;
	size_t offset;            /* of the member in the struct that the table fills */
	const char *standard;     /* default as JSON text ("256", "\"lsa\"", "[\"title\"]"); NULL: absent leaves the member zeroed */
	bool required;
	double minimum, maximum;  /* numbers; both 0: any */
	const char *const *choices; /* NULL-terminated */
	const char *schema;       /* JSON, RAW: its JSON Schema, or NULL for any value */
	const char *help;         /* one sentence, no full stop; a test refuses an empty one */
};

#define RQ_OPTIONS_END {.name = NULL}

/* Fills `target` from `object`: defaults first, then what is there. Strings are copied into the arena, RAW borrowed. `path` is the JSON path of the
 * object ("baseline.index"), "" at the root; `folder` is what PATHs are relative to. Messages name path, value, what was expected and,
 * for an unknown key, the nearest valid one. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_options_parse(void *target, const struct rq_option *table, const rq_json *object, const char *path, const char *folder,
                                            struct rq_arena *arena, struct rq_error *err);

/* {"type": "object", "properties": ..., "required": ..., "additionalProperties": false} of the table. */
rq_json *rq_options_schema(const struct rq_option *table);

/* Puts the object's path before what a check of the options says, which begins with the option where there is one at fault: "candidate.index" and
 * "table: absent" become "candidate.index.table: absent". Returns err's status. */
enum rq_status rq_options_fail_within(struct rq_error *err, const char *path, const struct rq_option *table);

/* The unknown-key sentence for tables that are looked up by hand: `gates[2].metrc: unknown key; did you mean "metric"?` */
enum rq_status rq_options_unknown(struct rq_error *err, const char *path, const char *key, const struct rq_option *table);

#endif
