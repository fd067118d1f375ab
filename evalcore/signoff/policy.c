#include "evalcore/signoff/policy.h"

#include "evalcore/base/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PLACE = 160 };

static const double MOST_APPROVALS = 1000;

struct read {
	int64_t schema_version, approvals;
	const rq_json *keys, *roles;
	int verdict, profile;
	bool waivers;
	double max_age;
};

struct signer_read {
	const char *name, *file;
	struct rq_strings roles;
};

static const struct rq_option signer_options[] = {
	{.name = "name", .type = RQ_OPTION_STRING, .offset = offsetof(struct signer_read, name), .required = true, .help = "who signs with it, as --as says"},
	{.name = "roles", .type = RQ_OPTION_STRINGS, .offset = offsetof(struct signer_read, roles), .required = true,
	 .help = "the roles that this person may sign in, as --role says"},
	{.name = "file", .type = RQ_OPTION_PATH, .offset = offsetof(struct signer_read, file), .required = true,
	 .help = "the public key, as \"rqgate keygen\" writes it"},
	RQ_OPTIONS_END,
};

static const char *const verdicts[] = {"pass", "no-fail", "any", NULL}, *const profiles[] = {"any", "release", NULL};

static const struct rq_option options[] = {
	{.name = "schema_version", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct read, schema_version), .standard = "1", .minimum = 1, .maximum = 1,
	 .help = "of this file"},
	{.name = "keys", .type = RQ_OPTION_RAW, .offset = offsetof(struct read, keys), .required = true, .help = "the keys that are trusted, each with its person"},
	{.name = "approvals", .type = RQ_OPTION_INTEGER, .offset = offsetof(struct read, approvals), .standard = "1", .minimum = 1, .maximum = 1000,
	 .help = "how many people have to approve; each counts once"},
	{.name = "roles", .type = RQ_OPTION_RAW, .offset = offsetof(struct read, roles),
	 .schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000}}",
	 .help = "how many of them in which role, such as {\"search\": 1, \"release\": 1}"},
	{.name = "verdict", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct read, verdict), .standard = "\"pass\"", .choices = verdicts,
	 .help = "what the report must say: pass (each gate that is not waived passed), no-fail (none fails it) or any"},
	{.name = "profile", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct read, profile), .standard = "\"any\"", .choices = profiles,
	 .help = "the profile of the run: release, where doubt blocks, or any"},
	{.name = "waivers", .type = RQ_OPTION_BOOL, .offset = offsetof(struct read, waivers), .standard = "false",
	 .help = "accept a report with waived gates until the waiver's last day"},
	{.name = "max_age", .type = RQ_OPTION_DURATION, .offset = offsetof(struct read, max_age), .standard = "\"30d\"",
	 .help = "how old the report's run may be"},
	RQ_OPTIONS_END,
};

rq_json *rq_policy_schema(void)
{
	rq_json *schema = rq_options_schema(options), *properties = rq_json_member(schema, "properties"), *keys = rq_json_member(properties, "keys");

	rq_json_set_string(keys, "type", "array");
	rq_json_set_number(keys, "minItems", 1);
	rq_json_set(keys, "items", rq_options_schema(signer_options));
	return schema;
}

static enum rq_status read_signer(struct rq_policy *policy, const rq_json *object, const char *folder, struct rq_error *err)
{
	struct rq_signer *signer = &policy->signers[policy->signer_count];
	struct signer_read said = {0};
	char place[PLACE];

	snprintf(place, sizeof place, "keys[%zu]", policy->signer_count);
	RQ_TRY(rq_options_parse(&said, signer_options, object, place, folder, &policy->arena, err));
	RQ_TRY(rq_public_key_read(&signer->key, said.file, err));
	signer->name = said.name;
	signer->roles = said.roles;
	for (size_t i = 0; i < policy->signer_count; i++)
		if (strcmp(policy->signers[i].key.id, signer->key.id) == 0)
			return rq_fail(err, RQ_E_CONFIG, "%s.file: is the key of keys[%zu] too; expected a key for each", place, i);
	policy->signer_count++;
	return RQ_OK;
}

static enum rq_status read_signers(struct rq_policy *policy, const rq_json *keys, const char *folder, struct rq_error *err)
{
	if (rq_json_type(keys) != RQ_JSON_ARRAY || rq_json_size(keys) == 0)
		return rq_fail(err, RQ_E_CONFIG, "keys: expected an array of {\"name\": ..., \"roles\": [...], \"file\": ...}, at least one");
	policy->signers = rq_arena_alloc(&policy->arena, rq_json_size(keys), sizeof *policy->signers);
	if (policy->signers == NULL)
		return rq_fail_memory(err);
	for (const rq_json *object = rq_json_first(keys); object != NULL; object = rq_json_next(object))
		RQ_TRY(read_signer(policy, object, folder, err));
	return RQ_OK;
}

