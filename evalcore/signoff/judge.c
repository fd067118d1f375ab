/* Is a bundle what the policy asks for? Every reason is told, not the first alone. */
#include "evalcore/signoff/bundle.h"

#include "evalcore/base/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 12 /* digits of a digest */, REASON = 1024, HOUR = 3600, DAY = 24 * HOUR };
static const int64_t CLOCKS_DIFFER = 300; /* seconds by which two machines' clocks may */

void rq_reason(struct rq_reasons *reasons, const char *format, ...)
{
	char text[REASON];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	const char **items = rq_arena_alloc(reasons->arena, reasons->count + 1, sizeof *items), *kept = rq_arena_show(reasons->arena, text);
	if (items == NULL || kept == NULL) {
		reasons->failed = true;
		return;
	}
	if (reasons->count > 0)
		memcpy(items, reasons->items, reasons->count * sizeof *items);
	items[reasons->count++] = kept;
	reasons->items = items;
}

static const struct rq_signer *find_signer(const struct rq_policy *policy, const char *key_id)
{
	for (size_t i = 0; i < policy->signer_count; i++)
		if (strcmp(policy->signers[i].key.id, key_id) == 0)
			return &policy->signers[i];
	return NULL;
}

static bool has_role(const struct rq_signer *signer, const char *role)
{
	for (size_t i = 0; i < signer->roles.count; i++)
		if (strcmp(signer->roles.items[i], role) == 0)
			return true;
	return false;
}

/* ---- a line ---- */

static enum rq_status judge_signature(struct rq_reasons *reasons, struct rq_bundle_line *line, size_t number, const struct rq_policy *policy, struct rq_error *err)
{
	const struct rq_statement *statement = &line->statement;
	const struct rq_signer *signer = line->fault == NULL ? find_signer(policy, line->envelope.key_id) : NULL;
	bool holds = false;

	if (line->fault != NULL) {
		rq_reason(reasons, "line %zu: %s", number, line->fault);
		return RQ_OK;
	}
	if (signer == NULL) {
		rq_reason(reasons, "line %zu: signed with the key %.*s..., which the policy does not trust", number, SHOWN, line->envelope.key_id);
		return RQ_OK;
	}
	RQ_TRY(rq_envelope_check(&holds, &line->envelope, &signer->key, err));
	if (!holds)
		rq_reason(reasons, "line %zu: the signature is not that of %s's key: it was changed after it was signed", number, signer->name);
	else if (strcmp(signer->name, statement->name) != 0)
		rq_reason(reasons, "line %zu: signed as \"%s\" with a key of %s", number, statement->name, signer->name);
	else if (!has_role(signer, statement->role))
		rq_reason(reasons, "line %zu: %s may not sign in the role \"%s\"", number, signer->name, statement->role);
	else
		line->signer = signer;
	return RQ_OK;
}

/* A key signs once: a line that was copied is no second signature. */
static void judge_twice(struct rq_reasons *reasons, const struct rq_bundle *bundle, size_t at)
{
	for (size_t i = 0; bundle->lines[at].signer != NULL && i < at; i++)
		if (bundle->lines[i].signer == bundle->lines[at].signer) {
			rq_reason(reasons, "line %zu: %s's key has signed it already, in line %zu", at + 1, bundle->lines[at].signer->name, i + 1);
			return;
		}
}

static void judge_time(struct rq_reasons *reasons, const struct rq_bundle_line *line, size_t number, const struct rq_release *release, int64_t now)
{
	int64_t signed_at = 0;

	if (line->signer == NULL || !rq_parse_time(&signed_at, line->statement.time, strlen(line->statement.time)))
		return;
	if (signed_at > now + CLOCKS_DIFFER)
		rq_reason(reasons, "line %zu: %s signed at %s, which is in the future", number, line->signer->name, line->statement.time);
	if (release != NULL && signed_at < release->started - CLOCKS_DIFFER)
		rq_reason(reasons, "line %zu: %s signed at %s, before the report's run began", number, line->signer->name, line->statement.time);
}

static enum rq_status judge_facts(struct rq_reasons *reasons, const struct rq_bundle_line *line, size_t number, const struct rq_release *release, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf facts = {0};

	if (line->signer == NULL || release == NULL)
		return RQ_OK;
	RQ_TRY(rq_statement_facts(&facts, &line->statement, err));
	if (facts.data == NULL || strcmp(facts.data, release->facts) != 0)
		rq_reason(reasons, "line %zu: what %s signed is not what the report says", number, line->signer->name);
	return RQ_OK;
}

static bool is_there(const struct rq_bundle *bundle, const char *sha256)
{
	for (size_t i = 0; i < bundle->count; i++)
		if (strcmp(bundle->lines[i].sha256, sha256) == 0)
			return true;
	return false;
}

static void judge_after(struct rq_reasons *reasons, const struct rq_bundle *bundle, const struct rq_bundle_line *line, size_t number)
{
	for (size_t i = 0; line->signer != NULL && i < line->statement.after.count; i++)
		if (!is_there(bundle, line->statement.after.items[i]))
			rq_reason(reasons, "line %zu: %s signed after somebody whose line is missing", number, line->signer->name);
}

/* ---- all of them ---- */

static bool is_approval(const struct rq_bundle_line *line)
{
	return line->signer != NULL && strcmp(line->statement.decision, "approve") == 0;
}

