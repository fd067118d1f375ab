/* rqgate keygen: a pair of keys to sign with. */
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/signoff/key.h"

struct options {
	const char *out;
};

static const struct rq_flag flags[] = {
	{"--out", "FILE", RQ_FLAG_STRING, offsetof(struct options, out), "the private key; the public one is FILE.pub (default: signoff.key)"},
	RQ_FLAGS_END,
};

static enum rq_status make(const char *path, struct rq_private_key *key, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *public_path = rq_arena_printf(arena, "%s.pub", path);

	if (public_path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_private_key_make(key, err));
	RQ_TRY(rq_private_key_write(key, path, public_path, err));
	const char *shown = rq_arena_show(arena, path), *shown_public = rq_arena_show(arena, public_path);
	if (shown == NULL || shown_public == NULL)
		return rq_fail_memory(err);
	rq_buf_printf(&text, "%s: the private key; it stays with you, and signs for you: rqgate signoff REPORT --key %s ...\n"
	                     "%s: the public key, for the \"keys\" of a policy; sha256 %s\n",
	              shown, shown, shown_public, key->public.id);
	return rq_print_lines(&text, err);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_private_key_forget) struct rq_private_key key = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct options *options = given;

	(void)arguments;
	*exit_code = 0;
	return make(options->out != NULL ? options->out : "signoff.key", &key, &arena, err);
}

const struct rq_command rq_command_keygen = {
	.name = "keygen",
	.summary = "make a pair of keys to sign off reports with",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Writes an Ed25519 private key (PKCS #8 in PEM, readable by you alone) and its public key, as \"openssl genpkey -algorithm ed25519\" and\n"
	        "\"openssl pkey -pubout\" do. A file that is there is never written over.\n"
	        "example: rqgate keygen --out ann.key",
	.run = run,
};
