/* Reads what people have graded. A spreadsheet may have been through the file, so nothing in it is believed: ids are looked up, grades are read
 * strictly. */
#include "evalcore/review/grades.h"

#include "datasets/csv.h"
#include "evalcore/base/ids.h"
#include "evalcore/base/parse.h"

#include <stdlib.h>
#include <string.h>

enum { TOPIC, DOCUMENT, GRADE, NEEDED };

static const char *const names[NEEDED] = {"topic", "document", "grade"};

/* ---- ids ---- */

void rq_known_ids_release(struct rq_known_ids *known)
{
	rq_ids_release(&known->topics);
	rq_ids_release(&known->documents);
}

/* A pair of ids as one: ids have no blanks. */
static void put_pair(struct rq_buf *pair, struct rq_span topic, struct rq_span document)
{
	rq_buf_clear(pair);
	rq_buf_add(pair, topic.at, topic.length);
	rq_buf_puts(pair, " ");
	rq_buf_add(pair, document.at, document.length);
}

enum rq_status rq_known_ids_add_pooled(struct rq_known_ids *known, const char *topic, const char *document, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf pair = {0};

	put_pair(&pair, (struct rq_span){topic, strlen(topic)}, (struct rq_span){document, strlen(document)});
	RQ_TRY(rq_buf_check(&pair, err));
	if (rq_ids_add(&known->topics, topic, strlen(topic), NULL) == RQ_ID_NONE ||
	    rq_ids_add(&known->documents, pair.data, pair.size, NULL) == RQ_ID_NONE)
		return rq_fail_memory(err);
	return RQ_OK;
}

/* ---- rows ---- */

struct sheet {
	struct rq_given_grades *grades;
	const struct rq_known_ids *known;
	uint32_t file;
	size_t first;       /* of its items */
	struct rq_ids seen; /* pairs with a grade: number n is item first + n */
	struct rq_buf pair;
	size_t columns, of[NEEDED];
};

static void sheet_release(struct sheet *sheet)
{
	rq_ids_release(&sheet->seen);
	rq_buf_release(&sheet->pair);
}

static bool is_called(struct rq_span field, const char *name)
{
	return field.length == strlen(name) && strncasecmp(field.at, name, field.length) == 0;
}

static enum rq_status read_header(struct sheet *sheet, const struct rq_csv *csv, struct rq_error *err)
{
	sheet->columns = csv->fields;
	for (size_t which = TOPIC; which < NEEDED; which++) {
		size_t found = 0;
		for (size_t f = 0; f < csv->fields; f++) {
			if (!is_called(rq_csv_trim(rq_csv_field(csv, f)), names[which]))
				continue;
			sheet->of[which] = f;
			found++;
		}
		if (found != 1)
			return rq_fail(err, RQ_E_DATA, "%s:%zu: %s \"%s\"; expected a header with topic, document and grade, each once and with commas between",
			               csv->text->path, csv->line, found == 0 ? "no column" : "more than one column", names[which]);
	}
	return RQ_OK;
}

static enum rq_status check_ids(struct sheet *sheet, const struct rq_csv *csv, struct rq_span topic, struct rq_span document, struct rq_error *err)
{
	const struct rq_known_ids *known = sheet->known;

	if (rq_ids_find(&known->topics, topic.at, topic.length) == RQ_ID_NONE)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: topic \"%s\" is not in %s; expected ids as they stand there", csv->text->path, csv->line,
		               rq_excerpt(topic).text, known->of);
	put_pair(&sheet->pair, topic, document);
	RQ_TRY(rq_buf_check(&sheet->pair, err));
	uint32_t found = known->pooled ? rq_ids_find(&known->documents, sheet->pair.data, sheet->pair.size)
	                               : rq_ids_find(&known->documents, document.at, document.length);
	if (found != RQ_ID_NONE)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: document \"%s\" is not in %s%s%s; expected ids as they stand there", csv->text->path, csv->line,
	               rq_excerpt(document).text, known->of, known->pooled ? ", in topic " : "", known->pooled ? rq_excerpt(topic).text : "");
}

