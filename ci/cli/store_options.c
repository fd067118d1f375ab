#include "ci/cli/store_options.h"

#include "ci/cli/memo.h"
#include "evalcore/base/parse.h"
#include "evalcore/pipeline/config.h"

#include <stdio.h>
#include <string.h>

enum { DAY_LENGTH = 10 };

static enum rq_status of_config(const char **path, const char *config_path, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	const struct rq_strings nothing = {0};

	RQ_TRY(rq_config_load(&config, config_path, &nothing, err));
	if (config.store == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: it keeps no store; \"store\": \"%s\" in it names one", config_path, RQ_STORE_FILE);
	*path = rq_arena_strdup(arena, config.store);
	return *path == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_store_from(struct rq_store *store, const char **shown, const struct rq_store_options *options, struct rq_arena *arena,
                             struct rq_error *err)
{
	const char *path = options->store != NULL ? options->store : RQ_STORE_FILE;

	if (options->store != NULL && options->config != NULL)
		return rq_fail(err, RQ_E_USAGE, "--store and --config exclude each other; keep one");
	if (options->config != NULL)
		RQ_TRY(of_config(&path, options->config, arena, err));
	*shown = rq_arena_show(arena, path);
	return *shown == NULL ? rq_fail_memory(err) : rq_store_open(store, path, false, err);
}

enum rq_status rq_flag_moment(int64_t *us, const char *flag, const char *text, struct rq_error *err)
{
	size_t length = text == NULL ? 0 : strlen(text);
	char midnight[DAY_LENGTH + 11];
	double ago;
	int64_t now, seconds;

	*us = 0;
	if (text == NULL)
		return RQ_OK;
	snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", text);
	if (rq_parse_time(&seconds, text, length) || (length == DAY_LENGTH && rq_parse_time(&seconds, midnight, strlen(midnight)))) {
		*us = seconds * 1000000;
		return RQ_OK;
	}
	if (!rq_parse_duration(&ago, text, length) || !(ago >= 0 && ago < 1e9))
		return rq_fail(err, RQ_E_USAGE,
		               "%s: \"%s\" is not allowed; expected a day such as 2026-11-21, a time such as 2026-11-21T03:00:00Z, or so long ago: 30d",
		               flag, text);
	RQ_TRY(rq_when_us(&now, err));
	*us = now - (int64_t)(ago * 1e6);
	return RQ_OK;
}
