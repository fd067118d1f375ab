/* rqgate alerts: sends what waits to be posted. */
#include "ci/cli/alerts.h"
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"

#include <stdio.h>

enum { ADDRESSES_MOST = 32, CONFIG_MOST = 16 << 20 };

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

enum rq_status rq_alerts_send(struct rq_spool_result *result, const char *folder, const struct rq_strings *addresses, const char *config,
                              struct rq_error *err)
{
	enum rq_status status = rq_spool_send(result, folder, addresses, err);

	for (size_t i = 0; i < result->count; i++)
		warn(&result->troubles[i], folder, config);
	if (result->forgotten != NULL) {
		char why[2 * sizeof((struct rq_error *)0)->text];
		rq_show_text(why, sizeof why, result->forgotten);
		fprintf(stderr,
		        "rqgate: warning: %s; what it held and is no longer judged rings on until it ends by itself, "
		        "within eight days\n",
		        why);
	}
	return status;
}

struct options {
	struct rq_strings to;
};

static const struct rq_flag flags[] = {
	{"--to", "ADDRESS", RQ_FLAG_LIST, offsetof(struct options, to), "send what waits for this address too, which CONFIG does not name"},
	RQ_FLAGS_END,
};

/* Which writer posts where a config's "reports" say so; NULL: it goes into a file. */
static const struct rq_writer *posting_writer(const rq_json *member)
{
	const struct rq_writer *writer = rq_writer_find(rq_json_key(member));
	const char *destination = rq_json_string(member);

	return writer != NULL && writer->posts != NULL && destination != NULL && rq_spool_is_address(destination) ? writer : NULL;
}

/* Of the config no more than "reports" has to be right: what waits is to be sent also where something else in it has just been broken. */
static enum rq_status read_addresses(struct rq_strings *addresses, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = CONFIG_MOST};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;

	RQ_TRY(rq_file_read(&text, path, err));
	if (rq_json_parse(&root, text.data == NULL ? "" : text.data, text.size, path, err) != RQ_OK)
		return err->status == RQ_E_DATA ? err->status = RQ_E_CONFIG : err->status;
	const rq_json *reports = rq_json_get(root, "reports");
	for (const rq_json *member = reports == NULL ? NULL : rq_json_first(reports); member != NULL; member = rq_json_next(member)) {
		const struct rq_writer *writer = addresses->count < ADDRESSES_MOST ? posting_writer(member) : NULL;
		if (writer == NULL)
			continue;
		if (rq_spool_address(&addresses->items[addresses->count], writer, rq_json_string(member), arena, err) != RQ_OK)
			return rq_fail_within(err, "%s: reports.%s", path, writer->name);
		addresses->count++;
	}
	return RQ_OK;
}

/* The config's, and those of --to. */
static enum rq_status find_addresses(struct rq_strings *addresses, const char *config, const struct rq_strings *named, struct rq_arena *arena,
                                     struct rq_error *err)
{
	struct rq_error why = {0};

	addresses->items = rq_arena_alloc(arena, ADDRESSES_MOST + named->count, sizeof *addresses->items);
	if (addresses->items == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_addresses(addresses, config, arena, err));
	for (size_t i = 0; i < named->count; i++) {
		const struct rq_writer *writer = rq_writer_find("alertmanager");
		if (rq_spool_address(&addresses->items[addresses->count], writer, named->items[i], arena, &why) != RQ_OK)
			return rq_fail(err, why.status == RQ_E_CONFIG ? RQ_E_USAGE : why.status, "--to: %s", why.text);
		addresses->count++;
	}
	return RQ_OK;
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const char *config = arguments->items[0], *above = rq_path_folder(&arena, config);
	const char *folder = above == NULL ? NULL : rq_spool_folder(above, &arena);
	RQ_CLEANUP(rq_spool_result_release) struct rq_spool_result result = {0};
	struct rq_strings addresses = {0};

	*exit_code = 0;
	if (folder == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(config))
		return rq_fail(err, RQ_E_USAGE, "\"%s\" is not there; expected the config of the runs whose alerts wait", config);
	RQ_TRY(find_addresses(&addresses, config, &options->to, &arena, err));
	RQ_TRY(rq_alerts_send(&result, folder, &addresses, config, err));
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
	        "waits, and so does this command, the oldest first, one at a time. A token comes from the environment, ALERTMANAGER_TOKEN. Nothing is sent\n"
	        "to an address that neither CONFIG nor --to names, whatever a waiting file says. Exits 69 where something still waits, or was refused, telling\n"
	        "each reason, and 75 where another run is sending. A trial (\"rqgate run --set\") posts nothing.\n"
	        "What a receiver has been told to fire is remembered in that folder: a gate that CONFIG no longer has, or\n"
	        "has with other labels, ends there with the next run that has a verdict. Keep the folder from run to run;\n"
	        "without it such an alert rings until it ends by itself, eight days after it was heard of last.\n"
	        "example: rqgate alerts gate.json",
	.run = run,
};