/* A person counts once, in the role of his first line. */
static bool counts(const struct rq_bundle *bundle, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (is_approval(&bundle->lines[i]) && strcmp(bundle->lines[i].signer->name, bundle->lines[number].signer->name) == 0)
			return false;
	return true;
}

static void judge_approvals(struct rq_reasons *reasons, const struct rq_bundle *bundle, const struct rq_policy *policy)
{
	size_t people = 0;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct rq_bundle_line *line = &bundle->lines[i];
		if (line->signer != NULL && !is_approval(line))
			rq_reason(reasons, "%s, %s, rejects it%s%s", line->signer->name, line->statement.role, line->statement.note == NULL ? "" : ": ",
			          line->statement.note == NULL ? "" : line->statement.note);
		people += is_approval(line) && counts(bundle, i);
	}
	if (people < (size_t)policy->approvals)
		rq_reason(reasons, "approved by %zu %s, and the policy asks for %lld", people, people == 1 ? "person" : "people", (long long)policy->approvals);
	for (size_t r = 0; r < policy->role_count; r++) {
		size_t found = 0;
		for (size_t i = 0; i < bundle->count; i++)
			found += is_approval(&bundle->lines[i]) && counts(bundle, i) && strcmp(bundle->lines[i].statement.role, policy->roles[r].role) == 0;
		if (found < policy->roles[r].approvals)
			rq_reason(reasons, "approved by %zu in the role \"%s\", and the policy asks for %zu", found, policy->roles[r].role, policy->roles[r].approvals);
	}
}

/* Its last day has ended, in UTC. */
static bool has_ended(const char *until, int64_t now)
{
	char text[64];
	int64_t day = 0;

	snprintf(text, sizeof text, "%.16sT00:00:00Z", until);
	return !rq_parse_time(&day, text, strlen(text)) || now >= day + DAY;
}

static void judge_release(struct rq_reasons *reasons, const struct rq_policy *policy, const struct rq_release *release, int64_t now)
{
	bool passed = strcmp(release->verdict, "pass") == 0, failed = strcmp(release->verdict, "fail") == 0;
	double age = (double)(now - release->started);

	if ((policy->verdict == RQ_NEED_PASS && !passed) || (policy->verdict == RQ_NEED_NO_FAIL && failed))
		rq_reason(reasons, "the report's verdict is %s, and the policy asks for %s", release->verdict, policy->verdict == RQ_NEED_PASS ? "pass" : "no-fail");
	else if (policy->verdict == RQ_NEED_PASS && release->not_passed != NULL)
		rq_reason(reasons, "the gate %s did not pass, and the policy asks for pass", release->not_passed);
	if (policy->profile == RQ_NEED_RELEASE && strcmp(release->profile, "release") != 0)
		rq_reason(reasons, "the report's profile is %s, and the policy asks for release", release->profile);
	if (strcmp(release->command, "run") != 0)
		rq_reason(reasons, "the report is of \"rqgate %s\", which compares no candidate with a baseline", release->command);
	for (size_t i = 0; i < release->waived_count; i++) {
		if (!policy->waivers)
			rq_reason(reasons, "the gate %s is waived, and the policy accepts no waiver", release->waived[i].gate);
		else if (has_ended(release->waived[i].until, now))
			rq_reason(reasons, "the waiver of the gate %s ended with %s", release->waived[i].gate, release->waived[i].until);
	}
	if (age > policy->max_age)
		rq_reason(reasons, "the report's run is %.1f days old, and the policy asks for one of the last %g", age / DAY, policy->max_age / DAY);
	if (age < (double)-CLOCKS_DIFFER)
		rq_reason(reasons, "the report's run began in the future");
}

enum rq_status rq_bundle_judge(struct rq_reasons *reasons, struct rq_bundle *bundle, const struct rq_policy *policy, const struct rq_release *release,
                               int64_t now, struct rq_error *err)
{
	if (bundle->fault != NULL)
		rq_reason(reasons, "the bundle is damaged: %s", bundle->fault);
	for (size_t i = 0; i < bundle->count; i++) {
		RQ_TRY(judge_signature(reasons, &bundle->lines[i], i + 1, policy, err));
		RQ_TRY(judge_facts(reasons, &bundle->lines[i], i + 1, release, err));
		judge_twice(reasons, bundle, i);
		judge_time(reasons, &bundle->lines[i], i + 1, release, now);
		judge_after(reasons, bundle, &bundle->lines[i], i + 1);
	}
	judge_approvals(reasons, bundle, policy);
	if (release != NULL)
		judge_release(reasons, policy, release, now);
	return reasons->failed ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_subject_judge(struct rq_reasons *reasons, const struct rq_subject *subject, const char *path, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];
	struct rq_error why = {0};

	if (rq_sha256_file(sha256, path, &why) != RQ_OK) {
		if (why.status == RQ_E_NOMEM)
			return rq_fail_memory(err);
		rq_reason(reasons, "%s: %s", subject->name, why.text);
	} else if (strcmp(sha256, subject->sha256) != 0) {
		rq_reason(reasons, "%s: \"%s\" is not the file that was signed: sha256 %.*s... then, %.*s... now", subject->name, path, SHOWN, subject->sha256, SHOWN,
		          sha256);
	}
	return reasons->failed ? rq_fail_memory(err) : RQ_OK;
}
