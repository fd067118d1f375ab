/* Which file includes which. */
#include "house.h"

#include <string.h>

enum { NAME_MAX_SIZE = 512 };

/* Lowest first: a room includes only rooms that stand earlier in this list. */
static const char *const rooms[] = {
	"evalcore/base/", "evalcore/signoff/", "evalcore/model/", "datasets/", "metrics/", "evalcore/scoring/", "evalcore/review/", "evalcore/baseline/",
	"evalcore/embed/", "evalcore/index/", "evalcore/retriever/", "evalcore/lexical/", "evalcore/compare/", "evalcore/memory/", "evalcore/snapshot/",
	"evalcore/pipeline/", "evalcore/doctor/", "gates/", "reports/", "ci/", "tests/",
};
enum { ROOMS = sizeof rooms / sizeof *rooms };

static size_t room_of(const char *path)
{
	size_t room = 0;

	while (room < ROOMS && strncmp(path, rooms[room], strlen(rooms[room])) != 0)
		room++;
	return room;
}

static bool is_c(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0 || strcmp(dot, ".cpp") == 0 || strcmp(dot, ".def") == 0);
}

static void check_include(struct rq_buf *faults, const struct house *house, const struct source *source, const char *name)
{
	size_t from = room_of(source->path), to = room_of(name);

	if (from == ROOMS) {
		rq_buf_printf(faults, "%s: in no room of the list\n", source->path);
		return;
	}
	if (strcmp(rooms[from], "tests/") == 0 && strchr(name, '/') == NULL)
		return; /* the fixture beside it */
	if (to == ROOMS || house_find(house, name) == NULL)
		rq_buf_printf(faults, "%s: includes \"%s\", which is not in the tree; write its path from the project's root\n", source->path, name);
	else if (to > from)
		rq_buf_printf(faults, "%s: includes \"%s\", but %.*s stands above %.*s\n", source->path, name, (int)strlen(rooms[to]) - 1, rooms[to],
		              (int)strlen(rooms[from]) - 1, rooms[from]);
}

void check_room_order(struct rq_buf *faults, const struct house *house)
{
	char name[NAME_MAX_SIZE];
	bool quoted;

	for (size_t i = 0; i < house->count; i++) {
		const char *at = house->sources[i].text;
		while (is_c(house->sources[i].path) && next_include(&at, name, sizeof name, &quoted))
			if (quoted)
				check_include(faults, house, &house->sources[i], name);
	}
}

enum state { UNSEEN, OPEN, DONE };

static void visit(struct rq_buf *faults, const struct house *house, size_t i, enum state *states)
{
	const char *at = house->sources[i].text;
	char name[NAME_MAX_SIZE];
	bool quoted;

	states[i] = OPEN;
	while (next_include(&at, name, sizeof name, &quoted)) {
		const struct source *found = quoted ? house_find(house, name) : NULL;
		if (found == NULL)
			continue;
		size_t next = (size_t)(found - house->sources);
		if (states[next] == OPEN)
			rq_buf_printf(faults, "%s: includes \"%s\", which includes it in turn\n", house->sources[i].path, name);
		else if (states[next] == UNSEEN)
			visit(faults, house, next, states);
	}
	states[i] = DONE;
}

void check_cycles(struct rq_buf *faults, const struct house *house)
{
	struct rq_arena arena = {0};
	enum state *states = rq_arena_alloc(&arena, house->count, sizeof *states);

	if (states == NULL)
		rq_buf_puts(faults, "out of memory\n");
	for (size_t i = 0; states != NULL && i < house->count; i++)
		if (is_c(house->sources[i].path) && states[i] == UNSEEN)
			visit(faults, house, i, states);
	rq_arena_release(&arena);
}

/* A header that starts so is included below `where` alone, or below that of another row of it. Whoever adds a library adds its row. */
static const struct {
	const char *header, *where;
	bool tests_too;
} libraries[] = {
	{"faiss/", "evalcore/index/", true},
	{"cjson/", "evalcore/base/json.c", false},
	{"cJSON", "evalcore/base/json.c", false},
	{"sqlite3", "evalcore/memory/", true},
	{"cblas", "evalcore/base/blas.c", false},
	{"lapacke", "evalcore/base/blas.c", false},
	{"omp.h", "evalcore/base/system.c", true},
	{"xxhash", "evalcore/base/hash.c", true},
	{"openssl/", "evalcore/base/hash.c", true},
	{"sodium", "evalcore/signoff/key.c", false},
	{"csv.h", "datasets/", true},
	{"zstd", "datasets/", true},
	{"zlib", "datasets/", true},
	{"utf8proc", "evalcore/embed/", true},
	{"utf8proc", "reports/text.c", true},
	{"libstemmer", "evalcore/embed/text/", true},
	{"curl/", "evalcore/embed/http/curl.h", true},
	{"libpq", "evalcore/retriever/pgvector/pq.h", false},
	{"check.h", "tests/", false},
};

/* Where the header belongs, if the file is none of those places; NULL: it is welcome. */
static const char *home_of(const char *header, const char *path)
{
	bool is_test = strncmp(path, "tests/", 6) == 0;
	const char *home = NULL;

	for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		if (strncmp(header, libraries[i].header, strlen(libraries[i].header)) != 0)
			continue;
		if (strncmp(path, libraries[i].where, strlen(libraries[i].where)) == 0 || (is_test && libraries[i].tests_too))
			return NULL;
		home = home == NULL ? libraries[i].where : home;
	}
	return home;
}

void check_libraries(struct rq_buf *faults, const struct house *house)
{
	char name[NAME_MAX_SIZE];
	bool quoted;

	for (size_t i = 0; i < house->count; i++) {
		const char *path = house->sources[i].path, *at = house->sources[i].text;
		while (is_c(path) && next_include(&at, name, sizeof name, &quoted)) {
			const char *home = home_of(name, path);
			if (home != NULL)
				rq_buf_printf(faults, "%s: includes <%s>, which belongs to %s alone\n", path, name, home);
		}
	}
}
