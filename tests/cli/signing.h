/* What the tests of signing share: a run, a signature of it, what "rqgate verify" says. */
#ifndef RQ_TESTS_CLI_SIGNING_H
#define RQ_TESTS_CLI_SIGNING_H

#include "cli.h"

#include <stdio.h>
#include <string.h>

#define BUNDLE "out/report.json.intoto.jsonl"

static inline void silently(int code, struct cli result)
{
	result = cli_expect_code(__FILE__, __LINE__, result, code);
	cli_free(&result);
}

static inline void run(int code, const char *config)
{
	cli_write("gate.json", config);
	silently(code, cli("run", "gate.json", NULL));
}

static inline struct cli sign(const char *who, const char *role, const char *decision, const char *note)
{
	char key[32];

	snprintf(key, sizeof key, "%s.key", who);
	return cli("signoff", "out/report.json", "--key", key, "--as", who, "--role", role, "--decision", decision, "--note", note, NULL);
}

static inline struct cli verify(void)
{
	return cli("verify", BUNDLE, "--policy", "policy.json", NULL);
}

static inline void expect_said(struct cli result, int code, const char *text)
{
	ck_assert_msg(result.exit_code == code && strstr(result.out, text) != NULL, "exit code %d, \"%s\" expected in: %s%s", result.exit_code, text, result.out, result.err);
	cli_free(&result);
}

#endif
