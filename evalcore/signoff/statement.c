#include "evalcore/signoff/statement.h"

#include "evalcore/base/json_read.h"
#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://in-toto.io/attestation/test-result/v0.1"
#define EXTENSION "rqgate_signoff"

enum { PLACE = 64 };

/* ---- to JSON ---- */

static void push_subjects(rq_json *array, const struct rq_subject *subjects, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rq_json *object = rq_json_push_object(array);
		rq_json_set_string(object, "name", subjects[i].name);
		rq_json_set_string(rq_json_set_object(object, "digest"), "sha256", subjects[i].sha256);
		if (subjects[i].path == NULL && subjects[i].of == NULL)
			continue;
		rq_json *annotations = rq_json_set_object(object, "annotations");
		if (subjects[i].path != NULL)
			rq_json_set_string(annotations, "path", subjects[i].path);
		if (subjects[i].of != NULL)
			rq_json_set_string(annotations, "of", subjects[i].of);
	}
}

static void set_strings(rq_json *object, const char *key, const struct rq_strings *strings)
{
	rq_json *array = rq_json_set_array(object, key);

	for (size_t i = 0; i < strings->count; i++)
		rq_json_push_string(array, strings->items[i]);
}

/* Returns the predicate. */
static rq_json *set_facts(rq_json *root, const struct rq_statement *statement)
{
	rq_json_set_string(root, "_type", STATEMENT_TYPE);
	push_subjects(rq_json_set_array(root, "subject"), statement->subjects, statement->subject_count);
	rq_json_set_string(root, "predicateType", PREDICATE_TYPE);
	rq_json *predicate = rq_json_set_object(root, "predicate");
	rq_json_set_string(predicate, "result", statement->result);
	push_subjects(rq_json_set_array(predicate, "configuration"), statement->configuration, statement->configuration_count);
	set_strings(predicate, "passedTests", &statement->passed);
	set_strings(predicate, "warnedTests", &statement->warned);
	set_strings(predicate, "failedTests", &statement->failed);
	return predicate;
}

enum rq_status rq_statement_facts(struct rq_buf *out, const struct rq_statement *statement, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	set_facts(root, statement);
	return rq_json_print(out, root, false, err);
}

enum rq_status rq_statement_write(struct rq_buf *out, const struct rq_statement *statement, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *signoff = rq_json_set_object(set_facts(root, statement), EXTENSION);

	rq_json_set_string(signoff, "name", statement->name);
	rq_json_set_string(signoff, "role", statement->role);
	rq_json_set_string(signoff, "decision", statement->decision);
	rq_json_set_string(signoff, "note", statement->note);
	rq_json_set_string(signoff, "time", statement->time);
	set_strings(signoff, "after", &statement->after);
	return rq_json_print(out, root, false, err);
}

/* ---- from JSON ---- */

static void check_subject(struct rq_json_reader *reader, const struct rq_subject *subjects, size_t number, const char *place, const rq_json *object)
{
	if (reader->status != RQ_OK)
		return;
	if (!rq_is_sha256(subjects[number].sha256))
		rq_json_read_fail(reader, place, "digest", rq_json_get(object, "digest"), "a sha256 of 64 hexadecimal digits");
	for (size_t i = 0; i < number; i++)
		if (strcmp(subjects[i].name, subjects[number].name) == 0)
			rq_json_read_fail(reader, place, "name", rq_json_get(object, "name"), "names that differ");
}

static struct rq_subject *read_subjects(size_t *count, struct rq_json_reader *reader, const rq_json *of, const char *path, const char *key)
{
	const rq_json *array = rq_json_read_array(reader, of, path, key);
	struct rq_subject *subjects = array == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(array), sizeof *subjects);
	char place[PLACE], inner[PLACE + 16];

	*count = 0;
	for (const rq_json *object = subjects == NULL ? NULL : rq_json_first(array); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		struct rq_subject *subject = &subjects[*count];
		snprintf(place, sizeof place, "%s[%zu]", key, *count);
		const rq_json *digest = rq_json_read_object(reader, object, place, "digest"), *annotations = rq_json_get(object, "annotations");
		snprintf(inner, sizeof inner, "%s.digest", place);
		subject->name = rq_json_read_string(reader, object, place, "name");
		subject->sha256 = rq_json_read_string(reader, digest, inner, "sha256");
		subject->path = rq_json_read_optional_string(reader, annotations, place, "path");
		subject->of = rq_json_read_optional_string(reader, annotations, place, "of");
		check_subject(reader, subjects, (*count)++, place, object);
	}
	return subjects;
}

