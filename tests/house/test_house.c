/* The tree keeps its rules, and a tree that breaks one of them is told so. */
#include "house.h"

#include "ci/cli/command.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/index/index.h"
#include "gates/gate.h"
#include "metrics/metric.h"
#include "reports/report.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct house house;

static void read_house(void)
{
	ck_assert_msg(house_read(&house, "."), "the tree cannot be read; run from the project's root");
}

static void release_house(void)
{
	house_release(&house);
}

static void expect_no_fault(void (*check)(struct rq_buf *faults, const struct house *house))
{
	struct rq_buf faults = {0};

	check(&faults, &house);
	ck_assert_msg(faults.size == 0 && !faults.failed, "\n%s", faults.data == NULL ? "out of memory" : faults.data);
	rq_buf_release(&faults);
}

START_TEST(rooms_include_only_what_stands_below)
{
	expect_no_fault(check_room_order);
}
END_TEST

START_TEST(no_two_files_include_each_other)
{
	expect_no_fault(check_cycles);
}
END_TEST

START_TEST(libraries_stay_in_their_rooms)
{
	expect_no_fault(check_libraries);
}
END_TEST

START_TEST(rows_and_files_belong_together)
{
	expect_no_fault(check_rows);
}
END_TEST

START_TEST(files_are_short_and_call_nothing_unchecked)
{
	expect_no_fault(check_texts);
}
END_TEST

START_TEST(readmes_say_what_lives_where)
{
	expect_no_fault(check_readmes);
}
END_TEST

/* ---- rows say what they are, and somewhere a test names them ---- */

START_TEST(rows_have_help_citation_and_a_case)
{
	for (size_t i = 0; rq_metrics[i] != NULL; i++) {
		expect_words("metric", rq_metrics[i]->name, "help", rq_metrics[i]->help);
		expect_words("metric", rq_metrics[i]->name, "citation", rq_metrics[i]->citation);
		expect_case(&house, "tests/metrics/", rq_metrics[i]->name);
	}
	for (size_t i = 0; rq_embedders[i] != NULL; i++) {
		expect_words("embedder", rq_embedders[i]->name, "help", rq_embedders[i]->help);
		expect_words("embedder", rq_embedders[i]->name, "citation", rq_embedders[i]->citation);
		expect_case(&house, "tests/embed/", rq_embedders[i]->name);
	}
	for (size_t i = 0; rq_backends[i] != NULL; i++) {
		expect_words("backend", rq_backends[i]->name, "help", rq_backends[i]->help);
		expect_words("backend", rq_backends[i]->name, "citation", rq_backends[i]->citation);
		expect_case(&house, "tests/index/", rq_backends[i]->name);
	}
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++) {
		expect_words("gate", rq_gate_kinds[i]->name, "help", rq_gate_kinds[i]->help);
		expect_words("gate", rq_gate_kinds[i]->name, "citation", rq_gate_kinds[i]->citation);
		expect_case(&house, "tests/gates/", rq_gate_kinds[i]->name);
	}
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		expect_words("writer", rq_writers[i]->name, "help", rq_writers[i]->help);
		expect_case(&house, "tests/reports/", rq_writers[i]->name);
	}
}
END_TEST

static void expect_flags(const struct rq_command *command)
{
	for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++)
		expect_words(command->name, flag->name, "help", flag->help);
}

