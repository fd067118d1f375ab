/* Rows of the .def tables against the files that they name. */
#include "house.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A struct whose definition starts a line as `definition` does, followed by the row's name, belongs into `def` as MACRO(name). */
static const struct table {
	const char *def, *macro, *folder, *definition;
} tables[] = {
	{"metrics/metrics.def", "RQ_METRIC(", "metrics/", "const struct rq_metric rq_metric_"},
	{"evalcore/embed/embedders.def", "RQ_EMBEDDER(", "evalcore/embed/", "const struct rq_embedder rq_embedder_"},
	{"evalcore/index/backends.def", "RQ_BACKEND(", "evalcore/index/", "const struct rq_backend rq_backend_"},
	{"evalcore/retriever/retrievers.def", "RQ_RETRIEVER(", "evalcore/retriever/", "const struct rq_retriever rq_retriever_"},
	{"gates/gates.def", "RQ_GATE(", "gates/", "const struct rq_gate_kind rq_gate_kind_"},
	{"reports/writers.def", "RQ_WRITER(", "reports/", "const struct rq_writer rq_writer_"},
	{"reports/eval_formats.def", "RQ_EVAL_FORMAT(", "reports/", "const struct rq_eval_format rq_eval_format_"},
	{"ci/benches/benches.def", "RQ_BENCH(", "ci/benches/", "const struct rq_bench rq_bench_"},
	{"datasets/formats.def", "RQ_FORMAT(", "datasets/", "const struct rq_format rq_format_"},
	{"datasets/vectors/formats.def", "RQ_VECTOR_FORMAT(", "datasets/vectors/", "const struct rq_vector_format rq_vector_format_"},
	{"ci/cli/commands.def", "RQ_COMMAND(", "ci/cli/", "const struct rq_command rq_command_"},
	{"evalcore/doctor/checks.def", "RQ_CHECK(", "evalcore/doctor/", "const struct rq_check rq_check_"},
};

/* Rows without a struct: a file of the folder says `before`, the row's name, `after`. */
static const struct names {
	const char *def, *macro, *folder, *before, *after;
} names[] = {
	{"datasets/problems.def", "RQ_PROBLEM(", "datasets/", "RQ_PROBLEM_", ""},
	{"metrics/drift/drift.def", "RQ_DRIFT(", "metrics/drift/", "RQ_DRIFT_", ""},
	{"evalcore/pipeline/cache_kinds.def", "RQ_CACHE_KIND(\"", "evalcore/pipeline/", "\"", "\""},
};

/* Exit codes are promised to callers, whether one is given today or not; the types of tensors are those of the format, read or refused. */
static const char statuses[] = "evalcore/base/status.def", tensor_types[] = "evalcore/base/tensors.def";

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* Is there a line that starts with `start`, then exactly `word`? */
static bool has_line(const char *text, const char *start, const char *word, size_t length)
{
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
		if (starts(line, start) && word_length(line + strlen(start)) == length && strncmp(line + strlen(start), word, length) == 0)
			return true;
	return false;
}

static void check_definitions(struct rq_buf *faults, const struct source *source, const struct table *table, const struct source *def)
{
	for (const char *line = source->text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strlen(table->definition);
		if (starts(line, table->definition) && !has_line(def->text, table->macro, word, word_length(word)))
			rq_buf_printf(faults, "%s: an orphan; %s lacks the row %s%.*s)\n", source->path, table->def, table->macro, (int)word_length(word), word);
	}
}

static void check_table(struct rq_buf *faults, const struct house *house, const struct table *table)
{
	const struct source *def = house_find(house, table->def);

	if (def == NULL)
		return;
	for (size_t i = 0; i < house->count; i++)
		if (starts(house->sources[i].path, table->folder))
			check_definitions(faults, &house->sources[i], table, def);
	for (const char *line = def->text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strlen(table->macro);
		bool found = !starts(line, table->macro);
		for (size_t i = 0; i < house->count && !found; i++)
			found = starts(house->sources[i].path, table->folder) && has_line(house->sources[i].text, table->definition, word, word_length(word));
		if (!found)
			rq_buf_printf(faults, "%s: the row %.*s has no file that defines its struct\n", table->def, (int)strcspn(line, "\n"), line);
	}
}

static bool ends(const char *text, const char *with)
{
	size_t length = strlen(text), size = strlen(with);

	return length >= size && strcmp(text + length - size, with) == 0;
}

/* Does the text say the words, and does no name go on behind them? */
static bool says(const char *text, const char *words)
{
	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		if (word_length(at + strlen(words)) == 0)
			return true;
	return false;
}

static void check_names(struct rq_buf *faults, const struct house *house, const struct names *table)
{
	const struct source *def = house_find(house, table->def);
	char words[128];

	for (const char *line = def == NULL ? "" : def->text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strlen(table->macro);
		bool found = !starts(line, table->macro);
		if (!found)
			snprintf(words, sizeof words, "%s%.*s%s", table->before, (int)strcspn(word, ",\")"), word, table->after);
		for (size_t i = 0; i < house->count && !found; i++)
			found = starts(house->sources[i].path, table->folder) && ends(house->sources[i].path, ".c") && says(house->sources[i].text, words);
		if (!found)
			rq_buf_printf(faults, "%s: the row %.*s is used nowhere in %s\n", table->def, (int)strcspn(word, ",\")"), word, table->folder);
	}
}

/* A table that stands in none of the lists above would be checked by nothing. */
static void check_known(struct rq_buf *faults, const char *def)
{
	bool known = starts(def, "tests/") || strcmp(def, statuses) == 0 || strcmp(def, tensor_types) == 0;

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		known = known || strcmp(tables[i].def, def) == 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		known = known || strcmp(names[i].def, def) == 0;
	if (!known)
		rq_buf_printf(faults, "%s: no check knows this table; add it to tests/house/tables.c\n", def);
}

/* tests/ROOM/.../test_x.c that defines `Suite *x_suite(void)` is run by the row RQ_SUITE(x) of tests/ROOM/suites.def. */
static void check_suite(struct rq_buf *faults, const struct house *house, const struct source *source)
{
	static const char definition[] = "Suite *";
	char path[256];
	size_t room = strcspn(source->path + strlen("tests/"), "/");

	snprintf(path, sizeof path, "tests/%.*s/suites.def", (int)room, source->path + strlen("tests/"));
	const struct source *def = house_find(house, path);
	for (const char *line = source->text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strlen(definition);
		size_t length = starts(line, definition) ? word_length(word) : 0;
		if (length < strlen("_suite") || strncmp(word + length - strlen("_suite"), "_suite(void)", 12) != 0)
			continue;
		length -= strlen("_suite");
		if (def == NULL || !has_line(def->text, "RQ_SUITE(", word, length))
			rq_buf_printf(faults, "%s: never run; %s lacks the row RQ_SUITE(%.*s)\n", source->path, path, (int)length, word);
	}
}

void check_rows(struct rq_buf *faults, const struct house *house)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		check_table(faults, house, &tables[i]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		check_names(faults, house, &names[i]);
	for (size_t i = 0; i < house->count; i++) {
		const char *path = house->sources[i].path, *name = strrchr(path, '/');
		if (ends(path, ".def"))
			check_known(faults, path);
		if (starts(path, "tests/") && starts(name, "/test_"))
			check_suite(faults, house, &house->sources[i]);
	}
}