static enum rq_status add_grade(struct sheet *sheet, const struct rq_csv *csv, struct rq_span topic, struct rq_span document, int32_t grade,
                                struct rq_error *err)
{
	struct rq_given_grades *grades = sheet->grades;
	bool added;
	uint32_t number = rq_ids_add(&sheet->seen, sheet->pair.data, sheet->pair.size, &added);

	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: topic \"%s\" document \"%s\" is graded already in line %zu; remove one of the rows", csv->text->path,
		               csv->line, rq_excerpt(topic).text, rq_excerpt(document).text, grades->items[sheet->first + number].line);
	if (!RQ_RESERVE(grades->items, grades->capacity, grades->count + 1))
		return rq_fail_memory(err);
	struct rq_given_grade *given = &grades->items[grades->count];
	*given = (struct rq_given_grade){.topic = rq_arena_strndup(&grades->arena, topic.at, topic.length),
	                                 .document = rq_arena_strndup(&grades->arena, document.at, document.length),
	                                 .grade = grade,
	                                 .file = sheet->file,
	                                 .line = csv->line};
	if (given->topic == NULL || given->document == NULL)
		return rq_fail_memory(err);
	grades->count++;
	return RQ_OK;
}

/* As spreadsheets leave them behind. */
static bool is_blank(const struct rq_csv *csv)
{
	for (size_t i = 0; i < csv->fields; i++)
		if (rq_csv_trim(rq_csv_field(csv, i)).length > 0)
			return false;
	return true;
}

static enum rq_status read_row(struct sheet *sheet, const struct rq_csv *csv, struct rq_error *err)
{
	int64_t grade;

	if (is_blank(csv))
		return RQ_OK;
	if (csv->fields != sheet->columns)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: %zu column%s; expected %zu, as in the header", csv->text->path, csv->line, csv->fields,
		               csv->fields == 1 ? "" : "s", sheet->columns);
	struct rq_span topic = rq_csv_trim(rq_csv_field(csv, sheet->of[TOPIC])), document = rq_csv_trim(rq_csv_field(csv, sheet->of[DOCUMENT]));
	struct rq_span text = rq_csv_trim(rq_csv_field(csv, sheet->of[GRADE]));
	RQ_TRY(check_ids(sheet, csv, topic, document, err));
	if (text.length == 0) {
		sheet->grades->empty++;
		return RQ_OK;
	}
	if (!rq_parse_i64(&grade, text.at, text.length) || grade < 0 || grade > INT32_MAX)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: \"%s\" is no grade; expected a whole number, 0 for not relevant, or nothing to leave it out",
		               csv->text->path, csv->line, rq_excerpt(text).text);
	return add_grade(sheet, csv, topic, document, (int32_t)grade, err);
}

static enum rq_status on_record(struct rq_csv *csv, struct rq_error *err)
{
	struct sheet *sheet = csv->context;

	return csv->records == 0 ? read_header(sheet, csv, err) : read_row(sheet, csv, err);
}

enum rq_status rq_given_grades_parse(struct rq_given_grades *grades, uint32_t file, const struct rq_text *text, const struct rq_known_ids *known,
                                     struct rq_error *err)
{
	RQ_CLEANUP(sheet_release) struct sheet sheet = {.grades = grades, .known = known, .file = file, .first = grades->count};
	struct rq_csv csv = {.text = text, .expected = "CSV as \"rqgate judge pool\" writes it", .on_record = on_record, .context = &sheet};

	RQ_TRY(rq_csv_walk(&csv, err));
	if (sheet.columns == 0)
		return rq_fail(err, RQ_E_DATA, "%s: is empty; expected a header with topic, document and grade", text->path);
	return RQ_OK;
}

static enum rq_status read_file(struct rq_given_grades *grades, uint32_t file, const struct rq_known_ids *known, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	RQ_TRY(rq_text_read(&text, grades->files[file], err));
	return rq_given_grades_parse(grades, file, &text, known, err);
}

enum rq_status rq_given_grades_read(struct rq_given_grades *grades, const char *const *paths, size_t count, const struct rq_known_ids *known,
                                    struct rq_error *err)
{
	*grades = (struct rq_given_grades){.files = paths, .file_count = count};
	for (size_t i = 0; i < count; i++)
		RQ_TRY(read_file(grades, (uint32_t)i, known, err));
	return RQ_OK;
}

void rq_given_grades_release(struct rq_given_grades *grades)
{
	free(grades->items);
	rq_arena_release(&grades->arena);
	*grades = (struct rq_given_grades){0};
}