static struct rq_strings read_strings(struct rq_json_reader *reader, const rq_json *of, const char *path, const char *key)
{
	const rq_json *array = rq_json_read_array(reader, of, path, key);
	struct rq_strings strings = {.items = array == NULL ? NULL : rq_json_read_alloc(reader, rq_json_size(array), sizeof *strings.items)};

	for (const rq_json *item = strings.items == NULL ? NULL : rq_json_first(array); item != NULL && reader->status == RQ_OK; item = rq_json_next(item)) {
		if (rq_json_string(item) == NULL)
			rq_json_read_fail(reader, path, key, item, "an array of strings");
		else if ((strings.items[strings.count++] = rq_arena_strdup(reader->arena, rq_json_string(item))) == NULL)
			rq_json_read_no_memory(reader);
	}
	return strings;
}

static const char *read_one_of(struct rq_json_reader *reader, const rq_json *object, const char *path, const char *key, const char *const *choices,
                               const char *expected)
{
	const char *text = rq_json_read_string(reader, object, path, key);

	for (size_t i = 0; text != NULL && choices[i] != NULL; i++)
		if (strcmp(choices[i], text) == 0)
			return text;
	rq_json_read_fail(reader, path, key, rq_json_get(object, key), expected);
	return NULL;
}

static void read_signoff(struct rq_statement *statement, struct rq_json_reader *reader, const rq_json *predicate)
{
	static const char place[] = "predicate." EXTENSION;
	const rq_json *signoff = rq_json_read_object(reader, predicate, "predicate", EXTENSION);
	int64_t seconds;

	if (signoff == NULL)
		return;
	statement->name = rq_json_read_string(reader, signoff, place, "name");
	statement->role = rq_json_read_string(reader, signoff, place, "role");
	statement->decision = read_one_of(reader, signoff, place, "decision", (const char *const[]){"approve", "reject", NULL}, "\"approve\" or \"reject\"");
	statement->note = rq_json_read_optional_string(reader, signoff, place, "note");
	statement->time = rq_json_read_string(reader, signoff, place, "time");
	statement->after = read_strings(reader, signoff, place, "after");
	if (reader->status == RQ_OK && !rq_parse_time(&seconds, statement->time, strlen(statement->time)))
		rq_json_read_fail(reader, place, "time", rq_json_get(signoff, "time"), "a time such as \"2026-11-21T03:36:50Z\"");
}

enum rq_status rq_statement_read(struct rq_statement *statement, const char *text, size_t size, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_json_reader reader = {.source = "its statement", .arena = arena, .err = err};

	*statement = (struct rq_statement){0};
	RQ_TRY(rq_json_parse(&root, text, size, reader.source, err));
	read_one_of(&reader, root, "", "_type", (const char *const[]){STATEMENT_TYPE, NULL}, "\"" STATEMENT_TYPE "\"");
	read_one_of(&reader, root, "", "predicateType", (const char *const[]){PREDICATE_TYPE, NULL}, "\"" PREDICATE_TYPE "\"");
	statement->subjects = read_subjects(&statement->subject_count, &reader, root, "", "subject");
	const rq_json *predicate = rq_json_read_object(&reader, root, "", "predicate");
	statement->result = read_one_of(&reader, predicate, "predicate", "result", (const char *const[]){"PASSED", "WARNED", "FAILED", NULL},
	                                "\"PASSED\", \"WARNED\" or \"FAILED\"");
	statement->configuration = read_subjects(&statement->configuration_count, &reader, predicate, "predicate", "configuration");
	statement->passed = read_strings(&reader, predicate, "predicate", "passedTests");
	statement->warned = read_strings(&reader, predicate, "predicate", "warnedTests");
	statement->failed = read_strings(&reader, predicate, "predicate", "failedTests");
	read_signoff(statement, &reader, predicate);
	return reader.status;
}

const struct rq_subject *rq_statement_subject(const struct rq_statement *statement, const char *name)
{
	for (size_t i = 0; i < statement->subject_count; i++)
		if (strcmp(statement->subjects[i].name, name) == 0)
			return &statement->subjects[i];
	return NULL;
}

void rq_statement_configure(struct rq_statement *statement)
{
	const struct rq_subject *file = rq_statement_subject(statement, "config");

	for (size_t i = 0; i < statement->configuration_count && file != NULL; i++)
		if (strcmp(statement->configuration[i].name, file->name) == 0)
			statement->configuration[i].sha256 = file->sha256;
}
