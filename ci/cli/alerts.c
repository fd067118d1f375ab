/* rqgate alerts: sends what waits to be posted. */
#include "ci/cli/alerts.h"
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <stdio.h>

static const char *entries(size_t count)
{
	return count == 1 ? "" : "s";
}

static void warn(const struct rq_spool_trouble *trouble, const char *folder, const char *config)
{
	char why[2 * sizeof((struct rq_error *)0)->text], where[4096], shown[4096];

	rq_show_text(why, sizeof why, trouble->why);
	rq_show_text(where, sizeof where, folder);
	rq_show_text(shown, sizeof shown, config);
	fprintf(stderr, "rqgate: warning: %zu report%s %s: %s; kept in \"%s\"", trouble->count, entries(trouble->count),
	        trouble->refused ? "refused for good" : "not delivered", why, where);
	if (trouble->refused)
		fprintf(stderr, " as *.refused\n");
	else
		fprintf(stderr, " until the next run, or until rqgate alerts %s\n", shown);
}

enum rq_status rq_alerts_send(struct rq_spool_result *result, const char *folder, const char *config, struct rq_error *err)
{
	enum rq_status status = rq_spool_send(result, folder, err);

	for (size_t i = 0; i < result->count; i++)
		warn(&result->troubles[i], folder, config);
	return status;
}

struct options {
	char none;
};

static const struct rq_flag flags[] = {RQ_FLAGS_END};

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *config = arguments->items[0], *above = rq_path_folder(&arena, config);
	const char *folder = above == NULL ? NULL : rq_spool_folder(above, &arena);
	RQ_CLEANUP(rq_spool_result_release) struct rq_spool_result result = {0};

	(void)options;
	*exit_code = 0;
	if (folder == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(config))
		return rq_fail(err, RQ_E_USAGE, "\"%s\" is not there; expected the config of the runs whose alerts wait", config);
	RQ_TRY(rq_alerts_send(&result, folder, config, err));
	rq_buf_printf(&text, "%zu report%s sent, %zu waiting\n", result.sent, entries(result.sent), result.waiting);
	if (result.waiting + result.refused > 0)
		*exit_code = rq_status_exit_code(RQ_E_UNAVAILABLE);
	return rq_print_lines(&text, err);
}

const struct rq_command rq_command_alerts = {
	.name = "alerts",
	.summary = "send the alerts that wait, because their receiver was down",
	.arguments = "CONFIG",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "A run with \"reports\": {\"alertmanager\": \"http://HOST:9093\"} puts its alerts into .rqgate/alerts beside CONFIG, and a file goes from there only once\n"
	        "the receiver has taken it: nothing is lost while that is down, and what comes twice carries the same labels and times. The next run sends what\n"
	        "waits, and so does this command, the oldest first, one at a time. A token comes from the environment, ALERTMANAGER_TOKEN. Exits 69 where\n"
	        "something still waits, or was refused, telling each reason, and 75 where another run is sending. A trial (\"rqgate run --set\") posts nothing.\n"
	        "example: rqgate alerts gate.json",
	.run = run,
};