START_TEST(commands_have_help_and_a_golden_text_of_it)
{
	char golden[256];

	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		const struct rq_command *command = rq_commands[i];
		expect_words("command", command->name, "summary", command->summary);
		ck_assert_msg(command->help != NULL && strlen(command->help) > 20, "command \"%s\": help", command->name);
		snprintf(golden, sizeof golden, "tests/cli/golden/help-%s.txt", command->name);
		FILE *file = fopen(golden, "r");
		ck_assert_msg(file != NULL, "\"%s\" is missing", golden);
		fclose(file);
		if (command->actions == NULL)
			expect_flags(command);
		for (size_t j = 0; command->actions != NULL && command->actions[j] != NULL; j++) {
			ck_assert_msg(strncmp(command->actions[j]->name, command->name, strlen(command->name)) == 0 && command->actions[j]->name[strlen(command->name)] == ' ',
			              "\"%s\" is an action of \"%s\"", command->actions[j]->name, command->name);
			expect_words("action", command->actions[j]->name, "summary", command->actions[j]->summary);
			expect_flags(command->actions[j]);
		}
	}
}
END_TEST

/* ---- the checks find what they are for ---- */

/* The real tree with one file more, or with another text. */
static void expect_fault(void (*check)(struct rq_buf *faults, const struct house *house), const char *path, const char *text, const char *fault)
{
	struct rq_buf faults = {0};
	struct house broken = {.sources = malloc((house.count + 1) * sizeof *broken.sources)};
	bool placed = false;

	ck_assert_ptr_nonnull(broken.sources);
	for (size_t i = 0; i < house.count; i++) {
		int order = strcmp(house.sources[i].path, path);
		if (order >= 0 && !placed) {
			broken.sources[broken.count++] = (struct source){path, text};
			placed = true;
		}
		if (order != 0)
			broken.sources[broken.count++] = house.sources[i];
	}
	if (!placed)
		broken.sources[broken.count++] = (struct source){path, text};
	check(&faults, &broken);
	ck_assert_msg(faults.data != NULL && strstr(faults.data, fault) != NULL, "expected \"%s\", got \"%s\"", fault, faults.data == NULL ? "" : faults.data);
	rq_buf_release(&faults);
	free(broken.sources);
}

START_TEST(a_wrong_include_is_told)
{
	expect_fault(check_room_order, "metrics/new.c", "#include \"evalcore/pipeline/config.h\"\n",
	             "metrics/new.c: includes \"evalcore/pipeline/config.h\", but evalcore/pipeline stands above metrics\n");
	expect_fault(check_room_order, "evalcore/embed/new.c", "/* x */\n #  include\t\"evalcore/index/index.h\"",
	             "evalcore/embed/new.c: includes \"evalcore/index/index.h\", but evalcore/index stands above evalcore/embed\n");
	expect_fault(check_room_order, "gates/new.c", "#include \"gate.h\"\n", "gates/new.c: includes \"gate.h\", which is not in the tree; write its path from the project's root\n");
	expect_fault(check_room_order, "evalcore/cellar/new.c", "#include \"gates/gate.h\"\n", "evalcore/cellar/new.c: in no room of the list\n");
	expect_fault(check_cycles, "evalcore/base/memory.h", "#include \"evalcore/base/file.h\"\n", "which includes it in turn\n");
	expect_fault(check_libraries, "evalcore/pipeline/new.c", "#include <faiss/c_api/Index_c.h>\n",
	             "evalcore/pipeline/new.c: includes <faiss/c_api/Index_c.h>, which belongs to evalcore/index/ alone\n");
	expect_fault(check_libraries, "gates/new.c", "#include \"cJSON.h\"\n", "gates/new.c: includes <cJSON.h>, which belongs to evalcore/base/json.c alone\n");
	expect_fault(check_libraries, "ci/cli/new.c", "#include <sqlite3.h>\n", "ci/cli/new.c: includes <sqlite3.h>, which belongs to evalcore/memory/ alone\n");
}
END_TEST