static bool has_role(const struct rq_signer *signer, const char *role)
{
	for (size_t i = 0; i < signer->roles.count; i++)
		if (role == NULL || strcmp(signer->roles.items[i], role) == 0)
			return true;
	return false;
}

/* People, each once whatever his keys, who may sign in the role; NULL: in any. */
static size_t count_people(const struct rq_policy *policy, const char *role)
{
	size_t people = 0;

	for (size_t i = 0; i < policy->signer_count; i++) {
		bool counted = !has_role(&policy->signers[i], role);
		for (size_t j = 0; j < i && !counted; j++)
			counted = has_role(&policy->signers[j], role) && strcmp(policy->signers[j].name, policy->signers[i].name) == 0;
		people += !counted;
	}
	return people;
}

/* What nobody could fill is a slip of the pen, which is told before anybody waits for it. */
static enum rq_status check_people(const struct rq_policy *policy, struct rq_error *err)
{
	size_t people = count_people(policy, NULL);

	if ((size_t)policy->approvals > people)
		return rq_fail(err, RQ_E_CONFIG, "approvals: %lld people have to approve, and \"keys\" names %zu with a role; each counts once, whatever his keys",
		               (long long)policy->approvals, people);
	for (size_t i = 0; i < policy->role_count; i++) {
		people = count_people(policy, policy->roles[i].role);
		if (policy->roles[i].approvals > people)
			return rq_fail(err, RQ_E_CONFIG, "roles.%s: %zu have to approve, and %zu of \"keys\" may sign in this role; each counts once",
			               policy->roles[i].role, policy->roles[i].approvals, people);
	}
	return RQ_OK;
}

static enum rq_status read_roles(struct rq_policy *policy, const rq_json *roles, struct rq_error *err)
{
	if (roles == NULL)
		return RQ_OK;
	if (rq_json_type(roles) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "roles: expected an object such as {\"search\": 1, \"release\": 1}");
	policy->roles = rq_arena_alloc(&policy->arena, rq_json_size(roles) + 1, sizeof *policy->roles);
	if (policy->roles == NULL)
		return rq_fail_memory(err);
	for (const rq_json *item = rq_json_first(roles); item != NULL; item = rq_json_next(item)) {
		double number = rq_json_number(item);
		const char *role = rq_arena_strdup(&policy->arena, rq_json_key(item));
		if (role == NULL)
			return rq_fail_memory(err);
		if (!(number >= 1 && number <= MOST_APPROVALS && floor(number) == number))
			return rq_fail(err, RQ_E_CONFIG, "roles.%s: expected how many approvals, a whole number from 1 to %g", role, MOST_APPROVALS);
		if (count_people(policy, role) == 0)
			return rq_fail(err, RQ_E_CONFIG, "roles.%s: no key of \"keys\" has this role, so that nobody could fill it", role);
		policy->roles[policy->role_count++] = (struct rq_role_need){role, (size_t)number};
	}
	return RQ_OK;
}

static enum rq_status read_policy(struct rq_policy *policy, const rq_json *root, const char *folder, struct rq_error *err)
{
	struct read said = {0};

	if (rq_json_type(root) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "expected an object; \"rqgate schema policy\" describes it");
	RQ_TRY(rq_options_parse(&said, options, root, "", folder, &policy->arena, err));
	RQ_TRY(read_signers(policy, said.keys, folder, err));
	RQ_TRY(read_roles(policy, said.roles, err));
	policy->approvals = said.approvals;
	policy->verdict = said.verdict;
	policy->profile = said.profile;
	policy->waivers = said.waivers;
	policy->max_age = said.max_age;
	return check_people(policy, err);
}

enum rq_status rq_policy_read(struct rq_policy *policy, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = 1u << 20};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;

	*policy = (struct rq_policy){0};
	RQ_TRY(rq_file_read(&text, path, err));
	RQ_TRY(rq_json_parse(&root, text.data == NULL ? "" : text.data, text.size, path, err));
	const char *folder = rq_path_folder(&policy->arena, path);
	if (folder == NULL)
		return rq_fail_memory(err);
	enum rq_status status = read_policy(policy, root, folder, err);
	return status == RQ_E_CONFIG ? rq_fail_within(err, "%s", path) : status;
}

void rq_policy_release(struct rq_policy *policy)
{
	rq_arena_release(&policy->arena);
	*policy = (struct rq_policy){0};
}
