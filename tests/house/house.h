/* Checks on the source tree itself: which room includes which, where libraries may appear, which file has its row. A check appends one line per fault, so
 * that the tests can show each of them on a little tree with that fault. */
#ifndef RQ_TESTS_HOUSE_H
#define RQ_TESTS_HOUSE_H

#include "evalcore/base/memory.h"

#include <check.h>

struct source {
	const char *path; /* from the project's root: "evalcore/base/json.c" */
	const char *text;
};

struct house {
	struct source *sources; /* in strcmp order of path */
	size_t count, capacity;
	struct rq_arena arena;
};

/* Reads every text file of the rooms below `root` (C, C++, .def, .md, CMake); golden texts and corpora are left out. False: the tree cannot be read. */
bool house_read(struct house *house, const char *root);
void house_release(struct house *house);
const struct source *house_find(const struct house *house, const char *path);

/* A room includes only rooms that stand earlier; the quoted file must be in the tree, by its path from the root. */
void check_room_order(struct rq_buf *faults, const struct house *house);
/* No file includes itself, by whatever way round. */
void check_cycles(struct rq_buf *faults, const struct house *house);
/* A library's headers appear in its room or file alone. */
void check_libraries(struct rq_buf *faults, const struct house *house);
/* Every exported struct of a table's type has a row, and every row its struct, or where there are none a place that names it; no table is unknown here; every
 * suite of the tests is run. */
void check_rows(struct rq_buf *faults, const struct house *house);
/* Files of at most 600 lines, and none of the functions of the C library that check nothing. */
void check_texts(struct rq_buf *faults, const struct house *house);
/* Every room has its README.md, which names each folder within. */
void check_readmes(struct rq_buf *faults, const struct house *house);

/* Fails the test where a row lacks words about itself, or ends them in a full stop. */
void expect_words(const char *table, const char *name, const char *what, const char *words);
/* A row's own case: its name at the start of a literal in a test of its room. */
void expect_case(const struct house *house, const char *folder, const char *name);

/* Walks the #include lines of a source: true with the name between the quotes or angles. *at starts as the text. */
bool next_include(const char **at, char *name, size_t size, bool *quoted);

#endif
