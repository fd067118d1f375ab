/* The collection of problems: places taken from sentences, counts, the first few of each kind. */
#include "datasets/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rq_problem_class rq_problem_classes[RQ_PROBLEM_KINDS] = {
#define ERROR true
#define WARNING false
#define RQ_PROBLEM(name, severity, words) {#name, severity, words},
#include "datasets/problems.def"
#undef RQ_PROBLEM
#undef WARNING
#undef ERROR
};

void rq_problems_release(struct rq_problems *problems)
{
	for (size_t k = 0; k < RQ_PROBLEM_KINDS; k++)
		free(problems->kinds[k].kept);
	rq_arena_release(&problems->arena);
	*problems = (struct rq_problems){0};
}

static enum rq_status keep(struct rq_problems *problems, enum rq_problem_kind kind, struct rq_problem problem, struct rq_error *err)
{
	struct rq_arena *arena = &problems->arena;

	problems->errors += rq_problem_classes[kind].error;
	problems->warnings += !rq_problem_classes[kind].error;
	problems->kinds[kind].count++;
	if (problems->kinds[kind].kept_count >= problems->limit)
		return RQ_OK;
	problem.path = rq_arena_strdup(arena, problem.path);
	problem.text = rq_arena_strdup(arena, problem.text);
	if (problem.path == NULL || problem.text == NULL ||
	    !RQ_RESERVE(problems->kinds[kind].kept, problems->kinds[kind].capacity, problems->kinds[kind].kept_count + 1))
		return rq_fail_memory(err);
	problems->kinds[kind].kept[problems->kinds[kind].kept_count++] = problem;
	return RQ_OK;
}

enum rq_status rq_problem_add(struct rq_problems *problems, enum rq_problem_kind kind, const char *path, size_t line, struct rq_error *err,
                              const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return keep(problems, kind, (struct rq_problem){.path = path, .line = line, .text = text}, err);
}

/* Takes ":12" off the front; 0 where there is none. */
static size_t take_number(const char **at)
{
	size_t number = 0;
	const char *digit = *at + 1;

	if ((*at)[0] != ':' || *digit < '0' || *digit > '9')
		return 0;
	for (; *digit >= '0' && *digit <= '9'; digit++)
		number = number * 10 + (size_t)(*digit - '0');
	*at = digit;
	return number;
}

enum rq_status rq_problem_take(struct rq_problems *problems, enum rq_problem_kind kind, const char *path, enum rq_status status, struct rq_error *err)
{
	struct rq_problem problem = {.path = path};
	size_t length = strlen(path);

	if (problems == NULL || status != RQ_E_DATA)
		return status;
	problem.text = err->text;
	if (strncmp(err->text, path, length) == 0) {
		problem.text += length;
		problem.line = take_number(&problem.text);
		problem.column = problem.line == 0 ? 0 : take_number(&problem.text);
		problem.text += strncmp(problem.text, ": ", 2) == 0 ? 2 : 0;
	}
	status = keep(problems, kind, problem, err);
	if (status == RQ_OK)
		*err = (struct rq_error){0};
	return status;
}
