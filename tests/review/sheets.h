/* Sheets with grades, written to files of the test's own: what the tests of grades share. */
#ifndef RQ_TESTS_REVIEW_SHEETS_H
#define RQ_TESTS_REVIEW_SHEETS_H

#include "evalcore/review/grades.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHEETS_MOST = 4 };

struct sheets {
	char paths[SHEETS_MOST][32];
	const char *names[SHEETS_MOST];
	size_t count;
	struct rq_known_ids known;
	struct rq_given_grades grades;
	struct rq_error err;
};

/* Topics t1 to t3 with documents d1 to d4. */
static inline void sheets_start(struct sheets *sheets)
{
	char topic[8], document[8];

	*sheets = (struct sheets){.known = {.pooled = true, .of = "the rankings of r.json"}};
	for (int t = 1; t <= 3; t++)
		for (int d = 1; d <= 4; d++) {
			snprintf(topic, sizeof topic, "t%d", t);
			snprintf(document, sizeof document, "d%d", d);
			ck_assert_int_eq(rq_known_ids_add_pooled(&sheets->known, topic, document, &sheets->err), RQ_OK);
		}
}

static inline void sheets_add(struct sheets *sheets, const char *text)
{
	char *path = sheets->paths[sheets->count];

	snprintf(path, sizeof sheets->paths[0], "/tmp/rqgate-sheet-XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	sheets->names[sheets->count++] = path;
}

static inline enum rq_status sheets_read(struct sheets *sheets)
{
	enum rq_status status = rq_given_grades_read(&sheets->grades, sheets->names, sheets->count, &sheets->known, &sheets->err);

	for (size_t i = 0; i < sheets->count; i++)
		unlink(sheets->paths[i]);
	return status;
}

static inline void sheets_end(struct sheets *sheets)
{
	rq_given_grades_release(&sheets->grades);
	rq_known_ids_release(&sheets->known);
}

#endif