START_TEST(an_orphan_or_an_empty_row_is_told)
{
	expect_fault(check_rows, "metrics/err.c", "const struct rq_metric rq_metric_err = {\n", "metrics/err.c: an orphan; metrics/metrics.def lacks the row RQ_METRIC(err)\n");
	expect_fault(check_rows, "ci/cli/nap.c", "const struct rq_command rq_command_nap = {\n", "ci/cli/nap.c: an orphan; ci/cli/commands.def lacks the row RQ_COMMAND(nap)\n");
	expect_fault(check_rows, "gates/gates.def", "RQ_GATE(min)\nRQ_GATE(minimal)\n", "gates/gates.def: the row RQ_GATE(minimal) has no file that defines its struct\n");
	expect_fault(check_rows, "gates/gates.def", "RQ_GATE(min)\n", "gates/max.c: an orphan; gates/gates.def lacks the row RQ_GATE(max)\n");
	expect_fault(check_rows, "evalcore/doctor/rain.c", "const struct rq_check rq_check_rain = {\"rain\", \"does it rain\", judge};\n",
	             "evalcore/doctor/rain.c: an orphan; evalcore/doctor/checks.def lacks the row RQ_CHECK(rain)\n");
	expect_fault(check_rows, "datasets/problems.def", "RQ_PROBLEM(unknown, ERROR, \"thing\")\n", "datasets/problems.def: the row unknown is used nowhere in datasets/\n");
	expect_fault(check_rows, "evalcore/pipeline/cache_kinds.def", "RQ_CACHE_KIND(\"index-sha\", \"digests\")\n",
	             "evalcore/pipeline/cache_kinds.def: the row index-sha is used nowhere in evalcore/pipeline/\n");
	expect_fault(check_rows, "gates/more.def", "RQ_MORE(x)\n", "gates/more.def: no check knows this table; add it to tests/house/tables.c\n");
	expect_fault(check_rows, "tests/gates/test_new.c", "Suite *gate_new_suite(void)\n{\n",
	             "tests/gates/test_new.c: never run; tests/gates/suites.def lacks the row RQ_SUITE(gate_new)\n");
}
END_TEST

START_TEST(a_long_file_and_an_unchecked_call_are_told)
{
	char lines[700];

	memset(lines, '\n', sizeof lines - 1);
	lines[sizeof lines - 1] = '\0';
	expect_fault(check_texts, "gates/long.c", lines, "gates/long.c: 699 lines; a file of more than 600 is really two\n");
	memset(lines, 'x', 147);
	lines[0] = '\t'; /* 4 columns, and a character of two bytes is one */
	memcpy(lines + 147, "\xc3\xa9", sizeof "\xc3\xa9");
	expect_fault(check_texts, "gates/wide.c", lines, "gates/wide.c:1: 151 columns; a line has 150 at most\n");
	expect_fault(check_texts, "gates/new.c", "\n\treturn atoi(text);\n", "gates/new.c:2: calls atoi(), which checks nothing\n");
	expect_fault(check_readmes, "evalcore/cellar/new.c", "", "evalcore/cellar/README.md: missing");
	expect_fault(check_readmes, "gates/attic/new.c", "", "gates/README.md: does not say what the folder \"attic\" holds\n");
}
END_TEST

Suite *house_suite(void)
{
	Suite *suite = suite_create("house");
	TCase *tests = tcase_create("house");

	tcase_add_unchecked_fixture(tests, read_house, release_house);
	tcase_add_test(tests, rooms_include_only_what_stands_below);
	tcase_add_test(tests, no_two_files_include_each_other);
	tcase_add_test(tests, libraries_stay_in_their_rooms);
	tcase_add_test(tests, rows_and_files_belong_together);
	tcase_add_test(tests, files_are_short_and_call_nothing_unchecked);
	tcase_add_test(tests, readmes_say_what_lives_where);
	tcase_add_test(tests, rows_have_help_citation_and_a_case);
	tcase_add_test(tests, commands_have_help_and_a_golden_text_of_it);
	tcase_add_test(tests, a_wrong_include_is_told);
	tcase_add_test(tests, an_orphan_or_an_empty_row_is_told);
	tcase_add_test(tests, a_long_file_and_an_unchecked_call_are_told);
	suite_add_tcase(suite, tests);
	return suite;
}
