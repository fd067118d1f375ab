/* Annotations of a GitHub Actions run: workflow commands, which a step prints on its stdout. A step may have ten of a kind; where there are more, the
 * tenth says how many. */
#include "reports/machine.h"

#include "gates/words.h"

#include <string.h>

enum { KIND_MOST = 10 };

enum kind { ERROR, WARNING, NOTICE, KINDS };
static const char *const kind_names[KINDS] = {"error", "warning", "notice"};

struct annotations {
	struct rq_buf *out;
	const char *config; /* NULL: the report does not say */
	size_t wanted[KINDS], given[KINDS];
};

/* A percent sign and the ends of lines are spelt; in a property also what ends one. */
static void add_escaped(struct rq_buf *out, const char *text, bool property)
{
	for (; *text != '\0'; text++) {
		bool ends = property && (*text == ':' || *text == ',');
		if (*text == '%' || *text == '\r' || *text == '\n' || ends)
			rq_buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			rq_buf_add(out, text, 1);
	}
}

/* "::error file=gate.json,line=12,title=TITLE::MESSAGE"; nothing where there are enough of the kind. `line` 0: of the whole file. */
static void annotate(struct annotations *annotations, enum kind kind, size_t line, const char *title, const char *message)
{
	struct rq_buf *out = annotations->out;
	size_t left = annotations->wanted[kind] - annotations->given[kind];

	annotations->given[kind]++;
	if (annotations->given[kind] > KIND_MOST)
		return;
	rq_buf_printf(out, "::%s ", kind_names[kind]);
	if (annotations->config != NULL) {
		rq_buf_puts(out, "file=");
		add_escaped(out, annotations->config, true);
		rq_buf_puts(out, ",");
		if (line > 0)
			rq_buf_printf(out, "line=%zu,", line);
	}
	rq_buf_puts(out, "title=");
	add_escaped(out, title, true);
	rq_buf_puts(out, "::");
	add_escaped(out, message, false);
	if (annotations->given[kind] == KIND_MOST && left > 1)
		rq_buf_printf(out, "%%0Aand %zu more", left - 1);
	rq_buf_puts(out, "\n");
}

static enum kind kind_of(const struct rq_gate_result *gate)
{
	enum rq_weight weight = rq_gate_weight(gate);

	return weight == RQ_WEIGHT_ERROR ? ERROR : weight == RQ_WEIGHT_WARNING ? WARNING : NOTICE;
}

static enum rq_status annotate_gate(struct annotations *annotations, const struct rq_gate_result *gate, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0}, message = {0};

	rq_buf_printf(&title, "rqgate: %s", gate->text);
	rq_show_clause(&message, gate);
	if (gate->owner != NULL)
		rq_buf_printf(&message, "\nowner: %s", gate->owner);
	if (gate->runbook != NULL)
		rq_buf_printf(&message, "\nrunbook: %s", gate->runbook);
	RQ_TRY(rq_buf_check(&title, err));
	RQ_TRY(rq_buf_check(&message, err));
	annotate(annotations, kind_of(gate), gate->line, title.data, message.data);
	return RQ_OK;
}

static void count(struct annotations *annotations, const struct rq_report *report)
{
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->gates[i].outcome != RQ_PASS)
			annotations->wanted[kind_of(&report->verdict->gates[i])]++;
	for (size_t i = 0; i < report->comparison->remark_count; i++)
		annotations->wanted[WARNING] += report->comparison->remarks[i].warning;
	annotations->wanted[report->ended == NULL ? NOTICE : ERROR]++;
	annotations->wanted[ERROR] += report->verdict->stability == RQ_UNSTABLE;
}

static enum rq_status write_github(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	struct annotations annotations = {.out = out, .config = rq_report_fact(report, "config")};

	count(&annotations, report);
	annotate(&annotations, report->ended == NULL ? NOTICE : ERROR, 0, "rqgate", report->ended == NULL ? report->verdict->sentence : report->ended);
	if (report->verdict->stability == RQ_UNSTABLE)
		annotate(&annotations, ERROR, 0, "rqgate: self-test", report->verdict->self_test);
	for (size_t i = 0; i < report->verdict->count; i++)
		if (report->verdict->gates[i].outcome != RQ_PASS)
			RQ_TRY(annotate_gate(&annotations, &report->verdict->gates[i], err));
	for (size_t i = 0; i < report->comparison->remark_count; i++)
		if (report->comparison->remarks[i].warning)
			annotate(&annotations, WARNING, 0, "rqgate: remark", report->comparison->remarks[i].text);
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_github = {
	.name = "github",
	.help = "annotations of a GitHub Actions run, which its step prints: --report github=-",
	.file = "annotations.txt",
	.of_ends = true,
	.write = write_github,
};
